import { fateOf, maxAttempts, retryDelay } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import type { DeliveryItem, Destination } from '../destinations/destination.ts';
import type {
  BatchKind,
  Claim,
  ClaimedActivity,
  DigestSettlement,
  Ledger,
  Settlement,
} from '../ledger/ledger.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { brakeAfter, describeError, pauseFor, type Brake } from './brake.ts';
import { pause } from './pause.ts';
import { prepare, type Plan } from './prepare.ts';
import type { PlannedDigest } from './prepare-digests.ts';
import type { Prepared, PrepareDeps } from './prepared.ts';
import { resolveUnknown } from './read-back.ts';
import { writeInParts } from './write-in-parts.ts';

/** What one destination's deliveries need. */
export interface DeliverDeps extends Omit<PrepareDeps, 'mapping' | 'ledger' | 'destination' | 'log'> {
  /** the mapping in use: asked for with each batch */
  readonly currentMapping: () => Promise<Mapping>;
  readonly destination: Destination;
  readonly ledger: PrepareDeps['ledger'] &
    Pick<
      Ledger,
      | 'claim'
      | 'claimUnknown'
      | 'settle'
      | 'settleDigests'
      | 'forgetContact'
      | 'destinationHealth'
      | 'setDestinationHealth'
    >;
  /** after the CRM refused a field: its describe is out of date */
  readonly onFieldRefused: () => void;
  /** names this process in leases */
  readonly owner: string;
  readonly windowMs: number;
  readonly leaseMs: number;
  readonly brake: Brake;
  readonly metrics: { delivered(destination: string, count: number): void; lag(seconds: number): void };
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
}

/**
 * Step 5: sends what is ready to one destination until nothing is due, the destination asks to wait, or the signal comes.
 * At most one call of this per destination runs at a time (the queue sees to it); inside, several deliveries may fly.
 */
export async function deliver(deps: DeliverDeps, signal: AbortSignal): Promise<void> {
  if (await isPaused(deps)) return;
  await resolveUnknown(deps, signal);
  await sendInBulk(deps, signal);
  await Promise.all(Array.from({ length: deps.destination.flights }, () => flight(deps, signal)));
}

async function isPaused(deps: DeliverDeps): Promise<boolean> {
  const health = (await deps.ledger.destinationHealth()).find(
    (one) => one.destination === deps.destination.id,
  );
  return health?.pausedUntil !== undefined;
}

const everyKind: readonly BatchKind[] = (['message', 'call'] as const).flatMap((kind) => [
  { kind, existing: false },
  { kind, existing: true },
]);

/** As long as very many wait (an import, a long outage), they go by the CRM's way for very many, if it has one. */
async function sendInBulk(deps: DeliverDeps, signal: AbortSignal): Promise<void> {
  const { destination, ledger, brake, owner } = deps;
  const { bulk } = destination;
  while (bulk !== undefined && !signal.aborted && !brake.isOn) {
    const until = performance.now() + bulk.leaseMs;
    const { items } = await ledger.claim({
      destination: destination.id,
      full: bulk.atLeast,
      // Fewer are never taken, however long they wait.
      windowMs: Infinity,
      leaseMs: bulk.leaseMs,
      owner,
    });
    if (items.length === 0) return;
    await send(deps, items, until, (records) => bulk.deliver(records, signal));
  }
}

/** So often a flight looks whether very many wait by now. */
const batchesBetweenLooks = 20;

async function flight(deps: DeliverDeps, signal: AbortSignal): Promise<void> {
  const kinds = deps.destination.separateCalls ? everyKind : [undefined];
  for (let batches = 1; !signal.aborted && !deps.brake.isOn; batches += 1) {
    if (batches % batchesBetweenLooks === 0) await sendInBulk(deps, signal);
    let sent = false;
    let waitMs: number | undefined;
    for (const only of kinds) {
      const until = performance.now() + deps.leaseMs;
      const claim = await nextBatch(deps, only);
      if (claim.items.length > 0) await send(deps, claim.items, until);
      sent ||= claim.items.length > 0;
      if (claim.waitMs !== undefined) waitMs = Math.min(claim.waitMs, waitMs ?? deps.windowMs);
    }
    if (sent) continue;
    if (waitMs === undefined) return;
    await pause(waitMs, signal);
  }
}

function nextBatch(
  { destination, ledger, windowMs, leaseMs, owner }: DeliverDeps,
  only: BatchKind | undefined,
): Promise<Claim> {
  const full = destination.batchSize;
  return ledger.claim({
    destination: destination.id,
    full,
    windowMs,
    leaseMs,
    owner,
    ...(only === undefined ? {} : { only }),
  });
}

/** @param until when the lease ends, by the clock of `performance` */
async function send(
  deps: DeliverDeps,
  claimed: readonly ClaimedActivity[],
  until: number,
  write: Destination['deliver'] = (items) => deps.destination.deliver(items),
): Promise<void> {
  const started = Date.now();
  const mapping = await deps.currentMapping();
  let plan: Plan;
  try {
    plan = await prepare({ ...deps, mapping }, claimed);
  } catch (error) {
    // Nothing was sent: whatever could not be asked for is asked for again.
    await pauseFor(deps, error);
    await giveBack(deps, claimed, describeError(error), mapping.version);
    return;
  }
  // This process stood still meanwhile, and somebody else may have sent newer words by now.
  if (performance.now() >= until) return giveBack(deps, claimed, leaseEnded, mapping.version);
  const items = [...plan.prepared, ...plan.digests].flatMap(({ item }) => item ?? []);
  // A write that is lost on its way is no change by a person.
  await deps.ledger.settleDigests(deps.destination.id, plan.digests.map(aboutToSend));
  const written = await writeInParts(items, lossesOf(plan), write);
  const answers = new Map(written.outcomes.map((one) => [one.key, one]));
  await settleDigests(deps, plan, answers);
  const outcomes = outcomesOf(plan, answers);
  const isHeldBack = ({ item, digest }: Prepared) => written.heldBack.has(digest ?? item?.key ?? '');
  const heldBack = plan.prepared.filter(isHeldBack).map(({ claimed: one }) => one);
  await giveBack(deps, heldBack, laterThanLost, mapping.version);
  await settleAll(
    deps,
    plan.prepared.filter((one) => !isHeldBack(one)),
    outcomes,
    mapping.version,
  );
  logDelivery(deps, items, outcomes, Date.now() - started);
}

const laterThanLost = {
  code: 'unavailable',
  reason: 'Something before it has not reached this contact yet.',
} as const;
const leaseEnded = {
  code: 'unavailable',
  reason: 'The process stood still until its lease had ended.',
} as const;

/** How often nothing came back of a record's call, as far as that is the last that is known of it. */
function lossesOf({ prepared }: Plan): Map<string, number> {
  const losses = new Map<string, number>();
  for (const { claimed, item, digest } of prepared) {
    const key = digest ?? item?.key;
    if (key === undefined || claimed.lastCode !== 'answer-lost') continue;
    losses.set(key, Math.max(losses.get(key) ?? 0, claimed.attempts));
  }
  return losses;
}

/** One outcome for each activity that was sent or settled, whatever record shows it. */
function outcomesOf({ prepared }: Plan, answers: ReadonlyMap<string, Outcome>): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  for (const { claimed, item, digest, settled } of prepared) {
    const outcome = settled ?? answers.get(digest ?? item?.key ?? '');
    if (outcome !== undefined) outcomes.set(claimed.key, { ...outcome, key: claimed.key });
  }
  return outcomes;
}

function aboutToSend({ key, before, shown }: PlannedDigest): DigestSettlement {
  return { key, shows: { ...(before !== undefined && { shown: before }), sent: shown } };
}

/** What a record of several shows is known before any of them counts as logged. */
function settleDigests(
  deps: DeliverDeps,
  { digests }: Plan,
  answers: ReadonlyMap<string, Outcome>,
): Promise<void> {
  const settlements = digests.flatMap(({ key, shown }): DigestSettlement[] => {
    const answer = answers.get(key);
    return answer?.kind === 'delivered' ? [{ key, recordId: answer.recordId, shows: { shown } }] : [];
  });
  return deps.ledger.settleDigests(deps.destination.id, settlements);
}

function giveBack(
  deps: DeliverDeps,
  claimed: readonly ClaimedActivity[],
  { code, reason }: Pick<ReturnType<typeof describeError>, 'code' | 'reason'>,
  mappingVersion: string,
): Promise<void> {
  const settlements = claimed.map(({ key, revision }): Settlement => ({
    key,
    revision,
    outcome: { kind: 'throttled', key, code, reason },
    to: 'ready',
    mappingVersion,
    contentHash: '',
  }));
  return deps.ledger.settle(deps.destination.id, settlements, deps.owner);
}

async function settleAll(
  deps: DeliverDeps,
  prepared: readonly Prepared[],
  outcomes: ReadonlyMap<string, Outcome>,
  mappingVersion: string,
): Promise<void> {
  const settlements = prepared.map((one) => {
    const missing: Outcome = { kind: 'unknown', key: one.claimed.key, code: 'not-named', reason: '' };
    return settlementOf(one, outcomes.get(one.claimed.key) ?? missing, mappingVersion);
  });
  await brakeAfter(deps.brake, [...outcomes.values()]);
  // As long as nothing comes back from the CRM at all, no record is to blame.
  const isLost = (one: Settlement): boolean => deps.brake.isLosing && one.to === 'unknown';
  const refused = [...outcomes.values()].some(
    (one) => one.kind !== 'delivered' && one.code === 'field-unknown',
  );
  if (refused) deps.onFieldRefused();
  for (const { claimed } of prepared.filter((_one, index) => settlements[index]?.to === 'matching')) {
    await deps.ledger.forgetContact(deps.destination.id, claimed.contact);
  }
  await deps.ledger.settle(
    deps.destination.id,
    settlements.map((one) => (isLost(one) ? { ...one, burn: false } : one)),
    deps.owner,
  );
  const delivered = settlements.filter((one) => one.to === 'delivered');
  if (delivered.length > 0) deps.metrics.delivered(deps.destination.id, delivered.length);
  for (const one of prepared) {
    if (outcomes.get(one.claimed.key)?.kind === 'delivered') {
      deps.metrics.lag(Math.max(0, Date.now() - Date.parse(one.claimed.receivedAt)) / 1_000);
    }
  }
}

/** The one place where an outcome becomes a state: what the error table's fates mean for one activity. */
export function settlementOf(prepared: Prepared, outcome: Outcome, mappingVersion: string): Settlement {
  const { claimed } = prepared;
  const attempt = claimed.attempts + 1;
  const base = {
    key: claimed.key,
    revision: claimed.revision,
    outcome,
    mappingVersion,
    contentHash: prepared.contentHash,
    ...(prepared.isFurther && { isFurther: true }),
    ...(prepared.rollsUp && { rollsUp: true }),
  };
  if (outcome.kind === 'delivered') return { ...base, ...recordOf(prepared), to: 'delivered' };
  switch (fateOf(outcome.code)) {
    case 'wait':
    case 'stop':
      return { ...base, to: 'ready' };
    case 'read-back':
      return { ...base, to: 'unknown', burn: true };
    case 'retry':
      return attempt >= maxAttempts
        ? { ...base, to: 'failed', burn: true }
        : { ...base, to: 'ready', delayMs: retryDelay(attempt), burn: true };
    case 'rematch':
      return attempt >= maxAttempts
        ? { ...base, to: 'failed', burn: true }
        : { ...base, to: 'matching', delayMs: retryDelay(attempt), burn: true };
    case 'park':
      return { ...base, to: 'parked', burn: true };
    case 'dead-letter':
      return { ...base, to: 'failed', burn: true };
  }
}

/** What was sent is what its record shows now; where nothing had to be sent, it shows what it did. */
function recordOf({ item, shown }: Prepared): Pick<Settlement, 'record'> {
  return item === undefined || shown === undefined ? {} : { record: { key: item.key, shown } };
}

function logDelivery(
  deps: DeliverDeps,
  items: readonly DeliveryItem[],
  outcomes: ReadonlyMap<string, Outcome>,
  durationMs: number,
): void {
  const kinds: Record<string, number> = {};
  const codes: Record<string, number> = {};
  for (const outcome of outcomes.values()) {
    kinds[outcome.kind] = (kinds[outcome.kind] ?? 0) + 1;
    if (outcome.kind !== 'delivered') codes[outcome.code] = (codes[outcome.code] ?? 0) + 1;
  }
  deps.log.info(
    { destination: deps.destination.id, items: items.length, ...kinds, codes, durationMs },
    'delivery',
  );
}
