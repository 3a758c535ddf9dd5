import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { backlog } from './load/backlog.ts';
import { overload } from './load/overload.ts';
import { steady } from './load/steady.ts';
import { printFigures } from './load/table.ts';
import { tenants } from './load/tenants.ts';

/**
 * Load against the built worker with all roles in one process, the sandbox CRMs in another, this generator in a third.
 *
 *     npm run load -- steady   [--rate 500] [--seconds 600]       a constant rate through the whole way
 *     npm run load -- overload [--rate 5000] [--seconds 30]       ten times too much
 *     npm run load -- backlog  [--count 1000000]                  very many wait when it starts
 *     npm run load -- tenants  [--rate 50] [--seconds 15]         one tenant's trouble beside another's lag
 *
 * For each: `--stores embedded|servers` (PGlite, or PostgreSQL and Redis of its own; default servers), `--people 500`
 * contacts in each CRM, `--json file` for all figures, `--profile folder` for a CPU profile of the worker.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string' },
    seconds: { type: 'string' },
    count: { type: 'string' },
    people: { type: 'string', default: '500' },
    stores: { type: 'string', default: 'servers' },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
});

const number = (name: 'rate' | 'seconds' | 'count' | 'people', otherwise: number, most: number): number => {
  const value = Number(values[name] ?? otherwise);
  if (!(value > 0 && value <= most)) throw new Error(`--${name} is a number up to ${most}`);
  return value;
};

const common = (rate: number, seconds: number) => {
  if (values.stores !== 'embedded' && values.stores !== 'servers')
    throw new Error('--stores is embedded or servers');
  return {
    stores: values.stores,
    rate: number('rate', rate, 20_000),
    seconds: number('seconds', seconds, 3_600),
    people: number('people', 500, 8_000),
    ...(values.profile !== undefined && { profile: values.profile }),
  } as const;
};

const scenarios: Record<string, () => Promise<Record<string, unknown>>> = {
  steady: () => steady(common(500, 600)),
  overload: () => overload({ ...common(5_000, 30), calmRate: 100 }),
  backlog: () => backlog({ ...common(1, 1), count: number('count', 1_000_000, 2_000_000) }),
  tenants: () => tenants({ ...common(50, 15), backlog: number('count', 20_000, 200_000) }),
};

const [name = ''] = positionals;
const scenario = scenarios[name];
if (scenario === undefined) throw new Error(`Choose one: ${Object.keys(scenarios).join(', ')}`);
if (!existsSync('dist/workers/start.js')) throw new Error('Build it first: npm run build');
const figures = await scenario();
printFigures(name, figures);
if (values.json !== undefined) {
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify({ scenario: name, ...values, figures }, null, 2)}\n`);
}
