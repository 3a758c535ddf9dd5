import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { runScenario, type Result } from './runner.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import type { Servers } from './world.ts';

/** `npm run chaos`: every scenario, with seeds that replay. Exit 0: everything held; 1: something did not; 2: wrong use. */

const help = `npm run chaos -- [options]

  --seed <number>    of the first round; the next rounds have the next numbers (default: by the clock)
  --rounds <number>  how often everything runs, each time with another seed (default 1)
  --only <pattern>   scenarios whose name matches
  --lanes <number>   how many run beside each other, each with servers of its own (default 2)
  --json <file>      results for machines
  --list             names and titles, without running anything
`;

interface Task {
  readonly scenario: Scenario;
  readonly seed: number;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function options() {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string' },
        rounds: { type: 'string', default: '1' },
        only: { type: 'string', default: '' },
        lanes: { type: 'string', default: '2' },
        json: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

async function main(): Promise<number> {
  const { seed: first, rounds, only, lanes, json, list, help: asked } = options();
  const chosen = scenarios.filter(({ name }) => new RegExp(only).test(name));
  if (asked || list || chosen.length === 0) {
    say(list ? chosen.map(({ name, title }) => `${name.padEnd(24)} ${title}`).join('\n') : help);
    return asked || list ? 0 : 2;
  }
  const seed = first === undefined ? Date.now() % 1_000_000 : Number(first);
  const tasks = Array.from({ length: Number(rounds) }, (_, round) =>
    chosen.map((scenario): Task => ({ scenario, seed: seed + round })),
  ).flat();
  say(`${tasks.length} scenarios, seed ${seed}\n`);
  const began = Date.now();
  const results: Result[] = [];
  const running = new Set<Scenario>();
  await Promise.all(Array.from({ length: Number(lanes) }, () => runLane(tasks, running, results)));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`);
  return tellSum(results, (Date.now() - began) / 1_000);
}

/** Takes tasks until there are none; the servers are its own, since scenarios do harm to them. */
async function runLane(tasks: Task[], running: Set<Scenario>, results: Result[]): Promise<void> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const servers: Servers = { postgres, redis };
  try {
    for (let task = takeNext(tasks, running); task !== undefined; task = takeNext(tasks, running)) {
      running.add(task.scenario);
      const result = await runScenario(task.scenario, task.seed, servers);
      running.delete(task.scenario);
      results.push(result);
      tell(result, task.scenario.title);
    }
  } finally {
    await Promise.all([postgres.stop(), redis.close()]);
  }
}

/** Scenarios keep what their harm needs: none of them runs twice at a time. What is left then is for the lanes that go on. */
function takeNext(tasks: Task[], running: ReadonlySet<Scenario>): Task | undefined {
  const at = tasks.findIndex(({ scenario }) => !running.has(scenario));
  return at < 0 ? undefined : tasks.splice(at, 1)[0];
}

function tell(result: Result, title: string): void {
  const { name, seed, error, interactions, refused, told, seconds, grownMb } = result;
  const figures = [
    `${seconds.toFixed(1).padStart(6)} s`,
    `${interactions} interactions`,
    `${refused} webhooks sent again`,
    `${grownMb.toFixed(0)} MB more`,
    ...(told.length > 0 ? [`health: ${told.join(', ')}`] : []),
  ];
  say(`${error === undefined ? 'ok  ' : 'FAIL'} ${name.padEnd(22)} ${figures.join(' · ')}`);
  if (error === undefined) return;
  say(`     ${title}\n     replay: npm run chaos -- --seed ${seed} --only '^${name}$'\n${error}\n`);
}

function tellSum(results: readonly Result[], seconds: number): number {
  const failed = results.filter(({ error }) => error !== undefined);
  const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0);
  say(
    `\n${results.length - failed.length} of ${results.length} held · ${sum(({ interactions }) => interactions)} interactions in ` +
      `${sum(({ webhooks }) => webhooks)} acknowledged webhooks · ${seconds.toFixed(0)} s`,
  );
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
