import type { CrmField } from '../destination.ts';
import type { ObjectName } from './client.ts';
import { list, text, type Json } from './json.ts';

/** What HubSpot asks for on each record (HubSpot docs, guides of communications and calls); the describe does not say it. */
const required: Readonly<Record<ObjectName | 'contacts', readonly string[]>> = {
  communications: ['hs_timestamp', 'hs_communication_channel_type', 'hs_communication_logged_from'],
  calls: ['hs_timestamp'],
  contacts: [],
};

const types: Readonly<Record<string, CrmField['type']>> = {
  string: 'string',
  phone_number: 'string',
  number: 'number',
  bool: 'boolean',
  date: 'date',
  datetime: 'datetime',
  enumeration: 'picklist',
};

/** Characters of a string property (HubSpot docs, property limits). */
const textLength = 65_536;

/** Fields from the answer of `GET /crm/properties/{version}/{object}`. */
export function toFields(object: ObjectName | 'contacts', body: Json): CrmField[] {
  return list(body['results']).flatMap((property) => {
    const name = text(property['name']);
    if (name === '' || property['archived'] === true) return [];
    const metadata = property['modificationMetadata'] as Json | undefined;
    const readOnly = metadata?.['readOnlyValue'] === true || property['calculated'] === true;
    const external = property['externalOptions'] === true || text(property['referencedObjectType']) !== '';
    const type = external ? 'reference' : (types[text(property['type'])] ?? 'other');
    const values = list(property['options']).map((option) => text(option['value']));
    return [
      {
        name,
        label: text(property['label']) || name,
        type,
        required: required[object].includes(name),
        createable: !readOnly,
        updateable: !readOnly,
        ...(type === 'string' && { length: textLength }),
        ...(typeof property['hasUniqueValue'] === 'boolean' && { unique: property['hasUniqueValue'] }),
        ...(type === 'picklist' && values.length > 0 && { values }),
      },
    ];
  });
}
