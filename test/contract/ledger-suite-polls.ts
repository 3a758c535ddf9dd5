import { describe, expect, it } from '@jest/globals';
import { eventOf } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

/** Where polls stand, and what is known already. */
export function pollSuite(subject: Subject): void {
  describe('polls', () => {
    const clock = async () => {
      const [row] = await subject.current().sql.query<{ now: Date }>('select clock_timestamp() as now');
      return row!.now.getTime();
    };

    it('knows nothing of a source that was never polled', async () => {
      const { ledger } = subject.current();
      expect(await ledger.pollStates('emea')).toEqual([]);
    });

    it('keeps the cursor of each stream of each source', async () => {
      const { ledger } = subject.current();
      await ledger.putPollState('emea', 'messages', { cursor: 'm1' });
      await ledger.putPollState('emea', 'calls', { cursor: 'c1' });
      await ledger.putPollState('apac', 'messages', { cursor: 'a1' });
      await ledger.putPollState('emea', 'messages', { cursor: 'm2' });
      expect(await ledger.pollStates('emea')).toEqual([
        { stream: 'calls', cursor: 'c1' },
        { stream: 'messages', cursor: 'm2' },
      ]);
      expect(await ledger.pollStates('apac')).toEqual([{ stream: 'messages', cursor: 'a1' }]);
    });

    it('says when a stream last caught up, by the clock of the database', async () => {
      const { ledger } = subject.current();
      const before = await clock();
      await ledger.putPollState('emea', 'messages', { cursor: 'm1', caughtUp: true });
      const after = await clock();
      const [caughtUp] = await ledger.pollStates('emea');
      expect(Date.parse(caughtUp!.polledAt!)).toBeGreaterThanOrEqual(Math.floor(before));
      expect(Date.parse(caughtUp!.polledAt!)).toBeLessThanOrEqual(after);
      await ledger.putPollState('emea', 'messages', { cursor: 'm2' });
      expect(await ledger.pollStates('emea')).toEqual([{ ...caughtUp, cursor: 'm2' }]);
    });

    it('keeps a pause beside the cursor until another one or none is given', async () => {
      const { ledger } = subject.current();
      await ledger.putPollState('emea', 'messages', { cursor: 'm1' });
      await ledger.putPollState('emea', 'messages', { pauseMs: 60_000 });
      const now = await clock();
      const [paused] = await ledger.pollStates('emea');
      expect(paused).toMatchObject({ cursor: 'm1' });
      expect(Math.abs(Date.parse(paused!.notBefore!) - now - 60_000)).toBeLessThan(5_000);
      await ledger.putPollState('emea', 'messages', { cursor: 'm2' });
      expect(await ledger.pollStates('emea')).toEqual([{ ...paused, cursor: 'm2' }]);
      await ledger.putPollState('emea', 'messages', { pauseMs: 0 });
      const [ended] = await ledger.pollStates('emea');
      expect(Date.parse(ended!.notBefore!)).toBeLessThanOrEqual(await clock());
    });

    it('can pause a stream before its first page', async () => {
      const { ledger } = subject.current();
      await ledger.putPollState('emea', 'calls', { pauseMs: 1_000 });
      expect(await ledger.pollStates('emea')).toEqual([
        { stream: 'calls', notBefore: expect.stringMatching(/Z$/) },
      ]);
    });

    it('names exactly the events that are there', async () => {
      const { ledger } = subject.current();
      const [a, b, c] = ['a', 'b', 'c'].map((name) => eventOf(name));
      await ledger.append([a!, b!], []);
      const asked = [a!, c!, b!, a!].map((event) => event.dedupeKey);
      expect(await ledger.known(asked)).toEqual(new Set([a!.dedupeKey, b!.dedupeKey]));
      expect(await ledger.known([])).toEqual(new Set());
      expect(await ledger.known([c!.dedupeKey])).toEqual(new Set());
    });

    it('names a thousand of ten thousand asked for in one statement', async () => {
      const { ledger } = subject.current();
      const events = Array.from({ length: 1_000 }, (_one, index) => eventOf(`event ${index}`));
      await ledger.append(events, []);
      const keys = events.map((event) => event.dedupeKey);
      const others = Array.from({ length: 9_000 }, (_one, index) => eventOf(`other ${index}`).dedupeKey);
      expect(await ledger.known([...others, ...keys])).toEqual(new Set(keys));
    });
  });
}
