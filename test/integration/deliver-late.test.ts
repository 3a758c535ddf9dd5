import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSalesforceDelivery, type SalesforceDelivery } from '../support/salesforce-delivery.ts';

const phone = '+14155550100';
let delivery: SalesforceDelivery;

beforeAll(async () => {
  delivery = await openSalesforceDelivery({ [phone]: 'Ana' }, 'message');
}, 60_000);
afterAll(() => delivery.close());

test('a delivery that stood still until its lease was over sends nothing, and gives back what it had', async () => {
  const { deps, sandbox } = delivery;
  const leaseMs = 200;
  let turns = 0;
  await delivery.say('m1', phone);
  await delivery.deliver({
    leaseMs,
    async currentMapping() {
      turns += 1;
      if (turns === 1) {
        await sleep(leaseMs + 50);
        return deps.currentMapping();
      }
      // What it had is free again: this is the next try, and nothing was sent by the first one.
      expect(sandbox.rows('Task')).toEqual([]);
      return deps.currentMapping();
    },
  });
  expect(turns).toBe(2);
  expect(sandbox.rows('Task')).toHaveLength(1);
  expect(sandbox.calls.byOperation['collections-upsert']).toBe(1);
  const receipts = await delivery.sql.query('select outcome, reason from wcs.receipts order by id');
  expect(receipts).toEqual([
    { outcome: 'throttled', reason: 'The process stood still until its lease had ended.' },
    { outcome: 'delivered', reason: null },
  ]);
}, 60_000);
