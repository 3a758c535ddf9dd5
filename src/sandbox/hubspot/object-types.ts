import { invalid } from './errors.ts';

/** Object type: its ids, and what it needs (HubSpot docs, object type ids; the guides of communications, calls, notes). */
export interface ObjectType {
  readonly name: string;
  readonly typeId: string;
  readonly singular: string;
  readonly required: readonly string[];
  /** name of the property with the time of the last change */
  readonly modified: string;
  readonly created: string;
  readonly defaults: readonly string[];
}

const activity = (
  name: string,
  typeId: string,
  singular: string,
  required: readonly string[],
): ObjectType => ({
  name,
  typeId,
  singular,
  required,
  modified: 'hs_lastmodifieddate',
  created: 'hs_createdate',
  defaults: ['hs_createdate', 'hs_lastmodifieddate', 'hs_object_id'],
});

export const objectTypes: readonly ObjectType[] = [
  {
    ...activity('contacts', '0-1', 'contact', []),
    modified: 'lastmodifieddate',
    created: 'createdate',
    defaults: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
  },
  { ...activity('companies', '0-2', 'company', []), created: 'createdate' },
  { ...activity('deals', '0-3', 'deal', []), created: 'createdate' },
  activity('communications', '0-18', 'communication', [
    'hs_timestamp',
    'hs_communication_channel_type',
    'hs_communication_logged_from',
  ]),
  activity('calls', '0-48', 'call', ['hs_timestamp']),
  activity('notes', '0-46', 'note', ['hs_timestamp']),
];

/** Types whose records are activities on a timeline. */
export const activityTypes = ['communications', 'calls', 'notes'] as const;

/** By name (`communications`, `communication`) or object type id (`0-18`). Throws the 400 for an unknown one. */
export function typeNamed(word: string): ObjectType {
  const found = find(word);
  if (!found) throw invalid(`Unable to infer object type from: ${word}`);
  return found;
}

/** The name of the type; the word itself where it means none. */
export const nameOfType = (word: string): string => find(word)?.name ?? word;

/** Which group of scopes governs a type: activities are governed by that of contacts, as in HubSpot's specs. */
export function scopeGroupOf(word: string): string {
  const name = nameOfType(word);
  return ['companies', 'deals'].includes(name) ? name : 'contacts';
}

const find = (word: string): ObjectType | undefined =>
  objectTypes.find((each) => [each.name, each.singular, each.typeId].includes(word));
