import { expect, it } from '@jest/globals';
import { address, codes, collect, errors, expectCode, kinds } from './destination-harness.ts';
import { settled } from './destination-suite-budget.ts';
import type { MakeStage } from './destination-suite.ts';

export function credentialCases(stage: MakeStage): void {
  it('renews an expired token, or says that it cannot', async () => {
    const s = await stage();
    await s.destination.deliver([s.item('before', s.ana)]);
    s.expireToken();
    const [outcome] = await s.destination.deliver([s.item('after', s.ana)]);
    if (s.token === 'renewed') expect(outcome).toMatchObject({ kind: 'delivered' });
    else expect(outcome).toMatchObject({ code: 'auth-failed' });
  });

  it('tells wrong credentials from everything else', async () => {
    const s = await stage();
    s.breakToken();
    const items = s.items(2, s.ana);
    const outcomes = await s.destination.deliver(items);
    expect(outcomes).toHaveLength(2);
    for (const outcome of outcomes) {
      expect(outcome.kind).not.toBe('delivered');
      expect(outcome).toMatchObject({ code: 'auth-failed' });
    }
    await expectCode(s.destination.readBack(items), 'auth-failed');
    await expectCode(s.destination.lookup([address('+14155550100')]), 'auth-failed');
    expect(codes(await s.destination.check())).toContain('auth-failed');
  });

  it('asks for a new token once when the credentials are refused, then stops without burning an attempt', async () => {
    const s = await stage();
    await s.destination.deliver([s.item('before', s.ana)]);
    const [before, tokensBefore] = [s.calls(), s.tokenCalls()];
    s.breakToken();
    const outcomes = await s.destination.deliver(s.items(3, s.ana));
    expect(outcomes).toHaveLength(3);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ kind: 'throttled', code: 'auth-failed' });
      expect(settled(outcome)).toEqual({ to: 'ready', burn: false, delayMs: 0 });
    }
    expect(s.tokenCalls() - tokensBefore).toBe(s.token === 'renewed' ? 1 : 0);
    expect(s.calls() - before).toBeLessThanOrEqual(2);
    expect(await s.records()).toHaveLength(1);
  });

  it('renews an expired token once for many calls at the same time', async () => {
    const s = await stage();
    await s.destination.deliver([s.item('before', s.ana)]);
    const tokensBefore = s.tokenCalls();
    s.expireToken();
    const items = s.items(6, s.ana);
    const outcomes = (await Promise.all(items.map((item) => s.destination.deliver([item])))).flat();
    if (s.token === 'static') {
      for (const outcome of outcomes) expect(outcome).toMatchObject({ code: 'auth-failed' });
      return;
    }
    expect(kinds(outcomes)).toEqual(['delivered']);
    expect(s.tokenCalls() - tokensBefore).toBe(1);
    expect(await s.records()).toHaveLength(7);
  });

  it('tells an outage from wrong credentials, and "cannot say" from "there is none"', async () => {
    const s = await stage();
    s.unavailable(true);
    const items = s.items(2, s.ana);
    const outcomes = await s.destination.deliver(items);
    expect(outcomes).toHaveLength(2);
    for (const outcome of outcomes) expect(['unknown', 'throttled']).toContain(outcome.kind);
    await expectCode(s.destination.readBack(items), 'unavailable');
    await expectCode(s.destination.lookup([address('+14155550100')]), 'unavailable');
    await expectCode(collect(s.destination, undefined), 'unavailable');
    const findings = await s.destination.check();
    expect(codes(findings)).toContain('unavailable');
    expect(codes(findings)).not.toContain('auth-failed');
    s.unavailable(false);
    expect(kinds(await s.destination.deliver(items))).toEqual(['delivered']);
  });
}

export function setupCases(stage: MakeStage): void {
  it('is red before setup, green after it, and setup may be repeated', async () => {
    const s = await stage(false);
    expect(codes(await s.destination.check())).toContain('key-field-missing');
    expect(errors(await s.destination.setup())).toEqual([]);
    expect(errors(await s.destination.setup())).toEqual([]);
    expect(errors(await s.destination.check())).toEqual([]);
    expect(kinds(await s.destination.deliver([s.item('first', s.ana)]))).toEqual(['delivered']);
  });

  it('says that the key field is missing when records are sent before setup', async () => {
    const s = await stage(false);
    const outcomes = await s.destination.deliver(s.items(3, s.ana));
    expect(outcomes).toHaveLength(3);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ code: 'key-field-missing' });
  });

  it('describes the fields that a mapping may use', async () => {
    const s = await stage();
    for (const kind of ['message', 'call'] as const) {
      const described = new Map((await s.destination.describe(kind)).map((field) => [field.name, field]));
      for (const field of Object.keys(s.fields(kind, 'x'))) {
        expect(described.get(field)).toMatchObject({ name: field, createable: true });
      }
    }
  });

  it('leaves no connection behind', async () => {
    const s = await stage();
    await s.destination.deliver(s.items(2, s.ana));
    await s.destination.close();
    await s.destination.close();
    await s.disconnected();
  });
}
