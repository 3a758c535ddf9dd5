import { createHmac } from 'node:crypto';
import { canonicalPhone } from '../core/phone.ts';
import type {
  CrmRecord,
  Erasure,
  Hold,
  HoldScope,
  Purge,
  RetentionState,
  RuleCount,
  Tombstone,
} from '../ledger/ledger.ts';
import {
  applyRetention,
  finishErasures,
  removeDoomed,
  wipeWhenDue,
  type RetentionDeps,
  type RetentionRun,
} from './retention.ts';

export interface RetentionOperationsDeps extends RetentionDeps {
  /** for hashes of people who asked for erasure; the first is used for new ones. Not kept in the ledger */
  readonly hashSecrets: readonly string[];
}

/** What the rules would destroy now, and when they were applied. */
export interface RetentionView extends RetentionState {
  readonly rules: readonly RuleCount[];
}

/** What an erasure request came to. */
export interface ErasureAnswer extends Omit<Erasure, 'id' | 'at' | 'actor' | 'reason'> {
  /** of the kept request; absent: nothing was changed (`dryRun`) */
  readonly id?: number;
  readonly dryRun: boolean;
  /** records and files in the CRMs: they are for the CRM's admin to erase, and so is the person's contact */
  readonly records: readonly CrmRecord[];
  /** events that are not read yet: of whom they are is not known */
  readonly unread: number;
  /** what could not be wiped from the disk here */
  readonly left: readonly string[];
  /** requests of the same person before */
  readonly earlier: readonly Erasure[];
}

export interface ErasureRequest {
  /** phone number or WhatsApp user id */
  readonly person: string;
  readonly reason: string;
  readonly by: string;
  readonly dryRun: boolean;
}

/** What people ask about retention, holds and erasure. */
export interface RetentionOperations {
  view(): Promise<RetentionView>;
  /** Applies the rules now. */
  run(by: string): Promise<RetentionRun>;
  purges(filter: { readonly limit: number; readonly cursor?: string }): Promise<Page<Purge>>;
  tombstones(
    purge: number,
    filter: { readonly limit: number; readonly cursor?: string },
  ): Promise<Page<Tombstone>>;
  holds(): Promise<Hold[]>;
  placeHold(hold: HoldScope & { readonly reason: string; readonly by: string }): Promise<Hold>;
  releaseHold(id: number, by: string, reason: string): Promise<boolean>;
  erase(request: ErasureRequest): Promise<ErasureAnswer>;
  erasures(limit: number): Promise<Erasure[]>;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}

/** {@link RetentionOperations} over the ledger of this process. */
export function retentionOperations(deps: RetentionOperationsDeps): RetentionOperations {
  const { ledger, rules, parked, owners } = deps;
  return {
    view: async () => {
      await ledger.refreshHolds(owners());
      return { ...(await ledger.retentionState()), rules: await ledger.expiredCounts(rules, parked()) };
    },
    run: (by) => applyRetention(deps, { actor: by, wipe: 'now' }),
    purges: (filter) => ledger.purges(filter),
    tombstones: (purge, filter) => ledger.tombstones(purge, filter),
    holds: () => ledger.holds(),
    placeHold: (hold) => ledger.placeHold(hold, owners()),
    releaseHold: (id, by, reason) => ledger.releaseHold(id, by, reason),
    erase: (request) => erase(deps, request),
    erasures: (limit) => ledger.erasures({ limit }),
  };
}

/** Erases all of a person that neither a hold nor the law keeps; see {@link RetentionOperations}. */
async function erase(deps: RetentionOperationsDeps, request: ErasureRequest): Promise<ErasureAnswer> {
  const { ledger, rules, owners, hashSecrets } = deps;
  await ledger.refreshHolds(owners());
  const found = await ledger.personRecords(request.person, rules);
  const all = [...found.interactions, ...found.events];
  const hashes = hashSecrets.map((secret) => found.addresses.map((address) => hashOf(address, secret)));
  const [personHashes = []] = hashes;
  const earlier = await ledger.erasures({ personHashes: hashes.flat(), limit: 20 });
  const free = <I>(records: readonly { id: I; held: boolean; obliged: boolean }[]) =>
    records.filter(({ held, obliged }) => !held && !obliged).map(({ id }) => id);
  const counts = {
    found: all.length,
    held: all.filter(({ held }) => held).length,
    obliged: all.filter(({ held, obliged }) => obliged && !held).length,
  };
  const subject = { keys: free(found.interactions), events: free(found.events) };
  const { records, unread } = found;
  const rest = { ...counts, records, unread, earlier, dryRun: request.dryRun };
  if (request.dryRun) {
    const erased = subject.keys.length + subject.events.length;
    return { ...rest, erased, waiting: 0, state: stateOf(counts, erased), left: [] };
  }
  const { by: actor, reason } = request;
  const { id } = await ledger.addErasure({ ...counts, actor, reason, personHashes, subject });
  await finishErasures(deps);
  await removeDoomed(deps);
  const wiped = await wipeWhenDue(deps, actor, 'now');
  const kept = (await ledger.erasures({ personHashes, limit: 20 })).find((one) => one.id === id);
  const { erased = 0, held = counts.held, waiting = 0, state = 'done' } = kept ?? {};
  return { ...rest, id, erased, held, waiting, state, left: wiped?.left ?? [] };
}

function stateOf(
  { held, obliged }: { readonly held: number; readonly obliged: number },
  erased: number,
): Erasure['state'] {
  if (held + obliged === 0) return 'done';
  return erased > 0 ? 'partly-refused' : 'refused';
}

/** Whoever has the database cannot try numbers against it. */
function hashOf(address: string, secret: string): string {
  return createHmac('sha256', secret)
    .update(`erasure ${canonicalPhone(address)}`)
    .digest('hex');
}
