import type { Parts } from '../src/compose.ts';
import { reconcile } from '../src/pipeline/reconcile.ts';
import { reportAll } from '../src/pipeline/reports.ts';
import { applyRetention } from '../src/pipeline/retention.ts';
import { sealAll } from '../src/pipeline/seal.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/**
 * The reconcile role: seals what came in, compares what was logged with the CRMs and what was recorded with the sources,
 * makes and sends the daily reports, and destroys what no rule lets anybody keep any longer.
 */
export function reconcileHandlers({ store, seals, reports, retention, checks, log }: Parts): WakeHandlers {
  const deps = { ledger: store.ledger, places: seals.places, signingKey: seals.signingKey, log };
  return {
    report: (_subject, signal) => reportAll(reports, signal),
    seal: async (_subject, signal) => {
      const made = await sealAll(deps, signal);
      if (made > 0) log.debug({ seals: made }, 'sealed');
    },
    retention: async (_subject, signal) => {
      await applyRetention(retention, { signal });
    },
    reconcile: async (subject, signal) => {
      const own = checks.get(subject ?? '');
      if (own !== undefined) await reconcile(own, signal);
    },
  };
}
