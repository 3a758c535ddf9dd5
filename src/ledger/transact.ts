import type { Haste, Sql, SqlExecutor, SqlValue } from './sql.ts';
import { isRepeatable } from './sql-error.ts';

const tries = 5;

/** A transaction that is run again when the database broke it off to end a deadlock. `work` may run several times. */
export async function transact<T>(
  sql: Sql,
  work: (tx: SqlExecutor) => Promise<T>,
  haste: Haste = 'usual',
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sql.transaction(work, haste);
    } catch (error) {
      if (attempt >= tries || !isRepeatable(error)) throw error;
    }
  }
}

/**
 * Makes the rest of a transaction look rows up by their keys, one index entry each. The planner's statistics are older
 * than what came in the last minute (and an embedded database has none at first), and then it reads whole tables for a
 * batch of keys.
 */
export async function planByKey(tx: SqlExecutor): Promise<void> {
  await tx.query(`select set_config(name, 'off', true) from
    unnest(array['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) as name`);
}

type Cell = string | number | boolean | null;

/** Rows as one array per column, for `unnest`: a statement with many rows and few parameters. */
export function columns<T>(
  rows: readonly T[],
  ...pick: readonly ((row: T) => Cell | undefined)[]
): SqlValue[] {
  return pick.map((cell) => rows.map((row) => cell(row) ?? null));
}

/** What a lock is about; with the destination's id it names an advisory lock. */
const lockClass = {
  claim: 7_761_301,
  directory: 7_761_302,
  identities: 7_761_303,
  mapping: 7_761_304,
  digest: 7_761_305,
  fold: 7_761_306,
} as const;

/** Waits for the destination's lock and keeps it to the end of the transaction. */
export async function lockDestination(
  tx: SqlExecutor,
  about: keyof typeof lockClass,
  destination: string,
  mode: 'exclusive' | 'shared' = 'exclusive',
): Promise<void> {
  const shared = mode === 'shared' ? '_shared' : '';
  await tx.query(`select pg_advisory_xact_lock${shared}($1::int, hashtext($2))`, [
    lockClass[about],
    destination,
  ]);
}

/** One fold at a time, over all processes. */
export async function lockFold(tx: SqlExecutor): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1::int, 0)', [lockClass.fold]);
}

/**
 * Whoever adds to what is known of people or groups is alone with it; whoever uses it shares it. So of two folds, one
 * that learns and one that needs it, the later one sees what the earlier one did.
 */
export async function lockIdentities(tx: SqlExecutor, mode: 'exclusive' | 'shared'): Promise<void> {
  const shared = mode === 'shared' ? '_shared' : '';
  await tx.query(`select pg_advisory_xact_lock${shared}($1::int, 0)`, [lockClass.identities]);
}
