import { Associations, resolveInline, type End, type InlineAssociation } from './associations.ts';
import { calculated } from './calculated.ts';
import { badProperties, conflict, invalid, Refusal } from './errors.ts';
import { objectTypes, type ObjectType } from './object-types.ts';
import type { Schema } from './schema.ts';
import { SensitivePhones } from './sensitive.ts';
import { checkValues, type Values } from './values.ts';

/** One record as the account holds it. */
export interface StoredRecord {
  readonly id: string;
  readonly type: ObjectType;
  values: Values;
  readonly createdAt: Date;
  updatedAt: Date;
  archivedAt?: Date;
  /** what the search index may still show, oldest first */
  versions: { readonly at: number; readonly values: Values; readonly archived: boolean }[];
}

export interface StoreOptions {
  readonly now: () => Date;
  /** country of numbers without a country code (account setting) */
  readonly region: string;
  /** milliseconds until search sees a change */
  readonly indexDelayMs: number;
}

/** All records of the account, both API versions' common ground. */
export class Store {
  readonly associations = new Associations();
  readonly sensitive = new SensitivePhones();
  /** how a duplicate of a unique value is refused: both are seen in the field */
  conflictShape: 'conflict' | 'validation' = 'conflict';
  /**
   * how the association endpoints say that something is not there. `rows`: a pair that leads nowhere is named under a 207,
   * and so is a record without associations in a read (the SDK's models; what public integrations record). `whole`: a pair
   * that leads nowhere refuses the call, and a record without associations is listed with none.
   */
  associationErrors: 'whole' | 'rows' = 'whole';
  /** what the old id of a merged contact leads to: nothing, or the contact that is left */
  mergedIds: 'gone' | 'forwarded' = 'gone';
  /** milliseconds until search sees a change */
  indexDelayMs: number;
  readonly schema: Schema;
  readonly #options: StoreOptions;
  readonly #records = new Map<string, Map<string, StoredRecord>>();
  /** `type property value` to record id */
  readonly #unique = new Map<string, string>();
  /** `type id` of a merged contact to the id of the one that is left */
  readonly #merged = new Map<string, string>();
  #nextId = 20_000_000_001;

  constructor(schema: Schema, options: StoreOptions) {
    this.schema = schema;
    this.#options = options;
    this.indexDelayMs = options.indexDelayMs;
  }

  now(): Date {
    return this.#options.now();
  }

  /** Throws the row's refusal. Nothing is kept then. */
  create(
    type: ObjectType,
    given: Readonly<Record<string, unknown>>,
    inline: readonly InlineAssociation[] = [],
  ): StoredRecord {
    const values = checkValues(this.schema, type, given, undefined);
    const ends = inline.flatMap((each) => resolveInline(type, each, (end) => this.endOf(end)));
    this.#checkUnique(type, values, undefined);
    const now = this.now();
    const record: StoredRecord = {
      id: String(this.#nextId++),
      type,
      values: {},
      createdAt: now,
      updatedAt: now,
      versions: [],
    };
    this.#of(type).set(record.id, record);
    this.#keep(record, { ...values, [type.created]: now.toISOString(), hs_object_id: record.id });
    for (const { to, typeId } of ends) this.associations.link({ type, id: record.id }, to, typeId);
    return record;
  }

  update(record: StoredRecord, given: Readonly<Record<string, unknown>>): StoredRecord {
    const values = checkValues(this.schema, record.type, given, record.values);
    this.#checkUnique(record.type, values, record.id);
    this.#keep(record, { ...record.values, ...values });
    return record;
  }

  /** Takes a create back. */
  remove(record: StoredRecord): void {
    this.#forgetUnique(record);
    this.#of(record.type).delete(record.id);
    for (const { name } of objectTypes) {
      const own = { type: record.type, id: record.id };
      for (const id of this.associations.linked(own, name)) {
        this.associations.unlink(own, { type: this.schema.type(name), id });
      }
    }
  }

  /** Takes an update back. */
  restore(record: StoredRecord, values: Values): void {
    this.#keep(record, values);
  }

  get(type: ObjectType, id: string): StoredRecord | undefined {
    const record = this.#of(type).get(id);
    if (record) return record.archivedAt ? undefined : record;
    const left = this.mergedIds === 'forwarded' ? this.#merged.get(`${type.name} ${id}`) : undefined;
    return left === undefined ? undefined : this.get(type, left);
  }

  /** The record that this end of an association means, under its own id. */
  endOf({ type, id }: End): End | undefined {
    const record = this.get(type, id);
    return record && { type, id: record.id };
  }

  /** Ids of the records of `toType` that hang on this one, archived ones left out. */
  linked(from: End, toType: ObjectType): string[] {
    return this.associations.linked(from, toType.name).filter((id) => this.get(toType, id));
  }

  /** By a unique property. Throws 400 when the property is not unique. */
  find(type: ObjectType, idProperty: string, value: string): StoredRecord | undefined {
    if (idProperty === 'hs_object_id') return this.get(type, value);
    if (!this.schema.property(type, idProperty)) {
      throw invalid(`Property "${idProperty}" does not exist on object type ${type.typeId}`);
    }
    if (!this.#isUnique(type, idProperty)) {
      throw new Refusal(400, {
        message: `Unable to perform operation by non-unique property ${idProperty}`,
        category: 'VALIDATION_ERROR',
      });
    }
    const id = this.#unique.get(uniqueKey(type, idProperty, value));
    return id === undefined ? undefined : this.get(type, id);
  }

  archive(record: StoredRecord): void {
    record.archivedAt = this.now();
    this.#forgetUnique(record);
    this.#remember(record);
  }

  /** Out of the recycle bin. Throws for a record that is not in it. */
  unarchive(type: ObjectType, id: string): void {
    const record = this.#of(type).get(id);
    if (!record?.archivedAt) throw new Error(`no archived ${type.singular} ${id}`);
    delete record.archivedAt;
    this.#keep(record, record.values);
  }

  /** For good, with everything that hangs on it (HubSpot docs, GDPR delete). */
  erase(record: StoredRecord): void {
    this.archive(record);
    this.remove(record);
  }

  /** Contacts: `other` goes into `primary` and its id is no longer found. */
  merge(primary: StoredRecord, other: StoredRecord): void {
    this.associations.move(other, primary);
    this.archive(other);
    this.#of(other.type).delete(other.id);
    this.#merged.set(`${other.type.name} ${other.id}`, primary.id);
    const merged = [primary.values['hs_merged_object_ids'], other.id].filter(Boolean).join(';');
    this.#keep(primary, { ...other.values, ...primary.values, hs_merged_object_ids: merged });
  }

  all(type: ObjectType, archived = false): StoredRecord[] {
    return [...this.#of(type).values()].filter((each) => Boolean(each.archivedAt) === archived);
  }

  /** What the search index shows now: it lags behind. `values` as they are shown, `kept` as they are. */
  indexed(
    type: ObjectType,
  ): { readonly record: StoredRecord; readonly values: Values; readonly kept: Values }[] {
    const until = this.now().getTime() - this.indexDelayMs;
    return [...this.#of(type).values()].flatMap((record) => {
      const version = record.versions.findLast((each) => each.at <= until);
      if (!version || version.archived) return [];
      return [{ record, values: this.sensitive.shown(type, version.values), kept: version.values }];
    });
  }

  #isUnique(type: ObjectType, name: string): boolean {
    return (
      (type.name === 'contacts' && name === 'email') ||
      this.schema.property(type, name)?.hasUniqueValue === true
    );
  }

  #checkUnique(type: ObjectType, values: Values, own: string | undefined): void {
    for (const [name, value] of Object.entries(values)) {
      if (value === null || !this.#isUnique(type, name)) continue;
      const id = this.#unique.get(uniqueKey(type, name, value));
      if (id === undefined || id === own) continue;
      if (this.conflictShape === 'conflict' || name === 'email') {
        const word = `${type.singular.charAt(0).toUpperCase()}${type.singular.slice(1)}`;
        throw conflict(`${word} already exists. Existing ID: ${id}`);
      }
      const message = `Cannot set PropertyValueCoordinates{objectTypeId=${type.typeId}, propertyName=${name}, value=${value}} because it is already in use by another record`;
      throw badProperties([{ name, error: 'CONFLICTING_UNIQUE_VALUE', message }]);
    }
  }

  #keep(record: StoredRecord, values: Values): void {
    this.#forgetUnique(record);
    record.updatedAt = this.now();
    record.values = { ...values, [record.type.modified]: record.updatedAt.toISOString() };
    Object.assign(record.values, calculated(record.type, record.values, this.#options.region));
    for (const [name, value] of Object.entries(record.values)) {
      if (value !== null && this.#isUnique(record.type, name)) {
        this.#unique.set(uniqueKey(record.type, name, value), record.id);
      }
    }
    this.#remember(record);
  }

  #remember(record: StoredRecord): void {
    const at = this.now().getTime();
    const until = at - this.indexDelayMs;
    const visible = record.versions.findLastIndex((each) => each.at <= until);
    record.versions = [
      ...record.versions.slice(Math.max(visible, 0)),
      { at, values: record.values, archived: record.archivedAt !== undefined },
    ];
  }

  #forgetUnique(record: StoredRecord): void {
    for (const [name, value] of Object.entries(record.values)) {
      if (value !== null) this.#unique.delete(uniqueKey(record.type, name, value));
    }
  }

  #of(type: ObjectType): Map<string, StoredRecord> {
    let records = this.#records.get(type.name);
    if (!records) this.#records.set(type.name, (records = new Map()));
    return records;
  }
}

const uniqueKey = (type: ObjectType, name: string, value: string): string =>
  JSON.stringify([type.name, name, value.toLowerCase()]);
