import type { Spread } from './figures.ts';
import { becameOf, sendTraffic, type Sent } from './traffic.ts';
import { setStage, untilNothingWaits, type Stage } from './stage.ts';
import type { SteadyOptions } from './steady.ts';

/** What is wrong with the other tenant's CRM. */
export const poisons = ['refusals', 'errors', 'timeouts', 'slow', 'backlog', 'mapping'] as const;

interface Lag {
  readonly lost: number;
  readonly lag: Spread;
  /** records in the CRM of the poisoned one so far */
  readonly othersLogged: number;
}

/**
 * Two tenants in one process, one of them poisoned: the lag of the other, with and without, one right after the other.
 * Each poison has its own calm before it, so that what the machine does besides is in both.
 */
export async function tenants(
  options: SteadyOptions & { readonly backlog: number },
): Promise<Record<string, unknown>> {
  const routes = '[{ source: support, destinations: [sales] }, { source: emea, destinations: [marketing] }]';
  const stage = await setStage({ ...options, routes });
  const rows: Record<string, unknown> = {};
  try {
    await measure(stage, options, 'warm');
    for (const poison of poisons) {
      await stage.crms.ask({ ask: 'poison', kind: 'none' });
      await untilNothingWaits(stage.worker);
      const without = await measure(stage, options, `calm-${poison}`);
      if (poison === 'backlog') await pileUp(stage, options);
      else await stage.crms.ask({ ask: 'poison', kind: poison });
      const poisoned = await measure(stage, options, poison);
      const ratio = (name: 'p50' | 'p99') => Math.round((100 * poisoned.lag[name]) / without.lag[name]) / 100;
      rows[poison] = { without, with: poisoned, ratioP50: ratio('p50'), ratioP99: ratio('p99') };
    }
    return rows;
  } finally {
    await stage.stop();
  }
}

/** Very many wait for a CRM that was down, and it is back. */
async function pileUp(
  { worker, crms }: Stage,
  { people, backlog }: SteadyOptions & { backlog: number },
): Promise<void> {
  await crms.ask({ ask: 'poison', kind: 'down' });
  const rate = 500;
  const source = 'support';
  await sendTraffic({
    url: worker.url,
    source,
    rate,
    seconds: backlog / rate,
    people,
    prefix: `pile${Date.now()}-`,
  });
  await crms.ask({ ask: 'poison', kind: 'none' });
}

/** Both tenants send; the lag of the one whose CRM is well. */
async function measure({ worker, crms }: Stage, options: SteadyOptions, name: string): Promise<Lag> {
  const of = (source: string, prefix: string): Promise<Sent> =>
    sendTraffic({ ...options, url: worker.url, source, prefix: `${prefix}-${name}-${Date.now()}-` });
  const [well] = await Promise.all([of('emea', 'well'), of('support', 'ill')]);
  const end = Date.now() + 120_000;
  for (;;) {
    const { marketing } = await becameOf(well, crms);
    if (marketing.lost === 0 || Date.now() > end) {
      const { sales } = await crms.ask({ ask: 'counts' });
      return { lost: marketing.lost, lag: marketing.lag, othersLogged: sales };
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
