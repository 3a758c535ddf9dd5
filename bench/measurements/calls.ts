import type { Figures, Measurement, Variant } from '../measurement.ts';
import { naiveCalls } from '../naive/calls.ts';
import { becameOf, sendTraffic } from '../load/traffic.ts';
import { setStage, untilNothingWaits, type Stage } from '../load/stage.ts';

const people = 500;
/** so many that every rate fills some windows */
const seconds = 20;
const backfilled = 20_000;

/** Fewest calls that the CRMs' batches allow: 100 records in HubSpot, 200 in Salesforce (facts of their APIs). */
const limits = { hubspot: 1 / 100, salesforce: 1 / 200 } as const;

/**
 * What each interaction costs of the customer's quota. Pulls of the directory go by the clock and are no cost of an interaction: they
 * are as rare as can be here.
 */
export const calls: Measurement = {
  id: 'calls',
  title: 'CRM calls per interaction',
  about:
    'Text messages of 500 known people at a steady rate, and a backlog, with the default window of one second; ' +
    'beside a worker that searches, creates and associates for each message.',
  columns: {
    hubspot: { head: 'HubSpot calls each', digits: 4 },
    salesforce: { head: 'Salesforce calls each', digits: 4 },
    lagP50: { head: 'lag p50, s', digits: 2 },
    lagP99: { head: 'lag p99, s', digits: 2 },
  },
  drawn: 'hubspot',
  async open() {
    const stage = await setStage({ stores: 'servers', people, destination: { directoryEvery: '10m' } });
    const at = (rate: number): Variant => ({
      name: `this worker, ${rate} a second`,
      measure: () => measureRate(stage, rate),
    });
    return {
      variants: [
        at(1),
        at(10),
        at(100),
        { name: 'this worker, a backlog', measure: () => measureBacklog(stage) },
        { name: 'naive worker', measure: naiveCalls },
      ],
      ratios: (of) => {
        const naive = of('naive worker');
        const backlog = of('this worker, a backlog');
        const loaded = of('this worker, 100 a second');
        const ratio = (what: string, value: number, atMost?: number) => ({
          what,
          value,
          ...(atMost !== undefined && { target: { atMost } }),
        });
        return [
          ratio('HubSpot, a backlog / the limit', (backlog.hubspot ?? 0) / limits.hubspot, 1.2),
          ratio('Salesforce, a backlog / the limit', (backlog.salesforce ?? 0) / limits.salesforce, 1.2),
          ratio('HubSpot, 100 a second / the limit', (loaded.hubspot ?? 0) / limits.hubspot),
          ratio('naive / this worker, HubSpot, a backlog', (naive.hubspot ?? 0) / (backlog.hubspot ?? 1)),
          ratio(
            'naive / this worker, Salesforce, a backlog',
            (naive.salesforce ?? 0) / (backlog.salesforce ?? 1),
          ),
          ratio('lag p99 at 1 a second, s', of('this worker, 1 a second').lagP99 ?? 0, 3),
          ratio('lag p99 at 100 a second, s', loaded.lagP99 ?? 0, 3),
        ];
      },
      close: () => stage.stop(),
    };
  },
};

async function measureRate({ worker, crms }: Stage, rate: number): Promise<Figures> {
  const { calls: before } = await crms.ask({ ask: 'counts' });
  const sent = await sendTraffic({
    url: worker.url,
    source: 'support',
    rate,
    seconds,
    people,
    prefix: `c${rate}-${Date.now()}-`,
  });
  await untilNothingWaits(worker);
  const { calls: after } = await crms.ask({ ask: 'counts' });
  const { sales, marketing } = await becameOf(sent, crms);
  if (sales.lost + marketing.lost + sales.doubled + marketing.doubled > 0)
    throw new Error('something is lost or doubled');
  return {
    hubspot: (after.marketing - before.marketing) / sent.ids.length,
    salesforce: (after.sales - before.sales) / sent.ids.length,
    lagP50: Math.max(sales.lag.p50, marketing.lag.p50) / 1_000,
    lagP99: Math.max(sales.lag.p99, marketing.lag.p99) / 1_000,
  };
}

/** Both CRMs are away while messages come in, and then they are back. */
async function measureBacklog({ worker, crms }: Stage): Promise<Figures> {
  await crms.ask({ ask: 'poison', kind: 'both-down' });
  const sent = await sendTraffic({
    url: worker.url,
    source: 'support',
    rate: 1_000,
    seconds: backfilled / 1_000,
    people,
    prefix: `b-${Date.now()}-`,
  });
  await crms.ask({ ask: 'poison', kind: 'none' });
  const { calls: before } = await crms.ask({ ask: 'counts' });
  await untilNothingWaits(worker);
  const { calls: after } = await crms.ask({ ask: 'counts' });
  return {
    hubspot: (after.marketing - before.marketing) / sent.ids.length,
    salesforce: (after.sales - before.sales) / sent.ids.length,
  };
}
