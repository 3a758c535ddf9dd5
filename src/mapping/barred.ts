import type { CrmContact } from '../destinations/destination.ts';
import { asksConsent, consentOf, type ConsentRules } from './consent.ts';

/**
 * Who may not be recorded by any of these rules is known by addresses and marks alone: without them nobody could be kept
 * out, and the name is of no use.
 *
 * @param routes the rules of each route into the contact's CRM
 */
export function withoutBarredName(contact: CrmContact, routes: readonly ConsentRules[]): CrmContact {
  const isBarred = (rules: ConsentRules) => asksConsent(rules) && consentOf(contact, rules) === 'excluded';
  return routes.length > 0 && routes.every(isBarred) ? { ...contact, name: '' } : contact;
}
