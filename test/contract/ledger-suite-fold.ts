import { describe, expect, it } from '@jest/globals';
import {
  activityOf,
  claimOf,
  deliveredAs,
  eventOf,
  failedAs,
  foldAll,
  foldWith,
  keyOf,
  makeReady,
} from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

export function foldSuite(subject: Subject): void {
  describe('fold', () => {
    it('hands over all events of a touched interaction, in order of arrival', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('a'), eventOf('b')], []);
      await foldAll(ledger);
      await ledger.append([eventOf('a', { step: 'edit', text: 'new' })], []);
      const seen: (readonly [string, unknown[]])[] = [];
      const report = await ledger.fold(100, (given) => {
        seen.push([given.key, given.events.map((event) => (event.payload as { text: string }).text)]);
        return foldWith()(given);
      });
      expect(seen).toEqual([[keyOf('a'), ['text of a', 'new']]]);
      expect(report).toEqual({ events: 1, interactions: 1 });
      expect(await ledger.fold(100, foldWith())).toEqual({ events: 0, interactions: 0 });
    });

    it('raises the revision only when people would see a change', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('a')], []);
      await foldAll(ledger);
      await ledger.append([eventOf('a', { step: 'status' })], []);
      expect(await ledger.fold(100, foldWith())).toEqual({ events: 1, interactions: 0 });
      expect((await ledger.interaction(keyOf('a')))!.revision).toBe(1);
      await ledger.append([eventOf('a', { step: 'edit', text: 'new' })], []);
      await foldAll(ledger);
      expect(await ledger.interaction(keyOf('a'))).toMatchObject({
        revision: 2,
        interaction: { content: { text: 'new' } },
      });
    });

    it('takes events without an interaction out of the inbox', async () => {
      const { ledger } = subject.current();
      const { interactionKey: _key, ...event } = eventOf('a');
      await ledger.append([{ ...event, kind: 'unrecognised' }], []);
      expect(await ledger.fold(100, foldWith())).toEqual({ events: 1, interactions: 0 });
      expect(await ledger.backlog()).toMatchObject({ inbox: 0, unrecognised: 1 });
    });

    it('loses nothing when two folds take the events of the same interactions', async () => {
      const { ledger } = subject.current();
      const events = Array.from({ length: 60 }, (_, index) =>
        eventOf(`n${index % 6}`, { step: `s${index}`, text: `text ${index}` }),
      );
      await ledger.append(events, []);
      const folding = Array.from({ length: 4 }, async () => {
        while ((await ledger.fold(7, foldWith())).events > 0);
      });
      await Promise.all(folding);
      await foldAll(ledger);
      for (let index = 0; index < 6; index += 1) {
        const found = await ledger.interaction(keyOf(`n${index}`));
        expect(found!.interaction).toMatchObject({ content: { text: `text ${54 + index}` } });
      }
    });

    it('has finished one batch before it begins with the next, so that earlier events are ready earlier', async () => {
      const { ledger } = subject.current();
      const many = Array.from({ length: 300 }, (_, index) => eventOf(`n${index}`));
      await ledger.append([...many, eventOf('last')], []);
      const ended: string[] = [];
      let small: Promise<unknown> | undefined;
      await ledger.fold(many.length, (given) => {
        small ??= ledger.fold(1, foldWith()).then(() => ended.push('small'));
        return foldWith()(given);
      });
      ended.push('large');
      await small;
      expect(ended).toEqual(['large', 'small']);
      expect(await ledger.backlog()).toMatchObject({ inbox: 0 });
    });

    it('sets aside what the database does not take, without holding up the rest', async () => {
      const { ledger } = subject.current();
      const names = Array.from({ length: 9 }, (_, at) => `n${at}`);
      await ledger.append(
        [...names, 'bad'].map((name) => eventOf(name)).toSpliced(4, 0, eventOf('worse')),
        [],
      );
      const broken = (given: Parameters<ReturnType<typeof foldWith>>[0]) => {
        const folded = foldWith()(given);
        if (given.key === keyOf('bad')) {
          return { ...folded, interaction: { ...folded.interaction, occurredAt: 'no time' } };
        }
        // Does not compress, so that it is too long for an index.
        const long = Array.from({ length: 4_000 }, (_, at) =>
          String.fromCodePoint(0x4e00 + ((at * at * 31) % 20_000)),
        );
        const group = { id: long.join('') };
        return given.key === keyOf('worse')
          ? { ...folded, interaction: { ...folded.interaction, group } }
          : folded;
      };
      let rounds = 0;
      while ((await ledger.fold(100, broken)).events > 0) rounds += 1;
      expect(rounds).toBeLessThan(15);
      for (const name of names) expect(await ledger.interaction(keyOf(name))).toBeDefined();
      expect(await ledger.backlog()).toMatchObject({ inbox: 2 });
    });

    it('sets aside what cannot be folded, without holding up the rest and without its text in the error', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('bad'), eventOf('good')], []);
      const broken = (given: Parameters<ReturnType<typeof foldWith>>[0]) => {
        if (given.key === keyOf('bad')) throw new RangeError('secret text');
        return foldWith()(given);
      };
      expect(await ledger.fold(100, broken)).toEqual({ events: 2, interactions: 1 });
      expect(await ledger.fold(100, broken)).toEqual({ events: 0, interactions: 0 });
      expect(await ledger.backlog()).toMatchObject({ inbox: 1, stuck: 1 });
      const [row] = await sql.query<{ error: string; attempts: number }>(
        'select error, attempts from wcs.inbox',
      );
      expect(row!.error).toMatch(/^RangeError at [\w.-]+\.ts:\d+$/);
      const [line] = await ledger.report({});
      expect(line).toMatchObject({ received: 2, pending: 2 });

      await sql.query(`update wcs.inbox set retry_at = now()`);
      await foldAll(ledger);
      expect(await ledger.backlog()).toMatchObject({ inbox: 0, stuck: 0 });
      expect(await ledger.interaction(keyOf('bad'))).toBeDefined();
    });

    it('makes one activity per destination, in the state that the route gave it', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('a')], []);
      await foldAll(ledger, {
        destinations: [
          { id: 'sales', initial: 'matching' },
          { id: 'marketing', initial: 'ignored', reason: 'held' },
        ],
      });
      const { activities } = (await ledger.interaction(keyOf('a')))!;
      expect(activities).toMatchObject([
        { destination: 'marketing', state: 'ignored', reason: 'held' },
        { destination: 'sales', state: 'matching', revision: 1 },
      ]);
    });

    it('lets an activity that the route ignored in when the route changes its mind', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('a')], []);
      await foldAll(ledger, { destinations: [{ id: 'sales', initial: 'ignored', reason: 'status only' }] });
      await ledger.append([eventOf('a', { step: 'content' })], []);
      await foldAll(ledger);
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'matching' });
    });

    it('brings a delivered activity back when it changed, and only then', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a')]);
      const { items } = await ledger.claim(claimOf(10));
      await ledger.settle(
        'sales',
        items.map((item) => deliveredAs(item)),
        'one',
      );
      await makeReady(ledger, [eventOf('a', { step: 'status' })]);
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'delivered', deliveredRevision: 1 });
      await makeReady(ledger, [eventOf('a', { step: 'edit', text: 'new' })]);
      expect(await activityOf(ledger, 'a')).toMatchObject({
        state: 'ready',
        revision: 2,
        deliveredRevision: 1,
      });
      const again = await ledger.claim(claimOf(10));
      expect(again.items).toMatchObject([{ revision: 2, recordId: `record of ${keyOf('a')}` }]);
    });

    it('holds back what is half of a thing until the rest is there', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('a')], []);
      await foldAll(ledger, { holdMs: 60_000 });
      expect(await ledger.matchSubjects(10)).toEqual([]);
      await ledger.append([eventOf('a', { step: 'rest', text: 'whole' })], []);
      await foldAll(ledger);
      expect(await ledger.matchSubjects(10)).toHaveLength(1);
    });

    it('matches a changed activity anew when the person changed', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a')]);
      const { items } = await ledger.claim(claimOf(10));
      await ledger.settle(
        'sales',
        items.map((item) => deliveredAs(item)),
        'one',
      );
      await ledger.append([eventOf('a', { step: 'edit', text: 'new', phone: '+14155550199' })], []);
      await foldAll(ledger);
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'matching' });
      expect((await ledger.matchSubjects(10))[0]!.addresses).toEqual(['+14155550199']);
    });

    it('tries a dead letter again when the interaction changed', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a')]);
      const { items } = await ledger.claim(claimOf(10));
      await ledger.settle(
        'sales',
        items.map((item) => failedAs(item, 'failed', { burn: true })),
        'one',
      );
      await ledger.append([eventOf('a', { step: 'edit', text: 'shorter' })], []);
      await foldAll(ledger);
      const activity = await activityOf(ledger, 'a');
      expect(activity).toMatchObject({ state: 'ready', attempts: 0 });
      expect(activity).not.toHaveProperty('code');
    });
  });
}
