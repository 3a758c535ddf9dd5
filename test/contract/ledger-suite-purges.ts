import { describe, expect, it } from '@jest/globals';
import type { PurgeOrder, RetentionRule } from '../../src/ledger/ledger.ts';
import { sealAll } from '../../src/pipeline/seal.ts';
import { verifySeals } from '../../src/pipeline/verify.ts';
import {
  activityOf,
  businessNumber,
  claimOf,
  deliveredAs,
  eventOf,
  foldAll,
  foldWith,
  keyOf,
  makeReady,
} from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

const folded = foldWith();
const order: PurgeOrder = { rule: 'old', kind: 'retention', actor: 'retention' };
const log = { warn: () => undefined };
const person = '+14155550100';
const rule = (more: Partial<RetentionRule> = {}): RetentionRule => ({
  id: 'old',
  keep: 'P30D',
  obligation: false,
  ...more,
});

/** Content that is destroyed by a rule, what is left of it, and what keeps it. */
export function purgeSuite(subject: Subject): void {
  /** Everything that the tables hold, as text: what is not here is not in the database's rows. */
  async function everything(): Promise<string> {
    const { sql } = subject.current();
    const tables = await sql.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'wcs'`,
    );
    let text = '';
    for (const { name } of tables) {
      const [row] = await sql.query<{ all: string }>(
        `select coalesce(string_agg(t::text, ' '), '') as all from ${name} t`,
      );
      text += row?.all;
    }
    // The contacts of these tests are named by their numbers.
    return text.replaceAll(`of ${person}`, '');
  }

  describe('purges', () => {
    async function deliver(count: number): Promise<void> {
      const { ledger } = subject.current();
      const { items } = await ledger.claim(claimOf(count));
      await ledger.settle(
        'sales',
        items.map((item) => deliveredAs(item)),
        'one',
      );
    }

    it('leave a tombstone: that something was, when, of which number and by which rule it went', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [
        eventOf('a', { text: 'a word of mine' }),
        eventOf('b', { phone: '+14155550199' }),
      ]);
      await deliver(1);
      const before = await ledger.report({});
      const done = await ledger.purge({ keys: [keyOf('a')] }, order);
      expect(done).toEqual({ interactions: 1, events: 1, files: 0, held: 0, busy: [] });
      const left = await ledger.interaction(keyOf('a'));
      expect(left?.interaction).toEqual({
        key: keyOf('a'),
        kind: 'message',
        source: 'support',
        sourceKind: 'test',
        businessNumber,
        providerId: '',
        direction: 'inbound',
        occurredAt: '2026-03-01T10:00:00.000Z',
        person: {},
        earlier: [],
        reactions: [],
        via: 'unknown',
        purged: { rule: 'old', at: expect.any(String) },
      });
      expect(left?.events).toEqual([expect.objectContaining({ payload: null })]);
      expect(left?.activities).toEqual([expect.objectContaining({ state: 'delivered' })]);
      const all = await everything();
      for (const gone of ['a word of mine', '14155550100']) expect(all).not.toContain(gone);
      expect(all).toContain('14155550199');
      expect(await ledger.report({})).toEqual(before);
    });

    it('give up what was not logged yet, and keep what is', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('ready')]);
      await ledger.append([eventOf('matching', { phone: '+14155550101' }), eventOf('parked')], []);
      await foldAll(ledger);
      await ledger.settleMatches([
        { destination: 'sales', key: keyOf('parked'), to: 'parked', reason: 'no-contact' },
      ]);
      const names = ['ready', 'matching', 'parked'];
      await ledger.purge({ keys: names.map(keyOf) }, order);
      for (const name of names) {
        expect(await activityOf(ledger, name)).toMatchObject({
          state: 'ignored',
          reason: 'content destroyed by the rule "old"',
        });
      }
      expect(await ledger.report({})).toEqual([expect.objectContaining({ received: 3, ignored: 3 })]);
      // Nothing brings it back on its way.
      expect(await ledger.reconsider('sales', names.map(keyOf), 'ana')).toBe(0);
      expect(await ledger.matchSubjects(10)).toEqual([]);
    });

    it('do not write over records of which the content is gone', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a')]);
      await deliver(1);
      await ledger.purge({ keys: [keyOf('a')] }, order);
      expect(await ledger.rewrite('sales', {})).toBe(0);
      expect(await activityOf(ledger, 'a')).toMatchObject({
        state: 'delivered',
        recordId: `record of ${keyOf('a')}`,
      });
    });

    it('leave alone what a delivery has in its hands', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a'), eventOf('b', { phone: '+14155550101' })]);
      const { items } = await ledger.claim(claimOf(1));
      const [claimed] = items;
      const done = await ledger.purge({ keys: [keyOf('a'), keyOf('b')] }, order);
      expect(done).toMatchObject({ interactions: 1, busy: [claimed?.key] });
      await ledger.settle(
        'sales',
        items.map((item) => deliveredAs(item)),
        'one',
      );
      expect(await ledger.purge({ keys: done.busy }, order)).toMatchObject({ interactions: 1, busy: [] });
      expect(await ledger.report({})).toEqual([
        expect.objectContaining({ received: 2, logged: 1, ignored: 1 }),
      ]);
    });

    it('are not undone by a webhook that comes again, nor by what comes late', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a')]);
      await deliver(1);
      await ledger.purge({ keys: [keyOf('a')] }, order);
      const left = await ledger.interaction(keyOf('a'));
      await ledger.append([eventOf('a'), eventOf('a', { step: 'edit', text: 'a late word' })], []);
      await foldAll(ledger);
      const now = await ledger.interaction(keyOf('a'));
      expect(now).toMatchObject({ ...left, events: expect.anything() });
      expect(now?.events.map(({ payload }) => payload)).toEqual([null, null]);
      expect(await everything()).not.toContain('a late word');
      expect((await ledger.purges({ limit: 10 })).items.map(({ actor, events }) => [actor, events])).toEqual([
        ['late event', 1],
        ['retention', 1],
      ]);
      expect(await ledger.purge({ keys: [keyOf('a')] }, order)).toMatchObject({ interactions: 0, events: 0 });
    });

    it('stand in the sealed trail with every tombstone, and the seals still fit', async () => {
      const { ledger } = subject.current();
      const names = Array.from({ length: 250 }, (_, at) => `m${at}`);
      await makeReady(
        ledger,
        names.map((name) => eventOf(name)),
      );
      await sealAll({ ledger, places: [], log });
      await ledger.purge({ keys: names.map(keyOf) }, order);
      const { items } = await ledger.audit({ action: 'content.purge', limit: 10 });
      const listed = items.flatMap(({ detail }) => detail['keys'] as string[]);
      expect(listed.toSorted()).toEqual(names.map(keyOf).toSorted());
      const trail = await ledger.purges({ limit: 10 });
      const stones = await Promise.all(trail.items.map(({ id }) => ledger.tombstones(id, { limit: 500 })));
      expect(stones.flatMap((page) => page.items.map(({ key }) => key)).toSorted()).toEqual(
        listed.toSorted(),
      );
      await sealAll({ ledger, places: [], log });
      expect(await verifySeals({ ledger, places: [] })).toMatchObject({ ok: true, purged: 250 });
    });

    it('are found out where somebody destroyed content and only says that a rule did', async () => {
      const { ledger, sql } = subject.current();
      await makeReady(ledger, [eventOf('a'), eventOf('b')]);
      await ledger.purge({ keys: [keyOf('a')] }, order);
      await sealAll({ ledger, places: [], log });
      expect(await verifySeals({ ledger, places: [] })).toMatchObject({ ok: true });
      const [row] = await sql.query<{ id: string }>(
        `update wcs.events set payload = '', nonce = null, provider_id = null, purge_id = (select max(id) from wcs.purges)
         where interaction_key = $1 returning id`,
        [keyOf('b')],
      );
      const { findings } = await verifySeals({ ledger, places: [] });
      expect(findings).toEqual([expect.objectContaining({ kind: 'content', record: `events ${row?.id}` })]);
    });

    it('follow the first rule that fits, when its term is over', async () => {
      const { ledger } = subject.current();
      const now = new Date().toISOString();
      await makeReady(ledger, [
        eventOf('old'),
        eventOf('other source', { source: 'emea' }),
        eventOf('young', { at: now }),
      ]);
      const rules = [rule({ id: 'emea', source: 'emea', keep: 'P90Y' }), rule({ class: 'messages' })];
      const found = await ledger.expired(rules, rules[1] as RetentionRule, 10);
      expect(found).toEqual({ keys: [keyOf('old')], events: [] });
      expect(await ledger.expired([rule({ class: 'calls' })], rule({ class: 'calls' }), 10)).toMatchObject({
        keys: [],
      });
      const ignored = rule({ class: 'ignored' });
      expect(await ledger.expired([ignored], ignored, 10)).toMatchObject({ keys: [] });
    });
  });

  describe('holds', () => {
    it.each([
      ['a person', { person }],
      ['a number', { businessNumber }],
      ['a source', { source: 'support' }],
      ['an owner in the time of the number', { owner: 'ana@example.com' }],
      ['a period', { from: '2026-03-01', to: '2026-03-01' }],
    ])('on %s keep it from every rule and from erasure, until they are released', async (_name, scope) => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a')]);
      const owners = [
        { user: 'ana@example.com', number: businessNumber, from: '2026-01-01', to: '2026-06-30' },
      ];
      const hold = await ledger.placeHold({ ...scope, reason: 'case 7', by: 'ana' }, owners);
      await ledger.refreshHolds(owners);
      const all = [rule()];
      expect(await ledger.expired(all, rule(), 10)).toMatchObject({ keys: [] });
      expect(await ledger.purge({ keys: [keyOf('a')] }, order)).toMatchObject({ interactions: 0, held: 1 });
      expect((await ledger.personRecords(person, [])).interactions).toEqual([
        { id: keyOf('a'), held: true, obliged: false },
      ]);
      expect(await ledger.expiredCounts(all, [])).toContainEqual(
        expect.objectContaining({ rule: 'old', interactions: 0, held: 1 }),
      );
      expect(await ledger.releaseHold(hold.id, 'ben', 'settled')).toBe(true);
      expect(await ledger.releaseHold(hold.id, 'ben', 'again')).toBe(false);
      expect((await ledger.holds())[0]).not.toHaveProperty('person');
      expect(await ledger.purge({ keys: [keyOf('a')] }, order)).toMatchObject({ interactions: 1, held: 0 });
      const { items } = await ledger.audit({ limit: 10 });
      expect(items.map(({ action }) => action)).toEqual(['content.purge', 'hold.release', 'hold.place']);
      expect(JSON.stringify(items)).not.toContain(person.slice(1));
    });

    it.each([
      ['another person', { person: '+14155550199' }],
      ['another number', { businessNumber: '+15550000000' }],
      ['an owner who had the number at another time', { owner: 'ben@example.com' }],
      ['another day', { from: '2026-03-02' }],
      ['this person in another source', { person, source: 'emea' }],
    ])('on %s do not keep it', async (_name, scope) => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a')]);
      const owners = [{ user: 'ben@example.com', number: businessNumber, from: '2026-07-01' }];
      await ledger.placeHold({ ...scope, reason: 'case 7', by: 'ana' }, owners);
      expect(await ledger.purge({ keys: [keyOf('a')] }, order)).toMatchObject({ interactions: 1, held: 0 });
    });

    it('keep what is parked for too long, and what turned out to be of an excluded person', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('parked'), eventOf('excluded', { phone: '+14155550101' })], []);
      await foldAll(ledger);
      await ledger.settleMatches([
        { destination: 'sales', key: keyOf('parked'), to: 'parked', reason: 'no-contact' },
        { destination: 'sales', key: keyOf('excluded'), to: 'excluded', reason: 'opted out' },
      ]);
      await sql.query(`update wcs.activities set parked_since = parked_since - interval '8 days'`);
      const limit = { destination: 'sales', source: 'support', days: 7 };
      const hold = await ledger.placeHold({ source: 'support', reason: 'case 7', by: 'ana' }, []);
      expect([...(await ledger.parkedTooLong(limit, 9)), ...(await ledger.excludedLater(9))]).toEqual([]);
      await ledger.releaseHold(hold.id, 'ana', 'settled');
      expect(await ledger.parkedTooLong(limit, 9)).toEqual([keyOf('parked')]);
      expect(await ledger.excludedLater(9)).toEqual([keyOf('excluded')]);
      await ledger.purge({ keys: [keyOf('parked'), keyOf('excluded')] }, order);
      expect(await ledger.report({})).toEqual([
        expect.objectContaining({ received: 2, ignored: 1, excluded: 1 }),
      ]);
      expect(await ledger.excludedLater(9)).toEqual([]);
    });
  });

  describe('erasure', () => {
    it('finds everything of a person under all addresses, and what the law keeps', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('number'), eventOf('id', { phone: 'US.77', source: 'emea' })], []);
      await ledger.append([{ ...eventOf('other', { phone: '+14155550199' }) }], []);
      const notice = eventOf('notice', { text: 'Ana is 14155550100' });
      const { interactionKey: _key, ...loose } = { ...notice, kind: 'notice' as const };
      await ledger.append([loose], []);
      const links = [{ kind: 'same' as const, a: person, b: 'US.77', at: '2026-03-01T10:00:00.000Z' }];
      await ledger.fold(
        100,
        (one) => ({ ...folded(one), links: one.key === keyOf('number') ? links : [] }),
        () => ({ links: [], groups: [], alerts: [] }),
      );
      const obliged = [rule({ id: 'law', source: 'emea', keep: 'P90Y', obligation: true })];
      const found = await ledger.personRecords(person, obliged);
      expect(found.interactions.toSorted((a, b) => Number(a.obliged) - Number(b.obliged))).toEqual([
        { id: keyOf('number'), held: false, obliged: false },
        { id: keyOf('id'), held: false, obliged: true },
      ]);
      expect(found.events).toHaveLength(1);
      expect([...found.addresses].toSorted()).toEqual([person, 'US.77'].toSorted());
      const keys = found.interactions.map(({ id }) => id);
      await ledger.purge({ keys, events: found.events.map(({ id }) => id) }, { ...order, kind: 'erasure' });
      const all = await everything();
      for (const gone of ['14155550100', 'US.77', 'Ana']) expect(all).not.toContain(gone);
      expect(all).toContain('14155550199');
    });

    it('is not of somebody who had the number before', async () => {
      const { ledger } = subject.current();
      await ledger.append(
        [
          eventOf('before', { at: '2026-01-01T00:00:00.000Z' }),
          eventOf('after', { at: '2026-05-01T00:00:00.000Z' }),
          eventOf('moved', { phone: '+14155550177', at: '2026-03-01T00:00:00.000Z' }),
        ],
        [],
      );
      const links = [
        { kind: 'became' as const, a: person, b: '+14155550177', at: '2026-02-01T00:00:00.000Z' },
      ];
      await ledger.fold(100, (one) => ({ ...folded(one), links: one.key === keyOf('moved') ? links : [] }));
      const of = async (address: string) =>
        (await ledger.personRecords(address, [])).interactions.map(({ id }) => id).toSorted();
      expect(await of(person)).toEqual([keyOf('after')]);
      expect(await of('+14155550177')).toEqual([keyOf('before'), keyOf('moved')].toSorted());
    });

    it('waits for what is on its way, and tells what became of it', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a'), eventOf('b')]);
      await ledger.claim(claimOf(1));
      const request = {
        actor: 'ana',
        reason: 'asked',
        personHashes: ['h1', 'h2'],
        held: 1,
        obliged: 0,
        subject: { keys: [keyOf('a'), keyOf('b')], events: [] },
      };
      expect(await ledger.addErasure(request)).toMatchObject({
        found: 3,
        erased: 0,
        waiting: 2,
        state: 'waiting',
      });
      const [erasure] = await ledger.waitingErasures();
      if (erasure === undefined) throw new Error('nothing waits');
      const done = await ledger.purge(erasure.subject, order);
      await ledger.settleErasure(erasure, done);
      // Somebody else who did the same does not count it twice.
      await ledger.settleErasure(erasure, { held: 1, busy: [] });
      const found = await ledger.erasures({ personHashes: ['h2', 'h9'], limit: 10 });
      expect(found).toEqual([
        expect.objectContaining({ found: 3, held: 1, erased: 1, waiting: 1, state: 'waiting' }),
      ]);
      const [rest] = await ledger.waitingErasures();
      if (rest === undefined) throw new Error('nothing waits');
      await ledger.settleErasure(rest, { held: 0, busy: [] });
      expect(await ledger.erasures({ personHashes: ['h1'], limit: 10 })).toEqual([
        expect.objectContaining({ erased: 2, held: 1, waiting: 0, state: 'partly-refused' }),
      ]);
      expect(await ledger.erasures({ personHashes: ['h9'], limit: 10 })).toEqual([]);
    });
  });
}
