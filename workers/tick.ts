import type { Parts } from '../src/compose.ts';
import { helpTick } from '../src/pipeline/tick.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/** The tick that finds what a lost wake-up left, and what is due by the clock. */
export function tickHandlers({ store, queue, settings, sources, seals }: Parts): WakeHandlers {
  const destinations = settings.destinations.map(({ id, directoryEvery, directoryEveryWhileParked }) => ({
    id,
    directoryEvery,
    directoryEveryWhileParked,
  }));
  const polls = [...sources.polls.values()];
  const { after: afterMs, every: everyMs } = settings.reconcile;
  const checks = {
    destinations: settings.destinations.filter(({ reconcile }) => reconcile).map(({ id }) => id),
    schedule: { afterMs, everyMs },
  };
  return {
    tick: () =>
      helpTick({ ledger: store.ledger, queue, destinations, polls, sealEvery: seals.everyMs, checks }),
  };
}
