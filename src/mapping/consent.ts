import type { CrmContact } from '../destinations/destination.ts';

/** A field of the CRM contact, and the values that count. */
export interface ConsentRule {
  readonly field: string;
  /** compared without regard to case; undefined: yes, true or 1 */
  readonly is?: readonly string[];
}

/** By which fields of a contact a person is never recorded, or only then. */
export interface ConsentRules {
  readonly excludeWhen: readonly ConsentRule[];
  readonly onlyWhen: readonly ConsentRule[];
}

const yes = ['true', 'yes', '1'];

/**
 * May this person be recorded, by what the CRM says of the contact? `unknown`: the CRM did not show the field. Leads may
 * lack a field that contacts have: then they have not opted, neither out nor in.
 */
export function consentOf(
  { type, marks = {} }: Pick<CrmContact, 'type' | 'marks'>,
  { excludeWhen, onlyWhen }: ConsentRules,
): 'allowed' | 'excluded' | 'unknown' {
  const isTold = ({ field }: ConsentRule) => type === 'Lead' || Object.hasOwn(marks, field);
  const holds = ({ field, is = yes }: ConsentRule) => {
    const value = (Object.hasOwn(marks, field) ? (marks[field] ?? '') : '').trim().toLowerCase();
    return is.some((one) => one.trim().toLowerCase() === value);
  };
  if (excludeWhen.some(holds)) return 'excluded';
  if (![...excludeWhen, ...onlyWhen].every(isTold)) return 'unknown';
  return onlyWhen.every(holds) ? 'allowed' : 'excluded';
}

/** Does any rule depend on the contact? */
export function asksConsent({ excludeWhen, onlyWhen }: ConsentRules): boolean {
  return excludeWhen.length + onlyWhen.length > 0;
}
