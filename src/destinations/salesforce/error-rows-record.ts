import type { ErrorRow, PlacedRefusal } from './error-row.ts';

/** Codes of a link that leads nowhere. */
export const brokenLinks = [
  'ENTITY_IS_DELETED',
  'INVALID_CROSS_REFERENCE_KEY',
  'MALFORMED_ID',
  'INVALID_ID_FIELD',
] as const;

/**
 * Refusals of single records (SOAP API guide, StatusCode; REST guide). They stand in rows of collections, and at the top
 * where one record refuses the whole call.
 */
export const recordRows: readonly ErrorRow[] = [
  {
    id: 'key-there',
    at: ['row'],
    names: ['DUPLICATE_VALUE'],
    sign: 'the key field, and the id of its record',
    when: (refusal) => isOfKey(refusal) && namedRecord(refusal) !== undefined,
    code: 'adopted',
    meaning: 'Another call logged it first: its record is taken for ours.',
  },
  {
    id: 'key-there-unnamed',
    at: ['row'],
    names: ['DUPLICATE_VALUE'],
    sign: 'the key field, no id',
    when: isOfKey,
    code: 'not-named',
    meaning: 'Another call logged it first, or logs it now: its record is asked for by key.',
  },
  {
    id: 'key-twice',
    at: ['row', 'call'],
    names: ['DUPLICATE_EXTERNAL_ID'],
    code: 'key-taken',
    meaning: 'Several records have this key: the key field is not unique, or was not when they were made.',
  },
  {
    id: 'duplicate-value',
    at: ['row', 'call'],
    names: ['DUPLICATE_VALUE'],
    sign: 'another field',
    code: 'field-invalid',
    meaning: 'Another record has this value in a unique field of the mapping.',
  },
  {
    id: 'key-field-hidden',
    at: ['row', 'call'],
    names: [],
    sign: 'INVALID_FIELD, INVALID_FIELD_FOR_INSERT_UPDATE or NOT_FOUND that names the key field',
    when: ({ code, message, fields, keyField }) =>
      /external id field/i.test(message) ||
      (code.startsWith('INVALID_FIELD') && (fields.includes(keyField) || message.includes(keyField))),
    code: 'key-field-missing',
    meaning: 'The key field does not exist, is no external id, or is hidden from the user.',
  },
  {
    id: 'field-hidden',
    at: ['row', 'call'],
    names: ['INVALID_FIELD', 'INVALID_FIELD_FOR_INSERT_UPDATE'],
    code: 'field-unknown',
    meaning: 'The mapping names a field that does not exist, is hidden from the user or read-only.',
  },
  {
    id: 'locked',
    at: ['row', 'call'],
    names: ['UNABLE_TO_LOCK_ROW'],
    code: 'row-locked',
    meaning: 'Somebody else writes to the same contact or account right now.',
  },
  {
    id: 'not-judged',
    at: ['row'],
    names: ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'PROCESSING_HALTED'],
    code: 'not-named',
    meaning: 'The row was given up because of others; whether it is there is asked for by key.',
  },
  {
    id: 'object-closed',
    at: ['row', 'call'],
    names: ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY'],
    sign: 'entity type cannot be inserted, or updated',
    when: ({ message }) => /entity type cannot be (inserted|updated)/i.test(message),
    code: 'permission-missing',
    meaning: 'The user may not create or change records of this object at all.',
  },
  {
    id: 'automation',
    at: ['row', 'call'],
    names: [
      'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
      'CANNOT_EXECUTE_FLOW_TRIGGER',
      'APEX_ERROR',
      'LIMIT_EXCEEDED',
      'MIXED_DML_OPERATION',
      'TXN_SECURITY_APEX_ERROR',
      'TXN_SECURITY_RUNTIME_ERROR',
    ],
    code: 'automation-failed',
    meaning: "The org's own trigger, flow or policy failed on the record; its words follow.",
  },
  {
    id: 'row-exception',
    at: ['row'],
    names: ['UNKNOWN_EXCEPTION'],
    code: 'automation-failed',
    meaning: 'Salesforce itself failed on the record, most often in a trigger or flow.',
  },
  {
    id: 'rule',
    at: ['row', 'call'],
    names: ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'FIELD_FILTER_VALIDATION_EXCEPTION'],
    code: 'validation-rule',
    meaning: 'A validation rule or lookup filter of the org refused the record.',
  },
  {
    id: 'duplicate-rule',
    at: ['row', 'call'],
    names: ['DUPLICATES_DETECTED'],
    code: 'validation-rule',
    meaning: 'A duplicate rule of the org refused the record.',
  },
  {
    id: 'storage',
    at: ['row', 'call'],
    names: ['STORAGE_LIMIT_EXCEEDED'],
    code: 'storage-full',
    meaning: 'The data or file storage of the org is full.',
  },
  {
    id: 'too-long',
    at: ['row', 'call'],
    names: ['STRING_TOO_LONG', 'REQUEST_TOO_LARGE'],
    code: 'too-long',
    meaning: 'A value is longer than its field, or the record larger than a call may be.',
  },
  {
    id: 'inactive-user',
    at: ['row', 'call'],
    names: ['INACTIVE_OWNER_OR_USER'],
    code: 'field-invalid',
    meaning: 'The user who should own the record is not active.',
  },
  {
    id: 'owner-not-allowed',
    at: ['row', 'call'],
    names: ['TRANSFER_REQUIRES_READ', 'OP_WITH_INVALID_USER_TYPE_EXCEPTION'],
    code: 'field-invalid',
    meaning: 'The user who should own the record may not read it, or is of a kind that owns none.',
  },
  {
    id: 'value',
    at: ['row', 'call'],
    names: [
      'REQUIRED_FIELD_MISSING',
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      'INVALID_TYPE_ON_FIELD_IN_RECORD',
      'INVALID_EMAIL_ADDRESS',
      'NUMBER_OUTSIDE_VALID_RANGE',
      'JSON_PARSER_ERROR',
    ],
    code: 'field-invalid',
    meaning: 'A field that the org requires is empty, or a value has the wrong form.',
  },
  {
    id: 'converted',
    at: ['row', 'call'],
    names: ['CANNOT_UPDATE_CONVERTED_LEAD'],
    code: 'contact-gone',
    meaning: 'The lead became a contact.',
  },
  {
    id: 'contact-gone',
    at: ['row', 'call'],
    names: brokenLinks,
    sign: 'no field is named, or the link to the person or the opportunity',
    when: ({ fields, linkFields }) =>
      fields.length === 0 || fields.some((name) => ['Id', ...linkFields].includes(name)),
    code: 'contact-gone',
    meaning: 'The contact, lead or opportunity was deleted or merged: it is looked for again.',
  },
  {
    id: 'wrong-kind-of-contact',
    at: ['row', 'call'],
    names: ['FIELD_INTEGRITY_EXCEPTION'],
    sign: 'the link to the person',
    when: ({ fields, linkFields }) => fields.some((name) => linkFields.slice(0, 1).includes(name)),
    code: 'contact-gone',
    meaning: 'The id is no longer one of a contact or lead: it is looked for again.',
  },
  {
    id: 'broken-link',
    at: ['row', 'call'],
    names: [...brokenLinks, 'FIELD_INTEGRITY_EXCEPTION'],
    sign: 'another field',
    code: 'field-invalid',
    meaning: 'A field of the mapping holds the id of a record that is not there or does not fit.',
  },
  {
    id: 'contact-hidden',
    at: ['row'],
    names: [
      'INSUFFICIENT_ACCESS',
      'INSUFFICIENT_ACCESS_OR_READONLY',
      'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY',
      'ENTITY_IS_LOCKED',
      'TXN_SECURITY_NO_ACCESS',
    ],
    code: 'record-permission',
    meaning: 'The user may not see or change this contact or record, or an approval locks it.',
  },
  {
    id: 'access-elsewhere',
    at: ['call'],
    names: ['INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY'],
    code: 'permission-missing',
    meaning: 'The user may not use a record that the call names.',
  },
];

/** The record that a refusal of a second one with the same key names. */
export function namedRecord({ message }: Pick<PlacedRefusal, 'message'>): string | undefined {
  return /record with id:\s*([0-9A-Za-z]{15,18})\b/.exec(message)?.[1];
}

function isOfKey({ fields, message, keyField }: PlacedRefusal): boolean {
  return fields.includes(keyField) || message.includes(keyField);
}
