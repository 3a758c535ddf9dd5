import type { Interaction } from '../core/interaction.ts';
import { hashKey } from '../core/key.ts';
import type { Digest, DigestClosed, DigestJoin, DigestSettlement, Shown } from './ledger.ts';
import { placeAll, type Slotted } from './digest-places.ts';
import { forgetShown, noteDigests } from './note-records.ts';
import { quotedOf } from './quoted.ts';
import { given } from './rows.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { columns, lockDestination, planByKey, transact } from './transact.ts';

interface DigestRow extends Row {
  key: string;
  slot: string;
  contact_type: string;
  contact_id: string;
  part: number;
  first_at: Date;
  last_at: Date;
  closed: DigestClosed | null;
  record_id: string | null;
  shown: string | null;
  sent: string | null;
}

const all = 'key, slot, contact_type, contact_id, part, first_at, last_at, closed, record_id, shown, sent';

/**
 * Puts activities into the records that show several, making those that are missing; see the port. Of one contact only
 * one delivery is under way, so nobody else writes these digests.
 */
export function joinDigests(
  sql: Sql,
  destination: string,
  joins: readonly DigestJoin[],
): Promise<ReadonlyMap<string, string>> {
  return transact(sql, async (tx) => {
    await lockDestination(tx, 'digest', destination);
    await planByKey(tx);
    const held = await tx.query<{ key: string; digest_key: string | null }>(
      `select key, digest_key from wcs.activities where destination = $1 and key = any($2::text[])`,
      [destination, joins.map(({ key }) => key)],
    );
    const current = new Map(held.map((row) => [row.key, row.digest_key ?? undefined]));
    const known = await tx.query<DigestRow>(
      `select ${all} from wcs.digests where destination = $1 and (slot = any($2::text[]) or key = any($3::text[]))`,
      [
        destination,
        [...new Set(joins.map(({ slot }) => slot))],
        [...new Set(held.flatMap(({ digest_key: key }) => key ?? []))],
      ],
    );
    const { places, digests, left } = placeAll(known.map(toSlotted), joins, current);
    await writeDigests(tx, destination, digests);
    await move(tx, destination, places);
    await wakeLeft(tx, destination, left);
    return places;
  });
}

const toSlotted = (row: DigestRow): Slotted => ({
  key: row.key,
  slot: row.slot,
  contact: { type: row.contact_type, id: row.contact_id },
  part: row.part,
  firstAt: row.first_at.getTime(),
  lastAt: row.last_at.getTime(),
  ...given('closed', row.closed),
});

async function writeDigests(
  tx: SqlExecutor,
  destination: string,
  digests: readonly Slotted[],
): Promise<void> {
  if (digests.length === 0) return;
  await tx.query(
    `insert into wcs.digests as d (destination, key, slot, contact_type, contact_id, part, first_at, last_at)
     select $1, key, slot, contact_type, contact_id, part, first_at::timestamptz, last_at::timestamptz
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[])
       as n (key, slot, contact_type, contact_id, part, first_at, last_at)
     on conflict (destination, key) do update set first_at = excluded.first_at, last_at = excluded.last_at`,
    [
      destination,
      ...columns(
        digests,
        ({ key }) => key,
        ({ slot }) => slot,
        ({ contact }) => contact.type,
        ({ contact }) => contact.id,
        ({ part }) => part,
        ({ firstAt }) => new Date(firstAt).toISOString(),
        ({ lastAt }) => new Date(lastAt).toISOString(),
      ),
    ],
  );
}

async function move(
  tx: SqlExecutor,
  destination: string,
  places: ReadonlyMap<string, string>,
): Promise<void> {
  await tx.query(
    `update wcs.activities a set digest_key = n.digest_key
     from unnest($2::text[], $3::text[]) as n (key, digest_key)
     where a.destination = $1 and a.key = n.key and a.digest_key is distinct from n.digest_key`,
    [
      destination,
      ...columns(
        [...places],
        ([key]) => key,
        ([, digest]) => digest,
      ),
    ],
  );
}

/** What somebody left is written again without it, by the turn of one who stays; with nobody left, by ours. */
async function wakeLeft(tx: SqlExecutor, destination: string, left: readonly string[]): Promise<void> {
  if (left.length === 0) return;
  await tx.query(
    `with last as (
       select distinct on (digest_key) key from wcs.activities
       where destination = $1 and digest_key = any($2::text[]) and state = 'delivered' and not purged
       order by digest_key, position desc
     )
     update wcs.activities a
     set state = 'ready', ready_at = clock_timestamp(), pending_since = clock_timestamp(), changed_at = clock_timestamp()
     from last where a.destination = $1 and a.key = last.key`,
    [destination, left],
  );
  // Kept as "not known what it shows" until its record says that it is empty, whatever happens to us before.
  await tx.query(
    `update wcs.digests d set sent = coalesce(sent, '{}')
     where destination = $1 and key = any($2::text[])
       and not exists (select from wcs.activities a where a.destination = d.destination and a.digest_key = d.key)`,
    [destination, left],
  );
}

interface MemberRow extends Row {
  key: string;
  digest_key: string;
  document: string;
}

/** Digests with what they show; those that are empty by now and have a record come too. */
export async function readDigests(sql: Sql, destination: string, keys: readonly string[]): Promise<Digest[]> {
  const rows = await sql.query<DigestRow>(
    `select ${all} from wcs.digests where destination = $1 and key = any($2::text[])`,
    [destination, keys],
  );
  const members = await sql.query<MemberRow>(
    `select a.key, a.digest_key, i.document from wcs.activities a join wcs.interactions i on i.key = a.key
     where a.destination = $1 and a.digest_key = any($2::text[]) and a.state not in ('parked', 'ignored', 'excluded')
     order by i.occurred_at, a.position`,
    [destination, keys],
  );
  const parsed = members.map(({ key, digest_key: digest, document }) => ({
    key,
    digest,
    interaction: JSON.parse(document) as Interaction,
  }));
  const quoted = await quotedOf(
    sql,
    parsed.map(({ interaction }) => interaction),
  );
  return rows.map((row) => ({
    key: row.key,
    contact: { type: row.contact_type, id: row.contact_id },
    part: row.part,
    ...given('recordId', row.record_id),
    ...(row.shown !== null && { shown: JSON.parse(row.shown) as Shown }),
    ...(row.sent !== null && { sent: JSON.parse(row.sent) as Shown }),
    members: parsed
      .filter(({ digest }) => digest === row.key)
      .map(({ key, interaction }) => ({ key, interaction, ...given('quoted', quoted(interaction)) })),
  }));
}

/** Digests that have a record, nothing to show any more, and do not say so yet. */
export async function emptyDigests(sql: Sql, destination: string): Promise<string[]> {
  const rows = await sql.query<{ key: string }>(
    `select key from wcs.digests d where destination = $1 and sent is not null and record_id is not null
       and not exists (select from wcs.activities a where a.destination = d.destination and a.digest_key = d.key)
     order by key limit 100`,
    [destination],
  );
  return rows.map(({ key }) => key);
}

/** Closes a digest and moves these activities into the next part of it. @returns its key */
export function splitDigest(
  sql: Sql,
  destination: string,
  key: string,
  moved: readonly string[],
  why: DigestClosed,
): Promise<string> {
  return transact(sql, async (tx) => {
    await lockDestination(tx, 'digest', destination);
    await planByKey(tx);
    const [digest] = await tx.query<DigestRow>(
      `update wcs.digests set closed = coalesce(closed, $3) where destination = $1 and key = $2 returning ${all}`,
      [destination, key, why],
    );
    if (digest === undefined) throw new RangeError('there is no such digest');
    const next = hashKey('digest', digest.slot, [...moved].sort()[0] ?? key, String(digest.part + 1));
    const times = await tx.query<{ first_at: Date; last_at: Date }>(
      `select min(occurred_at) as first_at, max(occurred_at) as last_at from wcs.interactions where key = any($1::text[])`,
      [moved],
    );
    const { first_at: firstAt = digest.first_at, last_at: lastAt = digest.last_at } = times[0] ?? {};
    const part = { ...toSlotted(digest), key: next, part: digest.part + 1 };
    await writeDigests(tx, destination, [{ ...part, firstAt: firstAt.getTime(), lastAt: lastAt.getTime() }]);
    await move(tx, destination, new Map(moved.map((one) => [one, next])));
    return next;
  });
}

/** What the records of digests are and show. */
export async function settleDigests(
  sql: Sql,
  destination: string,
  settlements: readonly DigestSettlement[],
): Promise<void> {
  if (settlements.length === 0) return;
  await transact(sql, async (tx) => {
    await writeShows(tx, destination, settlements);
    const records = settlements.flatMap(({ key, recordId, shows }) =>
      recordId === undefined ? [] : [{ key, recordId, shown: shows?.shown }],
    );
    await noteDigests(tx, destination, records);
    const underWay = settlements.flatMap(({ key, shows }) => (shows?.sent === undefined ? [] : key));
    await forgetShown(tx, destination, underWay);
  });
}

async function writeShows(
  tx: SqlExecutor,
  destination: string,
  settlements: readonly DigestSettlement[],
): Promise<void> {
  await tx.query(
    `update wcs.digests d
     set record_id = coalesce(n.record_id, d.record_id),
         shown = case when n.told then n.shown else d.shown end, sent = case when n.told then n.sent else d.sent end
     from unnest($2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[]) as n (key, record_id, told, shown, sent)
     where d.destination = $1 and d.key = n.key`,
    [
      destination,
      ...columns(
        settlements,
        ({ key }) => key,
        ({ recordId }) => recordId,
        ({ shows }) => shows !== undefined,
        ({ shows }) => (shows?.shown === undefined ? null : JSON.stringify(shows.shown)),
        ({ shows }) => (shows?.sent === undefined ? null : JSON.stringify(shows.sent)),
      ),
    ],
  );
}
