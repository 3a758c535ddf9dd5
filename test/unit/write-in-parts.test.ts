import { expect, test } from '@jest/globals';
import type { Outcome } from '../../src/core/outcome.ts';
import type { DeliveryItem } from '../../src/destinations/destination.ts';
import { writeInParts } from '../../src/pipeline/write-in-parts.ts';

const itemOf = (key: string, contact = key): DeliveryItem => ({
  key,
  kind: 'message',
  occurredAt: '2026-03-01T10:00:00.000Z',
  contact: { type: 'contact', id: contact },
  fields: {},
  createOnly: {},
});
const names = Array.from({ length: 64 }, (_, index) => `k${index}`);
const all = names.map((key) => itemOf(key));

/** A CRM that gives no answer to a call with one of these in it. */
function crm(poison: readonly string[]) {
  const calls: string[][] = [];
  const write = async (items: readonly DeliveryItem[]): Promise<Outcome[]> => {
    calls.push(items.map(({ key }) => key));
    const isLost = items.some(({ key }) => poison.includes(key));
    return items.map(({ key }): Outcome =>
      isLost
        ? { kind: 'unknown', key, code: 'answer-lost', reason: 'no answer' }
        : { kind: 'delivered', key, recordId: key },
    );
  };
  return { calls, write };
}

test('a batch of which nothing is known goes as one call', async () => {
  const { calls, write } = crm([]);
  await writeInParts(all, new Map(), write);
  expect(calls).toEqual([names]);
});

test('finds the one that the CRM stumbles over: everything else gets through', async () => {
  const { calls, write } = crm(['k37']);
  const losses = new Map<string, number>();
  const left = new Set(names);
  for (let round = 0; round < 6 && left.size > 1; round += 1) {
    const { outcomes } = await writeInParts(
      [...left].map((key) => itemOf(key)),
      losses,
      write,
    );
    for (const { key, kind } of outcomes) {
      if (kind === 'delivered') left.delete(key);
      if (kind === 'unknown') losses.set(key, (losses.get(key) ?? 0) + 1);
      else losses.delete(key);
    }
  }
  expect([...left]).toEqual(['k37']);
  expect(calls.length).toBeLessThan(25);
});

test('asks no more than once while nothing comes back of anything, and says that the rest was not sent', async () => {
  const { calls, write } = crm(names);
  const { outcomes } = await writeInParts(all, new Map(names.map((key) => [key, 1])), write);
  expect(calls).toHaveLength(1);
  expect(outcomes).toHaveLength(64);
  expect(outcomes.filter(({ kind }) => kind === 'throttled')).toHaveLength(48);
});

test('goes no further when the CRM asks to wait, and waits as long with the rest', async () => {
  const { outcomes } = await writeInParts([itemOf('a'), itemOf('b')], new Map([['b', 1]]), async ([item]) => [
    { kind: 'throttled', key: item?.key ?? '', code: 'rate-limited', reason: '', retryAfterMs: 7 },
  ]);
  expect(outcomes).toEqual(['a', 'b'].map((key) => expect.objectContaining({ key, retryAfterMs: 7 })));
});

test('keeps the order of each contact, and those of others go first', async () => {
  const { calls, write } = crm([]);
  const items = [itemOf('a1', 'a'), itemOf('b1', 'b'), itemOf('a2', 'a'), itemOf('c1', 'c')];
  await writeInParts(items, new Map([['a2', 3]]), write);
  expect(calls).toEqual([['b1', 'c1'], ['a1'], ['a2']]);
});

test('holds back what a contact would see before something that did not get through, and burns no try of it', async () => {
  const { calls, write } = crm(['a1']);
  const items = [
    itemOf('a1', 'a'),
    itemOf('a2', 'a'),
    itemOf('b1', 'b'),
    itemOf('c1', 'c'),
    itemOf('c2', 'c'),
  ];
  const losses = new Map([
    ['a1', 1],
    ['c1', 1],
  ]);
  const { outcomes, heldBack } = await writeInParts(items, losses, write);
  expect(calls).toEqual([['b1'], ['a1'], ['c1'], ['c2']]);
  expect([...heldBack]).toEqual(['a2']);
  expect(outcomes.map(({ key, kind }) => `${key} ${kind}`)).toEqual([
    'b1 delivered',
    'a1 unknown',
    'c1 delivered',
    'c2 delivered',
  ]);
});
