import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { run, type Outcome } from './measurement.ts';
import { measurements } from './measurements/index.ts';
import { machineText, pictureOf, sectionOf, tableOf, type Machine } from './report.ts';

/**
 * Measures the worker beside what somebody would do instead, and beside the limit. Read the ratios: what a machine does besides is
 * in all variants of a run, and absolute figures are of this machine.
 *
 *     npm run bench                       everything, five rounds
 *     npm run bench -- calls receive      these alone
 *     npm run bench -- --rounds 1         quicker, and rougher
 *     npm run bench -- --write            puts what came out into docs/benchmarks.md, docs/benchmarks.json and docs/pictures
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
});

const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 25) throw new Error('--rounds is a number up to 25');
const unknown = positionals.filter((name) => !measurements.some(({ id }) => id === name));
if (unknown.length > 0)
  throw new Error(`there is no ${unknown.join()}: choose of ${measurements.map(({ id }) => id).join(', ')}`);

/** What stands after it is written by this program. */
const begin = '<!-- npm run bench -- --write -->';

const begun = performance.now();
const say = (what: string) =>
  process.stderr.write(`${((performance.now() - begun) / 1_000).toFixed(0).padStart(6)} s  ${what}\n`);

const machine: Machine = {
  date: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  processor: cpus()[0]?.model.trim() ?? 'an unknown processor',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
};

const chosen = measurements.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
for (const measurement of chosen) {
  const outcome = await run(measurement, rounds, say);
  console.log(tableOf(outcome));
  if (values.write) write(outcome);
}
console.log(machineText(machine));

/** Keeps what came out beside what other measurements gave earlier. */
function write(outcome: Outcome): void {
  const file = 'docs/benchmarks.json';
  const kept = JSON.parse(readFileSync(file, 'utf8')) as (Outcome & { machine: Machine })[];
  const next = [...kept.filter(({ id }) => id !== outcome.id), { ...outcome, machine }];
  const place = (id: string) => measurements.findIndex((one) => one.id === id);
  next.sort((a, b) => place(a.id) - place(b.id));
  writeFileSync(file, `${JSON.stringify(next, null, 2)}\n`);
  if (outcome.drawn !== undefined) {
    mkdirSync('docs/pictures', { recursive: true });
    writeFileSync(`docs/pictures/bench-${outcome.id}.svg`, pictureOf(outcome));
  }
  const page = 'docs/benchmarks.md';
  const [head = ''] = readFileSync(page, 'utf8').split(begin);
  const sections = next.map((one) => `${sectionOf(one)}\n\n_${machineText(one.machine)}_`);
  writeFileSync(page, `${head}${begin}\n\n${sections.join('\n\n')}\n`);
  execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', page, file]);
}
