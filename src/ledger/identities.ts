import { Identities, maxSteps, type IdentityLink, type KnownLink } from '../core/identity.ts';
import { cleanText } from '../core/text.ts';
import type { Row, SqlExecutor } from './sql.ts';
import { columns } from './transact.ts';

/**
 * That two addresses are still one person's is not written again and again: those who were never given up need it once
 * in so many milliseconds. Between two times so near they did not change hands.
 */
const renewMs = 86_400_000;

/** So many addresses at most are followed for one batch. */
const maxFollowed = 5_000;

interface LinkRow extends Row {
  a: string;
  b: string;
  kind: IdentityLink['kind'];
  first_at: Date;
  last_at: Date;
}

const linksSql = `
  select a, b, kind, first_at, last_at from wcs.identity_links where a = any($1::text[]) or b = any($1::text[])`;

/** Links as one per pair and kind, by `linkKey`. */
export type LinkTable = ReadonlyMap<string, KnownLink>;

/** Names a link within a {@link LinkTable}. */
export function linkKey({ kind, a, b }: Pick<KnownLink, 'kind' | 'a' | 'b'>): string {
  return `${kind} ${a} ${b}`;
}

/** The links of these addresses, and of whom they lead to, and so on. */
export async function loadLinks(tx: SqlExecutor, addresses: readonly string[]): Promise<LinkTable> {
  const links = new Map<string, KnownLink>();
  const asked = new Set<string>();
  let edge = [...new Set(addresses)];
  // One step more than anybody walks: the last address reached must know whether it was given up.
  for (let step = 0; step <= maxSteps && edge.length > 0 && asked.size < maxFollowed; step += 1) {
    for (const address of edge) asked.add(address);
    const rows = await tx.query<LinkRow>(linksSql, [edge]);
    for (const { a, b, kind, first_at, last_at } of rows) {
      const link = { a, b, kind, firstAt: first_at.getTime(), lastAt: last_at.getTime() };
      links.set(linkKey(link), link);
    }
    edge = [...new Set(rows.flatMap(({ a, b }) => [a, b]))].filter((address) => !asked.has(address));
  }
  return links;
}

/** What was told, as one link per pair and kind. */
export function mergeTold(told: readonly IdentityLink[]): LinkTable {
  const links = new Map<string, KnownLink>();
  for (const { kind, a, b, at } of told) {
    const time = Date.parse(at);
    const link = { kind, a: cleanText(a), b: cleanText(b), firstAt: time, lastAt: time };
    if (link.a === link.b || link.a === '' || link.b === '' || Number.isNaN(time)) continue;
    links.set(linkKey(link), widened(links.get(linkKey(link)), link));
  }
  return links;
}

function widened(known: KnownLink | undefined, link: KnownLink): KnownLink {
  if (known === undefined) return link;
  const firstAt = Math.min(known.firstAt, link.firstAt);
  return { ...link, firstAt, lastAt: Math.max(known.lastAt, link.lastAt) };
}

/** What is to be written, and whether it says anything new about who is who. */
export interface LinkNews {
  readonly changes: readonly KnownLink[];
  /** changes that may give somebody another address */
  readonly telling: readonly KnownLink[];
  /** all that is known with them */
  readonly links: LinkTable;
}

/**
 * Compares what was told with what is known. That two addresses are one person's at one more time is news only where one
 * of them was ever given up; otherwise it is written now and then, and changes nothing else.
 */
export function newsOf(known: LinkTable, told: LinkTable): LinkNews {
  const links = new Map(known);
  const changes: KnownLink[] = [];
  const telling: KnownLink[] = [];
  const givenUp = new Set(
    [...known.values(), ...told.values()].flatMap(({ kind, a }) => (kind === 'became' ? [a] : [])),
  );
  for (const [key, link] of told) {
    const before = known.get(key);
    const after = widened(before, link);
    const isTelling =
      before === undefined || link.kind === 'became' || givenUp.has(link.a) || givenUp.has(link.b);
    if (before !== undefined && spread(after, before) <= (isTelling ? 0 : renewMs)) continue;
    changes.push(after);
    if (isTelling) telling.push(after);
    links.set(key, after);
  }
  return { changes, telling, links };
}

/** By how much it was widened at most, in milliseconds. */
function spread(after: KnownLink, before: KnownLink): number {
  return Math.max(before.firstAt - after.firstAt, after.lastAt - before.lastAt);
}

/** Keeps links: the earliest and the latest time at which each was told. */
export async function writeLinks(tx: SqlExecutor, links: readonly KnownLink[]): Promise<void> {
  if (links.length === 0) return;
  await tx.query(
    `insert into wcs.identity_links as known (a, b, kind, first_at, last_at)
     select a, b, kind, to_timestamp(first_at / 1000), to_timestamp(last_at / 1000)
     from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[]) as n (a, b, kind, first_at, last_at)
     order by a collate "C", b collate "C", kind collate "C"
     on conflict (a, b, kind) do update
       set first_at = least(known.first_at, excluded.first_at), last_at = greatest(known.last_at, excluded.last_at)`,
    columns(
      links,
      ({ a }) => a,
      ({ b }) => b,
      ({ kind }) => kind,
      ({ firstAt }) => firstAt,
      ({ lastAt }) => lastAt,
    ),
  );
}

/** Parked ones by any address that they are known under, others by their person's own: those have an index. */
const againSql = `
  insert into wcs.inbox (event_id, interaction_key)
  select i.position, i.key
  from (
    select a.key from wcs.activities a where a.state = 'parked' and a.addresses && $1::text[]
    union
    select i.key from unnest($1::text[]) as n (address)
    join wcs.interactions i on i.person_phone = n.address
    join wcs.activities a on a.key = i.key and a.state = 'matching'
    union
    select i.key from unnest($1::text[]) as n (address)
    join wcs.interactions i on i.person_user_id = n.address
    join wcs.activities a on a.key = i.key and a.state = 'matching'
  ) touched
  join wcs.interactions i on i.key = touched.key
  where i.key <> all($2::text[])
  on conflict (event_id) do nothing`;

/** Interactions of these people that still wait for their contact go through the inbox again. */
export async function foldPeopleAgain(
  tx: SqlExecutor,
  { telling, links }: Pick<LinkNews, 'telling' | 'links'>,
  except: readonly string[],
): Promise<void> {
  if (telling.length === 0) return;
  const concerned = new Identities([...links.values()]).around(telling.flatMap(({ a, b }) => [a, b]));
  await tx.query(againSql, [concerned, except]);
}
