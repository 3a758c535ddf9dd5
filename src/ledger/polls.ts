import type { PollState } from './ledger.ts';
import type { Sql } from './sql.ts';

/** Where the polls of a source stand. */
export async function pollStates(_sql: Sql, _source: string): Promise<PollState[]> {
  throw new Error('unfinished');
}

/** Keeps where a poll stands; see the port. */
export async function putPollState(
  _sql: Sql,
  _source: string,
  _stream: string,
  _state: { readonly cursor?: string; readonly caughtUp?: boolean; readonly pauseMs?: number },
): Promise<void> {
  throw new Error('unfinished');
}

/** Which of these events are there already. */
export async function known(_sql: Sql, _dedupeKeys: readonly string[]): Promise<ReadonlySet<string>> {
  throw new Error('unfinished');
}
