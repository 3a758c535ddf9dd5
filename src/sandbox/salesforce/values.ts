import { refuse, type Refusal } from './refusal.ts';
import type { FieldDef } from './schema.ts';
import type { Value } from './org.ts';

const datetime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:?\d{2})$/;
const date = /^\d{4}-\d{2}-\d{2}$/;

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && Buffer.from(text, 'base64').toString('base64') === text;
}

function unreadable(def: FieldDef, value: unknown): Refusal {
  const token = typeof value === 'string' ? 'VALUE_STRING' : `VALUE_${String(typeof value).toUpperCase()}`;
  return refuse(
    'JSON_PARSER_ERROR',
    `Cannot deserialize instance of ${def.type} from ${token} value ${String(value)} or request may be missing a required field at [line:1, column:1]`,
  );
}

/**
 * Reads a JSON value as the field's type; dates and times come back as ISO 8601.
 * @throws Refusal JSON_PARSER_ERROR for the whole call: Salesforce refuses it while it reads the body
 */
export function readValue(def: FieldDef, value: unknown): Value {
  if (value === null || value === '') return null;
  switch (def.type) {
    case 'boolean':
      if (typeof value !== 'boolean') throw unreadable(def, value);
      return value;
    case 'int':
      if (typeof value !== 'number' && !(typeof value === 'string' && /^-?\d+$/.test(value)))
        throw unreadable(def, value);
      if (!Number.isInteger(Number(value))) throw unreadable(def, value);
      return Number(value);
    case 'date':
      if (typeof value !== 'string' || !date.test(value) || Number.isNaN(Date.parse(value)))
        throw unreadable(def, value);
      return value;
    case 'datetime':
      if (typeof value !== 'string' || !datetime.test(value) || Number.isNaN(Date.parse(value)))
        throw unreadable(def, value);
      return new Date(value).toISOString();
    case 'base64':
      if (typeof value !== 'string' || !isBase64(value)) throw unreadable(def, '(binary)');
      return value;
    default:
      if (typeof value === 'object') throw unreadable(def, value);
      return String(value);
  }
}

/** Length and picklist rules of one field. @throws Refusal for the row */
export function checkValue(def: FieldDef, value: Value): void {
  if (value === null) {
    if (!def.nillable && !def.defaultedOnCreate) {
      throw refuse('REQUIRED_FIELD_MISSING', `Required fields are missing: [${def.name}]`, [def.name]);
    }
    return;
  }
  if (def.length > 0 && typeof value === 'string' && value.length > def.length) {
    throw refuse(
      'STRING_TOO_LONG',
      `${def.label}: data value too large: ${value} (max length=${def.length})`,
      [def.name],
    );
  }
  if (def.restricted && !def.values.includes(String(value))) {
    throw refuse(
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      `${def.label}: bad value for restricted picklist field: ${String(value)}`,
      [def.name],
    );
  }
}

/** A time as Salesforce writes it in answers, `2026-11-20T10:00:00.000+0000`. */
export function showTime(iso: string): string {
  return iso.replace(/Z$/, '+0000');
}
