import { cpuMs } from '../load/process.ts';
import { fillHistory, type HistoryOptions } from '../load/history.ts';
import { serverCpuMs, setStage, untilNothingWaits } from '../load/stage.ts';
import { becameOf, sendTraffic } from '../load/traffic.ts';
import type { Figures, Measurement, Ratio } from '../measurement.ts';

const rate = 200;
const seconds = 20;
const people = 500;

const sizes: readonly HistoryOptions[] = [
  { interactions: 10_000, contacts: 10_000 },
  { interactions: 100_000, contacts: 100_000 },
  { interactions: 1_000_000, contacts: 1_000_000 },
];
const nameOf = ({ interactions }: HistoryOptions) => `${interactions.toLocaleString('en-US')} of each`;

/** What one more interaction costs when very many are in the ledger already, and very many people in the directory. */
export const growth: Measurement = {
  id: 'growth',
  title: 'Growth',
  about:
    `${rate} text messages a second of ${people} people into both CRMs, in a ledger that holds so many interactions, logged long ago, ` +
    'and so many contacts of each CRM.',
  columns: {
    worker: { head: 'worker, microseconds each', digits: 0 },
    postgres: { head: 'PostgreSQL, microseconds each', digits: 0 },
    lagP99: { head: 'lag p99, s', digits: 2 },
  },
  drawn: 'postgres',
  mostRounds: 3,
  async open() {
    const costs = (of: (name: string) => Figures, size: HistoryOptions) => of(nameOf(size));
    return {
      variants: sizes.map((size) => ({ name: nameOf(size), measure: () => measure(size) })),
      ratios: (of): Ratio[] => {
        const [first, ...rest] = sizes as [HistoryOptions, ...HistoryOptions[]];
        const total = (size: HistoryOptions) =>
          (costs(of, size).worker ?? 0) + (costs(of, size).postgres ?? 0);
        return rest.map((size) => ({
          what: `processor of worker and PostgreSQL, ${nameOf(size)} / ${nameOf(first)}`,
          value: total(size) / total(first),
          target: { atMost: 1.2 },
        }));
      },
      close: async () => undefined,
    };
  },
};

async function measure(size: HistoryOptions): Promise<Figures> {
  const stage = await setStage({
    stores: 'servers',
    people,
    destination: { directoryEvery: '10m' },
    fill: (stores) => fillHistory(stores, size),
  });
  try {
    const load = (prefix: string, long: number) =>
      sendTraffic({ url: stage.worker.url, source: 'support', rate, seconds: long, people, prefix });
    // The directory is pulled, code is compiled, connections are open.
    await load('warm', 5);
    await untilNothingWaits(stage.worker);
    const before = [cpuMs(stage.worker.pid), serverCpuMs(stage)] as const;
    const sent = await load('then', seconds);
    await untilNothingWaits(stage.worker);
    const each = (after: number, earlier: number) => (1_000 * (after - earlier)) / sent.ids.length;
    const { sales, marketing } = await becameOf(sent, stage.crms);
    return {
      worker: each(cpuMs(stage.worker.pid), before[0]),
      postgres: each(serverCpuMs(stage), before[1]),
      lagP99: Math.max(sales.lag.p99, marketing.lag.p99) / 1_000,
    };
  } finally {
    await stage.stop();
  }
}
