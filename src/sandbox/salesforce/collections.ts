import type { Fault } from './faults.ts';
import { fullId } from './ids.ts';
import type { Org } from './org.ts';
import { refuse, Refusal } from './refusal.ts';
import type { ObjectDef } from './schema.ts';
import { create, objectOf, readInput, update, type Input, type ReadInput, type Saved } from './write.ts';

/** How a row is found: made new, by `id`, or by an external id. */
export type How =
  { readonly by: 'new' | 'id' } | { readonly by: 'key'; readonly object: string; readonly field: string };

interface Body {
  readonly allOrNone: boolean;
  readonly records: readonly Input[];
}

const most = 200;

/** Checks a collection's body. @throws Refusal for the whole call */
export function readCollection(raw: unknown): Body {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    throw refuse(
      'JSON_PARSER_ERROR',
      'The HTTP entity body is required, but this request has no entity body.',
    );
  }
  const { allOrNone = false, records, ...others } = raw as Record<string, unknown>;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) {
    throw refuse('JSON_PARSER_ERROR', `Unrecognized field "${stranger}" at [line:1, column:1]`);
  }
  if (typeof allOrNone !== 'boolean') throw refuse('JSON_PARSER_ERROR', 'allOrNone must be a boolean');
  if (!Array.isArray(records) || records.length === 0) {
    throw refuse('REQUIRED_FIELD_MISSING', 'Required fields are missing: [records]', ['records']);
  }
  if (records.length > most) {
    throw refuse(
      'EXCEEDED_ID_LIMIT',
      `record limit reached. cannot submit more than ${most} records in this call`,
    );
  }
  for (const record of records) {
    const type = (record as { attributes?: { type?: unknown } } | null)?.attributes?.type;
    if (typeof type !== 'string')
      throw refuse('INVALID_INPUT', 'Include an attributes.type with each record');
  }
  return { allOrNone, records: records as Input[] };
}

/** The external id field of an upsert. @throws Refusal NOT_FOUND when it is none or not seen */
export function externalIdField(org: Org, object: string, name: string) {
  const def = org.visibleField(object, name);
  if (def?.externalId) return def;
  throw new Refusal(
    404,
    'NOT_FOUND',
    `Provided external ID field does not exist or is not accessible: ${name}`,
  );
}

/** Writes a collection; one result per record, in the order of the records. @throws Refusal for the whole call */
export function writeCollection(
  org: Org,
  body: Body,
  how: How,
  rowFault: Extract<Fault, { kind: 'row' }> | undefined,
  locked: (record: Input) => string | undefined,
): object[] {
  const plan = body.records.map((record) => readRecord(org, record, how));
  const seen = new Map<string, number>();
  for (const one of plan) if (one.key !== undefined) seen.set(one.key, (seen.get(one.key) ?? 0) + 1);
  let failed = false;
  const undo = body.allOrNone ? org.keep() : () => undefined;
  const results = plan.map((one, at) => {
    try {
      const record = body.records[at] as Input;
      if (rowFault && (rowFault.when?.(record) ?? true)) {
        throw refuse(rowFault.statusCode, rowFault.message, rowFault.fields);
      }
      const lockedBy = locked(record);
      if (lockedBy !== undefined) {
        throw refuse(
          'UNABLE_TO_LOCK_ROW',
          `unable to obtain exclusive access to this record or 1 records: ${lockedBy}`,
        );
      }
      if (one.key !== undefined && (seen.get(one.key) ?? 0) > 1) {
        throw refuse('DUPLICATE_VALUE', `Duplicate external id specified: ${one.key}`, [one.keyField ?? '']);
      }
      const saved = one.write();
      const withFlag = how.by === 'key' ? { created: saved.created } : {};
      return { id: saved.id, success: true, errors: [], ...withFlag };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      failed = true;
      return error.row;
    }
  });
  if (!failed || !body.allOrNone) return results;
  undo();
  const rolledBack = refuse(
    'ALL_OR_NONE_OPERATION_ROLLED_BACK',
    'Record rolled back because not all records were valid and the request was using AllOrNone header',
  );
  return results.map((one) => ('id' in one ? rolledBack.row : one));
}

interface Planned {
  readonly key?: string;
  readonly keyField?: string;
  write(): Saved;
}

function readRecord(org: Org, record: Input, how: How): Planned {
  const type = String((record.attributes as { type: string }).type);
  const object = objectOf(org, type);
  if (how.by === 'key') return planUpsert(org, object, record, how);
  const { id, Id = id, ...rest } = record;
  const given = readInput(org, object.name, how.by === 'id' ? rest : record);
  if (how.by === 'new') return { write: () => create(org, object, given) };
  return {
    write() {
      if (typeof Id !== 'string') throw refuse('MISSING_ARGUMENT', 'Id not specified in an update call');
      return update(org, object, fullId(Id) ?? Id, given);
    },
  };
}

function planUpsert(org: Org, object: ObjectDef, record: Input, how: Extract<How, { by: 'key' }>): Planned {
  if (object.name.toLowerCase() !== how.object.toLowerCase()) {
    throw refuse('INVALID_INPUT', 'all records must be of the type in the path');
  }
  const def = externalIdField(org, object.name, how.field);
  const given = readInput(org, object.name, record);
  const value = given.values.get(def) ?? null;
  if (value === null) {
    return {
      write() {
        throw refuse('MISSING_ARGUMENT', `${def.name} not specified`, []);
      },
    };
  }
  const key = def.caseSensitive ? String(value) : String(value).toLowerCase();
  return { key, keyField: def.name, write: () => upsertOne(org, object, how.field, value, given) };
}

/** Changes the one record with this external id, or makes it. @throws Refusal for the row */
export function upsertOne(
  org: Org,
  object: ObjectDef,
  fieldName: string,
  value: string | number | boolean,
  given: ReadInput,
): Saved {
  const def = externalIdField(org, object.name, fieldName);
  const found = org.rowsWith(object.name, def, value);
  const [row] = found;
  if (row === undefined)
    return create(org, object, { ...given, values: new Map(given.values).set(def, value) });
  if (found.length > 1) {
    throw new Refusal(
      300,
      'DUPLICATE_EXTERNAL_ID',
      `More than one record found for external id field: ${found.map((one) => one.Id).join(', ')}`,
    );
  }
  const others = new Map(given.values);
  others.delete(def);
  return update(org, object, row.Id, { ...given, values: others });
}
