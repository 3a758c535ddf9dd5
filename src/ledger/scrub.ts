import { setTimeout as pause } from 'node:timers/promises';
import { keepAudit } from './audit.ts';
import type { Scrubbed } from './ledger.ts';
import type { Sql, SqlExecutor } from './sql.ts';
import { SqlError } from './sql-error.ts';

/** Tables that held what was destroyed: their dead rows are in the files until these are written anew. */
const tables = [
  'events',
  'interactions',
  'activities',
  'conversations',
  'identity_links',
  'group_names',
  'media',
  'attachments',
  'file_uses',
  'inbox',
  'holds',
  'content_keys',
  'quarantine',
].map((name) => `wcs.${name}`);

/** Others wait for a table while we wait for it, and while it is written: neither takes longer than this. Milliseconds. */
const lockMs = 2_000;
const writeMs = 30_000;
const tries = 3;
const betweenMs = 500;

/** Wipes the database's own files; see the port. Nothing of it can run inside of a transaction. */
export async function scrub(
  sql: Sql,
  { fullBelow, actor }: { readonly fullBelow: number; readonly actor: string },
): Promise<Scrubbed> {
  const started = Date.now();
  const [before] = await sql.query<{ since: string | null; bytes: string }>(
    `select (select unscrubbed_since::text from wcs.retention_state) as since,
       (select sum(pg_total_relation_size(name::regclass)) from unnest($1::text[]) as name)::text as bytes`,
    [tables],
  );
  const bytes = Number(before?.bytes ?? 0);
  const left: string[] = [];
  const done = await sql.session(async (session) => {
    const written = await rewriteAll(session, sql.kind, bytes < fullBelow, left);
    await wipeStatistics(session, left);
    await wipeLog(session, left);
    return written;
  });
  if (bytes >= fullBelow) {
    left.push(`the tables have ${bytes} bytes: their free space was not wiped (retention.rewriteBelow)`);
  }
  const report = { ...done, tables: tables.length, bytes, ms: Date.now() - started, left };
  await sql.transaction(async (tx) => {
    // Whatever was destroyed while this ran is wiped by the next one.
    await tx.query(
      `update wcs.retention_state set scrubbed_at = clock_timestamp(),
         unscrubbed_since = case when unscrubbed_since::text is distinct from $1 then unscrubbed_since end where id = 1`,
      [before?.since ?? null],
    );
    await keepAudit(tx, { actor, action: 'content.scrub', subject: '', detail: { ...report } });
  });
  return report;
}

/** One table after the other; one that cannot be had in time is tidied up only, and told. */
async function rewriteAll(
  session: SqlExecutor,
  kind: Sql['kind'],
  full: boolean,
  left: string[],
): Promise<Pick<Scrubbed, 'rewritten' | 'longestMs'>> {
  let rewritten = 0;
  let longestMs = 0;
  if (kind === 'postgres') {
    await session.query(`select set_config('lock_timeout', '${lockMs}', false)`);
    await session.query(`select set_config('statement_timeout', '${writeMs}', false)`);
  }
  for (const table of tables) {
    const started = Date.now();
    const isDone = full && (await rewrite(session, table));
    if (isDone) {
      rewritten += 1;
      longestMs = Math.max(longestMs, Date.now() - started);
      continue;
    }
    if (full) left.push(`${table} could not be written anew: its free space was not wiped`);
    await attempt(() => session.query(`vacuum (analyze) ${table}`), left, `${table} could not be tidied up`);
  }
  return { rewritten, longestMs };
}

async function rewrite(session: SqlExecutor, table: string): Promise<boolean> {
  for (let nth = 1; ; nth += 1) {
    try {
      await session.query(`vacuum (full, analyze) ${table}`);
      return true;
    } catch (error) {
      // 55P03: somebody has it. Otherwise it took too long, or we may not.
      if (!(error instanceof SqlError)) throw error;
      if (nth >= tries || error.code !== '55P03') return false;
      await pause(betweenMs * nth);
    }
  }
}

/**
 * Statistics of columns are rows too. ANALYZE has made them anew, but not of a table without rows: there a change of type,
 * to the same one, takes them away.
 */
async function wipeStatistics(session: SqlExecutor, left: string[]): Promise<void> {
  const [chats] = await session.query<{ none: boolean }>(
    'select not exists (select from wcs.conversations) as none',
  );
  if (chats?.none) {
    await attempt(
      () =>
        session.query(`alter table wcs.conversations alter column person_phone type text,
          alter column person_user_id type text, alter column names type tsvector`),
      left,
      'old statistics of chats were not wiped',
    );
  }
  const [may] = await session.query<{ may: boolean }>(
    `select r.rolsuper or d.datdba = r.oid as may from pg_roles r, pg_database d
     where r.rolname = current_user and d.datname = current_database()`,
  );
  const text =
    'old statistics of columns were not wiped: VACUUM FULL pg_statistic is for the owner of the database';
  if (may?.may !== true) left.push(text);
  else await attempt(() => session.query('vacuum full pg_catalog.pg_statistic'), left, text);
}

/** Everything before a checkpoint is not needed any more; what is not needed is removed, where it is not recycled. */
async function wipeLog(session: SqlExecutor, left: string[]): Promise<void> {
  const text =
    'the write-ahead log could not be ended: grant pg_checkpoint and pg_switch_wal, or wait for checkpoints';
  await attempt(
    async () => {
      await session.query('checkpoint');
      for (let nth = 0; nth < mostSegments; nth += 1) {
        const isLast = await isLastSegment(session);
        await session.query('select pg_switch_wal()');
        await session.query('checkpoint');
        if (isLast) break;
      }
    },
    left,
    text,
  );
  const [log] = await session.query<{ archived: boolean; recycled: boolean; slots: number }>(
    `select current_setting('archive_mode') <> 'off' as archived, current_setting('wal_recycle') = 'on' as recycled,
       (select count(*)::int from pg_replication_slots) as slots`,
  );
  if (log?.archived) left.push('the write-ahead log is archived: the archive is not wiped');
  if (log?.recycled)
    left.push('old write-ahead log is written over later (wal_recycle is on), not removed now');
  if ((log?.slots ?? 0) > 0) left.push('replication slots may keep the write-ahead log');
}

/** Segments that lie ready for later are old ones, from when they were still recycled: each is used up and goes then. */
const mostSegments = 80;

async function isLastSegment(session: SqlExecutor): Promise<boolean> {
  const [row] = await session.query<{ last: boolean }>(
    `select current_setting('wal_recycle') = 'on' or not exists (
       select from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$' and name > pg_walfile_name(pg_current_wal_lsn())) as last`,
  );
  return row?.last ?? true;
}

async function attempt(work: () => Promise<unknown>, left: string[], text: string): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    left.push(text);
  }
}
