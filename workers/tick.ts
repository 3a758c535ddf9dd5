import type { Parts } from '../src/compose.ts';
import { helpTick } from '../src/pipeline/tick.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/** How often a process looks for what has been in quarantine for too long. */
const expireEveryMs = 10 * 60_000;

/** The tick that finds what a lost wake-up left, and what is due by the clock. */
export function tickHandlers({
  store,
  queue,
  settings,
  sources,
  seals,
  reports,
  retention,
  log,
}: Parts): WakeHandlers {
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
  let expireAt = 0;
  const expire = async () => {
    if (performance.now() < expireAt) return;
    const expired = await store.ledger.expireQuarantined(settings.quarantine.days);
    expireAt = performance.now() + expireEveryMs;
    if (expired > 0) log.info({ expired }, 'quarantine: what nobody decided was destroyed');
  };
  return {
    tick: async () => {
      await helpTick({
        ledger: store.ledger,
        queue,
        destinations,
        polls,
        sealEvery: seals.everyMs,
        reportTime: reports.time,
        retentionEvery: retention.everyMs,
        checks,
      });
      await expire();
    },
  };
}
