import { refusalOf } from '../../src/sandbox/hubspot/errors.ts';
import { isWrite, type Fault as HubSpotFault } from '../../src/sandbox/hubspot/faults.ts';
import type { Fault as SalesforceFault } from '../../src/sandbox/salesforce/faults.ts';
import type { Crms } from './spine.ts';

const salesforceKinds: readonly SalesforceFault[] = [
  { kind: 'lost-answer' },
  { kind: 'dropped' },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 503, committed: true },
  { kind: 'row', statusCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to obtain exclusive access' },
  { kind: 'expired' },
  { kind: 'truncated' },
];

const statuses = [503, 423, 429, 477] as const;

/** From now on each request that writes records meets each kind of fault with this probability, by a seeded die. */
export function mixFaults({ salesforce, hubspot }: Crms, share: number, seed: number): void {
  const roll = die(seed);
  salesforce.faults.take = (operation) =>
    operation === 'collections-upsert' ? salesforceKinds[Math.floor(roll() / share)] : undefined;
  const take = (kind: HubSpotFault['kind']): HubSpotFault | undefined => {
    const rolled = roll();
    if (kind === 'status') return statusFault(statuses[Math.floor(rolled / share)]);
    if (rolled >= share) return undefined;
    if (kind === 'drop' || kind === 'lose-answer') return { kind };
    if (kind === 'truncate') return { kind, keep: -1 };
    return kind === 'status-after-commit' ? { kind, status: 502 } : undefined;
  };
  hubspot.faults.take = ((kind, call) =>
    isWrite(call) ? take(kind) : undefined) as typeof hubspot.faults.take;
}

function statusFault(status: number | undefined): HubSpotFault | undefined {
  if (status === undefined) return undefined;
  const refusal = refusalOf(status);
  // The documented example of a 477 asks for hours.
  if (status === 477) Object.assign(refusal, { headers: { 'Retry-After': '1' } });
  return { kind: 'status', status: refusal.status, refusal };
}

function die(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}
