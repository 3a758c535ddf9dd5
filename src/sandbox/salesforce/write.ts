import { completeFile, takeContent } from './files.ts';
import { fullId } from './ids.ts';
import type { Org, Row, Value } from './org.ts';
import { notFound, refuse, Refusal } from './refusal.ts';
import type { FieldDef, ObjectDef } from './schema.ts';
import { checkValue, readValue } from './values.ts';

/** A record as a request gives it, without `attributes`. */
export type Input = Readonly<Record<string, unknown>>;

export interface Saved {
  readonly id: string;
  readonly created: boolean;
}

/** Which fields a request gives, with values of the right type; unknown and unseen fields are refused by row. */
export interface ReadInput {
  readonly values: Map<FieldDef, Value>;
  readonly problem?: Refusal;
}

/** The object that a path or `attributes.type` names. @throws Refusal NOT_FOUND */
export function objectOf(org: Org, name: string): ObjectDef {
  const def = [...org.objects.values()].find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (def === undefined) throw notFound();
  return def;
}

/** Reads a record of a request. @throws Refusal for the whole call when a value has the wrong type */
export function readInput(org: Org, object: string, input: Input): ReadInput {
  const values = new Map<FieldDef, Value>();
  let problem: Refusal | undefined;
  for (const [name, value] of Object.entries(input)) {
    if (name === 'attributes') continue;
    const def = org.visibleField(object, name);
    if (def === undefined) {
      problem ??= refuse('INVALID_FIELD', `No such column '${name}' on sobject of type ${object}`);
    } else values.set(def, readValue(def, value));
  }
  return { values, ...(problem ? { problem } : {}) };
}

/** Makes a record by all rules of the org. @throws Refusal for the row */
export function create(org: Org, object: ObjectDef, given: ReadInput): Saved {
  if (given.problem) throw given.problem;
  if (!object.createable) {
    throw refuse('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type cannot be inserted: ${object.name}`);
  }
  checkWritable(given.values, 'createable');
  const missing = [...object.fields.values()].filter(
    (def) =>
      def.createable && !def.nillable && !def.defaultedOnCreate && (given.values.get(def) ?? null) === null,
  );
  if (missing.length > 0) {
    const names = missing.map((def) => def.name);
    throw refuse('REQUIRED_FIELD_MISSING', `Required fields are missing: [${names.join(', ')}]`, names);
  }
  checkAll(org, object, given.values, undefined);
  const content = object.name === 'ContentVersion' ? takeContent(org, given.values) : undefined;
  const row = org.insert(object.name, plain(given.values));
  if (content !== undefined) completeFile(org, row, content);
  if (object.name === 'Task') completeTask(org, row);
  return { id: row.Id, created: true };
}

/** Changes a record by all rules of the org. @throws Refusal for the row */
export function update(org: Org, object: ObjectDef, id: string, given: ReadInput): Saved {
  if (given.problem) throw given.problem;
  const row = liveRow(org, object.name, id);
  checkWritable(given.values, 'updateable');
  for (const [def, value] of given.values) {
    if (value === null && !def.nillable) {
      throw refuse('REQUIRED_FIELD_MISSING', `Required fields are missing: [${def.name}]`, [def.name]);
    }
  }
  checkAll(org, object, given.values, row);
  org.change(row, plain(given.values));
  if (object.name === 'Task') completeTask(org, row);
  return { id: row.Id, created: false };
}

/** The record with this id. @throws Refusal ENTITY_IS_DELETED, NOT_FOUND, MALFORMED_ID */
export function liveRow(org: Org, object: string, id: string): Row {
  const full = fullId(id);
  if (full === undefined) throw refuse('MALFORMED_ID', `malformed id ${id}`, ['Id']);
  const row = org.table(object).get(full);
  if (row === undefined) throw notFound();
  if (row.IsDeleted === true) throw new Refusal(404, 'ENTITY_IS_DELETED', 'entity is deleted');
  return row;
}

function plain(values: Map<FieldDef, Value>): Record<string, Value> {
  return Object.fromEntries([...values].map(([def, value]) => [def.name, value]));
}

function checkWritable(values: Map<FieldDef, Value>, right: 'createable' | 'updateable'): void {
  const forbidden = [...values.keys()].filter((def) => !def[right]).map((def) => def.name);
  if (forbidden.length === 0) return;
  throw refuse(
    'INVALID_FIELD_FOR_INSERT_UPDATE',
    `Unable to create/update fields: ${forbidden.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
    forbidden,
  );
}

function checkAll(org: Org, object: ObjectDef, values: Map<FieldDef, Value>, row: Row | undefined): void {
  for (const [def, value] of values) {
    checkValue(def, value);
    if (value === null) continue;
    if (def.unique) {
      const other = org.rowsWith(object.name, def, value).find((one) => one.Id !== row?.Id);
      if (other) {
        throw refuse(
          'DUPLICATE_VALUE',
          `duplicate value found: ${def.name} duplicates value on record with id: ${other.Id.slice(0, 15)}`,
          [def.name],
        );
      }
    }
    if (def.type === 'reference') values.set(def, checkReference(org, def, String(value)));
  }
  if (object.name === 'Task') checkTaskLinks(org, values, row);
  checkRules(org, object, { ...row, ...plain(values) });
  if (object.name === 'PermissionSetAssignment') checkAssignment(org, values);
}

/** What an admin's rules say of the record as it would be. */
function checkRules(org: Org, object: ObjectDef, after: Readonly<Record<string, Value>>): void {
  for (const rule of org.rules.get(object.name) ?? []) {
    const message = rule(after);
    if (message !== undefined) throw refuse('FIELD_CUSTOM_VALIDATION_EXCEPTION', message);
  }
}

function checkReference(org: Org, def: FieldDef, value: string): string {
  const id = fullId(value);
  if (id === undefined)
    throw refuse('MALFORMED_ID', `${def.label}: id value of incorrect type: ${value}`, [def.name]);
  const target = org.find(id);
  if (target === undefined) {
    throw refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [def.name]);
  }
  if (!def.referenceTo.includes(target.object)) {
    throw refuse('FIELD_INTEGRITY_EXCEPTION', `${def.label}: id value of incorrect type: ${value}`, [
      def.name,
    ]);
  }
  if (target.row.IsDeleted === true) throw refuse('ENTITY_IS_DELETED', 'entity is deleted', []);
  if (target.object === 'User' && def.name === 'OwnerId' && target.row.IsActive !== true) {
    throw refuse('INACTIVE_OWNER_OR_USER', 'operation performed with inactive user', [def.name]);
  }
  if (target.object === 'Lead' && target.row.IsConverted === true) {
    throw refuse('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead', [def.name]);
  }
  return id;
}

function checkTaskLinks(org: Org, values: Map<FieldDef, Value>, row: Row | undefined): void {
  const after = { ...row, ...plain(values) };
  if (!after.WhoId || !after.WhatId) return;
  if (org.find(String(after.WhoId))?.object === 'Lead') {
    throw refuse('FIELD_INTEGRITY_EXCEPTION', 'WhatId must be null when WhoId is a lead', ['WhatId']);
  }
}

function checkAssignment(org: Org, values: Map<FieldDef, Value>): void {
  const wanted = plain(values);
  for (const row of org.table('PermissionSetAssignment').values()) {
    if (row.AssigneeId === wanted.AssigneeId && row.PermissionSetId === wanted.PermissionSetId) {
      throw refuse(
        'DUPLICATE_VALUE',
        `duplicate value found: <unknown> duplicates value on record with id: ${row.Id}`,
        [],
      );
    }
  }
}

/** What Salesforce itself fills in on a task. */
function completeTask(org: Org, row: Row): void {
  row.Status ??= 'Not Started';
  row.Priority ??= 'Normal';
  row.TaskSubtype ??= 'Task';
  const closed = row.Status === 'Completed';
  if (closed && row.IsClosed !== true) row.CompletedDateTime = org.now().toISOString();
  if (!closed) row.CompletedDateTime = null;
  row.IsClosed = closed;
  row.IsArchived ??= false;
  const who = row.WhoId ? org.find(String(row.WhoId)) : undefined;
  row.AccountId = row.WhatId ?? who?.row.AccountId ?? null;
}
