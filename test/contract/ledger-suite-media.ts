import { describe, expect, it } from '@jest/globals';
import type { Media } from '../../src/core/interaction.ts';
import type { FoldSubject, Folded, MediaTask } from '../../src/ledger/ledger.ts';
import { businessNumber, eventOf, foldWith, keyOf } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

/** The fold of the other suites, with files: `photo` in the message, and one in what it said before it was edited. */
function foldFiles(files: readonly Media[], earlier: readonly Media[] = []) {
  return (subject: FoldSubject): Folded => {
    const folded = foldWith()(subject);
    const { interaction } = folded;
    if (interaction.kind !== 'message') return folded;
    const content = { type: 'image', text: '', media: files };
    const before = earlier.map((one) => ({
      content: { type: 'image', text: '', media: [one] },
      until: interaction.occurredAt,
    }));
    const media = [...files, ...earlier].filter(({ result }) => result === undefined);
    return { ...folded, interaction: { ...interaction, content, earlier: before }, media };
  };
}

const photo: Media = { id: 'photo', mimeType: 'image/png', sha256: 'abc' };
const waiting = { to: 'waiting', delayMs: 0, burn: true, code: 'source-unavailable' } as const;
const nameOf = ({ key, media }: MediaTask) => ({ key, mediaId: media.id });

export function mediaSuite(subject: Subject): void {
  describe('files to be fetched', () => {
    const add = async (names: readonly string[], files: readonly Media[] = [photo], source = 'support') => {
      const { ledger } = subject.current();
      for (const name of names) {
        await ledger.append([eventOf(name, { source })], []);
        await ledger.fold(10, foldFiles(files));
      }
    };

    it('are leased once, oldest first, with what is needed to ask for them', async () => {
      const { ledger } = subject.current();
      await add(['a', 'b', 'c']);
      expect(await ledger.waitingMedia()).toEqual(['support']);
      const first = await ledger.claimMedia(['support'], 2, 'one', 60_000);
      expect(first.map(nameOf)).toEqual([
        { key: keyOf('a'), mediaId: 'photo' },
        { key: keyOf('b'), mediaId: 'photo' },
      ]);
      expect(first[0]).toMatchObject({
        media: photo,
        source: 'support',
        sourceKind: 'test',
        businessNumber,
        providerId: 'a',
        attempts: 0,
        addedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      expect((await ledger.claimMedia(['support'], 9, 'two', 60_000)).map(nameOf)).toEqual([
        { key: keyOf('c'), mediaId: 'photo' },
      ]);
      expect(await ledger.claimMedia(['support'], 9, 'three', 60_000)).toEqual([]);
      expect(await ledger.waitingMedia()).toEqual([]);
    });

    it('are those of the sources that are asked for alone', async () => {
      const { ledger } = subject.current();
      await add(['a']);
      await add(['b'], [photo], 'emea');
      expect(await ledger.waitingMedia()).toEqual(['emea', 'support']);
      expect(await ledger.claimMedia([], 9, 'one', 60_000)).toEqual([]);
      expect((await ledger.claimMedia(['emea'], 9, 'one', 60_000)).map(nameOf)).toEqual([
        { key: keyOf('b'), mediaId: 'photo' },
      ]);
    });

    it('are remembered once however often their message is folded, also when it was edited', async () => {
      const { ledger } = subject.current();
      await add(['a']);
      const scan: Media = { id: 'scan\u0000' };
      await ledger.append([eventOf('a', { step: 'edit' })], []);
      await ledger.fold(10, foldFiles([photo], [scan]));
      const tasks = await ledger.claimMedia(['support'], 9, 'one', 60_000);
      expect(tasks.map(({ media }) => media.id).toSorted()).toEqual(['photo', 'scan\u0000']);
      for (const task of tasks) await ledger.settleMedia(nameOf(task), { to: 'done' }, 'one');
      await ledger.append([eventOf('a', { step: 'again' })], []);
      await ledger.fold(10, foldFiles([photo], [scan]));
      expect(await ledger.claimMedia(['support'], 9, 'one', 60_000)).toEqual([]);
    });

    it('wait after a failure, and count only what burns an attempt', async () => {
      const { ledger, sql } = subject.current();
      await add(['a']);
      const claim = async () => (await ledger.claimMedia(['support'], 9, 'one', 60_000))[0]!;
      await ledger.settleMedia(nameOf(await claim()), waiting, 'one');
      const again = await claim();
      expect(again.attempts).toBe(1);
      await ledger.settleMedia(nameOf(again), { ...waiting, burn: false, delayMs: 60_000 }, 'one');
      expect(await ledger.waitingMedia()).toEqual([]);
      expect(await ledger.claimMedia(['support'], 9, 'one', 60_000)).toEqual([]);
      await sql.query(`update wcs.media set not_before = now() - interval '1 s'`);
      expect((await claim()).attempts).toBe(1);
    });

    it('of a worker that died are leased anew, and what it says afterwards changes nothing', async () => {
      const { ledger, sql } = subject.current();
      await add(['a']);
      const [lost] = await ledger.claimMedia(['support'], 1, 'dead', 60_000);
      await sql.query(`update wcs.media set lease_until = now() - interval '1 s'`);
      expect(await ledger.waitingMedia()).toEqual(['support']);
      expect(await ledger.claimMedia(['support'], 1, 'two', 60_000)).toHaveLength(1);
      await ledger.settleMedia(nameOf(lost!), waiting, 'dead');
      expect(await ledger.waitingMedia()).toEqual([]);
      // but a file that is there is there, whoever brought it
      await ledger.settleMedia(nameOf(lost!), { to: 'done' }, 'dead');
      await sql.query(`update wcs.media set lease_until = null`);
      expect(await ledger.waitingMedia()).toEqual([]);
    });

    it('are free at once when this process is the only one', async () => {
      const { ledger } = subject.current();
      await add(['a']);
      await ledger.claimMedia(['support'], 1, 'dead', 60_000);
      await ledger.releaseLeases('me');
      expect(await ledger.claimMedia(['support'], 1, 'me', 60_000)).toHaveLength(1);
      await ledger.releaseLeases('me');
      expect(await ledger.claimMedia(['support'], 1, 'me', 60_000)).toEqual([]);
    });

    it('are done when a result is known already', async () => {
      const { ledger, sql } = subject.current();
      await add(['a', 'b']);
      const result = { state: 'stored', sha256: 'f'.repeat(64), size: 1 } as const;
      await ledger.append([eventOf('a', { step: 'media' })], []);
      await ledger.fold(10, foldFiles([{ ...photo, result }]));
      const tasks = await ledger.claimMedia(['support'], 1, 'one', 60_000);
      expect(tasks.map(({ key }) => key)).toEqual([keyOf('b')]);
      const rows = await sql.query<{ state: string }>('select state from wcs.media where key = $1', [
        keyOf('a'),
      ]);
      expect(rows).toEqual([{ state: 'done' }]);
    });
  });
}
