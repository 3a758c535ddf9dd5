/** Types of fields that this look-alike has, by the names of describe. */
export type FieldType =
  | 'id'
  | 'string'
  | 'textarea'
  | 'phone'
  | 'email'
  | 'picklist'
  | 'combobox'
  | 'boolean'
  | 'int'
  | 'date'
  | 'datetime'
  | 'base64'
  | 'reference';

/** A field as describe tells it (Object Reference). `length` is in characters. */
export interface FieldDef {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly length: number;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly nillable: boolean;
  readonly defaultedOnCreate: boolean;
  readonly filterable: boolean;
  readonly custom: boolean;
  readonly unique: boolean;
  readonly externalId: boolean;
  readonly caseSensitive: boolean;
  readonly restricted: boolean;
  readonly values: readonly string[];
  readonly referenceTo: readonly string[];
}

export interface ObjectDef {
  readonly name: string;
  readonly prefix: string;
  readonly createable: boolean;
  readonly fields: Map<string, FieldDef>;
}

type Traits = Partial<Omit<FieldDef, 'name' | 'type'>>;

const defaultLength: Partial<Record<FieldType, number>> = {
  id: 18,
  string: 255,
  textarea: 32_000,
  phone: 40,
  email: 80,
  picklist: 255,
  combobox: 255,
  reference: 18,
};

/** Makes a field definition with Salesforce's usual traits. */
export function field(name: string, type: FieldType, traits: Traits = {}): FieldDef {
  return {
    name,
    label: name.replace(/__c$/, '').replaceAll('_', ' '),
    type,
    length: defaultLength[type] ?? 0,
    createable: true,
    updateable: true,
    nillable: true,
    defaultedOnCreate: type === 'boolean',
    filterable: type !== 'textarea' && type !== 'base64',
    custom: name.endsWith('__c'),
    unique: false,
    externalId: false,
    caseSensitive: false,
    restricted: false,
    values: [],
    referenceTo: [],
    ...traits,
  };
}

/** What the org fills in itself. */
export const readOnly: Traits = {
  createable: false,
  updateable: false,
  nillable: false,
  defaultedOnCreate: true,
};
/** A text field. */
export const text = (name: string, length = 255, traits: Traits = {}) =>
  field(name, 'string', { length, ...traits });
const phone = (name: string) => field(name, 'phone');
/** A field that holds the id of a record of one of these objects. */
export const reference = (name: string, ...to: string[]) => field(name, 'reference', { referenceTo: to });
const owner = field('OwnerId', 'reference', {
  referenceTo: ['User'],
  nillable: false,
  defaultedOnCreate: true,
});

const system = [
  field('Id', 'id', readOnly),
  field('IsDeleted', 'boolean', readOnly),
  field('CreatedDate', 'datetime', readOnly),
  field('CreatedById', 'reference', { ...readOnly, referenceTo: ['User'] }),
  field('LastModifiedDate', 'datetime', readOnly),
  field('SystemModstamp', 'datetime', readOnly),
];

const task = [
  field('Subject', 'combobox'),
  field('Description', 'textarea'),
  field('Status', 'picklist', {
    nillable: false,
    defaultedOnCreate: true,
    values: ['Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred'],
  }),
  field('Priority', 'picklist', {
    nillable: false,
    defaultedOnCreate: true,
    values: ['High', 'Normal', 'Low'],
  }),
  field('ActivityDate', 'date'),
  field('TaskSubtype', 'picklist', {
    updateable: false,
    restricted: true,
    values: ['Task', 'Email', 'LinkedIn', 'ListEmail', 'Cadence', 'Call'],
  }),
  field('Type', 'picklist', { values: ['Call', 'Meeting', 'Other'] }),
  field('CallType', 'picklist', { restricted: true, values: ['Inbound', 'Internal', 'Outbound'] }),
  field('CallDurationInSeconds', 'int'),
  text('CallDisposition'),
  text('CallObject'),
  reference('WhoId', 'Contact', 'Lead'),
  reference('WhatId', 'Account', 'Opportunity'),
  field('AccountId', 'reference', { ...readOnly, nillable: true, referenceTo: ['Account'] }),
  owner,
  field('CompletedDateTime', 'datetime', { ...readOnly, nillable: true }),
  field('IsArchived', 'boolean', readOnly),
  field('IsClosed', 'boolean', readOnly),
];

const person = [
  text('Salutation', 40),
  text('FirstName', 40),
  text('LastName', 80, { nillable: false }),
  text('Name', 121, { ...readOnly, nillable: true }),
  field('Email', 'email'),
  text('Title', 128),
  phone('Phone'),
  phone('MobilePhone'),
  owner,
];

const contact = [
  ...person,
  reference('AccountId', 'Account'),
  phone('HomePhone'),
  phone('OtherPhone'),
  phone('AssistantPhone'),
  phone('Fax'),
  field('Description', 'textarea'),
  field('LastActivityDate', 'date', { ...readOnly, nillable: true }),
  field('MasterRecordId', 'reference', { ...readOnly, nillable: true, referenceTo: ['Contact'] }),
  field('IsPersonAccount', 'boolean', readOnly),
];

const lead = [
  ...person,
  text('Company', 255, { nillable: false }),
  field('Status', 'picklist', {
    nillable: false,
    defaultedOnCreate: true,
    values: ['Open - Not Contacted', 'Working - Contacted', 'Closed - Converted', 'Closed - Not Converted'],
  }),
  phone('Fax'),
  field('Description', 'textarea'),
  field('LastActivityDate', 'date', { ...readOnly, nillable: true }),
  field('IsConverted', 'boolean', readOnly),
  field('ConvertedContactId', 'reference', { ...readOnly, nillable: true, referenceTo: ['Contact'] }),
  field('ConvertedAccountId', 'reference', { ...readOnly, nillable: true, referenceTo: ['Account'] }),
  field('MasterRecordId', 'reference', { ...readOnly, nillable: true, referenceTo: ['Lead'] }),
];

const user = [
  text('Username', 80),
  text('FirstName', 40),
  text('LastName', 80),
  text('Name', 121, { ...readOnly, nillable: true }),
  field('Email', 'email'),
  phone('Phone'),
  phone('MobilePhone'),
  phone('Extension'),
  field('IsActive', 'boolean'),
  field('UserType', 'picklist', { values: ['Standard', 'PowerPartner', 'Guest', 'AutomatedProcess'] }),
  text('TimeZoneSidKey', 40),
];

const opportunity = [
  text('Name', 120, { nillable: false }),
  reference('AccountId', 'Account'),
  owner,
  text('StageName', 255, { nillable: false }),
  field('CloseDate', 'date', { nillable: false }),
  field('IsClosed', 'boolean', readOnly),
  field('IsWon', 'boolean', readOnly),
];

const opportunityRole = [
  reference('OpportunityId', 'Opportunity'),
  reference('ContactId', 'Contact'),
  field('IsPrimary', 'boolean'),
];

const taskStatus = [
  text('MasterLabel'),
  text('ApiName'),
  field('IsClosed', 'boolean'),
  field('IsDefault', 'boolean'),
  field('SortOrder', 'int'),
];

const permissionSet = [text('Name', 80), text('Label', 80)];
const assignment = [
  field('AssigneeId', 'reference', { referenceTo: ['User'], nillable: false, updateable: false }),
  field('PermissionSetId', 'reference', {
    referenceTo: ['PermissionSet'],
    nillable: false,
    updateable: false,
  }),
];

/** An object with its key prefix; system fields come with it. */
export function object(
  name: string,
  prefix: string,
  fields: readonly FieldDef[],
  createable = true,
): [string, ObjectDef] {
  const all = [...system, ...fields].map((one) => [one.name, one] as const);
  return [name, { name, prefix, createable, fields: new Map(all) }];
}

/** The standard objects of a new org (Object Reference; only what an activity logger meets). */
export function standardObjects(): Map<string, ObjectDef> {
  return new Map([
    object('Account', '001', [text('Name', 255, { nillable: false }), phone('Phone'), owner]),
    object('Contact', '003', contact),
    object('Lead', '00Q', lead),
    object('Opportunity', '006', opportunity),
    object('OpportunityContactRole', '00K', opportunityRole),
    object('User', '005', user, false),
    object('Task', '00T', task),
    object('TaskStatus', '01J', taskStatus, false),
    object('PermissionSet', '0PS', permissionSet, false),
    object('PermissionSetAssignment', '0Pa', assignment),
  ]);
}

/** A field in the shape of `GET /sobjects/{type}/describe` (REST guide, sObject Describe). */
export function describeField(def: FieldDef): object {
  const { name, label, type, length, createable, updateable, nillable, custom, unique, externalId } = def;
  return {
    name,
    label,
    type,
    length,
    createable,
    updateable,
    nillable,
    custom,
    unique,
    externalId,
    defaultedOnCreate: def.defaultedOnCreate,
    filterable: def.filterable,
    caseSensitive: def.caseSensitive,
    idLookup: name === 'Id' || externalId,
    restrictedPicklist: def.restricted,
    picklistValues: def.values.map((value) => ({ value, label: value, active: true, defaultValue: false })),
    referenceTo: def.referenceTo,
    relationshipName: type === 'reference' ? name.replace(/Id$/, '') : null,
  };
}
