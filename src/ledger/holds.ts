import { Identities } from '../core/identity.ts';
import { canonicalPhone } from '../core/phone.ts';
import { cleanText } from '../core/text.ts';
import { keepAudit } from './audit.ts';
import { loadLinks } from './identities.ts';
import type { Hold, OwnerStretch, PurgeStore } from './ledger.ts';
import { given } from './rows.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { transact } from './transact.ts';

const holdLock = 7_761_310;

/** Whoever destroys shares it, whoever places a hold is alone: a hold that was placed before is always seen. */
export async function lockHolds(tx: SqlExecutor, mode: 'exclusive' | 'shared'): Promise<void> {
  const shared = mode === 'shared' ? '_shared' : '';
  await tx.query(`select pg_advisory_xact_lock${shared}($1::int, 0)`, [holdLock]);
}

const dayOf = (column: string, more = '') => `(${column}${more})::timestamp at time zone 'UTC'`;

const placeSql = (row: string) => `
  (h.source is null or h.source = ${row}.source)
  and (h.from_day is null or ${row}.occurred_at >= ${dayOf('h.from_day')})
  and (h.to_day is null or ${row}.occurred_at < ${dayOf('h.to_day', ' + 1')})
  and (h.owner is null or exists (
    select from jsonb_to_recordset(h.stretches::jsonb) as s (number text, "from" date, "to" date)
    where s.number = ${row}.business_number and ${row}.occurred_at >= ${dayOf('s."from"')}
      and (s."to" is null or ${row}.occurred_at < ${dayOf('s."to"', ' + 1')})))`;

/** Whether a hold keeps an interaction. @param row alias of wcs.interactions */
export const heldSql = (row: string): string => `exists (
  select from wcs.holds h where h.released_at is null
  and (h.person is null or h.addresses && ${row}.addresses)
  and (h.business_number is null or h.business_number = ${row}.business_number)
  and ${placeSql(row)})`;

/**
 * The same for an event that belongs to no interaction: whom it is about stands in its payload alone. Where that is encrypted a
 * hold on any person keeps it: too much is kept rather than too little.
 */
export const heldEventSql = (row: string): string => `exists (
  select from wcs.holds h where h.released_at is null
  and (h.person is null or ${row}.key_id is not null or exists (
    select from unnest(h.addresses) as a where position(ltrim(a, '+') in ${row}.payload) > 0))
  and (h.business_number is null or ${row}.business_number is null or h.business_number = ${row}.business_number)
  and ${placeSql(row)})`;

interface HoldRow extends Row {
  id: string;
  person: string | null;
  business_number: string | null;
  source: string | null;
  owner: string | null;
  from_day: string | null;
  to_day: string | null;
  stretches: string | null;
  reason: string;
  placed_by: string;
  placed_at: Date;
  released_by: string | null;
  released_at: Date | null;
}

const holdColumns = `id, person, business_number, source, owner, to_char(from_day, 'YYYY-MM-DD') as from_day,
  to_char(to_day, 'YYYY-MM-DD') as to_day, stretches, reason, placed_by, placed_at, released_by, released_at`;

function toHold(row: HoldRow): Hold {
  return {
    id: Number(row.id),
    ...given('person', row.person),
    ...given('businessNumber', row.business_number),
    ...given('source', row.source),
    ...given('owner', row.owner),
    ...given('from', row.from_day),
    ...given('to', row.to_day),
    reason: row.reason,
    placedBy: row.placed_by,
    placedAt: row.placed_at.toISOString(),
    ...given('releasedBy', row.released_by),
    ...given('releasedAt', row.released_at?.toISOString()),
  };
}

/** Those in force first, the newest first. */
export async function holds(sql: Sql): Promise<Hold[]> {
  const rows = await sql.query<HoldRow>(
    `select ${holdColumns} from wcs.holds order by released_at is not null, id desc limit 1000`,
  );
  return rows.map(toHold);
}

/** See the port. */
export function placeHold(
  sql: Sql,
  hold: Parameters<PurgeStore['placeHold']>[0],
  owners: readonly OwnerStretch[],
): Promise<Hold> {
  const { person, businessNumber, source, owner, from, to, reason, by } = hold;
  const address = person === undefined ? undefined : cleanText(canonicalPhone(person));
  const clean = (text: string | undefined) => (text === undefined ? null : cleanText(text));
  return transact(sql, async (tx) => {
    await lockHolds(tx, 'exclusive');
    const [row] = await tx.query<HoldRow>(
      `insert into wcs.holds (person, addresses, business_number, source, owner, stretches, from_day, to_day, reason,
                              placed_by)
       values ($1, $2::text[], $3, $4, $5, $6, $7::date, $8::date, $9, $10) returning ${holdColumns}`,
      [
        address ?? null,
        address === undefined ? null : await personAddresses(tx, address),
        clean(businessNumber),
        clean(source),
        clean(owner),
        owner === undefined ? null : JSON.stringify(stretchesOf(null, owner, owners)),
        from ?? null,
        to ?? null,
        cleanText(reason),
        cleanText(by),
      ],
    );
    const placed = toHold(row as HoldRow);
    const about = ['person', 'businessNumber', 'source', 'owner', 'from', 'to'].filter(
      (one) => one in placed,
    );
    await keepAudit(tx, { actor: by, action: 'hold.place', subject: String(placed.id), detail: { about } });
    return placed;
  });
}

/** See the port. The number of a person is not needed any more. */
export function releaseHold(sql: Sql, id: number, by: string, reason: string): Promise<boolean> {
  return transact(sql, async (tx) => {
    await lockHolds(tx, 'exclusive');
    const rows = await tx.query(
      `update wcs.holds set released_at = clock_timestamp(), released_by = $2, person = null, addresses = null
       where id = $1 and released_at is null returning id`,
      [id, cleanText(by)],
    );
    if (rows.length === 0) return false;
    await keepAudit(tx, { actor: by, action: 'hold.release', subject: String(id), detail: { reason } });
    return true;
  });
}

/** All that can be reached from an address: whom a hold is about is rather too wide than too narrow. */
async function personAddresses(tx: SqlExecutor, address: string): Promise<string[]> {
  const links = await loadLinks(tx, [address]);
  return new Identities([...links.values()]).around([address]);
}

interface ActiveRow extends HoldRow {
  addresses: string[] | null;
}

/** See the port. What was known stays: a hold never gets narrower by itself. */
export function refreshHolds(sql: Sql, owners: readonly OwnerStretch[]): Promise<void> {
  return transact(sql, async (tx) => {
    const rows = await tx.query<ActiveRow>(
      `select ${holdColumns}, addresses from wcs.holds
       where released_at is null and (person is not null or owner is not null) order by id for update`,
    );
    for (const row of rows) {
      const { person, owner } = row;
      const known = person === null ? [] : await personAddresses(tx, person);
      const addresses = [...new Set([...(row.addresses ?? []), ...known])];
      await tx.query(
        `update wcs.holds set addresses = $2::text[], stretches = $3
         where id = $1 and (addresses, stretches) is distinct from ($2::text[], $3)`,
        [
          row.id,
          person === null ? null : addresses,
          owner === null ? row.stretches : JSON.stringify(stretchesOf(row.stretches, owner, owners)),
        ],
      );
    }
  });
}

/** Of a number that the settings still give to the owner as they say now; of others what was known. */
function stretchesOf(
  stretches: string | null,
  owner: string,
  owners: readonly OwnerStretch[],
): Omit<OwnerStretch, 'user'>[] {
  const now = owners
    .filter(({ user }) => user.toLowerCase() === owner.toLowerCase())
    .map(({ user: _user, ...stretch }) => stretch);
  const before = JSON.parse(stretches ?? '[]') as Omit<OwnerStretch, 'user'>[];
  return [...now, ...before.filter(({ number }) => now.every((one) => one.number !== number))];
}
