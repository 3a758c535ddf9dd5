import type { AttachmentSettlement, AttachmentTask } from './ledger.ts';
import type { Remade } from './fold.ts';
import type { Sql, SqlExecutor } from './sql.ts';

/** Interactions whose files are stored get their rows per destination, back to waiting where files were added. Called by the fold. */
export async function addAttachments(_tx: SqlExecutor, _remade: readonly Remade[]): Promise<void> {}

/** Leases records with stored files that are not attached; see the port. */
export async function claimAttachments(
  _sql: Sql,
  _destination: string,
  _limit: number,
  _owner: string,
  _leaseMs: number,
): Promise<AttachmentTask[]> {
  throw new Error('unfinished');
}

/** Writes what became of leased attachments. */
export async function settleAttachments(
  _sql: Sql,
  _destination: string,
  _settlements: readonly AttachmentSettlement[],
  _owner: string,
): Promise<void> {
  throw new Error('unfinished');
}

/** Destinations that have a file to attach now. */
export async function waitingAttachments(_sql: Sql): Promise<string[]> {
  return [];
}
