import type { Org, Value } from './org.ts';
import { field, object, readOnly, reference, text, type FieldType } from './schema.ts';

/** Fields of a custom object: the type, or for a lookup the objects that it may name. `key`: a unique external id. */
export type CustomFields = Readonly<Record<string, FieldType | 'key' | readonly string[]>>;

/** A custom object that everybody sees, as an admin made it. */
export function addCustomObject(org: Org, name: string, fields: CustomFields): void {
  const own = Object.entries(fields).map(([fieldName, type]) => {
    if (typeof type !== 'string') return reference(fieldName, ...type);
    if (type !== 'key') return field(fieldName, type);
    return text(fieldName, 64, { unique: true, externalId: true, caseSensitive: true });
  });
  const base = [text('Name', 80, { ...readOnly, nillable: true }), reference('OwnerId', 'User')];
  org.objects.set(...object(name, 'a00', [...base, ...own]));
  for (const [holder, link] of fileLinks) {
    const def = org.objects.get(holder)?.fields.get(link);
    if (def !== undefined) org.addField(holder, { ...def, referenceTo: [...def.referenceTo, name] });
  }
  org.grant(
    '',
    Object.keys(fields).map((fieldName) => `${name}.${fieldName}`),
  );
}

/** A file may belong to a record of any object (Object Reference, ContentVersion). */
const fileLinks = [
  ['ContentVersion', 'FirstPublishLocationId'],
  ['ContentDocumentLink', 'LinkedEntityId'],
] as const;

/** Switches person accounts on (Object Reference, Account): further fields of accounts. */
export function addPersonAccounts(org: Org): void {
  const phones = ['PersonMobilePhone', 'PersonHomePhone', 'PersonOtherPhone', 'PersonAssistantPhone'];
  org.addField('Account', field('IsPersonAccount', 'boolean', readOnly));
  org.addField('Account', reference('PersonContactId', 'Contact'));
  for (const name of phones) org.addField('Account', field(name, 'phone'));
}

/** An account that is a person, and its contact. @returns the contact's id */
export function addPerson(org: Org, values: Record<string, Value>): string {
  const { MobilePhone = null, Phone = null, HomePhone = null, OtherPhone = null } = values;
  const contact = org.insert('Contact', { ...values, IsPersonAccount: true });
  const account = org.insert('Account', {
    Name: contact.Name ?? '',
    IsPersonAccount: true,
    PersonContactId: contact.Id,
    Phone,
    PersonMobilePhone: MobilePhone,
    PersonHomePhone: HomePhone,
    PersonOtherPhone: OtherPhone,
  });
  org.change(contact, { AccountId: account.Id });
  return contact.Id;
}

/** Switches Shared Activities on (Object Reference, Task): a task may have several people; WhoId is the first. */
export function shareActivities(org: Org): void {
  org.addField('Task', field('WhoCount', 'int', readOnly));
  org.addField('Task', field('WhatCount', 'int', readOnly));
  const relation = [reference('TaskId', 'Task'), reference('RelationId', 'Contact', 'Lead')];
  org.objects.set(...object('TaskRelation', '0RT', relation));
}
