import { cpuMs } from '../load/process.ts';
import { serverCpuMs, setStage, untilNothingWaits, type Stage } from '../load/stage.ts';
import { sendTraffic } from '../load/traffic.ts';
import type { Figures, Measurement } from '../measurement.ts';

const rate = 400;
const seconds = 25;
const people = 500;

const stages = ['receive', 'process', 'deliver'] as const;
const others = 'poll,media,reconcile,console';

/** What the processor does for one interaction, in each part of the way, and how much memory is handed out for it. */
export const cpu: Measurement = {
  id: 'cpu',
  title: 'Processor and memory of one interaction',
  about:
    `${rate} text messages a second of ${people} known people into both CRMs, each stage in a process of its own on PostgreSQL and Redis. ` +
    'Allocated is what was handed out between two collections of garbage.',
  columns: {
    cpu: { head: 'microseconds each', digits: 0 },
    allocated: { head: 'KiB allocated each', digits: 1 },
  },
  drawn: 'cpu',
  async open() {
    const stage = await setStage({
      stores: 'servers',
      people,
      destination: { directoryEvery: '10m' },
      nodeArgs: ['--trace-gc'],
      processes: [...stages, others].map((role) => ['--role', role]),
      pulls: false,
    });
    const runs: Promise<ReadonlyMap<string, Figures>>[] = [];
    // One load tells of all stages at once: the first of them makes it.
    const figuresOf = (name: string) => async (): Promise<Figures> => {
      if (name === 'receive') runs.push(measure(stage));
      return (await runs.at(-1))?.get(name) ?? {};
    };
    return {
      variants: [...stages, 'other roles', 'PostgreSQL'].map((name) => ({ name, measure: figuresOf(name) })),
      ratios: () => [],
      close: () => stage.stop(),
    };
  },
};

async function measure(stage: Stage): Promise<ReadonlyMap<string, Figures>> {
  const [receive] = stage.workers;
  const before = readingsOf(stage);
  const sent = await sendTraffic({
    url: receive?.url ?? '',
    source: 'support',
    rate,
    seconds,
    people,
    prefix: `u${Date.now()}-`,
  });
  await untilNothingWaits(stage.worker);
  const after = readingsOf(stage);
  const each = (name: string, of: (reading: Reading) => number): number =>
    (of(after.get(name) as Reading) - of(before.get(name) as Reading)) / sent.ids.length;
  return new Map(
    [...after.keys()].map((name) => [
      name,
      {
        cpu: 1_000 * each(name, (reading) => reading.cpuMs),
        ...(name !== 'PostgreSQL' && { allocated: 1_024 * each(name, (reading) => reading.allocatedMiB) }),
      },
    ]),
  );
}

interface Reading {
  readonly cpuMs: number;
  readonly allocatedMiB: number;
}

function readingsOf(stage: Stage): ReadonlyMap<string, Reading> {
  const names = [...stages, 'other roles'];
  const readings = stage.workers.map(({ pid, output }, nth): [string, Reading] => [
    names[nth] ?? '',
    { cpuMs: cpuMs(pid), allocatedMiB: allocatedMiB(output()) },
  ]);
  return new Map([...readings, ['PostgreSQL', { cpuMs: serverCpuMs(stage), allocatedMiB: 0 }]]);
}

/** MiB that were handed out, by the lines of `--trace-gc`: what grew from the end of one collection to the begin of the next. */
function allocatedMiB(output: string): number {
  let [allocated, left] = [0, 0];
  for (const [, from, to] of output.matchAll(
    /(?:Scavenge|Mark-[Cc]ompact).*? ([\d.]+) \([\d.]+\) -> ([\d.]+) \(/g,
  )) {
    allocated += Math.max(0, Number(from) - left);
    left = Number(to);
  }
  return allocated;
}
