import type { CrmContact } from '../destination.ts';
import { text, type Json } from './json.ts';

/** Properties with numbers as people typed them (HubSpot docs, contact properties). */
export const phoneProperties = ['phone', 'mobilephone', 'hs_whatsapp_phone_number'] as const;

/** Ids that were merged into a contact, `;` between them (HubSpot docs, contact properties). */
const merged = 'hs_merged_object_ids';

/** Properties that the settings name. */
export interface ContactFields {
  /** holds the WhatsApp user id */
  readonly userIdProperty: string | undefined;
  /** by which people opt out or in, of those that the account has */
  readonly markFields: readonly string[];
}

/** What is asked for of a contact; `userIdProperty` holds the WhatsApp user id where the account keeps it. */
export function contactProperties({ userIdProperty, markFields }: ContactFields): string[] {
  const names = [
    'firstname',
    'lastname',
    'email',
    ...phoneProperties,
    'hubspot_owner_id',
    'lastmodifieddate',
    merged,
  ];
  return [...new Set([...names, ...(userIdProperty === undefined ? [] : [userIdProperty]), ...markFields])];
}

/** A contact from one result; undefined when it has no id. */
export function toContact(
  result: Json,
  { userIdProperty, markFields }: ContactFields,
): CrmContact | undefined {
  const id = text(result['id']);
  if (id === '') return undefined;
  const properties = (result['properties'] ?? {}) as Json;
  const read = (name: string): string => text(properties[name]).trim();
  const name = [read('firstname'), read('lastname')].filter(Boolean).join(' ') || read('email');
  const ownerId = read('hubspot_owner_id');
  const modifiedAt = toIso(read('lastmodifieddate') || text(result['updatedAt']));
  const phones = [...new Set(phoneProperties.map(read).filter(Boolean))];
  const userIds = userIdProperty === undefined ? [] : [read(userIdProperty)].filter(Boolean);
  return {
    type: 'contact',
    id,
    name,
    phones,
    userIds,
    ...(ownerId !== '' && { ownerId }),
    ...(modifiedAt !== undefined && { modifiedAt }),
    ...(markFields.length > 0 && {
      marks: Object.fromEntries(markFields.map((each) => [each, read(each)])),
    }),
  };
}

/** The contacts that are gone because they were merged into this one. */
export function mergedAway(result: Json): CrmContact[] {
  const ids = text(((result['properties'] ?? {}) as Json)[merged]).split(';');
  return ids
    .map((id) => id.trim())
    .filter((id) => id !== '' && id !== text(result['id']))
    .map((id) => ({ type: 'contact', id, name: '', phones: [], userIds: [], gone: true }));
}

/** ISO 8601 from what HubSpot writes: ISO, or milliseconds; undefined where that is no time. */
function toIso(value: string): string | undefined {
  const time = new Date(/^\d+$/.test(value) ? Number(value) : value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
