import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSalesforceDelivery, type SalesforceDelivery } from '../support/salesforce-delivery.ts';

const [anaPhone, benPhone] = ['+14155550100', '+14155550101'];
let delivery: SalesforceDelivery;

beforeAll(async () => {
  delivery = await openSalesforceDelivery({ [anaPhone]: 'Ana', [benPhone]: 'Ben' }, 'day');
}, 60_000);
afterAll(() => delivery.close());

async function say(name: string, phone: string, step?: string): Promise<void> {
  await delivery.say(name, phone, step);
  await delivery.deliver();
}

const records = () => delivery.sandbox.rows('Task');
const record = (phone: string) =>
  String(records().find((row) => row.WhoId === delivery.contacts.get(phone))?.['Description'] ?? '');

test('what turns out to be another person leaves the record of the first one, which says so when it is empty', async () => {
  await say('m1', anaPhone);
  await say('m2', anaPhone);
  expect(record(anaPhone)).toMatch(/words of m1[^]*words of m2/);
  await say('m1', benPhone, 'another person');
  expect(record(anaPhone)).toContain('words of m2');
  expect(record(anaPhone)).not.toContain('m1');
  expect(record(benPhone)).toContain('words of m1');
  await say('m2', benPhone, 'another person');
  expect(record(anaPhone)).toBe('What this record showed belongs to another contact; it stands there now.');
  expect(record(benPhone)).toMatch(/words of m1[^]*words of m2/);
  expect(records()).toHaveLength(2);
  expect((await delivery.ledger.report({})).map(({ logged }) => logged)).toEqual([2]);
}, 60_000);
