import type { Parts } from '../src/compose.ts';
import { sealAll } from '../src/pipeline/seal.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/** The reconcile role: seals what came in. */
export function reconcileHandlers({ store, seals, log }: Parts): WakeHandlers {
  const deps = { ledger: store.ledger, places: seals.places, signingKey: seals.signingKey, log };
  return {
    seal: async (_subject, signal) => {
      const made = await sealAll(deps, signal);
      if (made > 0) log.debug({ seals: made }, 'sealed');
    },
  };
}
