import type { Parts } from '../src/compose.ts';
import { reconcile } from '../src/pipeline/reconcile.ts';
import { sealAll } from '../src/pipeline/seal.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/** The reconcile role: seals what came in, and compares what was logged with the CRMs. */
export function reconcileHandlers({ store, seals, checks, log }: Parts): WakeHandlers {
  const deps = { ledger: store.ledger, places: seals.places, signingKey: seals.signingKey, log };
  return {
    seal: async (_subject, signal) => {
      const made = await sealAll(deps, signal);
      if (made > 0) log.debug({ seals: made }, 'sealed');
    },
    reconcile: async (subject, signal) => {
      const own = checks.get(subject ?? '');
      if (own !== undefined) await reconcile(own, signal);
    },
  };
}
