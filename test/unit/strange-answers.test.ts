import { describe, expect, test } from '@jest/globals';
import { toContact } from '../../src/destinations/hubspot/contacts.ts';
import { parseObject } from '../../src/destinations/hubspot/json.ts';
import { Client } from '../../src/destinations/salesforce/client.ts';
import { toCrmField } from '../../src/destinations/salesforce/fields.ts';

describe('what a CRM answers in an undocumented form', () => {
  const fields = { userIdProperty: undefined, markFields: [] };

  test.each(['9007199254740993', '99999999999999999999', 'never'])(
    'a contact of HubSpot that was changed at %s has no time of its change, and is a contact',
    (lastmodifieddate) => {
      expect(toContact({ id: '1', properties: { lastmodifieddate } }, fields)).toEqual({
        type: 'contact',
        id: '1',
        name: '',
        phones: [],
        userIds: [],
      });
    },
  );

  test('a time of HubSpot is read as ISO and as milliseconds', () => {
    const times = ['2026-03-01T10:00:00Z', '1772359200000'].map(
      (lastmodifieddate) => toContact({ id: '1', properties: { lastmodifieddate } }, fields)?.modifiedAt,
    );
    expect(times).toEqual(['2026-03-01T10:00:00.000Z', '2026-03-01T10:00:00.000Z']);
  });

  test('a describe of Salesforce in which a field is null is no answer, and not a crash', async () => {
    const connection = { request: async () => ({ fields: [{ name: 'Phone' }, null] }) };
    const session = { use: async (work: (one: typeof connection) => unknown) => work(connection) };
    const client = new Client(session as unknown as ConstructorParameters<typeof Client>[0]);
    await expect(client.describe('Contact')).rejects.toMatchObject({ name: 'CallError' });
  });

  test('a refusal of HubSpot that is nested without end is none in words, and not a crash', () => {
    const deep = `{"status":"error","category":"X","errors":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect(parseObject(deep)).toBeUndefined();
    expect(parseObject('{"errors":[{"message":"no"}]}')).toEqual({ errors: [{ message: 'no' }] });
  });

  test.each([
    [[null, { value: 'a' }], ['a']],
    ['none', undefined],
    [null, undefined],
  ] as const)('values of a picklist like %j', (picklistValues, values) => {
    const field = { name: 'Status', type: 'picklist', picklistValues } as unknown as Parameters<
      typeof toCrmField
    >[0];
    expect(toCrmField(field).values).toEqual(values);
  });
});
