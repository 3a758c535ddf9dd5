import { maxAttempts } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Destination } from '../destinations/destination.ts';
import type { ClaimedActivity, DigestSettlement, Ledger, Settlement } from '../ledger/ledger.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { rollsUp } from '../mapping/rollup.ts';
import { pauseFor, type Brake } from './brake.ts';
import { deliveryKey, type RecordRules } from './record-rules.ts';

/** What asking for lost outcomes needs. */
export interface ReadBackDeps {
  readonly rules: RecordRules;
  readonly currentMapping: () => Promise<Mapping>;
  readonly destination: Pick<Destination, 'id' | 'batchSize' | 'readBack'>;
  readonly ledger: Pick<Ledger, 'claimUnknown' | 'settle' | 'settleDigests'>;
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
    const keys = new Map(claimed.map((one) => [one.key, deliveryKey(deps.rules, one)]));
    const asked = claimed.map(({ key, interaction, contact, digestKey }) => ({
      key: keys.get(key) ?? key,
      kind: digestKey === undefined ? interaction.kind : ('message' as const),
      contact,
    }));
    let found: Map<string, string>;
    try {
      found = await destination.readBack(asked);
    } catch (error) {
      await pauseFor(deps, error);
      return;
    }
    await ledger.settleDigests(destination.id, foundDigests(claimed, found));
    await ledger.settle(
      destination.id,
      claimed.map((one) => {
        const key = keys.get(one.key) ?? one.key;
        return {
          ...readBackSettlement(one, found.get(key), mapping.version, key),
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

/** Records of several that are there after all; what they show is not known. */
function foundDigests(
  claimed: readonly ClaimedActivity[],
  found: ReadonlyMap<string, string>,
): DigestSettlement[] {
  const keys = new Set(claimed.flatMap(({ digestKey }) => digestKey ?? []));
  return [...keys].flatMap((key) => {
    const recordId = found.get(key);
    return recordId === undefined ? [] : [{ key, recordId }];
  });
}

function readBackSettlement(
  claimed: ClaimedActivity,
  recordId: string | undefined,
  mappingVersion: string,
  key: string,
): Settlement {
  const isFurther = key !== claimed.key && claimed.digestKey === undefined;
  const base = {
    key: claimed.key,
    // What was sent may be older than what is known by now: then the rest is still owed.
    revision: claimed.sentRevision ?? claimed.revision,
    mappingVersion,
    contentHash: '',
    ...(isFurther && { isFurther }),
  };
  // An update that was lost is sent again (that changes nothing when it had arrived); a creation that is there is done.
  // A record of several may be there since long, without this one: it is made anew of all that it shows.
  const isDone = claimed.digestKey === undefined && (isFurther || claimed.recordId === undefined);
  if (recordId !== undefined && isDone) {
    return {
      ...base,
      to: 'delivered',
      // What it shows is not known: it may be what was sent before.
      record: { key },
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
