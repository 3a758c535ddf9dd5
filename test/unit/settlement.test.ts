import { describe, expect, jest, test } from '@jest/globals';
import { errorTable, maxAttempts, type ErrorCode } from '../../src/core/errors.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type { ClaimedActivity } from '../../src/ledger/ledger.ts';
import { Brake, brakeAfter, type BrakeNews } from '../../src/pipeline/brake.ts';
import { settlementOf } from '../../src/pipeline/deliver.ts';

const prepared = (attempts = 0) => ({
  claimed: { key: 'k', revision: 3, attempts } as ClaimedActivity,
  contentHash: 'hash',
});
const outcome = (code: ErrorCode): Outcome => ({ kind: 'permanent', key: 'k', code, reason: '' });

describe('the settlement of an outcome', () => {
  const expected = {
    retry: 'ready',
    wait: 'ready',
    stop: 'ready',
    rematch: 'matching',
    park: 'parked',
    'dead-letter': 'failed',
    'read-back': 'unknown',
  } as const;

  test.each(Object.keys(errorTable) as ErrorCode[])('follows the fate of %s', (code) => {
    expect(settlementOf(prepared(), outcome(code), 'v').to).toBe(expected[errorTable[code].fate]);
  });

  test('burns no attempt while the destination waits or stops', () => {
    expect(settlementOf(prepared(), outcome('rate-limited'), 'v').burn).toBeUndefined();
    expect(settlementOf(prepared(), outcome('auth-failed'), 'v').burn).toBeUndefined();
  });

  test('ends as a dead letter when the attempts are used up', () => {
    expect(settlementOf(prepared(maxAttempts - 1), outcome('row-locked'), 'v').to).toBe('failed');
    expect(settlementOf(prepared(maxAttempts - 2), outcome('row-locked'), 'v').to).toBe('ready');
  });

  test('keeps the revision that was sent', () => {
    expect(settlementOf(prepared(), { kind: 'delivered', key: 'k', recordId: '1' }, 'v')).toMatchObject({
      to: 'delivered',
      revision: 3,
    });
  });
});

describe('the brake', () => {
  const make = () => {
    const told: BrakeNews[] = [];
    return { told, brake: new Brake(async (news) => void told.push(news)) };
  };

  test('holds as long as the other side asks, and tells so', async () => {
    const { brake, told } = make();
    expect(await brake.pull('rate-limited', 'slow down', 1_234)).toBe(1_234);
    await brake.release();
    expect(brake.isOn).toBe(true);
    expect(told).toEqual([{ state: 'waiting', pauseMs: 1_234, code: 'rate-limited', reason: 'slow down' }]);
  });

  test('is not pulled by one call of which nothing came back, but by the next, until something gets through', async () => {
    const { brake, told } = make();
    await brake.lose('no answer');
    expect([brake.isOn, brake.isLosing]).toEqual([false, false]);
    await brake.lose('no answer');
    expect([brake.isOn, brake.isLosing]).toEqual([true, true]);
    expect(told[0]).toMatchObject({ state: 'waiting', code: 'answer-lost' });
    await brake.release();
    expect(brake.isLosing).toBe(false);
  });

  test('tells the call of which nothing came back as the cause, where the rest of its batch was not sent', async () => {
    const { brake, told } = make();
    const lost: Outcome = { kind: 'unknown', key: 'a', code: 'answer-lost', reason: 'no answer' };
    const notSent: Outcome = { kind: 'throttled', key: 'b', code: 'unavailable', reason: 'not sent' };
    await brakeAfter(brake, [lost, notSent]);
    await brakeAfter(brake, [lost, notSent]);
    expect(brake.isOn).toBe(true);
    expect(new Set(told.map(({ code, reason }) => `${code}: ${reason}`))).toEqual(
      new Set(['answer-lost: no answer']),
    );
  });

  test('does not mind a clock that is put back', async () => {
    const { brake } = make();
    await brake.pull('unavailable', '', 20);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(brake.isOn).toBe(false);
    clock.mockRestore();
  });

  test('tells a stop apart from a wait', async () => {
    const { brake, told } = make();
    await brake.pull('auth-failed', 'no');
    expect(told[0]?.state).toBe('stopped');
  });

  test('is not pulled further by several answers of one moment', async () => {
    const { brake } = make();
    expect(await brake.pull('unavailable', '')).toBe(await brake.pull('unavailable', ''));
  });

  test('tells a success after a start once, so that an old state is cleared', async () => {
    const { brake, told } = make();
    await brake.release();
    await brake.release();
    expect(told).toEqual([{ state: 'running' }]);
  });
});
