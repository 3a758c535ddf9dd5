import type { KeyObject } from 'node:crypto';
import { makeSeal } from '../core/seal.ts';
import type { SealStore } from '../ledger/ledger.ts';
import type { SealPlace } from '../seals/place.ts';

export interface SealDeps {
  readonly ledger: Pick<SealStore, 'sealable' | 'addSeal' | 'seals' | 'sealCopies' | 'putSealCopies'>;
  readonly places: readonly SealPlace[];
  /** Ed25519 */
  readonly signingKey?: KeyObject | undefined;
  readonly log: { warn(fields: object, text: string): void };
  readonly now?: () => Date;
}

/** Rows in one seal: enough that proofs are short and few seals are read, few enough to fit into memory many times. */
const mostRows = 5_000;
const copiesAtATime = 20;

/** Seals everything that nobody can add to any more, then brings the copies outside up to date. @returns new seals */
export async function sealAll(deps: SealDeps, signal?: AbortSignal): Promise<number> {
  let made = 0;
  while (!signal?.aborted && (await sealOnce(deps))) made += 1;
  for (const place of deps.places) {
    if (!signal?.aborted) await copyTo(place, deps, signal);
  }
  return made;
}

/** @returns false when there is nothing to seal for now */
async function sealOnce({ ledger, signingKey, now = () => new Date() }: SealDeps): Promise<boolean> {
  const rows = await ledger.sealable(mostRows);
  if (rows === undefined) return false;
  // By what the rows follow, and by nothing newer: where somebody else made a seal meanwhile, this number is taken.
  const { last } = rows;
  const header = {
    number: (last?.number ?? 0) + 1,
    at: now().toISOString(),
    previous: last?.hash ?? '',
  };
  return ledger.addSeal(makeSeal(rows, header, signingKey));
}

/** A place that is away gets what it misses when it is back; the others and the sealing go on. */
async function copyTo(place: SealPlace, { ledger, log }: SealDeps, signal?: AbortSignal): Promise<void> {
  const known = (await ledger.sealCopies()).find((one) => one.place === place.name);
  let number = known?.number ?? 0;
  try {
    for (;;) {
      const missing = await ledger.seals({ after: number, limit: copiesAtATime });
      for (const seal of missing) {
        if (signal?.aborted) return;
        await place.put(seal);
        number = seal.number;
        await ledger.putSealCopies({ place: place.name, number });
      }
      if (missing.length < copiesAtATime) return;
    }
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : 'unknown error';
    await ledger.putSealCopies({ place: place.name, number, error: reason });
    log.warn({ place: place.name, error: reason }, 'a copy of a seal could not be kept; it is tried again');
  }
}
