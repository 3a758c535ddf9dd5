import type { Media } from '../core/interaction.ts';
import type { MediaTask } from './ledger.ts';
import type { Sql, SqlExecutor } from './sql.ts';

/** Remembers files that are to be fetched; those that are remembered already stay as they are. Called by the fold. */
export async function addMedia(
  _tx: SqlExecutor,
  _files: readonly { readonly key: string; readonly source: string; readonly media: Media }[],
): Promise<void> {}

/** Leases files of these sources that are due; see the port. */
export async function claimMedia(
  _sql: Sql,
  _sources: readonly string[],
  _limit: number,
  _owner: string,
  _leaseMs: number,
): Promise<MediaTask[]> {
  throw new Error('unfinished');
}

/** Writes what became of a leased file; see the port. */
export async function settleMedia(
  _sql: Sql,
  _task: { readonly key: string; readonly mediaId: string },
  _settlement:
    | { readonly to: 'done' }
    | { readonly to: 'waiting'; readonly delayMs: number; readonly burn: boolean; readonly code: string },
  _owner: string,
): Promise<void> {
  throw new Error('unfinished');
}

/** Sources that have a file to fetch now. */
export async function waitingMedia(_sql: Sql): Promise<string[]> {
  return [];
}
