import type { PGlite } from '@electric-sql/pglite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { toSqlError } from './sql-error.ts';
import type { Turns } from './turns.ts';

/** The upkeep that runs in the background. */
export interface Maintenance {
  /** Ends it, after the statement that runs. */
  stop(): Promise<void>;
}

interface MaintenanceOptions {
  /** write-ahead log since the last time, in bytes */
  readonly afterBytes: number;
  /** one session: each statement takes its turn */
  readonly turns: Turns;
  readonly onError?: ((error: Error) => void) | undefined;
}

/** While webhooks come in it waits for a quieter moment, but not for ever: so many times `afterBytes`. */
const patience = 8;

const lookEveryMs = 2_000;

const writtenSql = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as bytes`;

const tablesSql = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and c.relpersistence = 'p'`;

/**
 * Does for PGlite what a server does by itself: VACUUM (nothing else takes dead rows away or tells the planner what is
 * in the tables) and CHECKPOINT (without it the write-ahead log grows for ever). One table at a time, others in between.
 */
export function startMaintenance(pglite: PGlite, options: MaintenanceOptions): Maintenance {
  let done = 0;
  let stopped = false;
  let running: Promise<void> | undefined;

  const maintain = async () => {
    const written = await bytesWritten(pglite);
    const { afterBytes, turns } = options;
    if (written - done < afterBytes * (turns.isRush ? patience : 1)) return;
    const { rows } = await pglite.query<{ name: string }>(tablesSql);
    for (const { name } of rows) {
      if (stopped) return;
      await nextTurn();
      await turns
        .take(() => pglite.exec(`vacuum (analyze) ${name}`))
        .catch((error: unknown) => {
          if (!isGone(error)) throw error;
        });
    }
    await nextTurn();
    if (!stopped) await turns.take(() => pglite.exec('checkpoint'));
    done = await bytesWritten(pglite);
  };

  const timer = setInterval(() => {
    running ??= maintain()
      .catch((error: unknown) => options.onError?.(toSqlError(error)))
      .finally(() => {
        running = undefined;
      });
  }, lookEveryMs);
  timer.unref();

  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

async function bytesWritten(pglite: PGlite): Promise<number> {
  const { rows } = await pglite.query<{ bytes: string }>(writtenSql);
  return Number(rows[0]?.bytes ?? 0);
}

/** The table was dropped in between: "undefined table" or "undefined schema". */
function isGone(error: unknown): boolean {
  return ['42P01', '3F000'].includes(toSqlError(error).code);
}
