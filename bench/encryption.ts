import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Keyring } from '../src/keys/keyring.ts';
import { openLedger } from '../src/ledger/open.ts';
import { eventOf, foldAll } from '../test/support/ledger-data.ts';
import { keyringOf } from '../test/support/keys.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { inParallel, personNumber } from '../test/support/traffic.ts';

/**
 * What encryption at rest costs: events appended by many callers at once and then folded, with it and without, by turns, on
 * both stores. `npm run bench:encryption [events=3000] [rounds=3]`
 */
const events = Number(process.argv[2] ?? 3_000);
const rounds = Number(process.argv[3] ?? 3);
const people = 200;
const callers = 50;
const text = 'A message of usual length, as people write them between two meetings. '.repeat(3);

interface Times {
  readonly append: number;
  readonly fold: number;
}

async function measure(databaseUrl: string | undefined, keyring: Keyring | undefined): Promise<Times> {
  const folder = mkdtempSync(join(tmpdir(), 'wcs-bench-'));
  const store = { dataDir: folder, ...(databaseUrl !== undefined && { databaseUrl }) };
  const { ledger } = await openLedger({ ...store, keyring });
  const list = Array.from({ length: events }, (_, index) =>
    eventOf(`m${index}`, { text, phone: personNumber(index % people) }),
  );
  const start = performance.now();
  await inParallel(list, callers, async (event) => void (await ledger.append([event], [])));
  const appended = performance.now();
  await foldAll(ledger);
  const folded = performance.now();
  await ledger.close();
  rmSync(folder, { recursive: true, force: true });
  return { append: appended - start, fold: folded - appended };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const perSecond = (ms: number): number => Math.round((events / ms) * 1_000);

const server = await startPostgres();
for (const kind of ['embedded', 'postgres'] as const) {
  const address = async () => (kind === 'postgres' ? server.createDatabase() : undefined);
  const clear: Times[] = [];
  const sealed: Times[] = [];
  for (let round = 0; round < rounds; round += 1) {
    clear.push(await measure(await address(), undefined));
    sealed.push(await measure(await address(), keyringOf('bench')));
  }
  for (const step of ['append', 'fold'] as const) {
    const [off, on] = [clear, sealed].map((times) => median(times.map((one) => one[step])));
    console.log(
      `${kind} ${step}: ${perSecond(off ?? 0)} events/s in clear, ${perSecond(on ?? 0)} encrypted, ` +
        `${((on ?? 0) / (off ?? 1)).toFixed(2)} times as long`,
    );
  }
}
await server.stop();
