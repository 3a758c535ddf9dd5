import { makeId } from './ids.ts';
import { fileObjects } from './schema-files.ts';
import { standardObjects, type FieldDef, type ObjectDef } from './schema.ts';

export type Value = string | number | boolean | null;
/** A record as it is stored: every field by name; absent is null. */
export type Row = Record<string, Value> & { Id: string };

/** The data of one org: objects, records, who may see which custom field. No HTTP in here. */
/** What an admin's validation rule says of a record; undefined: it may be saved. */
export type ValidationRule = (record: Readonly<Record<string, Value>>) => string | undefined;

export class Org {
  readonly objects: Map<string, ObjectDef> = new Map([...standardObjects(), ...fileObjects()]);
  /** contents of files by the id of their version */
  readonly contents = new Map<string, Buffer>();
  /** bytes that all files together may have */
  fileStorage = Infinity;
  readonly now: () => Date;
  /** the user as whom the integration runs */
  readonly runAs: string;
  /** custom fields per permission set (by name), as `Task.X__c` */
  readonly granted = new Map<string, Set<string>>();
  readonly #tables = new Map<string, Map<string, Row>>();
  readonly #visible = new Map<string, Map<string, FieldDef>>();
  readonly #hidden = new Set<string>();
  /** validation rules by object: what is wrong with a record, if something is */
  readonly rules = new Map<string, ValidationRule[]>();
  // Ids that hold or once held a value: what is found is looked at again, so nothing is ever taken out.
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  #serial = 1;

  constructor(now: () => Date, username: string) {
    this.now = now;
    this.runAs = makeId('005', this.#serial);
    this.insert('User', {
      Username: username,
      Email: username,
      LastName: 'Integration',
      Name: 'Integration',
      IsActive: true,
      UserType: 'Standard',
      TimeZoneSidKey: 'America/Los_Angeles',
    });
    const statuses = ['Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred'];
    statuses.forEach((label, at) => {
      this.insert('TaskStatus', {
        MasterLabel: label,
        ApiName: label,
        IsClosed: label === 'Completed',
        IsDefault: at === 0,
        SortOrder: at + 1,
      });
    });
  }

  table(object: string): Map<string, Row> {
    let table = this.#tables.get(object);
    if (table === undefined) this.#tables.set(object, (table = new Map()));
    return table;
  }

  /** The record with this id of 18 characters, deleted ones included. */
  find(id: string): { object: string; row: Row } | undefined {
    for (const [object, table] of this.#tables) {
      const row = table.get(id);
      if (row !== undefined) return { object, row };
    }
    return undefined;
  }

  /** Stores a new record without any check: what an org's own users do. @returns the record */
  insert(object: string, values: Record<string, Value>): Row {
    const def = this.objects.get(object);
    if (def === undefined) throw new Error(`no object ${object}`);
    const at = this.now().toISOString();
    const row: Row = {
      IsDeleted: false,
      CreatedDate: at,
      CreatedById: this.runAs,
      LastModifiedDate: at,
      SystemModstamp: at,
      ...(def.fields.has('OwnerId') ? { OwnerId: this.runAs } : {}),
      ...(def.fields.has('IsConverted') ? { IsConverted: false, Status: 'Open - Not Contacted' } : {}),
      ...values,
      Id: makeId(def.prefix, this.#serial++),
    };
    this.table(object).set(row.Id, nameOf(def, row));
    this.#changed(object, row);
    return row;
  }

  /** Changes a record without any check, and moves its SystemModstamp. */
  change(row: Row, values: Record<string, Value>): void {
    const object = this.find(row.Id)?.object ?? '';
    const at = this.now().toISOString();
    Object.assign(row, values, { LastModifiedDate: at, SystemModstamp: at });
    const def = this.objects.get(object);
    if (def !== undefined) nameOf(def, row);
    this.#changed(object, row);
  }

  /** Fields of an object that the run-as user sees: standard ones, and custom ones that a permission set of his grants. */
  visibleFields(object: string): FieldDef[] {
    return [...this.#visibleByName(object).values()];
  }

  /** One of them, by its name in any case. */
  visibleField(object: string, name: string): FieldDef | undefined {
    return this.#visibleByName(object).get(name.toLowerCase());
  }

  #visibleByName(object: string): Map<string, FieldDef> {
    let known = this.#visible.get(object);
    if (known === undefined) {
      const fields = [...(this.objects.get(object)?.fields.values() ?? [])];
      const seen = fields
        .filter((one) => !one.custom || this.#sees(`${object}.${one.name}`))
        .filter((one) => !this.#hidden.has(`${object}.${one.name}`));
      known = new Map(seen.map((one) => [one.name.toLowerCase(), one]));
      this.#visible.set(object, known);
    }
    return known;
  }

  /** Records, not deleted, that hold this value; without regard to case unless the field is case-sensitive. */
  rowsWith(object: string, def: FieldDef, value: Value): Row[] {
    const name = `${object}.${def.name}`;
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = new Map();
      this.#indexes.set(name, index);
      for (const row of this.table(object).values()) addToIndex(index, def, row);
    }
    const ids = [...(index.get(fold(def, value)) ?? [])];
    return ids.flatMap((id) => {
      const row = this.table(object).get(id);
      const holds = row !== undefined && row.IsDeleted !== true && (row[def.name] ?? null) !== null;
      return holds && fold(def, row[def.name] ?? null) === fold(def, value) ? [row] : [];
    });
  }

  #changed(object: string, row: Row): void {
    if (object.startsWith('PermissionSet')) this.#visible.clear();
    for (const def of this.objects.get(object)?.fields.values() ?? []) {
      const index = this.#indexes.get(`${object}.${def.name}`);
      if (index !== undefined) addToIndex(index, def, row);
    }
  }

  #sees(field: string): boolean {
    for (const assigned of this.table('PermissionSetAssignment').values()) {
      if (assigned.AssigneeId !== this.runAs || assigned.IsDeleted) continue;
      const set = this.table('PermissionSet').get(String(assigned.PermissionSetId));
      if (set !== undefined && this.granted.get(String(set.Name))?.has(field)) return true;
    }
    return this.granted.get('')?.has(field) ?? false;
  }

  /** Remembers all records as they are now. @returns what brings them back */
  keep(): () => void {
    const kept = structuredClone([...this.#tables]);
    return () => {
      this.#tables.clear();
      for (const [object, table] of kept) this.#tables.set(object, table);
      this.#indexes.clear();
    };
  }

  /** Takes a field, also a standard one, from everybody's eyes (field-level security). */
  hide(object: string, name: string): void {
    this.#hidden.add(`${object}.${name}`);
    this.#visible.clear();
  }

  /** Makes fields (`Task.X__c`) visible to holders of a permission set; `''` as its name: to everybody. */
  grant(permissionSet: string, fields: readonly string[]): void {
    const known = this.granted.get(permissionSet) ?? new Set<string>();
    for (const one of fields) known.add(one);
    this.granted.set(permissionSet, known);
    this.#visible.clear();
  }

  /** Adds a custom field; nobody sees it until it is granted. */
  addField(object: string, def: FieldDef): void {
    this.objects.get(object)?.fields.set(def.name, def);
    this.#visible.clear();
    this.#indexes.delete(`${object}.${def.name}`);
  }

  /** Closed tasks whose date is 365 days or more back leave `/query`: Salesforce's nightly job. @returns how many */
  archiveOldTasks(): number {
    const limit = new Date(this.now().getTime() - 365 * 86_400_000).toISOString().slice(0, 10);
    const old = [...this.table('Task').values()].filter(
      (row) =>
        row.IsClosed === true &&
        row.IsArchived !== true &&
        String(row.ActivityDate ?? row.CreatedDate).slice(0, 10) <= limit,
    );
    for (const row of old) row.IsArchived = true;
    return old.length;
  }
}

function fold(def: FieldDef, value: Value): string {
  return def.caseSensitive ? String(value) : String(value).toLowerCase();
}

function addToIndex(index: Map<string, Set<string>>, def: FieldDef, row: Row): void {
  const value = row[def.name] ?? null;
  if (value === null) return;
  const known = index.get(fold(def, value));
  if (known) known.add(row.Id);
  else index.set(fold(def, value), new Set([row.Id]));
}

function nameOf(def: ObjectDef, row: Row): Row {
  if (def.fields.has('LastName')) {
    row.Name = [row.FirstName, row.LastName].filter((part) => part !== undefined && part !== null).join(' ');
  }
  return row;
}
