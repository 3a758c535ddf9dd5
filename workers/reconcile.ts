import type { Parts } from '../src/compose.ts';
import { reportAll } from '../src/pipeline/reports.ts';
import { applyRetention } from '../src/pipeline/retention.ts';
import { sealAll } from '../src/pipeline/seal.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/**
 * The reconcile role: seals what came in, asks the sources what they have, makes and sends the daily reports, and destroys
 * what no rule lets anybody keep any longer.
 */
export function reconcileHandlers({ store, seals, reports, retention, log }: Parts): WakeHandlers {
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
  };
}
