import { describe, expect, it } from '@jest/globals';
import type { SourceAnswer } from '../../src/ledger/ledger.ts';
import { eventOf, keyOf, makeReady } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

const day = '2026-03-01';

/** What sources said, and daily reports with their sending. */
export function completenessSuite(subject: Subject): void {
  describe('completeness', () => {
    const answer: Omit<SourceAnswer, 'askedAt'> = {
      source: 'support',
      businessNumber: '+15550783881',
      day,
      question: 'messages',
      round: 'first',
      method: 'ids',
      theirs: 3,
      ours: 2,
      excluded: 0,
      missing: 1,
      filled: 0,
      extra: 0,
      missingKeys: [keyOf('a')],
      extraKeys: [],
    };

    it('keeps every answer of a source, and gives the newest', async () => {
      const { ledger, sql } = subject.current();
      await ledger.addSourceAnswers([
        answer,
        { ...answer, round: 'late', method: 'none', code: 'x', reason: 'y' },
      ]);
      await ledger.addSourceAnswers([{ ...answer, missing: 0, missingKeys: [] }]);
      const found = await ledger.sourceAnswers({ from: day, to: day });
      expect(
        found.map(({ round, missing, missingKeys, code }) => [round, missing, missingKeys, code]),
      ).toEqual([
        ['first', 0, [], undefined],
        ['late', 1, [keyOf('a')], 'x'],
      ]);
      expect(await ledger.sourceAnswers({ from: '2026-03-02', to: '2026-03-09' })).toEqual([]);
      await expect(sql.query('update wcs.source_audits set missing = 0')).rejects.toThrow('append-only');
    });

    it('knows which interactions are there and which were dropped', async () => {
      const { ledger } = subject.current();
      await ledger.append(
        [eventOf('a')],
        [{ source: 'support', businessNumber: '', day, idHash: 'dropped' }],
      );
      const found = await ledger.present([keyOf('a'), keyOf('b')], ['dropped', 'other']);
      expect([[...found.keys], [...found.excluded]]).toEqual([[keyOf('a')], ['dropped']]);
      expect(await ledger.exclusions(day)).toEqual([{ source: 'support', businessNumber: '', count: 1 }]);
      expect(await ledger.exclusions('2026-03-02')).toEqual([]);
    });

    it('numbers reports without gaps, one for each day, whoever adds them at the same time', async () => {
      const { ledger, sql } = subject.current();
      const days = ['2026-03-01', '2026-03-02', '2026-03-03'];
      const added = await Promise.all(
        [...days, ...days].map((one) =>
          ledger.addReport({ day: one, body: one, hash: 'h' }, ['folder', 'hook']),
        ),
      );
      expect(added.filter(Boolean)).toHaveLength(3);
      const kept = await ledger.dailyReports({ limit: 10 });
      expect(kept.map((one) => one.day)).toEqual(days.toReversed());
      expect(kept.map(({ number }) => number).toSorted()).toEqual([1, 2, 3]);
      expect((await ledger.dailyReports({ before: '2026-03-03', limit: 1 })).map((one) => one.day)).toEqual([
        '2026-03-02',
      ]);
      expect((await ledger.reportState()).lastDay).toBe('2026-03-03');
      expect(await ledger.reportSends([1, 2, 3])).toHaveLength(6);
      await expect(sql.query('delete from wcs.daily_reports')).rejects.toThrow('append-only');
    });

    it('leases what is to be sent to one at a time, and gives it back when it failed', async () => {
      const { ledger } = subject.current();
      await ledger.addReport({ day, body: '{}', hash: 'h' }, ['folder', 'hook']);
      const claims = await Promise.all([1, 2, 3].map(() => ledger.claimReportSend(['folder'], 60_000)));
      const [mine, ...none] = claims.toSorted((a, b) => Number(a === undefined) - Number(b === undefined));
      expect(none).toEqual([undefined, undefined]);
      expect(mine).toMatchObject({ recipient: 'folder', kept: { number: 1, day, body: '{}' } });
      await ledger.settleReportSend(mine!, { to: 'waiting', delayMs: 0, error: 'away' });
      expect(await ledger.claimReportSend(['folder'], 0)).toMatchObject({ attempts: 1, error: 'away' });
      expect(await ledger.claimReportSend(['folder'], 60_000)).toMatchObject({ attempts: 1 });
      await ledger.settleReportSend(mine!, { to: 'sent' });
      // Whoever lost his lease does not take back what somebody else has sent.
      await ledger.settleReportSend(mine!, { to: 'waiting', delayMs: 0, error: 'late' });
      expect(await ledger.claimReportSend(['folder'], 60_000)).toBeUndefined();
      expect((await ledger.reportSends([1])).map(({ recipient, state }) => [recipient, state])).toEqual([
        ['folder', 'sent'],
        ['hook', 'waiting'],
      ]);
    });

    it('knows of which days something came since, by the day of the interaction', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a', { at: '2026-03-01T23:59:59Z' })]);
      const { upTo, days } = await ledger.touchedDays(0);
      expect(days).toEqual(['2026-03-01']);
      await ledger.append([eventOf('a', { step: 'edit', at: '2026-03-05T10:00:00Z' })], []);
      expect((await ledger.touchedDays(upTo)).days).toEqual(['2026-03-01']);
      expect((await ledger.touchedDays(upTo + 1)).days).toEqual([]);
    });
  });
}
