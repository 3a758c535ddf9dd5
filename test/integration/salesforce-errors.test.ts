import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { fateOf, type ErrorCode, type Fate } from '../../src/core/errors.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type { AttachItem } from '../../src/destinations/destination.ts';
import { errorRows, type ErrorRow, type Place } from '../../src/destinations/salesforce/error-table.ts';
import type { Fault, Operation } from '../../src/sandbox/salesforce/faults.ts';
import { answersOf, isRow, titleOf, type Answer } from './salesforce-error-fixtures.ts';
import { keyField, keyOf, makeItem, startPair, type Pair } from './salesforce-support.ts';

let pair: Pair & { close(): Promise<void> };
let contact: string;

const begin = async () => {
  pair = await startPair();
  contact = pair.sandbox.addContact({ LastName: 'Doe', Phone: '(415) 555-0100' });
};

afterEach(() => pair.close());

const upsert: Operation = 'collections-upsert';
const upload: Operation = 'collections-create';

function plan(
  answer: Answer,
  operation: Operation,
  when?: (record: Record<string, unknown>) => boolean,
): void {
  pair.sandbox.faults.add(faultOf(answer, when), { operation, times: 100 });
}

function faultOf(answer: Answer, when?: (record: Record<string, unknown>) => boolean): Fault {
  if (!isRow(answer)) return { kind: 'status', ...answer };
  return { kind: 'row', ...answer.errors[0], ...(when && { when }) };
}

/** What the port promises for a fate. */
const kindOf: Readonly<Record<Fate, Outcome['kind']>> = {
  retry: 'retryable',
  rematch: 'retryable',
  park: 'permanent',
  'dead-letter': 'permanent',
  'read-back': 'unknown',
  wait: 'throttled',
  stop: 'throttled',
};

const short = (outcome: Outcome | undefined) =>
  outcome === undefined || outcome.kind === 'delivered' ? outcome?.kind : `${outcome.kind} ${outcome.code}`;
const expected = ({ code }: ErrorRow) =>
  code === 'adopted' ? 'delivered' : `${kindOf[fateOf(code)]} ${code}`;
const two = () => [makeItem('one', contact), makeItem('two', contact)];
const texts = () => pair.sandbox.rows('Task').map((row) => row.Description);

/** Afterwards both are sent again: each is there once. */
async function expectEachOnce(): Promise<void> {
  pair.sandbox.faults.clear();
  const outcomes = await pair.destination.deliver(two());
  expect(outcomes.map((one) => one.kind)).toEqual(['delivered', 'delivered']);
  expect(texts().toSorted()).toEqual(['the text of one', 'the text of two']);
}

function casesAt(place: Place) {
  const rows = errorRows.filter(({ at }) => at.includes(place));
  return rows.flatMap((row) =>
    (answersOf(row.id)[place] ?? []).map((answer) => [row.id, titleOf(answer), row, answer] as const),
  );
}

const lookup = () => pair.destination.lookup([{ address: '+14155550100', national: '4155550100' }]);

describe('a row that Salesforce refuses has its own outcome, and the row beside it is delivered', () => {
  test.each(casesAt('row'))('%s: %s', async (_id, _title, row, answer) => {
    await begin();
    plan(answer, upsert, (record) => record[keyField] === keyOf('one'));
    const outcomes = await pair.destination.deliver(two());
    expect(outcomes.map(short)).toEqual([expected(row), 'delivered']);
    expect(outcomes.map((one) => one.key)).toEqual([keyOf('one'), keyOf('two')]);
    expect(texts()).toEqual(['the text of two']);
    await expectEachOnce();
  });
});

describe('a call that Salesforce refuses as a whole writes nothing, and says so to every item and reader', () => {
  test.each(casesAt('call'))('%s: %s', async (_id, _title, row, answer) => {
    await begin();
    plan(answer, upsert);
    plan(answer, 'search');
    expect((await pair.destination.deliver(two())).map(short)).toEqual([expected(row), expected(row)]);
    expect(texts()).toEqual([]);
    await expect(lookup()).rejects.toMatchObject({ code: readCode(row) });
    await expectEachOnce();
  });
});

describe('a call that fails on the way is unknown to its items, an outage to readers, and doubles nothing', () => {
  test.each(casesAt('outage'))('%s: %s', async (_id, _title, row, answer) => {
    await begin();
    const fault = { ...faultOf(answer), committed: true } as Fault;
    pair.sandbox.faults.add(fault, { operation: upsert });
    plan(answer, 'search');
    expect((await pair.destination.deliver(two())).map(short)).toEqual([expected(row), expected(row)]);
    expect((await pair.destination.readBack(two())).size).toBe(2);
    await expect(lookup()).rejects.toMatchObject({ code: 'unavailable' });
    await expectEachOnce();
  });
});

describe('a login that is refused sends nothing', () => {
  test.each(casesAt('login'))('%s: %s', async (_id, _title, row, answer) => {
    await begin();
    plan(answer, 'token');
    expect((await pair.destination.deliver(two())).map(short)).toEqual([expected(row), expected(row)]);
    await expect(lookup()).rejects.toMatchObject({ code: row.code });
    expect(pair.sandbox.calls.byOperation).toEqual({ token: 2 });
    await expectEachOnce();
  });
});

describe('a file that Salesforce refuses is attached later, once', () => {
  test.each(casesAt('file'))('%s: %s', async (_id, _title, row, answer) => {
    await begin();
    const [outcome] = await pair.destination.deliver([makeItem('one', contact)]);
    if (outcome?.kind !== 'delivered') throw new Error('not delivered');
    const content = Buffer.from('a picture');
    const sha256 = createHash('sha256').update(content).digest('hex');
    const file = { name: 'a.jpg', mimeType: 'image/jpeg', size: 9, sha256, read: async () => content };
    const { key, recordId } = outcome;
    const ref = { type: 'Contact', id: contact };
    const item: AttachItem = { key, kind: 'message', recordId, contact: ref, files: [file], attached: {} };
    plan(answer, upload);
    expect(await pair.destination.attach([item])).toMatchObject([{ kind: 'failed', code: row.code }]);
    expect(pair.sandbox.rows('ContentVersion')).toEqual([]);
    pair.sandbox.faults.clear();
    expect(await pair.destination.attach([item])).toMatchObject([{ kind: 'done' }]);
    expect(await pair.destination.attach([item])).toMatchObject([{ kind: 'done' }]);
    expect(pair.sandbox.rows('ContentVersion')).toHaveLength(1);
  });
});

function readCode({ code }: ErrorRow): ErrorCode | 'adopted' {
  return code === 'answer-lost' ? 'unavailable' : code;
}
