import { spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isProven, makeSeal } from '../../src/core/seal.ts';
import type { Sql } from '../../src/ledger/sql.ts';
import { allRecordLines } from '../../src/pipeline/record-lines.ts';
import { sealAll } from '../../src/pipeline/seal.ts';
import { copyAlerts, sealOperations } from '../../src/pipeline/seal-operations.ts';
import { verifySeals } from '../../src/pipeline/verify.ts';
import { createFolderPlace } from '../../src/seals/folder-place.ts';
import { claimOf, deliveredAs, eventOf, keyOf, makeReady } from '../support/ledger-data.ts';
import { makeTempFolder } from '../support/temp.ts';
import type { Subject } from './ledger-suite.ts';

const log = { warn: () => undefined };

/** What somebody with all rights to the database could do to a sealed row, and what is to be said of it. */
const attacks = {
  'alters a text': [
    `update wcs.events set payload =
       overlay(payload placing case substr(payload, 12, 1) when 'x' then 'y' else 'x' end from 12) where id = A`,
    'content',
  ],
  'alters a text and its commitment': [
    `update wcs.events set payload = '{}', content_hash = encode(sha256('x'), 'hex') where id = A`,
    'altered',
  ],
  'alters a time by a microsecond': [
    `update wcs.events set occurred_at = occurred_at + interval '1 microsecond' where id = A`,
    'altered',
  ],
  'gives a message to another number': [
    `update wcs.events set business_number = '+1' where id = A`,
    'altered',
  ],
  'destroys a text and says that a rule did': [
    `insert into wcs.purges (actor, kind, rule, interactions, events, files) values ('x', 'retention', 'x', 1, 1, 0);
     update wcs.events set payload = '', nonce = null, provider_id = null,
       purge_id = (select max(id) from wcs.purges) where id = A`,
    'content',
  ],
  'removes an event': ['delete from wcs.events where id = A', 'missing'],
  'puts an event in between': [
    `insert into wcs.events (id, dedupe_key, source, source_kind, kind, occurred_at, payload, nonce, content_hash)
     overriding system value select G, 'x', source, source_kind, kind, occurred_at, payload, nonce, content_hash
     from wcs.events where id = A`,
    'added',
  ],
  'swaps two events': [
    `update wcs.events e set id = -1 where id = A; update wcs.events set id = A where id = B;
     update wcs.events set id = B where id = -1`,
    'moved',
  ],
  'alters a receipt': [`update wcs.receipts set record_id = 'other' where id = R`, 'altered'],
  'removes somebody from the audit log': ['delete from wcs.audit where id = U', 'missing'],
  'removes all events': ['truncate wcs.events', 'missing'],
  'removes the newest events with their seals': [
    'delete from wcs.events where id >= B; delete from wcs.seals where number = 3',
    'copy',
  ],
  'removes a seal in between': ['delete from wcs.seals where number = 2', 'seal'],
  'alters the list of rows of a seal': [
    `update wcs.seals set leaves = replace(leaves, 'events', 'audit') where number = 2`,
    'seal',
  ],
} as const;

/** Tamper evidence: what is sealed cannot be changed unseen. */
export function sealSuite(subject: Subject, emptyLedger: (sql: Sql) => Promise<void>): void {
  describe('seals', () => {
    /** Three seals: a history of messages, some of them logged, with deeds of people in between. */
    async function sealedHistory(names: readonly string[]) {
      const { ledger } = subject.current();
      const folder = makeTempFolder('seals');
      const deps = { ledger, places: [createFolderPlace(join(folder.path, 'seals'))], log };
      for (const group of [names.slice(0, 2), names.slice(2, 4), names.slice(4)]) {
        await makeReady(
          ledger,
          group.map((name) => eventOf(name)),
        );
        // An id that a failed try drew: there are gaps in real tables too.
        await subject.current().sql.query(`select nextval(pg_get_serial_sequence('wcs.events', 'id'))`);
        await ledger.append([eventOf(`${group[0]} again`)], []);
        const { items } = await ledger.claim(claimOf(1));
        await ledger.settle(
          'sales',
          items.map((item) => deliveredAs(item)),
          'one',
        );
        await ledger.keepAudit({ actor: 'ana', action: 'report.export', subject: '', detail: {} });
        expect(await sealAll(deps)).toBe(1);
      }
      return { ...deps, folder };
    }

    async function exportTo(path: string): Promise<void> {
      const { ledger } = subject.current();
      mkdirSync(join(path, 'seals'), { recursive: true });
      let text = '';
      const keep = async ({ number }: { number: number }, seal: string) =>
        writeFileSync(join(path, 'seals', `seal-${String(number).padStart(8, '0')}.json`), seal);
      for await (const line of allRecordLines(ledger, keep)) text += line;
      writeFileSync(join(path, 'records.jsonl'), text);
    }

    /** The verifier of the docs, which knows nothing of this program. */
    function verifyAlone(...args: string[]): { code: number | null; out: string } {
      const run = spawnSync(process.execPath, ['docs/verify.mjs', ...args], { encoding: 'utf8' });
      expect(run.stderr).toBe('');
      return { code: run.status, out: run.stdout };
    }

    async function attack(script: string): Promise<void> {
      const { sql } = subject.current();
      const first = async (query: string) => (await sql.query<{ id: string }>(query))[0]?.id ?? '0';
      const [a, g, b, r, u] = [
        await first('select id from wcs.events order by id offset 1 limit 1'),
        await first(
          'select id + 1 as id from wcs.events e where not exists (select from wcs.events o where o.id = e.id + 1) order by id limit 1',
        ),
        await first('select id from wcs.events order by id desc limit 1'),
        await first('select id from wcs.receipts order by id limit 1'),
        await first('select id from wcs.audit order by id limit 1'),
      ];
      const tables = ['events', 'receipts', 'audit', 'seals'];
      const each = (what: string) =>
        tables.map((table) => `alter table wcs.${table} ${what} trigger user;`).join('\n');
      const filled = script.replace(/\b[ABGRU]\b/g, (name) => String({ A: a, B: b, G: g, R: r, U: u }[name]));
      await sql.exec(`${each('disable')}\n${filled};\n${each('enable')}`);
    }

    it('fit what was sealed, again and again, and say what came after', async () => {
      const { ledger, places, folder } = await sealedHistory(['a', 'b', 'c', 'd', 'e']);
      expect(await sealAll({ ledger, places, log })).toBe(0);
      await ledger.append([eventOf('later')], []);
      const verification = await verifySeals({ ledger, places });
      expect(verification).toMatchObject({
        ok: true,
        seals: 3,
        unsealed: 1,
        purged: 0,
        signatures: 'no key',
      });
      expect(verification.copies).toEqual([{ place: expect.stringContaining('folder'), compared: 3 }]);
      await exportTo(folder.path);
      const trusted = ['--seals', join(folder.path, 'seals'), '--complete'];
      expect(verifyAlone(folder.path, ...trusted)).toMatchObject({ code: 0 });
      folder.remove();
    });

    it.each(Object.entries(attacks))('show it when somebody %s', async (_name, [script, kind]) => {
      const { ledger, places, folder } = await sealedHistory(['a', 'b', 'c', 'd', 'e', 'f']);
      await attack(script);
      const { ok, findings } = await verifySeals({ ledger, places });
      expect(ok).toBe(false);
      expect(findings.map((one) => one.kind)).toContain(kind);
      if (['altered', 'missing', 'added', 'moved', 'content'].includes(kind)) {
        expect(findings.every(({ record }) => record !== undefined)).toBe(true);
      }
      const dump = join(folder.path, 'dump');
      await exportTo(dump);
      const alone = verifyAlone(dump, '--seals', join(folder.path, 'seals'), '--complete');
      expect(alone.code).toBe(1);
      expect(alone.out).toMatch(/^(events|receipts|audit|seal) \d+: /);
      folder.remove();
    });

    it('name exactly the events that were altered or removed, whatever the history', async () => {
      const { sql } = subject.current();
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              text: fc.string({ unit: 'binary' }),
              hurt: fc.constantFrom('no', 'altered', 'missing'),
            }),
            {
              minLength: 1,
              maxLength: 12,
            },
          ),
          async (history) => {
            await emptyLedger(sql);
            const { ledger } = subject.current();
            await ledger.append(
              history.map(({ text }, index) => eventOf(`p${index}`, { text })),
              [],
            );
            await sealAll({ ledger, places: [], log });
            const rows = await sql.query<{ id: string; dedupe_key: string }>(
              'select id, dedupe_key from wcs.events',
            );
            const idOf = new Map(rows.map((row) => [row.dedupe_key, row.id]));
            const expected = history.flatMap(({ hurt }, index) =>
              hurt === 'no' ? [] : [`${hurt} events ${idOf.get(eventOf(`p${index}`).dedupeKey)}`],
            );
            for (const one of expected) {
              const [what, , id] = one.split(' ');
              await attack(
                what === 'missing'
                  ? `delete from wcs.events where id = ${id}`
                  : `update wcs.events set kind = 'edit' where id = ${id}`,
              );
            }
            const { findings } = await verifySeals({ ledger, places: [] });
            const found = findings.map(({ kind, record }) => `${kind} ${record}`);
            expect(found.toSorted()).toEqual(expected.toSorted());
          },
        ),
        { numRuns: 15 },
      );
    });

    it('cannot be made anew by somebody without the key', async () => {
      const { ledger } = subject.current();
      const { privateKey } = generateKeyPairSync('ed25519');
      await ledger.append([eventOf('a')], []);
      await sealAll({ ledger, places: [], log, signingKey: privateKey });
      const publicKey = createPublicKey(privateKey);
      expect(await verifySeals({ ledger, places: [], publicKeys: [publicKey] })).toMatchObject({
        ok: true,
        signatures: 'checked',
      });
      const [seal] = await ledger.seals({ limit: 1 });
      if (seal === undefined) throw new Error('nothing was sealed');
      await attack(`update wcs.events set kind = 'edit'; delete from wcs.seals`);
      const records = await ledger.sealedRecords(seal.ranges);
      const other = generateKeyPairSync('ed25519').privateKey;
      await ledger.addSeal(
        makeSeal({ ranges: seal.ranges, records }, { number: 1, at: seal.at, previous: '' }, other),
      );
      expect(await verifySeals({ ledger, places: [] })).toMatchObject({ ok: true });
      const { findings } = await verifySeals({ ledger, places: [], publicKeys: [publicKey] });
      expect(findings).toEqual([{ kind: 'signature', seal: 1, text: 'it is signed by somebody else' }]);
    });

    it('fit whichever key signed them, and without one where there was none yet', async () => {
      const { ledger } = subject.current();
      const [first, second] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
      for (const [name, signingKey] of [
        ['a', undefined],
        ['b', first.privateKey],
        ['c', second.privateKey],
      ] as const) {
        await ledger.append([eventOf(name)], []);
        await sealAll({ ledger, places: [], log, signingKey });
      }
      const findings = async (publicKeys: readonly KeyObject[], signedFrom = 1) =>
        (await verifySeals({ ledger, places: [], publicKeys, signedFrom })).findings.map(({ seal }) => seal);
      expect(await findings([second.publicKey, first.publicKey], 2)).toEqual([]);
      expect(await findings([second.publicKey, first.publicKey])).toEqual([1]);
      expect(await findings([second.publicKey], 2)).toEqual([2]);
      expect(await findings([second.publicKey], 3)).toEqual([2]);
    });

    it('prove one message to somebody who has the seals only', async () => {
      const { ledger, places, folder } = await sealedHistory(['a', 'b', 'c', 'd', 'e']);
      const operations = sealOperations({ ledger, places, publicKeys: [], signedFrom: 1 });
      const found = await operations.proofs(keyOf('a'));
      expect(found?.unsealed).toBe(0);
      expect(found?.proofs.map(({ record }) => record.table)).toEqual(['events', 'receipts']);
      expect(found?.proofs.every(isProven)).toBe(true);
      const path = join(folder.path, 'proofs.json');
      writeFileSync(path, JSON.stringify(found));
      const trusted = ['--seals', join(folder.path, 'seals')];
      expect(verifyAlone('--proof', path, ...trusted)).toMatchObject({ code: 0 });
      writeFileSync(path, JSON.stringify(found).replace('"message"', '"revoke"'));
      expect(verifyAlone('--proof', path, ...trusted)).toMatchObject({ code: 1 });
      expect(await operations.proofs(keyOf('nobody'))).toBeUndefined();
      folder.remove();
    });

    it('fit each other when somebody else makes one between the look at the rows and the seal', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('a')], []);
      const slow = {
        ...ledger,
        async sealable(limit: number) {
          const rows = await ledger.sealable(limit);
          await ledger.append([eventOf('b')], []);
          expect(await sealAll({ ledger, places: [], log })).toBe(1);
          return rows;
        },
      };
      expect(await sealAll({ ledger: slow, places: [], log })).toBe(0);
      expect(await verifySeals({ ledger, places: [] })).toMatchObject({
        ok: true,
        findings: [],
        seals: 1,
        records: 2,
        unsealed: 0,
      });
    });

    it('of an older release, which knew fewer tables, still fit, and the next one goes on from them', async () => {
      const { ledger, sql } = subject.current();
      const folder = makeTempFolder('seals');
      await ledger.append([eventOf('a')], []);
      await ledger.keepAudit({ actor: 'ana', action: 'report.export', subject: '', detail: {} });
      const rows = await ledger.sealable(100);
      const older = rows!.ranges.filter(({ table }) => table !== 'daily_reports');
      await ledger.addSeal(
        makeSeal(
          { ranges: older, records: rows!.records },
          { number: 1, at: '2026-03-01T10:00:00.000Z', previous: '' },
        ),
      );
      await ledger.addReport({ day: '2026-03-01', body: '{"received":1}', hash: 'h' }, []);
      await ledger.append([eventOf('b')], []);
      const places = [createFolderPlace(join(folder.path, 'seals'))];
      expect(await sealAll({ ledger, places, log })).toBe(1);
      expect(await verifySeals({ ledger, places })).toMatchObject({
        ok: true,
        seals: 2,
        records: 4,
        unsealed: 0,
      });
      const dump = join(folder.path, 'dump');
      await exportTo(dump);
      const trusted = ['--seals', join(folder.path, 'seals'), '--complete'];
      expect(verifyAlone(dump, ...trusted)).toMatchObject({ code: 0 });
      await sql.exec(`alter table wcs.daily_reports disable trigger user;
        update wcs.daily_reports set body = '{"received":0}';
        alter table wcs.daily_reports enable trigger user;`);
      const { findings } = await verifySeals({ ledger, places });
      expect(findings).toEqual([expect.objectContaining({ kind: 'altered', record: 'daily_reports 1' })]);
      await exportTo(dump);
      expect(verifyAlone(dump, ...trusted)).toMatchObject({
        code: 1,
        out: expect.stringContaining('daily_reports 1: is not what was sealed'),
      });
      folder.remove();
    });

    it('are only added to, and a number is given once', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('a')], []);
      await sealAll({ ledger, places: [], log });
      const [seal] = await ledger.seals({ limit: 1 });
      if (seal === undefined) throw new Error('nothing was sealed');
      expect(await ledger.addSeal(seal)).toBe(false);
      await expect(sql.query(`update wcs.seals set root = ''`)).rejects.toThrow('append-only');
      await expect(sql.query(`update wcs.events set payload = '{}'`)).rejects.toThrow('append-only');
      await expect(sql.query('delete from wcs.events')).rejects.toThrow('append-only');
    });

    it('reach a place that was away when it is back, each once', async () => {
      const { ledger } = subject.current();
      const kept: number[] = [];
      let isAway = true;
      const place = {
        name: 'webhook example.com',
        put: async ({ number }: { number: number }) => {
          if (isAway) throw new Error('example.com answered 503');
          kept.push(number);
        },
      };
      await ledger.append([eventOf('a')], []);
      await sealAll({ ledger, places: [place], log });
      const copies = await ledger.sealCopies();
      expect(copies).toEqual([
        { place: place.name, number: 0, error: 'Error: example.com answered 503', since: expect.any(String) },
      ]);
      expect(copyAlerts(copies)).toEqual([
        expect.objectContaining({ source: 'seals', subject: place.name, code: 'seal-copy' }),
      ]);
      await ledger.append([eventOf('b')], []);
      isAway = false;
      await sealAll({ ledger, places: [place], log });
      await sealAll({ ledger, places: [place], log });
      expect(kept).toEqual([1, 2]);
      expect(await ledger.sealCopies()).toEqual([{ place: place.name, number: 2 }]);
    });
  });
}
