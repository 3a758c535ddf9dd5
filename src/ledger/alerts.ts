import type { AlertChange } from '../core/fact.ts';
import type { Alert } from './ledger.ts';
import type { SqlExecutor } from './sql.ts';

/** Alerts that are raised now. */
export async function alerts(_sql: SqlExecutor): Promise<Alert[]> {
  return [];
}

/** Raises or ends alerts; older news than what is known changes nothing. */
export async function setAlerts(
  _sql: SqlExecutor,
  _changes: readonly (AlertChange & { readonly source: string; readonly at?: string })[],
): Promise<void> {
  throw new Error('unfinished');
}
