import { Identities } from '../core/identity.ts';
import { canonicalPhone } from '../core/phone.ts';
import { cleanText } from '../core/text.ts';
import { addressesOf, type Interaction } from '../core/interaction.ts';
import { keepAudit } from './audit.ts';
import type {
  CrmRecord,
  Erasure,
  NewErasure,
  PersonRecords,
  Purged,
  PurgeStore,
  RetentionRule,
  WaitingErasure,
} from './ledger.ts';
import { heldEventSql, heldSql } from './holds.ts';
import { loadLinks } from './identities.ts';
import { given } from './rows.ts';
import { obligedSql, Places } from './retention.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';

interface SubjectRow extends Row {
  key: string;
  occurred_at: Date;
  person_phone: string | null;
  person_user_id: string | null;
  held: boolean;
  obliged: boolean;
}

/**
 * All that is known of whoever has this address now, under every address; see the port. What somebody else wrote under
 * the same number before it was given up is not among it.
 */
export async function personRecords(
  sql: Sql,
  address: string,
  rules: readonly RetentionRule[],
): Promise<PersonRecords> {
  const asked = cleanText(canonicalPhone(address));
  // Before all else: what is read in the meantime is told rather twice than never.
  const waiting = await unread(sql);
  const links = await loadLinks(sql, [asked]);
  const identities = new Identities([...links.values()]);
  const near = identities.around([asked]);
  const places = new Places();
  const around = places.add(near);
  const rows = await sql.query<SubjectRow>(
    `select i.key, i.occurred_at, i.person_phone, i.person_user_id, ${heldSql('i')} as held, ${obligedSql(rules, 'i', places)} as obliged
     from wcs.interactions i
     where i.purge_id is null and i.revision > 0 and i.addresses && ${around}::text[] order by i.key`,
    places.values,
  );
  const subjects = rows.map((row) => ({ own: ownAddresses(row), at: row.occurred_at.getTime(), row }));
  const own = identities.ofHolder(asked, subjects);
  const addresses = [
    asked,
    ...near.filter((one) => one !== asked && own.some((subject) => subject.own.includes(one))),
  ];
  const keys = own.map(({ row }) => row.key);
  return {
    addresses,
    interactions: own.map(({ row: { key: id, held, obliged } }) => ({ id, held, obliged })),
    events: await eventsAbout(sql, addresses, rules),
    records: await recordsOf(sql, keys),
    unread: waiting,
  };
}

function ownAddresses({ person_user_id: userId, person_phone: phone }: SubjectRow): string[] {
  return addressesOf({ ...given('userId', userId), ...given('phone', phone) });
}

/** Events that belong to no interaction and name one of these: address books, changes of number, unknown shapes. */
async function eventsAbout(
  sql: SqlExecutor,
  addresses: readonly string[],
  rules: readonly RetentionRule[],
): Promise<PersonRecords['events']> {
  const names = addresses.map((one) => one.replace(/^\+/, ''));
  const places = new Places();
  const named = places.add(names);
  const sealed = places.add(await sealedEventsAbout(sql, names));
  const rows = await sql.query<{ id: string; held: boolean; obliged: boolean }>(
    `select e.id, ${heldEventSql('e')} as held, ${obligedSql(rules, 'e', places)} as obliged
     from wcs.events e
     where e.interaction_key is null and e.purge_id is null
       and (e.id = any(${sealed}::bigint[])
         or e.key_id is null and exists (select from unnest(${named}::text[]) as a where position(a in e.payload) > 0))
     order by e.id`,
    places.values,
  );
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}

const eventsAtATime = 500;

/** Encrypted ones are opened, a page at a time, to see whom they name. @returns their ids */
async function sealedEventsAbout(sql: SqlExecutor, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | undefined = '0'; after !== undefined;) {
    const rows: { id: string; payload: string }[] = await sql.query<{ id: string; payload: string }>(
      `select id, dedupe_key, payload from wcs.events
       where id > $1 and interaction_key is null and purge_id is null and key_id is not null order by id limit $2`,
      [after, eventsAtATime],
    );
    found.push(
      ...rows.filter(({ payload }) => names.some((name) => payload.includes(name))).map(({ id }) => id),
    );
    after = rows.length < eventsAtATime ? undefined : rows.at(-1)?.id;
  }
  return found;
}

interface RecordRow extends Row {
  destination: string;
  key: string;
  kind: Interaction['kind'];
  record_id: string;
  attached: string | null;
}

async function recordsOf(sql: SqlExecutor, keys: readonly string[]): Promise<CrmRecord[]> {
  const rows = await sql.query<RecordRow>(
    `select a.destination, a.key, a.kind, a.record_id, t.attached
     from wcs.activities a left join wcs.attachments t on t.destination = a.destination and t.key = a.key
     where a.key = any($1::text[]) and a.record_id is not null order by a.destination, a.position`,
    [keys],
  );
  return rows.flatMap(({ destination, key, kind, record_id: id, attached }) => [
    { destination, key, kind, id },
    ...Object.values(JSON.parse(attached ?? '{}') as Record<string, string>).map((file): CrmRecord => ({
      destination,
      key,
      kind: 'file',
      id: file,
    })),
  ]);
}

async function unread(sql: SqlExecutor): Promise<number> {
  const [row] = await sql.query<{ count: number }>('select count(*)::int as count from wcs.inbox');
  return row?.count ?? 0;
}

interface ErasureRow extends Row {
  id: string;
  at: Date;
  actor: string;
  reason: string;
  found: number;
  erased: number;
  held: number;
  obliged: number;
  waiting: number;
}

const columns = 'id, at, actor, reason, found, erased, held, obliged, cardinality(waiting) as waiting';

function toErasure({ id, at, ...row }: ErasureRow): Erasure {
  const { erased, held, obliged, waiting } = row;
  const isPart = held + obliged > 0;
  const state = waiting > 0 ? 'waiting' : !isPart ? 'done' : erased > 0 ? 'partly-refused' : 'refused';
  return { ...row, id: Number(id), at: at.toISOString(), state };
}

/** Keys are 64 hex digits, ids of events have less than 19. */
const isEventId = (one: string) => one.length < 20;

/** See the port. */
export function addErasure(sql: Sql, erasure: NewErasure): Promise<Erasure> {
  const { actor, reason, personHashes, held, obliged, subject } = erasure;
  const waiting = [...subject.keys, ...subject.events.map(String)];
  const found = waiting.length + held + obliged;
  return sql.transaction(async (tx) => {
    const [row] = await tx.query<ErasureRow>(
      `insert into wcs.erasures (actor, reason, person_hashes, found, erased, held, obliged, waiting)
       values ($1, $2, $3::text[], $4, 0, $5, $6, $7::text[]) returning ${columns}`,
      [cleanText(actor), cleanText(reason), personHashes, found, held, obliged, waiting],
    );
    const kept = toErasure(row as ErasureRow);
    const detail = { found, held, obliged };
    await keepAudit(tx, { actor, action: 'person.erase', subject: String(kept.id), detail });
    return kept;
  });
}

/** See the port. */
export async function erasures(
  sql: Sql,
  { personHashes, limit }: Parameters<PurgeStore['erasures']>[0],
): Promise<Erasure[]> {
  const rows = await sql.query<ErasureRow>(
    `select ${columns} from wcs.erasures where $1::text[] is null or person_hashes && $1::text[]
     order by id desc limit $2`,
    [personHashes ?? null, limit],
  );
  return rows.map(toErasure);
}

/** See the port. */
export async function waitingErasures(sql: Sql): Promise<WaitingErasure[]> {
  const rows = await sql.query<{ id: string; actor: string; waiting: string[] }>(
    'select id, actor, waiting from wcs.erasures where cardinality(waiting) > 0 order by id',
  );
  return rows.map(({ id, actor, waiting }) => ({
    id: Number(id),
    actor,
    subject: {
      keys: waiting.filter((one) => !isEventId(one)),
      events: waiting.filter(isEventId).map(Number),
    },
  }));
}

/** See the port. */
export async function settleErasure(
  sql: Sql,
  { id, subject: { keys, events } }: WaitingErasure,
  { held, busy }: Pick<Purged, 'held' | 'busy'>,
): Promise<void> {
  await sql.query(
    `update wcs.erasures
     set held = held + $3, waiting = $4::text[], erased = found - obliged - held - $3 - cardinality($4::text[])
     where id = $1 and waiting = $2::text[]`,
    [id, [...keys, ...events.map(String)], held, busy],
  );
}
