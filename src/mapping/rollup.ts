import type { ContactRef, Fields } from '../core/activity.ts';
import type { ContactHistory } from '../core/contact-history.ts';
import { applyRules, type KnownFields } from './fields.ts';
import type { CompiledRule, Mapping } from './mapping.ts';

/** Which part of a mapping is about a record of this type: `Contact`, `contact` or `Lead`. */
export function personKind({ type }: Pick<ContactRef, 'type'>): 'contact' | 'lead' {
  return type === 'Lead' ? 'lead' : 'contact';
}

/** Are the activities of this contact told on the contact itself? */
export function rollsUp(mapping: Mapping, contact: Pick<ContactRef, 'type'>): boolean {
  return mapping[personKind(contact)] !== undefined;
}

/**
 * Fields of a contact's own record, of its history. What there is none of yet (nothing was sent to the person so far) is
 * left out, and so left as it is. @throws MappingError when a value cannot be made
 */
export function mapHistory(
  rules: readonly CompiledRule[],
  history: ContactHistory,
  timeZone: string,
  known: KnownFields,
): Fields {
  return applyRules(rules, { ...history, timeZone }, known, 'updateable');
}
