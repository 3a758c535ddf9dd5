import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/index.ts';
import type { Sql, SqlExecutor } from './sql.ts';

/** The database was made by a newer program than this one. */
export class SchemaTooNewError extends Error {
  constructor(found: number, known: number) {
    super(
      `The ledger's schema has version ${found} and this program knows versions up to ${known}. ` +
        'It was migrated by a newer release: run that one, or restore a backup from before.',
    );
    this.name = 'SchemaTooNewError';
  }
}

/** One migrating process at a time, over all processes of the database. */
const lockSql = `select pg_advisory_xact_lock(hashtext('wcs migrations'))`;

/**
 * Brings the schema `wcs` up to date: each migration in its own transaction, recorded in `wcs.migrations`.
 *
 * @returns versions that were applied now
 * @throws SchemaTooNewError
 */
export async function migrate(sql: Sql, known: readonly Migration[] = migrations): Promise<number[]> {
  await sql.transaction(async (tx) => {
    await tx.query(lockSql);
    await tx.query('create schema if not exists wcs');
    await tx.query(`create table if not exists wcs.migrations (
      version int primary key, name text not null, applied_at timestamptz not null default now())`);
  });
  const applied: number[] = [];
  for (const migration of known) {
    if (await sql.transaction((tx) => apply(tx, migration, known.at(-1)?.version ?? 0)))
      applied.push(migration.version);
  }
  return applied;
}

async function apply(tx: SqlExecutor, migration: Migration, newestKnown: number): Promise<boolean> {
  await tx.query(lockSql);
  const [row] = await tx.query<{ version: number | null }>(
    'select max(version) as version from wcs.migrations',
  );
  const found = row?.version ?? 0;
  if (found > newestKnown) throw new SchemaTooNewError(found, newestKnown);
  if (found >= migration.version) return false;
  for (const statement of statementsOf(migration.script)) await tx.query(statement);
  await tx.query('insert into wcs.migrations (version, name) values ($1, $2)', [
    migration.version,
    migration.name,
  ]);
  return true;
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
