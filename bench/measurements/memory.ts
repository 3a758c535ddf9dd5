import { fillBacklog } from '../load/backlog.ts';
import { residentMiB } from '../load/process.ts';
import { setStage, type Stage } from '../load/stage.ts';
import type { Figures, Measurement } from '../measurement.ts';

const waiting = 1_000_000;
const people = 500;
const roles = ['receive', 'process', 'deliver', 'poll', 'media', 'reconcile', 'console'] as const;
const watchedSeconds = 120;

/** What each role holds when nothing happens, and while very many activities wait and are logged. */
export const memory: Measurement = {
  id: 'memory',
  title: 'Memory',
  about:
    `Each role in a process of its own on PostgreSQL and Redis; ${waiting.toLocaleString('en-US')} activities wait, and for ` +
    `${watchedSeconds} seconds as many as can be are logged.`,
  columns: {
    rest: { head: 'MiB at rest', digits: 0 },
    begin: { head: 'MiB, after 20 s of the backlog', digits: 0 },
    end: { head: `MiB, after ${watchedSeconds} s`, digits: 0 },
    most: { head: 'most MiB', digits: 0 },
  },
  drawn: 'most',
  mostRounds: 1,
  async open() {
    const processes = [...roles.map((role) => ['--role', role]), []];
    const names = [...roles, 'all roles'];
    const common = { stores: 'servers', people, pulls: false } as const;
    const atRest = await inStage(
      () => setStage({ ...common, processes }),
      async ({ workers }) => {
        await pause(10);
        return workers.map(({ pid }) => residentMiB(pid));
      },
    );
    const fill: Parameters<typeof setStage>[0]['fill'] = (stores, crms) =>
      fillBacklog(stores, crms, { count: waiting, people });
    const loaded = await inStage(() => setStage({ ...common, processes, fill }), watch);
    const figures = new Map(
      names.map((name, nth): [string, Figures] => [
        name,
        { rest: atRest[nth] ?? Number.NaN, ...loaded[nth] },
      ]),
    );
    return {
      variants: names.map((name) => ({ name, measure: async () => figures.get(name) ?? {} })),
      ratios: (of) => [
        ...names.map((name) => ({
          what: `${name}: most MiB in the backlog`,
          value: of(name).most ?? 0,
          target: { atMost: 150 },
        })),
        {
          what: 'deliver: at the end / after 20 s',
          value: (of('deliver').end ?? 0) / (of('deliver').begin ?? 1),
        },
      ],
      close: async () => undefined,
    };
  },
};

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

async function inStage<T>(set: () => Promise<Stage>, use: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await set();
  try {
    return await use(stage);
  } finally {
    await stage.stop();
  }
}

async function watch({ workers }: Stage): Promise<Figures[]> {
  const samples: number[][] = workers.map(() => []);
  for (let second = 0; second < watchedSeconds; second += 1) {
    await pause(1);
    workers.forEach(({ pid }, nth) => samples[nth]?.push(residentMiB(pid)));
  }
  return samples.map((all) => ({
    begin: all[20] ?? Number.NaN,
    end: all.at(-1) ?? Number.NaN,
    most: Math.max(...all),
  }));
}
