import { describe, expect, test } from '@jest/globals';
import { BacklogReader } from '../../src/ledger/backlog.ts';
import type { Row, Sql } from '../../src/ledger/sql.ts';

/** A database of so many ready activities, in which counting them takes so many milliseconds. */
function database(ready: number, countMs: number) {
  const state = { ready, age: 5, counts: 0, now: 0 };
  const query = async (text: string): Promise<Row[]> => {
    if (text.includes('each_one')) return [{ destination: 'sales', age: state.age }];
    if (text.includes('added_at')) return [{ age: 0 }];
    if (!text.includes('group by')) return [{ inbox: '3', stuck: '0', unrecognised: '0' }];
    state.counts += 1;
    state.now += countMs;
    return [{ destination: 'sales', state: 'ready', count: String(state.ready) }];
  };
  const reader = new BacklogReader({ query } as unknown as Sql, { manyRows: 1_000, now: () => state.now });
  const read = async (exact = false) => {
    const { destinations } = await reader.read(exact);
    return [destinations[0]?.states.ready, destinations[0]?.backlogAgeSeconds];
  };
  return { state, read };
}

describe('what waits', () => {
  test('is counted at each look while there is little of it', async () => {
    const { state, read } = database(900, 500);
    expect(await read()).toEqual([900, 5]);
    state.ready = 901;
    state.age = 6;
    expect([await read(), state.counts]).toEqual([[901, 6], 2]);
  });

  test('is counted for a hundredth of the time at most when there is much; its age is of now all the same', async () => {
    const { state, read } = database(2_000_000, 500);
    expect(await read()).toEqual([2_000_000, 5]);
    state.ready = 10;
    state.age = 6;
    state.now += 49_000;
    expect([await read(), state.counts]).toEqual([[2_000_000, 6], 1]);
    expect([await read(true), state.counts]).toEqual([[10, 6], 2]);
    state.ready = 11;
    expect([await read(), state.counts]).toEqual([[11, 6], 3]);
  });

  test('is counted again when the count is old, once for all who ask', async () => {
    const { state, read } = database(2_000_000, 500);
    await read();
    state.now += 50_001;
    state.ready = 1_999_000;
    expect(await Promise.all([read(), read()])).toEqual([
      [1_999_000, 5],
      [1_999_000, 5],
    ]);
    expect(state.counts).toBe(2);
  });
});
