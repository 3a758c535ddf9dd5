import {
  excludedRule,
  interactionRules,
  noticeRules,
  parkedRule,
  type RetentionRule,
} from '../core/retention.ts';
import { heldEventSql, heldSql } from './holds.ts';
import type { ParkedPurge, PurgeSubject, RetentionState, RuleCount } from './ledger.ts';
import type { Sql, SqlValue } from './sql.ts';

/** Which rows a rule is about and for which its term is over, as SQL over `i` (interactions) or `e` (events). */

/** Collects places of a statement. */
export class Places {
  readonly values: SqlValue[] = [];

  /** @returns the parameter's place, `$n` */
  add(value: SqlValue): string {
    return `$${this.values.push(value)}`;
  }
}

const classSql: Readonly<Record<NonNullable<RetentionRule['class']>, string>> = {
  messages: `i.kind = 'message'`,
  calls: `i.kind = 'call'`,
  parked: `exists (select from wcs.activities a where a.key = i.key and a.state = 'parked')`,
  failed: `exists (select from wcs.activities a where a.key = i.key and a.state = 'failed')`,
  ignored: `not exists (
    select from wcs.activities a where a.key = i.key and a.state not in ('ignored', 'excluded'))`,
  files: `(exists (select from wcs.file_uses u where u.key = i.key)
    or exists (select from wcs.media m where m.key = i.key))`,
  notices: 'true',
};

type Row = 'i' | 'e';

function fits(rule: RetentionRule, row: Row, places: Places): string {
  const conditions = [
    ...(rule.class === undefined ? [] : [classSql[rule.class]]),
    ...(rule.source === undefined ? [] : [`${row}.source = ${places.add(rule.source)}`]),
    ...(rule.numbers === undefined
      ? []
      : [`${row}.business_number = any(${places.add(rule.numbers)}::text[])`]),
  ];
  return conditions.length === 0 ? 'true' : conditions.map((one) => `(${one})`).join(' and ');
}

const timeOf = { i: 'i.occurred_at', e: 'e.received_at' };

function isOver({ keep }: RetentionRule, row: Row, places: Places): string {
  return `${timeOf[row]} < clock_timestamp() - ${places.add(keep)}::interval`;
}

/** Only the first rule that fits counts: not what an earlier one is about. */
function isOurs(earlier: readonly RetentionRule[], row: Row, places: Places): string {
  return earlier.map((one) => `not (${fits(one, row, places)})`).join(' and ') || 'true';
}

/** Whether the first rule that fits obliges to keep it still. */
export function obligedSql(rules: readonly RetentionRule[], row: Row, places: Places): string {
  const own = row === 'i' ? interactionRules(rules) : noticeRules(rules);
  const cases = own.map((rule) => {
    const obliged = rule.obligation ? `not (${isOver(rule, row, places)})` : 'false';
    return `when ${fits(rule, row, places)} then ${obliged}`;
  });
  return cases.length === 0 ? 'false' : `case ${cases.join(' ')} else false end`;
}

const whole = 'i.purge_id is null and i.revision > 0';

/** The part of a statement that finds what a rule is over for; undefined: it is not about such rows. */
function overSql(
  rules: readonly RetentionRule[],
  rule: RetentionRule,
  row: Row,
  places: Places,
): string | undefined {
  const rivals =
    rule.class === 'files'
      ? rules.filter((one) => one.class === 'files')
      : row === 'i'
        ? interactionRules(rules)
        : noticeRules(rules);
  const place = rivals.findIndex((one) => one.id === rule.id);
  if (place < 0 || (row === 'e' && rule.class === 'files')) return undefined;
  const from =
    row === 'i'
      ? `wcs.interactions i where ${whole}`
      : 'wcs.events e where e.interaction_key is null and e.purge_id is null';
  return `from ${from} and ${isOver(rule, row, places)} and ${fits(rule, row, places)}
    and ${isOurs(rivals.slice(0, place), row, places)}`;
}

/** See the port. */
export async function expired(
  sql: Sql,
  rules: readonly RetentionRule[],
  rule: RetentionRule,
  limit: number,
): Promise<Required<PurgeSubject>> {
  const find = async (row: Row, id: string, held: string): Promise<string[]> => {
    const places = new Places();
    const found = overSql(rules, rule, row, places);
    if (found === undefined) return [];
    const rows = await sql.query<{ id: string }>(
      `select ${id} as id ${found} and not ${held} ${row === 'i' ? notBusy(rule) : ''}
       order by ${timeOf[row]}, ${id} limit ${places.add(limit)}`,
      places.values,
    );
    return rows.map((one) => one.id);
  };
  return {
    keys: await find('i', 'i.key', heldSql('i')),
    events: (await find('e', 'e.id', heldEventSql('e'))).map(Number),
  };
}

/** What is on its way comes at the next run. */
const notBusy = (rule: RetentionRule) =>
  rule.class === 'files'
    ? ''
    : `and not exists (
    select from wcs.activities b where b.key = i.key and b.state in ('sending', 'unknown'))`;

const excludedSql = `
  from (select distinct a.key from wcs.activities a where a.state = 'excluded' and not a.purged) x
  join wcs.interactions i on i.key = x.key
  where ${whole} and not exists (select from wcs.activities o where o.key = i.key and o.state <> 'excluded')`;

/** See the port. */
export async function excludedLater(sql: Sql, limit: number): Promise<string[]> {
  const rows = await sql.query<{ key: string }>(
    `select i.key ${excludedSql} and not ${heldSql('i')} order by i.key limit $1`,
    [limit],
  );
  return rows.map(({ key }) => key);
}

/** That another destination has it, or will. */
export const elsewhereSql = `exists (
  select from wcs.activities o where o.key = a.key and o.state not in ('parked', 'ignored', 'excluded'))`;

const parkedSql = `
  from wcs.activities a join wcs.interactions i on i.key = a.key
  where a.destination = $1 and a.state = 'parked' and a.code is distinct from 'dry-run' and ${whole}
    and i.source = $2 and ($3::text[] is null or i.business_number = any($3))
    and a.parked_since < clock_timestamp() - $4::int * interval '1 day' and not ${elsewhereSql}`;

const parkedValues = ({ destination, source, businessNumbers = [], days }: ParkedPurge): SqlValue[] => [
  destination,
  source,
  businessNumbers.length === 0 ? null : businessNumbers,
  days,
];

/** See the port. */
export async function parkedTooLong(sql: Sql, rule: ParkedPurge, limit: number): Promise<string[]> {
  const rows = await sql.query<{ key: string }>(
    `select i.key ${parkedSql} and not ${heldSql('i')} order by i.key limit $5`,
    [...parkedValues(rule), limit],
  );
  return rows.map(({ key }) => key);
}

const countsSql = (id: string, held: string) =>
  `select count(distinct ${id}) filter (where not ${held})::int as free,
          count(distinct ${id}) filter (where ${held})::int as held`;

interface CountRow extends Record<string, unknown> {
  free: number;
  held: number;
}

/** See the port. */
export async function expiredCounts(
  sql: Sql,
  rules: readonly RetentionRule[],
  parked: readonly ParkedPurge[],
): Promise<RuleCount[]> {
  const count = async (text: string, values: readonly SqlValue[] = []): Promise<CountRow> => {
    const [row] = await sql.query<CountRow>(text, values);
    return row ?? { free: 0, held: 0 };
  };
  const ofInteractions = countsSql('i.key', heldSql('i'));
  const excluded = await count(`${ofInteractions} ${excludedSql}`);
  const counts = [builtIn(excludedRule, excluded)];
  if (parked.length > 0) {
    const each: CountRow[] = [];
    for (const one of parked) each.push(await count(`${ofInteractions} ${parkedSql}`, parkedValues(one)));
    const sum = (name: 'free' | 'held') => each.reduce((total, row) => total + row[name], 0);
    counts.push(builtIn(parkedRule, { free: sum('free'), held: sum('held') }));
  }
  for (const rule of rules) {
    const found = async (row: Row) => {
      const places = new Places();
      const over = overSql(rules, rule, row, places);
      const select = row === 'i' ? ofInteractions : countsSql('e.id', heldEventSql('e'));
      return over === undefined ? { free: 0, held: 0 } : count(`${select} ${over}`, places.values);
    };
    const [interactions, events] = [await found('i'), await found('e')];
    const isFiles = rule.class === 'files';
    counts.push({
      rule: rule.id,
      interactions: isFiles ? 0 : interactions.free,
      files: isFiles ? interactions.free : 0,
      events: events.free,
      held: interactions.held + events.held,
    });
  }
  return counts;
}

function builtIn(rule: string, { free, held }: CountRow): RuleCount {
  return { rule, interactions: free, events: 0, files: 0, held };
}

/** See the port. */
export async function retentionState(sql: Sql): Promise<RetentionState> {
  const time = (column: string) => `case when ${column} > '-infinity' then ${column} end as ${column}`;
  const [row] = await sql.query<
    Record<'applied_at' | 'unscrubbed_since' | 'scrubbed_at', Date | null> & { waits: boolean }
  >(
    `select ${time('applied_at')}, unscrubbed_since, ${time('scrubbed_at')},
       exists (select from wcs.erasures where cardinality(waiting) > 0) as waits from wcs.retention_state where id = 1`,
  );
  const at = (value: Date | null | undefined) => value?.toISOString();
  return {
    ...(row?.applied_at && { appliedAt: at(row.applied_at) as string }),
    ...(row?.unscrubbed_since && { unscrubbedSince: at(row.unscrubbed_since) as string }),
    ...(row?.scrubbed_at && { scrubbedAt: at(row.scrubbed_at) as string }),
    ...(row?.waits && { erasuresWait: true as const }),
  };
}

/** The rules were applied just now. */
export async function markRetention(sql: Sql): Promise<void> {
  await sql.query('update wcs.retention_state set applied_at = clock_timestamp() where id = 1');
}
