import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { reportColumns } from '../../src/core/activity.ts';
import { fold } from '../../src/core/fold.ts';
import type { Fact } from '../../src/core/fact.ts';
import { missingFiles } from '../../src/core/fold-media.ts';
import { hashKey } from '../../src/core/key.ts';
import { openFolderStore } from '../../src/files/folder-store.ts';
import type { FoldSubject, Folded, Ledger } from '../../src/ledger/ledger.ts';
import type { Sql } from '../../src/ledger/sql.ts';
import { applyRetention } from '../../src/pipeline/retention.ts';
import {
  retentionOperations,
  type RetentionOperationsDeps,
} from '../../src/pipeline/retention-operations.ts';
import {
  activityOf,
  claimOf,
  deliveredAs,
  eventOf,
  failedAs,
  foldAll,
  keyOf,
  makeReady,
  matchAll,
} from '../support/ledger-data.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { Subject } from './ledger-suite.ts';

const log = { info: () => undefined, warn: () => undefined };
const order = { rule: 'old', kind: 'retention' as const, actor: 'retention' };
const person = '+14155550100';
const noFiles = { remove: async () => true };

const depsOf = (ledger: Ledger, more: Partial<RetentionOperationsDeps> = {}): RetentionOperationsDeps => ({
  // Wiping has its own tests.
  ledger: {
    ...ledger,
    scrub: async () => ({ rewritten: 0, tables: 0, bytes: 0, ms: 0, longestMs: 0, left: [] }),
  },
  files: noFiles,
  rules: [],
  parked: () => [],
  owners: () => [],
  everyMs: 0,
  wipeEveryMs: 1e9,
  rewriteBelow: 0,
  hashSecrets: ['secret'],
  log,
  ...more,
});

const oldRule = { id: 'old', class: 'messages' as const, keep: 'P30D', obligation: false };

/** A message with a picture; a media event says what became of it. */
function withPicture({ key, events }: FoldSubject): Folded {
  const facts = events.map((event) => {
    const { occurredAt: at, payload } = event;
    const { mediaId, result } = payload as Extract<Fact, { kind: 'media' }>;
    const fact: Fact =
      event.kind === 'media'
        ? { kind: 'media', at, mediaId, result }
        : {
            kind: 'message',
            at,
            direction: 'inbound',
            person: { phone: person },
            content: { type: 'image', text: 'look', media: [{ id: '1' }] },
            via: 'live',
          };
    return { event, fact };
  });
  const interaction = fold(key, facts);
  const destinations = [{ id: 'sales', initial: 'matching' as const }];
  const base = { contentHash: 'same', withoutContent: false, addresses: [person], links: [] };
  return { ...base, interaction, media: missingFiles(interaction), destinations };
}

const pictureOf = (name: string, sha256: string) => ({
  ...eventOf(name, { step: `stored ${sha256}` }),
  kind: 'media' as const,
  payload: { mediaId: '1', result: { state: 'stored', sha256, size: 3 } },
});

/** Rules as they are applied, files as they go, and the sum of the report through all of it. */
export function retentionSuite(subject: Subject, emptyLedger: (sql: Sql) => Promise<void>): void {
  describe('retention', () => {
    async function withFiles(
      work: (deps: RetentionOperationsDeps, put: () => Promise<string>) => Promise<void>,
    ) {
      const folder = makeTempFolder('retention');
      const files = await openFolderStore(join(folder.path, 'media'));
      const put = async () => (await files.put(Readable.from(['pic']), 10)).sha256;
      await work(depsOf(subject.current().ledger, { files }), put);
      expect(await files.has(await put())).toBe(true);
      folder.remove();
    }

    it('destroys what is old, with its files, but not a file that somebody else has too', async () => {
      const { ledger } = subject.current();
      await withFiles(async (deps, put) => {
        const sha256 = await put();
        const young = new Date().toISOString();
        const { files } = deps as unknown as { files: Awaited<ReturnType<typeof openFolderStore>> };
        await ledger.append([eventOf('old'), pictureOf('old', sha256)], []);
        await ledger.append([eventOf('young', { at: young }), pictureOf('young', sha256)], []);
        await ledger.fold(100, withPicture);
        const rules = [oldRule];
        expect(await applyRetention({ ...deps, rules })).toMatchObject({
          interactions: 1,
          files: 1,
          removed: 0,
        });
        expect(await files.has(sha256)).toBe(true);
        await ledger.purge({ keys: [keyOf('young')] }, order);
        expect(await applyRetention({ ...deps, rules })).toMatchObject({ interactions: 0, removed: 1 });
        expect(await files.has(sha256)).toBe(false);
      });
    });

    it('removes a file that comes after its message was destroyed', async () => {
      const { ledger } = subject.current();
      await withFiles(async (deps, put) => {
        await ledger.append([eventOf('old')], []);
        await ledger.fold(100, withPicture);
        expect(await ledger.claimMedia(['support'], 1, 'one', 60_000)).toHaveLength(1);
        await applyRetention({ ...deps, rules: [oldRule] });
        expect(await ledger.waitingMedia()).toEqual([]);
        const sha256 = await put();
        await ledger.append([pictureOf('old', sha256)], []);
        await ledger.fold(100, withPicture);
        expect(await applyRetention(deps)).toMatchObject({ removed: 1 });
      });
    });

    it('removes files alone, and says so where they were; the record stays as it is', async () => {
      const { ledger } = subject.current();
      await withFiles(async (deps, put) => {
        const sha256 = await put();
        await ledger.append([eventOf('old'), pictureOf('old', sha256)], []);
        await ledger.fold(100, withPicture);
        await matchAll(ledger);
        const { items } = await ledger.claim(claimOf(1));
        await ledger.settle('sales', [deliveredAs(items[0] as (typeof items)[number])], 'one');
        const rules = [{ id: 'files', class: 'files' as const, keep: 'P30D', obligation: false }];
        expect(await ledger.expiredCounts(rules, [])).toContainEqual(
          expect.objectContaining({ rule: 'files', files: 1, interactions: 0 }),
        );
        expect(await applyRetention({ ...deps, rules })).toMatchObject({
          interactions: 1,
          files: 1,
          removed: 1,
        });
        await ledger.fold(100, withPicture);
        const found = await ledger.interaction(keyOf('old'));
        expect(found?.interaction).toMatchObject({
          content: { text: 'look', media: [{ id: '1', result: { state: 'removed', rule: 'files' } }] },
        });
        expect(found?.activities).toMatchObject([{ state: 'delivered', revision: 1 }]);
        // It is not fetched again, and what was removed is no work any more.
        expect(await ledger.waitingMedia()).toEqual([]);
        expect(await applyRetention({ ...deps, rules })).toMatchObject({ interactions: 0, files: 0 });
      });
    });

    it('destroys what is parked for too long, and gives up what another destination has', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('alone')], []);
      await foldAll(ledger);
      await ledger.append([eventOf('elsewhere', { phone: '+14155550101' })], []);
      const both = ['sales', 'marketing'].map((id) => ({ id, initial: 'matching' as const }));
      await foldAll(ledger, { destinations: both });
      await ledger.settleMatches(
        ['alone', 'elsewhere'].map((name) => ({
          destination: 'sales',
          key: keyOf(name),
          to: 'parked',
          reason: 'no-contact',
        })),
      );
      await sql.query(`update wcs.activities set parked_since = parked_since - interval '8 days'`);
      const limit = { source: 'support', days: 7, to: 'ignored' as const, onlyElsewhere: true };
      expect(await ledger.giveUpParked('sales', limit)).toBe(1);
      const parked = () => [{ destination: 'sales', source: 'support', days: 7 }];
      expect(await applyRetention(depsOf(ledger, { parked }))).toMatchObject({ interactions: 1 });
      expect((await ledger.interaction(keyOf('alone')))?.interaction.purged?.rule).toBe('parked-too-long');
      expect((await ledger.interaction(keyOf('elsewhere')))?.interaction.purged).toBeUndefined();
      expect(await activityOf(ledger, 'elsewhere')).toMatchObject({ state: 'ignored' });
    });

    it('answers a request for erasure with what was kept and what the CRM has', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [
        eventOf('a'),
        eventOf('b', { source: 'emea' }),
        eventOf('c', { number: '+15550000000' }),
      ]);
      const { items } = await ledger.claim(claimOf(1));
      await ledger.settle('sales', [deliveredAs(items[0] as (typeof items)[number], '00T1')], 'one');
      const rules = [{ id: 'law', source: 'emea', keep: 'P90Y', obligation: true }];
      const operations = retentionOperations(depsOf(ledger, { rules }));
      await operations.placeHold({ businessNumber: '+15550000000', reason: 'case 7', by: 'ana' });
      const request = { person, reason: 'asked', by: 'ana', dryRun: true };
      const counts = { found: 3, erased: 1, held: 1, obliged: 1, waiting: 0, state: 'partly-refused' };
      const dry = await operations.erase(request);
      expect(dry).toMatchObject({ ...counts, dryRun: true, earlier: [] });
      expect(dry).not.toHaveProperty('id');
      expect(await ledger.purges({ limit: 1 })).toEqual({ items: [] });
      const answer = await operations.erase({ ...request, dryRun: false });
      expect(answer).toMatchObject({ ...counts, id: expect.any(Number), dryRun: false });
      expect(answer.records).toEqual([
        { destination: 'sales', key: keyOf('a'), kind: 'message', id: '00T1' },
      ]);
      expect((await ledger.interaction(keyOf('a')))?.interaction.purged?.rule).toBe('erasure-request');
      const again = await operations.erase(request);
      expect(again).toMatchObject({ found: 2, erased: 0, state: 'refused', earlier: [{ id: answer.id }] });
      // Under another secret nobody can tell who it was.
      const others = retentionOperations(depsOf(ledger, { hashSecrets: ['other'] }));
      expect(await others.erase(request)).toMatchObject({ earlier: [] });
      expect(JSON.stringify((await ledger.audit({ limit: 20 })).items)).not.toContain(person.slice(1));
    });

    it('keeps the sum of the report, whatever happens and whatever is destroyed in between', async () => {
      const { sql } = subject.current();
      const step = fc.record({
        deed: fc.constantFrom(
          'come',
          'edit',
          'fold',
          'match',
          'park',
          'exclude',
          'deliver',
          'fail',
          'purge',
          'replay',
        ),
        which: fc.integer({ min: 0, max: 5 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
          await emptyLedger(sql);
          const { ledger } = subject.current();
          const seen = new Set<string>();
          for (const { deed, which } of steps) {
            const name = `p${which}`;
            if (deed === 'come' || deed === 'edit') seen.add(name);
            await act(ledger, deed, name);
            const rows = await ledger.report({});
            const sums = rows.map((row) => reportColumns.reduce((sum, column) => sum + row[column], 0));
            expect(sums).toEqual(rows.map(({ received }) => received));
            expect(rows.reduce((sum, { received }) => sum + received, 0)).toBe(seen.size);
          }
        }),
        { numRuns: 12 },
      );
    });
  });
}

/** Something that happens to the interaction of this name, or to all. */
async function act(ledger: Ledger, deed: string, name: string): Promise<void> {
  const key = keyOf(name);
  const phone = `+1415555010${name.slice(1)}`;
  switch (deed) {
    case 'come':
      return void (await ledger.append([eventOf(name, { phone })], []));
    case 'edit':
      return void (await ledger.append([eventOf(name, { phone, step: 'edit', text: hashKey(name) })], []));
    case 'fold':
      return foldAll(ledger);
    case 'match':
      return matchAll(ledger);
    case 'park':
    case 'exclude': {
      const to = deed === 'park' ? ('parked' as const) : ('excluded' as const);
      return ledger.settleMatches([{ destination: 'sales', key, to, reason: 'test' }]);
    }
    case 'deliver':
    case 'fail': {
      const { items } = await ledger.claim(claimOf(1));
      const settlements = items.map((item) =>
        deed === 'fail' ? failedAs(item, 'failed') : deliveredAs(item),
      );
      return ledger.settle('sales', settlements, 'one');
    }
    case 'replay':
      return void (await ledger.replayFailed({}));
    default:
      return void (await ledger.purge({ keys: [key] }, order));
  }
}
