import { CrmError, type ErrorCode } from '../../core/errors.ts';
import { CallError, type Refusal } from './call-error.ts';
import { scrub } from './scrub.ts';

/** Where a refusal stands, and what it is about. */
export interface Subject {
  readonly scope: 'call' | 'row';
  readonly keyField: string;
  readonly status?: number | undefined;
}

/** Salesforce's codes whose meaning does not depend on anything else (REST guide, status codes; OAuth errors). */
const plain: Readonly<Record<string, ErrorCode>> = {
  INVALID_SESSION_ID: 'auth-failed',
  INVALID_AUTH_HEADER: 'auth-failed',
  INVALID_LOGIN: 'auth-failed',
  invalid_grant: 'auth-failed',
  invalid_client: 'auth-failed',
  invalid_client_id: 'auth-failed',
  unauthorized_client: 'auth-failed',
  TOO_MANY_REQUESTS: 'rate-limited',
  STORAGE_LIMIT_EXCEEDED: 'storage-full',
  API_DISABLED_FOR_ORG: 'permission-missing',
  API_CURRENTLY_DISABLED: 'permission-missing',
  FUNCTIONALITY_NOT_ENABLED: 'permission-missing',
  INSUFFICIENT_ACCESS: 'permission-missing',
  INVALID_TYPE: 'permission-missing',
  UNABLE_TO_LOCK_ROW: 'row-locked',
  CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY: 'automation-failed',
  CANNOT_EXECUTE_FLOW_TRIGGER: 'automation-failed',
  FIELD_CUSTOM_VALIDATION_EXCEPTION: 'validation-rule',
  FIELD_FILTER_VALIDATION_EXCEPTION: 'validation-rule',
  DUPLICATES_DETECTED: 'validation-rule',
  STRING_TOO_LONG: 'too-long',
  CANNOT_UPDATE_CONVERTED_LEAD: 'contact-gone',
  REQUIRED_FIELD_MISSING: 'field-invalid',
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: 'field-invalid',
  INVALID_TYPE_ON_FIELD_IN_RECORD: 'field-invalid',
  NUMBER_OUTSIDE_VALID_RANGE: 'field-invalid',
  INACTIVE_OWNER_OR_USER: 'field-invalid',
  JSON_PARSER_ERROR: 'field-invalid',
  DUPLICATE_VALUE: 'field-invalid',
};

/** Codes of a link that leads nowhere: to the contact, unless the refusal names another field. */
const brokenLink = new Set([
  'ENTITY_IS_DELETED',
  'INVALID_CROSS_REFERENCE_KEY',
  'MALFORMED_ID',
  'FIELD_INTEGRITY_EXCEPTION',
]);

/** The one place where Salesforce's codes become ours. */
export function codeOf({ code, message, fields }: Refusal, { scope, keyField, status }: Subject): ErrorCode {
  const known = Object.hasOwn(plain, code) ? plain[code] : undefined;
  if (known !== undefined) return known;
  if (code === 'REQUEST_LIMIT_EXCEEDED')
    return /concurrent/i.test(message) ? 'rate-limited' : 'quota-used-up';
  if (/external id field/i.test(message)) return 'key-field-missing';
  if (code.startsWith('INVALID_FIELD')) {
    return fields.includes(keyField) || message.includes(keyField) ? 'key-field-missing' : 'field-unknown';
  }
  if (code.startsWith('INSUFFICIENT_ACCESS'))
    return scope === 'row' ? 'record-permission' : 'permission-missing';
  if (brokenLink.has(code)) return linkCode(code, fields);
  return scope === 'row' ? 'refused' : codeOfStatus(status);
}

function linkCode(code: string, fields: readonly string[]): ErrorCode {
  if (fields.length === 0) return code === 'FIELD_INTEGRITY_EXCEPTION' ? 'field-invalid' : 'contact-gone';
  return fields.includes('WhoId') ? 'contact-gone' : 'field-invalid';
}

function codeOfStatus(status: number | undefined): ErrorCode {
  if (status === 401) return 'auth-failed';
  if (status === 403) return 'permission-missing';
  if (status === 429 || status === 420) return 'rate-limited';
  if (status === 404 || status === 405 || (status !== undefined && status < 400)) return 'address-wrong';
  return 'refused';
}

/** Codes whose message quotes the refused value; of these only code and fields are told. */
const quoting = new Set([
  'STRING_TOO_LONG',
  'JSON_PARSER_ERROR',
  'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
  'INVALID_TYPE_ON_FIELD_IN_RECORD',
]);

/** What people read of a refusal: Salesforce's code and words, without values, texts and numbers. */
export function reasonOf({ code, message, fields }: Refusal, values: readonly string[] = []): string {
  const named = fields.length > 0 ? ` (${fields.join(', ')})` : '';
  const words = quoting.has(code) ? '' : message;
  return scrub(`${[code, words].filter((part) => part !== '').join(': ')}${named}`, values);
}

/**
 * What a failed call is for whoever asked: of a read, anything without an answer is an outage; of a write it is unknown.
 *
 * @param effect `write`: the call may have changed something
 */
export function crmErrorOf(error: unknown, effect: 'read' | 'write', keyField: string): CrmError {
  if (error instanceof CrmError) return error;
  const lost = effect === 'write' ? 'answer-lost' : 'unavailable';
  if (!(error instanceof CallError)) return new CrmError(lost, error instanceof Error ? error.name : 'error');
  if (error.kind === 'not-sent') return new CrmError('unavailable', scrub(error.message));
  if (error.kind === 'lost') {
    const status = error.status === undefined ? '' : `HTTP ${error.status}: `;
    return new CrmError(lost, scrub(`${status}${error.message}`));
  }
  const { code, message, fields, status } = error;
  const refusal = { code, message, fields };
  return new CrmError(codeOf(refusal, { scope: 'call', keyField, status }), reasonOf(refusal));
}
