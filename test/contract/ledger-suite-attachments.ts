import { describe, expect, it } from '@jest/globals';
import type { FileResult, Interaction, Media } from '../../src/core/interaction.ts';
import type { AttachmentSettlement, Folded, FoldSubject } from '../../src/ledger/ledger.ts';
import {
  claimOf,
  deliveredAs,
  eventOf,
  foldWith,
  keyOf,
  makeReady,
  matchAll,
} from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

const leaseMs = 60_000;

const stored = (sha256: string): FileResult => ({ state: 'stored', sha256, size: 3, mimeType: 'image/jpeg' });
const picture = (id: string, result?: FileResult): Media => ({ id, ...(result ? { result } : {}) });

/** Interactions whose text is a list of files: `a=h1 b=missing c`, each `<media id>=<hash>`. */
function foldFiles(destinations: readonly string[] = ['sales']): (subject: FoldSubject) => Folded {
  const plain = foldWith({ destinations: destinations.map((id) => ({ id, initial: 'matching' })) });
  return (subject) => {
    const folded = plain(subject);
    const { text } = subject.events.at(-1)!.payload as { text: string };
    const media = text.split(' ').map((word) => {
      const [id = '', hash] = word.split('=');
      if (hash === 'missing') return picture(id, { state: 'missing', code: 'media-expired', text: 'gone' });
      return picture(id, hash === undefined ? undefined : stored(hash));
    });
    const content = { type: 'image', text: '', media };
    return { ...folded, interaction: { ...folded.interaction, content } as Interaction };
  };
}

/** What happens to files on their way into a destination. */
export function attachmentSuite(subject: Subject): void {
  describe('attachments', () => {
    const fold = async (name: string, files: string, step = 'message', to = ['sales']) => {
      const { ledger } = subject.current();
      await ledger.append([eventOf(name, { text: files, step })], []);
      await ledger.fold(100, foldFiles(to));
    };
    const deliver = async (recordId?: string) => {
      const { ledger } = subject.current();
      await matchAll(ledger);
      const { items } = await ledger.claim(claimOf(100));
      await ledger.settle(
        'sales',
        items.map((item) => deliveredAs(item, recordId)),
        'one',
      );
    };
    const claim = (owner = 'one', limit = 10) =>
      subject.current().ledger.claimAttachments('sales', limit, owner, leaseMs);
    const settle = (name: string, settlement: Partial<AttachmentSettlement>, owner = 'one') =>
      subject
        .current()
        .ledger.settleAttachments(
          'sales',
          [{ key: keyOf(name), to: 'done', attached: {}, ...settlement }],
          owner,
        );
    const waiting = () => subject.current().ledger.waitingAttachments();

    it('gives the stored files of a delivered record, in the order of the interaction, each content once', async () => {
      await fold('a', 'm1=h1 m2=missing m3 m4=h2 m5=h1');
      await deliver('r1');
      expect(await waiting()).toEqual(['sales']);
      const [task, ...others] = await claim();
      expect(others).toEqual([]);
      expect(task).toMatchObject({
        key: keyOf('a'),
        recordId: 'r1',
        contact: { type: 'contact', id: 'of +14155550100' },
        attached: {},
        attempts: 0,
        interaction: { key: keyOf('a'), content: { type: 'image' } },
      });
      expect(task!.files).toEqual([
        { ...stored('h1'), mediaId: 'm1' },
        { ...stored('h2'), mediaId: 'm4' },
      ]);
    });

    it('waits until the record is there', async () => {
      await fold('a', 'm1=h1');
      expect(await waiting()).toEqual([]);
      expect(await claim()).toEqual([]);
      await deliver();
      expect(await claim()).toHaveLength(1);
    });

    it('knows nothing of interactions without stored files', async () => {
      await fold('a', 'm1 m2=missing');
      await deliver();
      expect(await waiting()).toEqual([]);
      expect(await claim()).toEqual([]);
    });

    it('keeps a row per destination', async () => {
      await fold('a', 'm1=h1', 'message', ['sales', 'marketing']);
      await deliver();
      expect(await waiting()).toEqual(['sales']);
      expect(await subject.current().ledger.claimAttachments('marketing', 10, 'one', leaseMs)).toEqual([]);
    });

    it('leases a record to one owner at a time', async () => {
      await fold('a', 'm1=h1');
      await fold('b', 'm1=h1');
      await deliver();
      expect(await claim('one', 1)).toMatchObject([{ key: keyOf('a') }]);
      expect(await claim('two')).toMatchObject([{ key: keyOf('b') }]);
      expect(await claim('three')).toEqual([]);
      expect(await waiting()).toEqual([]);
    });

    it('gives a record again when the lease ran out, or its owner is known to be dead', async () => {
      const { ledger, sql } = subject.current();
      await fold('a', 'm1=h1');
      await deliver();
      await claim('dead');
      await sql.query(`update wcs.attachments set lease_until = now() - interval '1 s'`);
      expect(await claim('dead too')).toHaveLength(1);
      expect(await ledger.releaseLeases('me')).toBe(1);
      expect(await claim('me')).toHaveLength(1);
    });

    it('is done with what is attached, and says nothing more of it', async () => {
      await fold('a', 'm1=h1');
      await deliver();
      await claim();
      await settle('a', { attached: { h1: 'f1' } });
      expect(await waiting()).toEqual([]);
      await fold('a', 'm1=h1', 'again');
      await deliver();
      expect(await claim()).toEqual([]);
    });

    it('comes back for a file that is added later, and tells which are there', async () => {
      await fold('a', 'm1=h1 m2');
      await deliver();
      await claim();
      await settle('a', { attached: { h1: 'f1' } });
      await fold('a', 'm1=h1 m2=h2', 'fetched');
      await deliver();
      const [task] = await claim();
      expect(task).toMatchObject({ attached: { h1: 'f1' }, files: [{ sha256: 'h1' }, { sha256: 'h2' }] });
      await settle('a', { attached: { h2: 'f2' } });
      const [row] = await subject.current().sql.query('select state, attached from wcs.attachments');
      expect(row).toMatchObject({ state: 'done' });
      expect(JSON.parse(row!['attached'] as string)).toEqual({ h1: 'f1', h2: 'f2' });
    });

    it('does not take "done" from somebody who has not seen the newest file', async () => {
      await fold('a', 'm1=h1 m2');
      await deliver();
      await claim('slow');
      await fold('a', 'm1=h1 m2=h2', 'fetched');
      await settle('a', { attached: { h1: 'f1' } }, 'slow');
      await deliver();
      expect(await claim()).toMatchObject([{ files: [{ sha256: 'h1' }, { sha256: 'h2' }] }]);
    });

    it('takes nothing from somebody whose lease another one has', async () => {
      await fold('a', 'm1=h1');
      await deliver();
      await claim('slow');
      await subject.current().sql.query(`update wcs.attachments set lease_until = now() - interval '1 s'`);
      await claim('two');
      await settle('a', { to: 'failed', code: 'refused', reason: 'no' }, 'slow');
      await settle('a', { to: 'waiting', attached: { h1: 'f1' } }, 'two');
      expect(await claim()).toMatchObject([{ attached: { h1: 'f1' }, attempts: 0 }]);
    });

    it('waits so long as it is told, and counts an attempt only when it is burnt', async () => {
      await fold('a', 'm1=h1');
      await deliver();
      await claim();
      await settle('a', { to: 'waiting', delayMs: 60_000, burn: true, code: 'answer-lost', reason: 'x' });
      expect(await claim()).toEqual([]);
      await subject.current().sql.query(`update wcs.attachments set not_before = '-infinity'`);
      expect(await claim()).toMatchObject([{ attempts: 1 }]);
      await settle('a', { to: 'waiting', code: 'rate-limited', reason: 'x' });
      expect(await claim()).toMatchObject([{ attempts: 1 }]);
    });

    it('leaves a failed one alone until there is a new file', async () => {
      await fold('a', 'm1=h1 m2');
      await deliver();
      await claim();
      await settle('a', { to: 'failed', code: 'file-refused', reason: 'too large' });
      await fold('a', 'm1=h1 m2', 'somebody read it');
      await deliver();
      expect(await claim()).toEqual([]);
      await fold('a', 'm1=h1 m2=h2', 'fetched');
      await deliver();
      expect(await claim()).toMatchObject([{ attempts: 0 }]);
    });

    it('attaches all files again when the record was made anew', async () => {
      await fold('a', 'm1=h1');
      await deliver('r1');
      await claim();
      await settle('a', { attached: { h1: 'f1' } });
      await makeReady(subject.current().ledger, []);
      await fold('a', 'm1=h1', 'changed');
      await fold('a', 'm1=h1 m2', 'changed again');
      await subject
        .current()
        .sql.query(`update wcs.activities set state = 'ready' where state = 'delivered'`);
      await deliver('r2');
      expect(await claim()).toMatchObject([{ recordId: 'r2', attached: {} }]);
    });
  });
}
