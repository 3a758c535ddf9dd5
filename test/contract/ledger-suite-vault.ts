import { describe, expect, it } from '@jest/globals';
import { awsKmsKey } from '../../src/keys/aws-kms.ts';
import { Keyring } from '../../src/keys/keyring.ts';
import type { MasterKey } from '../../src/keys/master-key.ts';
import { sealAlong } from '../../src/ledger/append-sealed.ts';
import { destroyFileKeys } from '../../src/ledger/destroy-keys.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { sealedSql } from '../../src/ledger/sealed-sql.ts';
import { Vault } from '../../src/ledger/vault.ts';
import { sealAll } from '../../src/pipeline/seal.ts';
import { verifySeals } from '../../src/pipeline/verify.ts';
import { keyringOf } from '../support/keys.ts';
import { startKeyService } from '../support/kms.ts';
import { eventOf, foldAll, keyOf } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

const log = { warn: () => undefined };
const page = { limit: 100 } as const;

/** The ledger under test, its keys, and a way to open the same database as another process would. */
export interface VaultSubject extends Subject {
  readonly keyring: Keyring;
  openAgain(keyring?: Keyring): Promise<OpenLedger>;
}

const textsOf = async (ledger: Ledger) =>
  (await ledger.interactions({ ...page, order: 'oldest' })).items.map(({ interaction }) =>
    interaction.kind === 'message' ? interaction.content?.text : undefined,
  );

/** Encryption at rest: whose content opens with which key, and what can be done with keys. */
export function vaultSuite(subject: VaultSubject): void {
  const keyCount = async () =>
    (await subject.current().sql.query('select from wcs.content_keys where destroyed_at is null')).length;

  async function withOther<T>(keyring: Keyring | undefined, work: (other: OpenLedger) => Promise<T>) {
    const other = await subject.openAgain(keyring);
    try {
      return await work(other);
    } finally {
      await other.ledger.close();
    }
  }

  /** By another process, which tells this one nothing. @returns how many keys went with the content */
  async function purge(...names: string[]): Promise<number> {
    const order = { rule: 'request 1', kind: 'erasure', actor: 'ana' } as const;
    return withOther(subject.keyring, async ({ ledger, sql }) => {
      const { interactions } = await ledger.purge({ keys: names.map(keyOf) }, order);
      expect(interactions).toBe(names.length);
      const gone = await sql.query(
        'select from wcs.content_keys where purge_id = (select max(id) from wcs.purges)',
      );
      return gone.length;
    });
  }

  describe('encryption at rest', () => {
    it('keeps nothing that people wrote, and no id of the provider, in any column', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('a', { text: 'Zugspitze at noon' })], []);
      await foldAll(ledger);
      const rows = JSON.stringify([
        await sql.query('select * from wcs.events'),
        await sql.query('select * from wcs.interactions'),
      ]);
      expect(rows).not.toMatch(/Zugspitze|noon/i);
      expect(await sql.query('select nonce, provider_id from wcs.events')).toEqual([
        { nonce: null, provider_id: null },
      ]);
      const [event] = (await ledger.interaction(keyOf('a')))?.events ?? [];
      expect(event).toMatchObject({ providerId: 'a', payload: { text: 'Zugspitze at noon' } });
    });

    it('has a key for each person, number of the firm and month', async () => {
      const { ledger } = subject.current();
      const other = '+14155550999';
      await ledger.append(
        [
          eventOf('a'),
          eventOf('b'),
          eventOf('c', { phone: other }),
          eventOf('d', { at: '2026-04-01T00:00:00.000Z' }),
          eventOf('e', { number: '+4930123456' }),
        ],
        [],
      );
      expect(await keyCount()).toBe(4);
      await ledger.append([eventOf('f'), eventOf('g', { phone: other })], []);
      expect(await keyCount()).toBe(4);
    });

    it('keeps what names nobody with the message that it belongs to', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('a')], []);
      const { person: _person, ...status } = eventOf('a', { step: 'read', at: '2026-05-01T00:00:00.000Z' });
      const { interactionKey: _key, person: _nobody, ...loose } = eventOf('notice');
      await ledger.append(
        [
          { ...status, kind: 'status' },
          { ...loose, kind: 'notice' },
        ],
        [],
      );
      const rows = await sql.query<{ key_id: string }>('select key_id from wcs.events order by id');
      expect(rows[1]?.key_id).toBe(rows[0]?.key_id);
      expect(rows[2]?.key_id).not.toBe(rows[0]?.key_id);
    });

    it('makes no key for a message that is there already', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('a')], []);
      await foldAll(ledger);
      expect(await purge('a')).toBe(1);
      expect(await ledger.append([eventOf('a')], [])).toEqual({ appended: [], excluded: 0 });
      expect(await keyCount()).toBe(0);
    });

    it('makes one key of many that ask for it at once, in two processes', async () => {
      await withOther(subject.keyring, async (other) => {
        const both = [subject.current().ledger, other.ledger];
        const names = Array.from({ length: 60 }, (_, index) => `n${index}`);
        const phoneOf = (index: number) => `+1415555${1000 + (index % 7)}`;
        await Promise.all(
          names.map((name, index) => both[index % 2]?.append([eventOf(name, { phone: phoneOf(index) })], [])),
        );
        expect(await keyCount()).toBe(7);
        await foldAll(other.ledger);
        expect((await textsOf(subject.current().ledger)).toSorted()).toEqual(
          names.map((name) => `text of ${name}`).toSorted(),
        );
      });
    });

    it('opens no content in the place of another, and says which was moved', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('a'), eventOf('b'), eventOf('c')], []);
      await foldAll(ledger);
      await sealAll({ ledger, places: [], log });
      const swap = (table: string, column: string, name: string) => `
        update wcs.${table} e set ${column} = o.${column} from wcs.${table} o
        where (e.${name}, o.${name}) in (('A', 'B'), ('B', 'A'))`;
      const fill = (text: string, of: (name: string) => string) =>
        text.replace(/'([AB])'/g, (_whole, name: string) => `'${of(name.toLowerCase())}'`);
      await sql.exec(`alter table wcs.events disable trigger user;
        ${fill(swap('events', 'payload', 'dedupe_key'), (name) => eventOf(name).dedupeKey)};
        ${fill(swap('interactions', 'document', 'key'), keyOf)};
        alter table wcs.events enable trigger user;`);
      const { findings } = await verifySeals({ ledger, places: [] });
      const ids = await sql.query<{ id: string }>('select id from wcs.events order by id');
      expect(findings.map(({ kind, record }) => `${kind} ${record}`)).toEqual(
        ids.slice(0, 2).map(({ id }) => `content events ${id}`),
      );
      await expect(ledger.interaction(keyOf('a'))).rejects.toThrow();
      expect(await ledger.interaction(keyOf('c'))).toBeDefined();
    });

    it('lets the fold of others go on when somebody altered a message', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('a'), eventOf('b')], []);
      await sql.exec(`alter table wcs.events disable trigger user;
        update wcs.events set payload = overlay(payload placing '////' from 30) where dedupe_key = '${eventOf('a').dedupeKey}';
        alter table wcs.events enable trigger user;`);
      await ledger.fold(10, () => {
        throw new Error('not asked');
      });
      await sql.query(`update wcs.inbox set retry_at = '-infinity'`);
      await foldAll(ledger);
      expect(await textsOf(ledger)).toEqual(['text of b']);
      expect((await ledger.backlog()).stuck).toBe(1);
    });

    it('is refused at the start without a master key that is needed, by its name, and with another one of its name', async () => {
      await subject.current().ledger.append([eventOf('a')], []);
      await expect(subject.openAgain()).rejects.toThrow(
        'Content was encrypted with the master key "first", which is not in the settings',
      );
      await expect(subject.openAgain(keyringOf('other'))).rejects.toThrow(
        '"first", which is not in the settings',
      );
      await expect(subject.openAgain(keyringOf('first'))).rejects.toThrow('was wrapped by another key');
    });

    it('opens everything with the new master key alone after a rotation, in parts', async () => {
      const { ledger } = subject.current();
      const names = ['a', 'b', 'c', 'd', 'e'];
      await ledger.append(
        names.map((name, index) => eventOf(name, { phone: `+1415555010${index}` })),
        [],
      );
      await foldAll(ledger);
      const [fresh] = keyringOf('second').masterKeys as [MasterKey];
      await withOther(new Keyring([fresh, ...subject.keyring.masterKeys]), async (other) => {
        const first = await other.ledger.rewrapKeys('', 2);
        expect(first).toMatchObject({ changed: 2, next: expect.any(String) });
        const rest = await other.ledger.rewrapKeys(first.next ?? '', 10);
        expect(rest).toEqual({ changed: 3 });
        expect((await other.ledger.keyStatus()).masterKeys).toEqual([
          { id: 'second', kind: 'local', contentKeys: 5, fileKeys: 0 },
          { id: 'first', kind: 'local', contentKeys: 0, fileKeys: 0 },
        ]);
      });
      await withOther(new Keyring([fresh]), async (other) => {
        expect((await textsOf(other.ledger)).toSorted()).toEqual(names.map((name) => `text of ${name}`));
        await other.ledger.append([eventOf('f')], []);
        await foldAll(other.ledger);
        expect(await textsOf(other.ledger)).toContain('text of f');
      });
    });

    it('stores nothing while the key service is away, and goes on when it is back', async () => {
      const service = await startKeyService();
      const kms = awsKmsKey('kms', {
        keyId: 'alias/wcs',
        region: 'eu-central-1',
        accessKeyId: 'AKIDEXAMPLE',
        secretAccessKey: 'secret',
        url: service.url,
      });
      await withOther(new Keyring([kms]), async ({ ledger }) => {
        const { sql } = subject.current();
        const exclusion = { source: 'support', businessNumber: '', day: '2026-03-01', idHash: 'h' };
        service.isDown = true;
        await expect(ledger.append([eventOf('a')], [exclusion])).rejects.toThrow('"kms" is not available');
        service.isDown = false;
        service.faults.push({ status: 400, type: 'AccessDeniedException' });
        await expect(ledger.append([eventOf('a')], [exclusion])).rejects.toThrow('"kms" cannot be used');
        for (const table of ['events', 'exclusions', 'content_keys']) {
          expect(await sql.query(`select from wcs.${table}`)).toEqual([]);
        }
        expect((await ledger.append([eventOf('a')], [exclusion])).appended).toHaveLength(1);
        await foldAll(ledger);
        expect(await textsOf(ledger)).toEqual(['text of a']);
      });
      await service.close();
    });

    it('seals what a transaction adds to a message with the key of the message', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('a')], []);
      const tx = sealedSql(sql, new Vault(sql, subject.keyring));
      const rowOf = (name: string) => {
        const event = eventOf(name, { step: 'removed' });
        const { dedupeKey } = event;
        return { event, dedupeKey, providerId: name, payload: '{"a":1}', nonce: 'n', contentHash: 'h' };
      };
      const [own, other] = await sealAlong(tx, [rowOf('a'), rowOf('b')]);
      const [{ key_id: keyId } = {}] = await sql.query('select key_id from wcs.events');
      expect(own).toMatchObject({ keyId, nonce: undefined, providerId: undefined });
      expect(own?.payload).toMatch(/^wcs1:/);
      expect(other).toEqual(rowOf('b'));
    });
  });

  describe('encrypting what was in clear', () => {
    it('seals every event and interaction, in parts, and the seals still fit', async () => {
      const { ledger, sql } = subject.current();
      const names = ['a', 'b', 'c', 'd', 'e'];
      await withOther(undefined, async ({ ledger: clear }) => {
        await clear.append(
          names.map((name) => eventOf(name, { text: `Zugspitze ${name}` })),
          [],
        );
        await foldAll(clear);
        await sealAll({ ledger: clear, places: [], log });
      });
      expect((await ledger.keyStatus()).clear).toEqual({ events: 5, interactions: 5 });
      let changed = 0;
      let after: string | undefined = '';
      while (after !== undefined) {
        const step: { changed: number; next?: string } = await ledger.sealClear(after, 2);
        changed += step.changed;
        after = step.next;
      }
      expect(changed).toBe(10);
      expect(await keyCount()).toBe(1);
      expect((await ledger.keyStatus()).clear).toEqual({ events: 0, interactions: 0 });
      expect(JSON.stringify(await sql.query('select * from wcs.events'))).not.toContain('Zugspitze');
      expect(JSON.stringify(await sql.query('select * from wcs.interactions'))).not.toMatch(/zugspitze/i);
      expect((await textsOf(ledger)).toSorted()).toEqual(names.map((name) => `Zugspitze ${name}`));
      expect(await verifySeals({ ledger, places: [] })).toMatchObject({ ok: true, records: 5 });
      await ledger.append([eventOf('a', { step: 'edit', text: 'Watzmann' })], []);
      await foldAll(ledger);
      expect(await textsOf(ledger)).toContain('Watzmann');
    });

    it('is the only change of an event beside its purge', async () => {
      const { sql } = subject.current();
      await withOther(undefined, ({ ledger: clear }) => clear.append([eventOf('a')], []));
      const set = (what: string) => sql.query(`update wcs.events set ${what}`);
      const refused = [
        `payload = 'wcs1:1:AAAA'`,
        `payload = 'wcs1:1:AAAA', key_id = 1`,
        `payload = '{}', key_id = 1, nonce = null, provider_id = null`,
        `payload = 'wcs1:1:AAAA', key_id = 1, nonce = null, provider_id = null, content_hash = 'x'`,
        `payload = 'wcs1:1:AAAA', key_id = 1, nonce = null, provider_id = null, kind = 'edit'`,
      ];
      for (const what of refused) await expect(set(what)).rejects.toThrow('append-only');
      await set(`payload = 'wcs1:1:AAAA', key_id = 1, nonce = null, provider_id = null`);
      await expect(set(`payload = 'wcs1:2:AAAA', key_id = 2`)).rejects.toThrow('append-only');
      await expect(set(`key_id = null`)).rejects.toThrow('append-only');
    });
  });

  describe('destroying keys', () => {
    it('waits for the last message of a person and month, then nothing opens what was kept of them', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('a'), eventOf('b'), eventOf('c', { phone: '+14155550999' })], []);
      await foldAll(ledger);
      await sealAll({ ledger, places: [], log });
      const copies = await sql.query<{ dedupe_key: string; payload: string }>(
        'select dedupe_key, payload from wcs.events order by id',
      );
      expect(await purge('a')).toBe(0);
      expect((await ledger.interaction(keyOf('b')))?.events[0]?.payload).toMatchObject({ text: 'text of b' });
      expect(await purge('b')).toBe(1);
      const [key] = await sql.query('select scope, wrapped, purge_id from wcs.content_keys order by id');
      expect(key).toMatchObject({ scope: '', wrapped: '', purge_id: expect.any(String) });
      expect(await verifySeals({ ledger, places: [] })).toMatchObject({ ok: true, records: 3, purged: 2 });
      // A backup of the rows, without one of the keys.
      await sql.exec(`alter table wcs.events disable trigger user;
        update wcs.events set purge_id = null, payload = '${copies[1]?.payload}'
        where dedupe_key = '${copies[1]?.dedupe_key}';
        alter table wcs.events enable trigger user;`);
      await withOther(subject.keyring, async (other) => {
        const [event] = (
          await other.ledger.sealedRecords([{ table: 'events', after: 0, upTo: 1e9, count: 0 }])
        ).slice(1);
        expect(event).toMatchObject({ purgeId: expect.any(Number) });
        expect(event?.content).toBeUndefined();
      });
    });

    it('gives the next message of the same person and month a new key, also in a process that knows the old one', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('a')], []);
      await foldAll(ledger);
      expect(await purge('a')).toBe(1);
      await ledger.append([eventOf('b')], []);
      await foldAll(ledger);
      expect(await keyCount()).toBe(1);
      await withOther(subject.keyring, async (other) => {
        const view = await other.ledger.interaction(keyOf('b'));
        expect(view?.events[0]?.payload).toMatchObject({ text: 'text of b' });
      });
    });

    it('destroys the keys of a removed file, and not the one with which it was put again', async () => {
      await withOther(subject.keyring, async ({ fileKeys }) => {
        const { sql } = subject.current();
        const [hash, other] = ['ab'.repeat(32), 'cd'.repeat(32)];
        const put = async (sha256: string) => {
          const made = await fileKeys!.create();
          await made.keep(sha256);
          return made;
        };
        const [old, kept] = [await put(hash), await put(other)];
        const [now] = await sql.query<{ at: Date }>('select clock_timestamp() as at');
        const before = new Date(now!.at.getTime() + 1).toISOString();
        await sql.query(
          `update wcs.content_keys set created_at = created_at - interval '1 second' where scope like 'file:%'`,
        );
        const again = await put(hash);
        await sql.query(`update wcs.content_keys set created_at = created_at + interval '1 second'
          where id = (select max(id) from wcs.content_keys)`);
        expect(await destroyFileKeys(sql, [{ sha256: hash, before }], null)).toBe(1);
        await withOther(subject.keyring, async ({ fileKeys: fresh }) => {
          expect(await fresh!.find(hash, old.name)).toBeUndefined();
          expect(await fresh!.find(hash, again.name)).toEqual(again.key);
          expect(await fresh!.find(other, kept.name)).toEqual(kept.key);
          expect(await fresh!.find(other, again.name)).toBeUndefined();
        });
      });
    });

    it('spares a key under which a message comes at this moment', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('a')], []);
      await foldAll(ledger);
      let commit = (): void => undefined;
      const mayCommit = new Promise<void>((resolve) => (commit = resolve));
      let hasAdded = (): void => undefined;
      const added = new Promise<void>((resolve) => (hasAdded = resolve));
      const slow = sql.transaction(async (tx) => {
        await tx.query('select from wcs.content_keys where destroyed_at is null for key share');
        await tx.query(
          `insert into wcs.events (dedupe_key, source, source_kind, kind, occurred_at, payload, content_hash, key_id)
           select 'slow', source, source_kind, kind, occurred_at, payload, content_hash, key_id from wcs.events`,
        );
        hasAdded();
        await mayCommit;
      });
      await added;
      const purged = purge('a');
      commit();
      await slow;
      expect(await purged).toBe(0);
      expect(await keyCount()).toBe(1);
    });
  });
}
