import type { Interaction } from '../core/interaction.ts';
import type { CrmUser } from '../destinations/destination.ts';

/** By whom the records of one destination are owned. */
export interface OwnerRules {
  /** e-mail address of who held the firm's number on that UTC day */
  readonly holderOn: (businessNumber: string, day: string) => string | undefined;
  /** e-mail address of who owns what has no holder, or one who is no active user */
  readonly fallback?: string;
  /** @throws CrmError when the CRM cannot say */
  readonly activeUser: (email: string) => Promise<CrmUser | undefined>;
}

/**
 * The CRM user who shall own the record of an interaction: the holder of the number at that time, else the fallback, else
 * nobody in particular (the CRM takes the user as whom the worker signs in). Makes no call when nobody is named.
 */
export async function ownerOf(rules: OwnerRules, interaction: Interaction): Promise<CrmUser | undefined> {
  const holder = rules.holderOn(interaction.businessNumber, interaction.occurredAt.slice(0, 10));
  for (const email of [holder, rules.fallback]) {
    const user = email === undefined ? undefined : await rules.activeUser(email);
    if (user !== undefined) return user;
  }
  return undefined;
}
