import type { DeliveryItem } from '../destination.ts';
import type { Json } from './client.ts';
import { taskLinks } from './errors.ts';
import type { SalesforceTarget } from './options.ts';

interface RecordRules {
  readonly keyField: string;
  readonly target?: SalesforceTarget;
}

/** An item as a record of Task or of the custom object. `creating`: with what is taken at creation only. */
export function toRecord(item: DeliveryItem, { keyField, target }: RecordRules, creating: boolean): Json {
  const isNew = creating && item.recordId === undefined;
  return {
    ...item.fields,
    ...(isNew ? item.createOnly : {}),
    ...(isNew ? linksToRelated(item, target) : {}),
    ...linkToPerson(item, target, isNew),
    [keyField]: item.key,
  };
}

/** Can an item be put on its person at all? A custom object may have no lookup for leads. */
export function canLink({ contact }: DeliveryItem, target: SalesforceTarget | undefined): boolean {
  return target === undefined || contact.type !== 'Lead' || target.leadField !== undefined;
}

/** Fields whose refusal means that somebody or something is gone: people first, then what else it is put on. */
export function linkFieldsOf(target: SalesforceTarget | undefined): readonly string[] {
  if (target === undefined) return taskLinks;
  const { contactField, leadField, accountField, opportunityField } = target;
  return [contactField, leadField, accountField, opportunityField].filter((name) => name !== undefined);
}

function linkToPerson({ contact }: DeliveryItem, target: SalesforceTarget | undefined, isNew: boolean): Json {
  if (target === undefined) return { WhoId: contact.id };
  const { contactField, leadField } = target;
  const [own, other] = contact.type === 'Lead' ? [leadField, contactField] : [contactField, leadField];
  return {
    ...(own !== undefined && { [own]: contact.id }),
    // Who was a lead may be a contact now.
    ...(!isNew && other !== undefined && { [other]: null }),
  };
}

/** A task has one WhatId, which a lead's may not have (Object Reference, Task). */
function linksToRelated({ contact, related = [] }: DeliveryItem, target: SalesforceTarget | undefined): Json {
  const idOf = (type: string) => related.find((one) => one.type === type)?.id;
  const [account, opportunity] = [idOf('Account'), idOf('Opportunity')];
  if (target === undefined) {
    return opportunity === undefined || contact.type === 'Lead' ? {} : { WhatId: opportunity };
  }
  return {
    ...(target.accountField !== undefined && account !== undefined && { [target.accountField]: account }),
    ...(target.opportunityField !== undefined &&
      opportunity !== undefined && { [target.opportunityField]: opportunity }),
  };
}
