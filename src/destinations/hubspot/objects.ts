import type { RelatedRecord } from '../destination.ts';
import type { AssociationType, ObjectName } from './client.ts';

/** CRM object per kind of activity. */
export const objectOf = { message: 'communications', call: 'calls' } as const;
export const objectNames: readonly ObjectName[] = Object.values(objectOf);

/** Inputs of a batch call (HubSpot docs, batch). */
export const batchSize = 100;

/** From an activity to what it is put on (HubSpot docs, association type id values). */
const typeIds = {
  communications: { contact: 81, company: 87, deal: 85 },
  calls: { contact: 194, company: 182, deal: 206 },
} as const;

export interface Association {
  readonly to: { readonly id: string };
  readonly types: readonly AssociationType[];
}

/** From a record to its contact. */
export function toContactType(object: ObjectName): AssociationType {
  return typeTo(object, 'contact');
}

/** The contact, and what else the record is put on. */
export function associationsOf(
  object: ObjectName,
  contactId: string,
  related: readonly RelatedRecord[],
): Association[] {
  const others = related.flatMap(({ type, id }) =>
    type === 'company' || type === 'deal' ? [{ to: { id }, types: [typeTo(object, type)] }] : [],
  );
  return [{ to: { id: contactId }, types: [typeTo(object, 'contact')] }, ...others];
}

function typeTo(object: ObjectName, type: keyof (typeof typeIds)[ObjectName]): AssociationType {
  return { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: typeIds[object][type] };
}

/** In parts that a batch call takes. */
export function* chunks<T>(items: readonly T[], size: number = batchSize): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

export const isOk = (answer: { readonly status: number }): boolean =>
  answer.status >= 200 && answer.status < 300;
