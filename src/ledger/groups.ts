import { cleanText } from '../core/text.ts';
import type { Interaction } from '../core/interaction.ts';
import type { Learned } from './ledger.ts';
import type { Row, SqlExecutor } from './sql.ts';
import { columns } from './transact.ts';

type GroupName = Learned['groups'][number];

interface NameRow extends Row {
  business_number: string;
  group_id: string;
  at: Date;
  subject: string;
}

/** What groups were called, and from when on. */
export class GroupNames {
  readonly #names = new Map<string, { readonly at: number; readonly subject: string }[]>();

  /** @param rows in order of time */
  constructor(rows: readonly NameRow[]) {
    for (const { business_number: number, group_id: id, at, subject } of rows) {
      const key = groupKey(number, id);
      this.#names.set(key, [...(this.#names.get(key) ?? []), { at: at.getTime(), subject }]);
    }
  }

  /** The latest name at or before that time (ISO 8601), else the first that is known. */
  subject(businessNumber: string, id: string, at: string): string | undefined {
    // An account's event may not say which number the group is with.
    const names = this.#names.get(groupKey(businessNumber, id)) ?? this.#names.get(groupKey('', id)) ?? [];
    const time = Date.parse(at);
    return (names.findLast((name) => name.at <= time) ?? names[0])?.subject;
  }
}

function groupKey(businessNumber: string, id: string): string {
  return JSON.stringify([businessNumber, id]);
}

const writeSql = `
  insert into wcs.group_names as known (business_number, group_id, at, subject)
  select business_number, group_id, at, max(subject) from (
    select business_number, group_id, at::timestamptz as at, subject
    from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as given (business_number, group_id, at, subject)
  ) n
  group by business_number, group_id, at
  order by business_number collate "C", group_id collate "C", at
  on conflict (business_number, group_id, at) do update set subject = excluded.subject
    where excluded.subject > known.subject
  returning business_number, group_id, at, subject`;

/** Keeps names of groups. @returns those that were not known */
export function writeGroupNames(tx: SqlExecutor, names: readonly GroupName[]): Promise<NameRow[]> {
  return tx.query<NameRow>(
    writeSql,
    columns(
      names,
      ({ businessNumber }) => cleanText(businessNumber),
      ({ id }) => cleanText(id),
      ({ at }) => at,
      ({ subject }) => cleanText(subject),
    ),
  );
}

/** The names of these interactions' groups. */
export async function loadGroupNames(
  tx: SqlExecutor,
  interactions: readonly Interaction[],
): Promise<GroupNames> {
  const grouped = interactions.filter(({ group }) => group !== undefined);
  if (grouped.length === 0) return new GroupNames([]);
  const rows = await tx.query<NameRow>(
    `select business_number, group_id, at, subject from wcs.group_names
     where business_number = any($1::text[]) and group_id = any($2::text[]) order by at`,
    [
      [...new Set(['', ...grouped.map(({ businessNumber }) => cleanText(businessNumber))])],
      [...new Set(grouped.map(({ group }) => cleanText(group?.id ?? '')))],
    ],
  );
  return new GroupNames(rows);
}

const againSql = `
  insert into wcs.inbox (event_id, interaction_key)
  select distinct i.position, i.key
  from unnest($1::text[], $2::text[], $3::text[]) as given (business_number, group_id, since)
  cross join lateral (
    select given.business_number, given.group_id, given.since::timestamptz as at offset 0
  ) n
  join wcs.interactions i on i.group_id = n.group_id
  where (n.business_number = '' or i.business_number = n.business_number)
    and i.revision > 0 and i.key <> all($4::text[])
    and not exists (
      select from wcs.group_names g
      where g.business_number = n.business_number and g.group_id = n.group_id
        and g.at > n.at and g.at <= i.occurred_at)
    and (i.occurred_at >= n.at or not exists (
      select from wcs.group_names g
      where g.business_number = n.business_number and g.group_id = n.group_id and g.at < n.at))
  on conflict (event_id) do nothing`;

/** The interactions that one of these new names is the name for go through the inbox again. */
export async function foldGroupsAgain(
  tx: SqlExecutor,
  names: readonly NameRow[],
  except: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const [numbers, ids, times] = columns(
    names,
    (row) => row.business_number,
    (row) => row.group_id,
    (row) => row.at.toISOString(),
  );
  await tx.query(againSql, [numbers ?? [], ids ?? [], times ?? [], except]);
}
