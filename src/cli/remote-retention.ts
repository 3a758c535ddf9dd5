import type { Erasure, Hold } from '../ledger/ledger.ts';
import type { RetentionOperations } from '../pipeline/retention-operations.ts';

/** `patient`: the answer may take long */
type Ask = <T>(method: 'GET' | 'POST', path: string, data?: object, patient?: boolean) => Promise<T>;

/** {@link RetentionOperations} of a running worker. `orNothing` gives undefined for what is not there. */
export function remoteRetention(
  ask: Ask,
  orNothing: <T>(answer: Promise<T>) => Promise<T | undefined>,
): RetentionOperations {
  const items = async <T>(path: string, query: object = {}): Promise<T[]> =>
    (await ask<{ items: T[] }>('GET', path, query)).items;
  return {
    view: () => ask('GET', '/api/retention', {}, true),
    run: (by) => ask('POST', '/api/retention/run', { by }, true),
    purges: (filter) => ask('GET', '/api/retention/purges', filter),
    tombstones: (purge, filter) => ask('GET', `/api/retention/purges/${purge}`, filter),
    holds: () => items<Hold>('/api/holds'),
    placeHold: (hold) => ask('POST', '/api/holds', hold),
    releaseHold: async (id, by, reason) =>
      (await orNothing(ask('POST', `/api/holds/${id}/release`, { by, reason }))) !== undefined,
    erase: (request) => ask('POST', '/api/erasures', request, true),
    erasures: (limit) => items<Erasure>('/api/erasures', { limit }),
  };
}
