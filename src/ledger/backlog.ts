import type { ActivityState } from '../core/activity.ts';
import { eachPendingSql, pendingSql } from './claim.ts';
import type { Backlog } from './ledger.ts';
import type { Row, Sql } from './sql.ts';

const countsSql = `
  select (select count(*) from wcs.inbox) as inbox,
         (select count(*) from wcs.inbox where error is not null) as stuck,
         (select count(*) from wcs.events where kind = 'unrecognised') as unrecognised`;

const statesSql = `
  select destination, state, count(*) as count from wcs.activities group by destination, state`;

/** The first entry of each: never all that waits. */
const agesSql = `
  ${eachPendingSql}
  select e.destination, extract(epoch from clock_timestamp() - (
    select a.pending_since from wcs.activities a where a.destination = e.destination and a.${pendingSql}
    order by a.pending_since limit 1))::float8 as age
  from each_one e where e.destination is not null`;

const inboxAgeSql = `
  select coalesce((select extract(epoch from clock_timestamp() - added_at)
                   from wcs.inbox order by event_id limit 1), 0)::float8 as age`;

interface StateRow extends Row {
  destination: string;
  state: ActivityState;
  count: string;
}

interface Counts {
  readonly inbox: number;
  readonly stuck: number;
  readonly unrecognised: number;
  readonly states: readonly {
    readonly destination: string;
    readonly state: ActivityState;
    readonly count: number;
  }[];
}

/** Up to here counting costs next to nothing, and counts are always of now. */
const manyRows = 100_000;
/** A count of more is kept for so many times as long as it took: counting has a hundredth of the time at most. */
const keepFactor = 100;
const longestKeepMs = 300_000;

/**
 * Waiting work and its age by the database's clock. Ages are of now and cost the same however much waits. Counts go over all
 * that there is, and probes, scrapes and ticks ask every few seconds: those of a large ledger are kept for a while.
 */
export class BacklogReader {
  readonly #sql: Sql;
  readonly #manyRows: number;
  readonly #now: () => number;
  #counting: Promise<Counts> | undefined;
  #kept: { readonly counts: Counts; readonly until: number } | undefined;

  constructor(sql: Sql, options: { manyRows?: number; now?: () => number } = {}) {
    this.#sql = sql;
    this.#manyRows = options.manyRows ?? manyRows;
    this.#now = options.now ?? (() => performance.now());
  }

  /** @param exact counts of now, whatever they cost */
  async read(exact: boolean): Promise<Backlog> {
    const { inbox, stuck, unrecognised, states } = await this.#counts(exact);
    const [first] = await this.#sql.query<{ age: number }>(inboxAgeSql);
    const ages = await this.#sql.query<{ destination: string; age: number }>(agesSql);
    const ageOf = new Map(ages.map((row) => [row.destination, row.age]));
    const destinations = [...new Set([...states, ...ages].map((row) => row.destination))].sort();
    return {
      inbox,
      inboxAgeSeconds: Math.max(0, Number(first?.age)),
      stuck,
      unrecognised,
      destinations: destinations.map((destination) => ({
        destination,
        states: Object.fromEntries(
          states.filter((row) => row.destination === destination).map(({ state, count }) => [state, count]),
        ),
        backlogAgeSeconds: Math.max(0, ageOf.get(destination) ?? 0),
      })),
    };
  }

  #counts(exact: boolean): Promise<Counts> {
    if (exact || this.#kept === undefined) return this.#count();
    if (this.#now() < this.#kept.until) return Promise.resolve(this.#kept.counts);
    // Who asks while it is being counted shares the answer.
    this.#counting ??= this.#count().finally(() => (this.#counting = undefined));
    return this.#counting;
  }

  async #count(): Promise<Counts> {
    const begun = this.#now();
    const [row] = await this.#sql.query<{ inbox: string; stuck: string; unrecognised: string }>(countsSql);
    const rows = await this.#sql.query<StateRow>(statesSql);
    const states = rows.map(({ destination, state, count }) => ({
      destination,
      state,
      count: Number(count),
    }));
    const counts = {
      inbox: Number(row?.inbox),
      stuck: Number(row?.stuck),
      unrecognised: Number(row?.unrecognised),
      states,
    };
    const all = states.reduce((sum, { count }) => sum + count, counts.inbox + counts.unrecognised);
    const now = this.#now();
    const keepMs = Math.min(longestKeepMs, keepFactor * (now - begun));
    this.#kept = all < this.#manyRows ? undefined : { counts, until: now + keepMs };
    return counts;
  }
}
