import { setTimeout as sleep } from 'node:timers/promises';
import { ForeignSchemaError, MigrationsLockedError, SchemaTooNewError } from './migrate-errors.ts';
import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/index.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { isLockTimeout, isRepeatable } from './sql-error.ts';

/** How a program waits for others, and who hears of it. */
export interface MigrateOptions {
  /** told in a sentence what is waited for, and when the database is of a newer release; without content */
  readonly tell?: ((text: string) => void) | undefined;
  /** the longest wait for other programs, in ms; default five minutes */
  readonly waitMs?: number;
  /** how long one step waits for a lock before it lets others pass, in ms; default five seconds */
  readonly stepMs?: number;
}

/** One migrating process at a time, over all processes of the database. */
const lockSql = `select pg_advisory_xact_lock(hashtext('wcs migrations'))`;

/** Who holds that lock. */
const holderSql = `
  select a.application_name as name, host(a.client_addr) as host
  from pg_locks l join pg_stat_activity a on a.pid = l.pid
  where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and l.pid <> pg_backend_pid()
    and l.database = (select oid from pg_database where datname = current_database())
    and l.classid::bigint << 32 | l.objid::bigint = hashtext('wcs migrations')::bigint
  limit 1`;

interface Applied extends Row {
  readonly version: number;
  readonly name: string;
  readonly works_from: number | null;
}

/**
 * Brings the schema `wcs` up to date: each migration in its own transaction, recorded in `wcs.migrations` with the oldest
 * program that works with it. A step that does not get its locks soon is taken back and tried again, so that it never
 * holds up those who work for longer than `stepMs`.
 *
 * @returns versions that were applied now
 * @throws SchemaTooNewError, ForeignSchemaError, MigrationsLockedError
 */
export async function migrate(
  sql: Sql,
  known: readonly Migration[] = migrations,
  options: MigrateOptions = {},
): Promise<number[]> {
  await alone(sql, options, makeTable);
  const applied: number[] = [];
  for (const migration of known) {
    if (await alone(sql, options, (tx) => apply(tx, migration, known))) applied.push(migration.version);
  }
  const newest = known.at(-1)?.version ?? 0;
  const found = (await readApplied(sql)).at(-1)?.version ?? 0;
  if (found > newest)
    options.tell?.(
      `the database is of a newer release (schema ${found}, this program knows ${newest}), which this program works with`,
    );
  return applied;
}

/** `work` in a transaction while no other program migrates. */
async function alone<T>(
  sql: Sql,
  { tell, waitMs = 300_000, stepMs = 5_000 }: MigrateOptions,
  work: (tx: SqlExecutor) => Promise<T>,
): Promise<T> {
  const until = performance.now() + waitMs;
  let isTold = false;
  for (;;) {
    try {
      return await sql.transaction(async (tx) => {
        await tx.query(`select set_config('lock_timeout', $1, true)`, [`${stepMs}ms`]);
        await tx.query(lockSql);
        return work(tx);
      }, 'patient');
    } catch (error) {
      if (!isLockTimeout(error) && !isRepeatable(error)) throw error;
      const who = await holder(sql);
      if (!isTold) tell?.(`the database is in use by ${who}; its migration waits`);
      isTold = true;
      if (performance.now() >= until) throw new MigrationsLockedError(who, waitMs);
      await sleep(Math.min(250, stepMs));
    }
  }
}

async function holder(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ name: string; host: string | null }>(holderSql);
  if (row === undefined) return 'somebody who reads or writes a table for long';
  return `a program that migrates it (${row.name === '' ? 'without a name' : row.name}, from ${row.host ?? 'the server itself'})`;
}

/** Nothing is made where it is there: the user of a database that is set up need not be allowed to. */
async function makeTable(tx: SqlExecutor): Promise<void> {
  const columns = await columnsOf(tx, 'migrations');
  if (columns.length === 0) {
    const [other] = await tx.query<{ name: string }>(
      `select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'wcs' and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') order by relname limit 1`,
    );
    if (other !== undefined) throw new ForeignSchemaError(`there is "${other.name}" and no "migrations"`);
    await tx.query('create schema if not exists wcs');
    await tx.query(`create table wcs.migrations (
      version int primary key, name text not null, applied_at timestamptz not null default now(), works_from int)`);
    return;
  }
  const missing = ['version', 'name', 'applied_at'].filter((name) => !columns.includes(name));
  if (missing.length > 0)
    throw new ForeignSchemaError(`its table "migrations" has no column "${missing.join('", "')}"`);
  // Made by a release that did not know this column: its steps say nothing, and stand for themselves.
  if (!columns.includes('works_from')) await tx.query('alter table wcs.migrations add column works_from int');
}

async function columnsOf(tx: SqlExecutor, table: string): Promise<string[]> {
  const rows = await tx.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = to_regclass('wcs.' || $1) and attnum > 0 and not attisdropped`,
    [table],
  );
  return rows.map(({ name }) => name);
}

function readApplied(tx: SqlExecutor): Promise<Applied[]> {
  return tx.query<Applied>('select version, name, works_from from wcs.migrations order by version');
}

async function apply(tx: SqlExecutor, migration: Migration, known: readonly Migration[]): Promise<boolean> {
  const applied = await readApplied(tx);
  assertUsable(applied, known);
  if (applied.some(({ version }) => version >= migration.version)) return false;
  for (const statement of statementsOf(migration.script)) await tx.query(statement);
  await tx.query('insert into wcs.migrations (version, name, works_from) values ($1, $2, $3)', [
    migration.version,
    migration.name,
    migration.worksFrom ?? null,
  ]);
  return true;
}

/** Steps that this program does not know must all say that it works with them. */
function assertUsable(applied: readonly Applied[], known: readonly Migration[]): void {
  const newest = known.at(-1)?.version ?? 0;
  const names = new Map(known.map(({ version, name }) => [version, name]));
  const found = applied.at(-1)?.version ?? 0;
  for (const { version, name, works_from } of applied) {
    const ours = names.get(version);
    if (ours !== undefined && ours !== name)
      throw new ForeignSchemaError(`its step ${version} is "${name}", and here it is "${ours}"`);
    if (version > newest && (works_from ?? version) > newest) throw new SchemaTooNewError(found, newest);
  }
}

/** Statements end with a semicolon at the end of a line, outside of $$ bodies. */
function statementsOf(script: string): string[] {
  const statements: string[] = [];
  let current = '';
  let quoted = false;
  for (const line of script.split('\n')) {
    current += `${line}\n`;
    if (line.split('$$').length % 2 === 0) quoted = !quoted;
    if (!quoted && line.trimEnd().endsWith(';')) {
      statements.push(current.trim());
      current = '';
    }
  }
  return current.trim() === '' ? statements : [...statements, current.trim()];
}
