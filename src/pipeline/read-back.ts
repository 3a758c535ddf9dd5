import { maxAttempts } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Destination } from '../destinations/destination.ts';
import type { ClaimedActivity, Ledger, Settlement } from '../ledger/ledger.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { rollsUp } from '../mapping/rollup.ts';
import { pauseFor, type Brake } from './brake.ts';
import { deliveryKey, type PrepareDeps } from './prepare.ts';

/** What asking for lost outcomes needs. */
export interface ReadBackDeps extends Pick<PrepareDeps, 'changes'> {
  readonly currentMapping: () => Promise<Mapping>;
  readonly destination: Pick<Destination, 'id' | 'batchSize' | 'readBack'>;
  readonly ledger: Pick<Ledger, 'claimUnknown' | 'settle'>;
  /** names this process in leases */
  readonly owner: string;
  readonly leaseMs: number;
  readonly brake: Brake;
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
}

/** Step 5b: what was sent without an answer is asked for by key before anything else happens to it. */
export async function resolveUnknown(deps: ReadBackDeps, signal: AbortSignal): Promise<void> {
  const { destination, ledger } = deps;
  while (!signal.aborted) {
    const claimed = await ledger.claimUnknown(
      destination.id,
      destination.batchSize,
      deps.owner,
      deps.leaseMs,
    );
    if (claimed.length === 0) return;
    const mapping = await deps.currentMapping();
    const keys = new Map(claimed.map((one) => [one.key, deliveryKey(deps, one)]));
    const asked = claimed.map(({ key, interaction, contact }) => ({
      key: keys.get(key) ?? key,
      kind: interaction.kind,
      contact,
    }));
    let found: Map<string, string>;
    try {
      found = await destination.readBack(asked);
    } catch (error) {
      await pauseFor(deps, error);
      return;
    }
    await ledger.settle(
      destination.id,
      claimed.map((one) => {
        const key = keys.get(one.key) ?? one.key;
        return {
          ...readBackSettlement(one, found.get(key), mapping.version, key !== one.key),
          ...(rollsUp(mapping, one.contact) && { rollsUp: true }),
        };
      }),
      deps.owner,
    );
    deps.log.info(
      { destination: destination.id, asked: asked.length, found: found.size },
      'unknown outcomes read back',
    );
  }
}

function readBackSettlement(
  claimed: ClaimedActivity,
  recordId: string | undefined,
  mappingVersion: string,
  isFurther: boolean,
): Settlement {
  const base = {
    key: claimed.key,
    // What was sent may be older than what is known by now: then the rest is still owed.
    revision: claimed.sentRevision ?? claimed.revision,
    mappingVersion,
    contentHash: '',
    ...(isFurther && { isFurther }),
  };
  // An update that was lost is sent again (that changes nothing when it had arrived); a creation that is there is done.
  if (recordId !== undefined && (isFurther || claimed.recordId === undefined)) {
    return {
      ...base,
      to: 'delivered',
      outcome: { kind: 'delivered', key: claimed.key, recordId, adopted: true },
    };
  }
  const outcome: Outcome = {
    kind: 'retryable',
    key: claimed.key,
    code: 'answer-lost',
    reason: 'read back: send again',
  };
  return claimed.attempts >= maxAttempts
    ? { ...base, to: 'failed', outcome }
    : { ...base, to: 'ready', outcome };
}
