import { parsePhone } from '../core/phone.ts';
import type { CrmContact, LookupAddress } from './destination.ts';

/** How many people a person can choose from. */
export const mostFound = 25;

/** A search for people as a person typed it: a number, or words of which the CRM is asked for one. */
export type PeopleSearch =
  | { readonly address: LookupAddress }
  | {
      /** the longest word: what narrows the most */
      readonly word: string;
      /** keeps those of whom all words tell, the best ones first */
      readonly narrow: (people: readonly CrmContact[]) => CrmContact[];
    };

/** What is asked of the CRM; undefined for a text without anything to search for. Both CRMs need two characters. */
export function peopleSearch(text: string): PeopleSearch | undefined {
  const digits = text.replaceAll(/\D/g, '');
  if (digits.length >= 5 && /^[\d\s+().\-/]+$/.test(text.trim())) {
    const national = parsePhone(`+${digits}`)?.national ?? digits;
    return { address: { address: `+${digits}`, national } };
  }
  const words = text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 10);
  const word = words.toSorted((one, other) => other.length - one.length)[0] ?? '';
  if (word.length < 2) return undefined;
  const rest = words.filter((one) => one !== word);
  const fits = ({ name }: CrmContact) => rest.every((one) => name.toLowerCase().includes(one));
  return {
    word,
    narrow: (people) => people.filter((one) => one.gone !== true && fits(one)).slice(0, mostFound),
  };
}
