import { describe, expect, it } from '@jest/globals';
import type { CheckResult, CheckTask } from '../../src/ledger/ledger.ts';
import {
  activityOf,
  claimOf,
  deliveredAs,
  eventOf,
  failedAs,
  keyOf,
  makeReady,
} from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

const day = 86_400_000;
const schedule = { afterMs: [day, 7 * day], everyMs: 30 * day };
const due = { due: schedule };

/** Records are looked at again, and what was found is kept. */
export function checkSuite(subject: Subject): void {
  describe('checks of records', () => {
    const ledger = () => subject.current().ledger;
    const deliver = async (name: string, shown: Record<string, string> = { Subject: 'h' }) => {
      await makeReady(ledger(), [eventOf(name)]);
      await send(shown);
    };
    const send = async (shown?: Record<string, string>) => {
      const { items } = await ledger().claim(claimOf(100));
      const settlements = items.map((item) => ({
        ...deliveredAs(item),
        record: { key: item.key, ...(shown && { shown }) },
      }));
      await ledger().settle('sales', settlements, 'one');
    };
    const age = (days: number) =>
      subject.current().sql.exec(`update wcs.record_checks set since = since - interval '${days} days'`);
    const claim = (owner = 'one', limit = 10) => ledger().claimChecks('sales', due, limit, owner, 60_000);
    const settle = (results: readonly CheckResult[], owner = 'one') =>
      ledger().settleChecks('sales', results, owner, schedule);
    const same = ({ key, recordId }: CheckTask): CheckResult => ({ key, recordId, findings: [] });
    const missing = (task: CheckTask, logAgain = true): CheckResult => ({
      ...same(task),
      findings: [{ kind: 'missing', detail: { deleted: 'bin' } }],
      ...(logAgain && { logAgain: true }),
    });
    const changed = (task: CheckTask, ...fields: string[]): CheckResult => ({
      ...same(task),
      findings: [{ kind: 'changed', fields }],
    });
    const open = async () => (await ledger().drift({ limit: 10 })).items;
    const over = async () =>
      (await ledger().drift({ limit: 10, resolved: true })).items.flatMap(
        ({ resolution }) => resolution ?? [],
      );

    it('are due some time after the delivery, again later, and then from time to time', async () => {
      await deliver('a');
      expect(await ledger().hasDueChecks('sales', schedule)).toBe(false);
      for (const days of [1, 6, 30, 30]) {
        expect((await claim()).tasks).toEqual([]);
        await age(days);
        expect(await ledger().hasDueChecks('sales', schedule)).toBe(true);
        expect(await ledger().countChecks('sales', due)).toBe(1);
        const { tasks } = await claim();
        expect(tasks).toEqual([
          {
            key: keyOf('a'),
            part: 'own',
            activityKey: keyOf('a'),
            kind: 'message',
            recordId: `record of ${keyOf('a')}`,
            contact: { type: 'contact', id: 'of +14155550100' },
            shown: { Subject: 'h' },
            doubles: 0,
          },
        ]);
        expect(await settle(tasks.map(same))).toMatchObject({ checked: 1, dropped: 0 });
      }
    });

    it('that were missed for long are made up for by one', async () => {
      await deliver('a');
      await age(100);
      await settle((await claim()).tasks.map(same));
      expect((await claim()).tasks).toEqual([]);
      await age(29);
      expect((await claim()).tasks).toEqual([]);
      await age(1);
      expect((await claim()).tasks).toHaveLength(1);
    });

    it('are leased to one at a time, and to the next when that one is dead', async () => {
      await deliver('a');
      await age(1);
      const { tasks } = await claim('one');
      expect((await claim('two')).tasks).toEqual([]);
      await subject.current().sql.exec(`update wcs.record_checks set lease_until = now() - interval '1 s'`);
      expect((await claim('two')).tasks).toHaveLength(1);
      expect(
        await settle(
          tasks.map((task) => missing(task)),
          'one',
        ),
      ).toMatchObject({ dropped: 1 });
      expect(await open()).toEqual([]);
      await ledger().releaseChecks('sales', [keyOf('a')], 'two');
      expect((await claim('one')).tasks).toHaveLength(1);
      expect(await ledger().releaseLeases('three')).toBe(1);
      expect((await claim('three')).tasks).toHaveLength(1);
    });

    it('pass over what is on its way again, and begin anew with its delivery', async () => {
      await deliver('a');
      await age(1);
      await makeReady(ledger(), [eventOf('a', { step: 'edit', text: 'edited' })]);
      expect(await claim()).toEqual({ tasks: [], passedOver: 1 });
      await send({ Subject: 'h2' });
      expect((await claim()).tasks).toEqual([]);
      await age(1);
      expect((await claim()).tasks).toMatchObject([{ shown: { Subject: 'h2' } }]);
    });

    it.each([
      ['is on its way', false],
      ['was delivered', true],
    ])('say nothing of a record of which a later state %s meanwhile', async (_case, isDelivered) => {
      await deliver('a');
      await age(1);
      const { tasks } = await claim();
      await makeReady(ledger(), [eventOf('a', { step: 'edit', text: 'edited' })]);
      if (isDelivered) await send({ Subject: 'h2' });
      expect(await settle(tasks.map((task) => changed(task, 'Subject')))).toMatchObject({
        checked: 0,
        dropped: 1,
      });
      expect(await open()).toEqual([]);
    });

    it('take all of some days in the order of their keys, a page at a time', async () => {
      await makeReady(
        ledger(),
        ['a', 'b', 'c'].map((name, at) => eventOf(name, { at: `2026-03-0${at + 1}T10:00:00.000Z` })),
      );
      await send();
      const scope = { from: '2026-03-02', to: '2026-03-03' };
      expect(await ledger().countChecks('sales', scope)).toBe(2);
      const wanted = [keyOf('b'), keyOf('c')].sort();
      const first = await ledger().claimChecks('sales', scope, 1, 'one', 60_000);
      expect([first.tasks.map(({ key }) => key), first.cursor]).toEqual([[wanted[0]], wanted[0]]);
      const next = { ...scope, after: first.cursor! };
      const rest = await ledger().claimChecks('sales', next, 10, 'one', 60_000);
      expect([rest.tasks.map(({ key }) => key), rest.cursor]).toEqual([[wanted[1]], undefined]);
    });

    it('of a missing record send it again once, as if it never had been, and keep that', async () => {
      await deliver('a');
      await age(1);
      const { tasks } = await claim();
      expect(await settle(tasks.map((task) => missing(task)))).toMatchObject({ missing: 1, loggedAgain: 1 });
      const waiting = await activityOf(ledger(), 'a');
      expect([waiting?.state, waiting?.recordId, waiting?.deliveredRevision]).toEqual([
        'ready',
        undefined,
        undefined,
      ]);
      expect(await settle(tasks.map((task) => missing(task)))).toMatchObject({ loggedAgain: 0 });
      expect([await open(), await over()]).toEqual([[], ['logged-again']]);
      const { items } = await ledger().audit({ limit: 5 });
      expect(items).toMatchObject([{ actor: 'reconcile', action: 'drift.log-again', subject: 'sales' }]);
      await send();
      expect((await activityOf(ledger(), 'a'))?.state).toBe('delivered');
      await age(1);
      expect((await claim()).tasks).toHaveLength(1);
    });

    it('that find a record missing can leave it, until a person has it logged again', async () => {
      await deliver('a');
      await age(1);
      const [task] = (await claim()).tasks;
      await settle([missing(task!, false)]);
      expect(await open()).toMatchObject([
        { kind: 'missing', key: keyOf('a'), detail: { deleted: 'bin' }, recordId: task?.recordId },
      ]);
      expect((await activityOf(ledger(), 'a'))?.state).toBe('delivered');
      expect(await ledger().driftCounts()).toEqual([{ destination: 'sales', kind: 'missing', count: 1 }]);
      expect(await ledger().restoreDrift('sales', keyOf('a'), 'ana')).toBe(true);
      expect((await activityOf(ledger(), 'a'))?.state).toBe('ready');
      expect(await ledger().restoreDrift('sales', keyOf('a'), 'ana')).toBe(false);
      expect([await open(), await over()]).toEqual([[], ['restored']]);
    });

    it('keep a change by a person once, with the names of its fields, until it is over', async () => {
      await deliver('a');
      for (const fields of [['Subject'], ['Subject', 'Status']]) {
        await age(30);
        await settle((await claim()).tasks.map((task) => changed(task, ...fields)));
        expect(await open()).toMatchObject([{ kind: 'changed', fields }]);
      }
      await age(30);
      await settle((await claim()).tasks.map(same));
      expect([await open(), await over()]).toEqual([[], ['ended']]);
    });

    it('have a change written over by the next delivery, or by a person who wants that', async () => {
      await deliver('a');
      await age(1);
      await settle((await claim()).tasks.map((task) => changed(task, 'Subject')));
      await makeReady(ledger(), [eventOf('a', { step: 'edit', text: 'edited' })]);
      await send({ Subject: 'h2' });
      expect([await open(), await over()]).toEqual([[], ['written']]);
      await age(1);
      await settle((await claim()).tasks.map((task) => changed(task, 'Subject')));
      expect(await ledger().restoreDrift('sales', keyOf('a'), 'ana')).toBe(true);
      const activity = await activityOf(ledger(), 'a');
      expect([activity?.state, activity?.recordId]).toEqual(['ready', `record of ${keyOf('a')}`]);
      const [claimed] = (await ledger().claim(claimOf(1))).items;
      // What it is known to show does not keep it from being written.
      expect(claimed?.deliveredHash).toBeUndefined();
    });

    it('have a change accepted by a person: it is what the record is compared with from then on', async () => {
      await deliver('a');
      await age(1);
      await settle((await claim()).tasks.map((task) => changed(task, 'Subject')));
      const recordId = `record of ${keyOf('a')}`;
      const theirs = { shown: { Subject: 'theirs' }, contact: { type: 'contact', id: 'other' }, doubles: 1 };
      expect(await ledger().acceptDrift('sales', keyOf('a'), { recordId: 'another', ...theirs }, 'ana')).toBe(
        false,
      );
      expect(await ledger().acceptDrift('sales', keyOf('a'), { recordId, ...theirs }, 'ana')).toBe(true);
      expect([await open(), await over()]).toEqual([[], ['accepted']]);
      expect(await ledger().recordCheck('sales', keyOf('a'))).toMatchObject(theirs);
      const { items } = await ledger().audit({ limit: 1 });
      expect(items).toMatchObject([
        { actor: 'ana', action: 'drift.accept', detail: { key: keyOf('a'), kinds: ['changed'] } },
      ]);
    });

    it('follow a record whose key is on another one, and a contact that became another one', async () => {
      await deliver('a');
      await age(1);
      const [task] = (await claim()).tasks;
      await settle([{ ...same(task!), foundAs: 'another record', follows: { type: 'contact', id: 'heir' } }]);
      expect((await activityOf(ledger(), 'a'))?.recordId).toBe('another record');
      const known = await ledger().recordCheck('sales', keyOf('a'));
      expect(known).toMatchObject({ recordId: 'another record', contact: { id: 'heir' } });
      expect(known?.shown).toBeUndefined();
    });

    it('leave alone what failed since, and know nothing of what was found without an answer', async () => {
      await makeReady(ledger(), [eventOf('a')]);
      await send();
      await age(1);
      expect((await claim()).tasks[0]).not.toHaveProperty('shown');
      await makeReady(ledger(), [eventOf('a', { step: 'edit', text: 'edited' })]);
      const { items } = await ledger().claim(claimOf(1));
      await ledger().settle('sales', [failedAs(items[0]!, 'failed')], 'one');
      await age(30);
      await subject.current().sql.exec(`update wcs.record_checks set lease_until = null`);
      expect(await claim()).toEqual({ tasks: [], passedOver: 1 });
    });

    it('may make calls as they are saved up over the day, and none after trouble', async () => {
      await deliver('a');
      await age(1);
      expect(await ledger().checkPace('sales', 24, 1)).toBe(1);
      await ledger().spendChecks('sales', 3);
      const waits = () =>
        subject
          .current()
          .sql.query<{ minutes: number }>(
            `select round(extract(epoch from not_before - clock_timestamp()) / 60)::int as minutes from wcs.check_pace`,
          );
      expect(Math.round(await ledger().checkPace('sales', 24, 1))).toBe(-2);
      expect(await waits()).toEqual([{ minutes: 60 }]);
      expect(await ledger().hasDueChecks('sales', schedule)).toBe(false);
      await subject
        .current()
        .sql.exec(`update wcs.check_pace set at = at - interval '2 hours', not_before = now()`);
      expect(Math.round(await ledger().checkPace('sales', 24, 1))).toBe(0);
      await subject
        .current()
        .sql.exec(`update wcs.check_pace set at = at - interval '1 day', not_before = now()`);
      expect(await ledger().checkPace('sales', 24, 1)).toBe(1);
      expect(await ledger().hasDueChecks('sales', schedule)).toBe(true);
      await ledger().spendChecks('sales', 0, 60_000);
      expect(await ledger().hasDueChecks('sales', schedule)).toBe(false);
    });
  });

  describe('checks of records of several', () => {
    const ledger = () => subject.current().ledger;
    const contact = { type: 'contact', id: 'of +14155550100' };
    const deliverDay = async (names: readonly string[], recordId?: string) => {
      await makeReady(
        ledger(),
        names.map((name) => eventOf(name)),
      );
      const { items } = await ledger().claim(claimOf(100));
      const at = '2026-03-01T10:00:00.000Z';
      const places = await ledger().joinDigests(
        'sales',
        items.map(({ key }) => ({ key, slot: 'day', contact, at })),
      );
      const [key = ''] = places.values();
      await ledger().settleDigests('sales', [{ key, shows: { sent: { Subject: 'h' } } }]);
      const id = recordId ?? 'day record';
      await ledger().settleDigests('sales', [{ key, recordId: id, shows: { shown: { Subject: 'h' } } }]);
      await ledger().settle(
        'sales',
        items.map((item) => deliveredAs(item, id)),
        'one',
      );
      await subject.current().sql.exec(`update wcs.record_checks set since = since - interval '1 day'`);
      return key;
    };
    const claim = () => ledger().claimChecks('sales', due, 10, 'one', 60_000);

    it('are one check, and a missing one has everything logged again that it showed', async () => {
      const key = await deliverDay(['a', 'b']);
      const { tasks } = await claim();
      expect(tasks).toMatchObject([{ key, part: 'digest', recordId: 'day record', shown: { Subject: 'h' } }]);
      const result = {
        key,
        recordId: 'day record',
        findings: [{ kind: 'missing' as const }],
        logAgain: true as const,
      };
      expect(await ledger().settleChecks('sales', [result], 'one', schedule)).toMatchObject({
        loggedAgain: 1,
      });
      for (const name of ['a', 'b']) {
        const activity = await activityOf(ledger(), name);
        expect([activity?.state, activity?.recordId]).toEqual(['ready', undefined]);
      }
      const [digest] = await ledger().readDigests('sales', [key]);
      expect([digest?.recordId, digest?.shown, digest?.members.length]).toEqual([undefined, undefined, 2]);
    });

    it('do not say what one shows while something is on its way to it', async () => {
      const key = await deliverDay(['a']);
      expect((await ledger().recordCheck('sales', key))?.shown).toEqual({ Subject: 'h' });
      await ledger().settleDigests('sales', [
        { key, shows: { shown: { Subject: 'h' }, sent: { Subject: 'h2' } } },
      ]);
      expect((await ledger().recordCheck('sales', key))?.shown).toBeUndefined();
    });

    it('have one written again by the turn of one that it shows', async () => {
      const key = await deliverDay(['a', 'b']);
      await claim();
      const found = {
        key,
        recordId: 'day record',
        findings: [{ kind: 'changed' as const, fields: ['Subject'] }],
      };
      await ledger().settleChecks('sales', [found], 'one', schedule);
      expect(await ledger().restoreDrift('sales', key, 'ana')).toBe(true);
      const states = await Promise.all(['a', 'b'].map((name) => activityOf(ledger(), name)));
      expect(states.map((one) => one?.state).sort()).toEqual(['delivered', 'ready']);
      const [digest] = await ledger().readDigests('sales', [key]);
      expect([digest?.recordId, digest?.shown, digest?.sent]).toEqual(['day record', undefined, undefined]);
    });

    it('leave everything in one that is written again, also after what was new went into a further one', async () => {
      const key = await deliverDay(['a', 'b']);
      await claim();
      const findings = [{ kind: 'changed' as const, fields: ['Subject'] }];
      await ledger().settleChecks('sales', [{ key, recordId: 'day record', findings }], 'one', schedule);
      await makeReady(ledger(), [eventOf('c')]);
      const further = await ledger().splitDigest('sales', key, [keyOf('c')], 'changed');
      expect(await ledger().restoreDrift('sales', key, 'ana')).toBe(true);
      const at = '2026-03-01T10:00:00.000Z';
      const joins = ['a', 'b', 'c'].map((name) => ({ key: keyOf(name), slot: 'day', contact, at }));
      const places = await ledger().joinDigests('sales', joins);
      expect(['a', 'b', 'c'].map((name) => places.get(keyOf(name)))).toEqual([key, key, further]);
    });

    it('forget one that shows nothing any more', async () => {
      await deliverDay(['a']);
      await subject.current().sql.exec(`update wcs.activities set digest_key = null`);
      expect(await claim()).toEqual({ tasks: [], passedOver: 1 });
      expect(await claim()).toEqual({ tasks: [], passedOver: 0 });
    });
  });
}
