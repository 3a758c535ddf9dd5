import type { Crms } from './spine.ts';

/** From now on each request that writes records meets each kind of fault with this probability, by a seeded die. */
export function mixFaults({ salesforce, hubspot }: Crms, share: number, seed: number): void {
  salesforce.faults.mix({ share, seed });
  hubspot.faults.mix({ share, seed });
}
