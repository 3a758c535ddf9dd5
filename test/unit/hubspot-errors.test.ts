import { describe, expect, it } from '@jest/globals';
import { judge } from '../../src/destinations/hubspot/errors.ts';
import { scrub } from '../../src/destinations/hubspot/scrub.ts';
import type { Json } from '../../src/destinations/hubspot/json.ts';

const context = { keyField: 'whatsapp_key', secrets: ['pat-na1-secret'], contactIds: ['9001'] };
const invalid = (list: object[]): Json => ({
  category: 'VALIDATION_ERROR',
  message: `Property values were not valid: ${JSON.stringify(list)}`,
});
const property = (error: string, name: string) => invalid([{ isValid: false, message: 'no', error, name }]);

describe('what a refusal of HubSpot means', () => {
  const rows: [string, number | undefined, Json, string][] = [
    ['a dead token', 401, { category: 'INVALID_AUTHENTICATION' }, 'auth-failed'],
    ['an expired token', 401, { category: 'EXPIRED_AUTHENTICATION' }, 'auth-failed'],
    ['a missing scope', 403, { category: 'MISSING_SCOPES' }, 'permission-missing'],
    ['a lock on the call', 423, {}, 'unavailable'],
    ['a lock on the row', undefined, { category: 'LOCKED' }, 'row-locked'],
    ['a burst', 429, { policyName: 'TEN_SECONDLY_ROLLING' }, 'rate-limited'],
    ['a used-up day', 429, { policyName: 'DAILY' }, 'quota-used-up'],
    ['a migration', 477, {}, 'unavailable'],
    ['a wrong address', 404, { message: 'No such endpoint' }, 'address-wrong'],
    ['a redirect', 302, {}, 'address-wrong'],
    ['an outage', 503, {}, 'answer-lost'],
    ['an overload without JSON', 524, {}, 'answer-lost'],
    ['an unknown property', undefined, property('PROPERTY_DOESNT_EXIST', 'colour'), 'field-unknown'],
    ['a read-only property', 400, property('READ_ONLY_VALUE', 'hs_createdate'), 'field-unknown'],
    ['a missing key property', 400, property('PROPERTY_DOESNT_EXIST', 'whatsapp_key'), 'key-field-missing'],
    [
      'a key property that is not unique',
      400,
      { message: 'Unable to perform by non-unique property' },
      'key-field-missing',
    ],
    ['a wrong option', undefined, property('INVALID_OPTION', 'hs_call_status'), 'field-invalid'],
    ['a required property', 400, { message: 'Some required properties were not set.' }, 'field-invalid'],
    ['too long a value', 400, property('PROPERTY_VALUE_TOO_LONG', 'hs_call_body'), 'too-long'],
    [
      'an admin’s rule',
      400,
      { category: 'VALIDATION_ERROR', message: 'Owner is required by a rule' },
      'validation-rule',
    ],
    ['a contact that is gone', undefined, { category: 'OBJECT_NOT_FOUND' }, 'contact-gone'],
    ['an association that fails', 400, { message: 'One or more associations are not valid' }, 'contact-gone'],
    ['a contact named as gone', 404, { message: 'CONTACT=9001 does not exist' }, 'contact-gone'],
    [
      'a wrong association type',
      400,
      { subCategory: 'crm.associations.INVALID_ASSOCIATION_TYPE' },
      'refused',
    ],
    ['something new', 400, { category: 'SOMETHING', message: 'new' }, 'refused'],
    ['nothing at all', 400, {}, 'refused'],
  ];
  it.each(rows)('%s', (_name, status, body, code) => {
    expect(judge(status, body, context)).toMatchObject({ kind: 'failed', code });
  });

  it.each([
    ['a status', 409, {}],
    ['a category', undefined, { category: 'CONFLICT', message: 'exists' }],
    ['a value in the message', 400, property('CONFLICTING_UNIQUE_VALUE', 'whatsapp_key')],
    ['a value in the errors', 400, { errors: [{ message: 'x', code: 'CONFLICTING_UNIQUE_VALUE' }] }],
  ] as [string, number | undefined, Json][])('knows a conflict by %s', (_name, status, body) => {
    expect(judge(status, body, context)).toEqual({ kind: 'conflict' });
  });

  it('does not take a conflict of another unique property for ours', () => {
    const verdict = judge(400, property('CONFLICTING_UNIQUE_VALUE', 'order_number'), context);
    expect(verdict).toMatchObject({ kind: 'failed', code: 'field-invalid' });
  });

  it('waits as long as it is asked to', () => {
    const header = (value: string) => (name: string) => (name === 'retry-after' ? value : undefined);
    expect(judge(477, {}, context, header('120'))).toMatchObject({ retryAfterMs: 120_000 });
    expect(judge(429, { policyName: 'SECONDLY' }, context)).toMatchObject({ retryAfterMs: 1_000 });
    expect(judge(429, { message: 'You have reached your secondly limit.' }, context)).toMatchObject({
      retryAfterMs: 1_000,
    });
    expect(judge(429, {}, context)).toMatchObject({ code: 'rate-limited', retryAfterMs: 10_000 });
  });

  it('names codes and properties, and scopes, instead of repeating sentences that quote values', () => {
    const verdict = judge(400, property('INVALID_OPTION', 'hs_call_status'), context);
    expect(verdict).toMatchObject({ reason: 'HTTP 400 VALIDATION_ERROR: INVALID_OPTION (hs_call_status)' });
    const scopes = {
      category: 'MISSING_SCOPES',
      errors: [{ message: 'm', context: { requiredGranularScopes: ['files'] } }],
    };
    expect(judge(403, scopes, context)).toMatchObject({ reason: 'HTTP 403 MISSING_SCOPES: files' });
  });

  it('survives answers of any shape', () => {
    for (const body of [
      { errors: 7 },
      { errors: [null, 3, { context: [] }] },
      { message: ['x'] },
      { category: {} },
    ]) {
      expect(judge(400, body as Json, context).kind).toBe('failed');
      expect(judge(undefined, body as Json, context).kind).toBe('failed');
    }
  });
});

describe('scrubbed words of the CRM', () => {
  it('keep the last four digits of numbers, in any format, and no token', () => {
    expect(scrub('phone +1 (415) 555-0100 and 4155550100, pat-na1-12ab, HTTP 400')).toBe(
      'phone …0100 and …0100, …, HTTP 400',
    );
  });

  it('hold none of the values that were sent, whole, escaped or in part', () => {
    const secret = 'I have a "secret" that nobody else shall ever read';
    const said = `bad: ${secret} / ${JSON.stringify(secret)} / ${secret.slice(0, 30)}`;
    const clean = scrub(said, [secret]);
    expect(clean).not.toContain('I have a');
    expect(clean).toContain('bad: …');
  });

  it('end at three hundred characters', () => {
    expect(scrub('word '.repeat(200))).toHaveLength(300);
  });
});
