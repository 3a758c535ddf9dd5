import { cleanText } from '../core/text.ts';
import type { DestinationHealth, Ledger } from './ledger.ts';
import { given } from './rows.ts';
import type { Row, Sql } from './sql.ts';

interface HealthRow extends Row {
  destination: string;
  state: DestinationHealth['state'];
  paused_until: Date | null;
  code: string | null;
  reason: string | null;
}

/** Keeps the state of a destination; `pauseMs` counts from now by the database's clock. */
export async function setDestinationHealth(
  sql: Sql,
  health: Parameters<Ledger['setDestinationHealth']>[0],
): Promise<void> {
  const { destination, state, pauseMs, code, reason } = health;
  await sql.query(
    `insert into wcs.destination_health (destination, state, paused_until, code, reason)
     values ($1, $2, clock_timestamp() + $3::float8 * interval '1 millisecond', $4, $5)
     on conflict (destination) do update
       set state = excluded.state, paused_until = excluded.paused_until, code = excluded.code,
           reason = excluded.reason`,
    [destination, state, pauseMs ?? null, code ?? null, reason === undefined ? null : cleanText(reason)],
  );
}

/** A pause that is over by the database's clock is not told any more. */
export async function destinationHealth(sql: Sql): Promise<DestinationHealth[]> {
  const rows = await sql.query<HealthRow>(
    `select destination, state, case when paused_until > clock_timestamp() then paused_until end as paused_until,
            code, reason
     from wcs.destination_health order by destination`,
  );
  return rows.map(({ destination, state, paused_until: pausedUntil, code, reason }) => ({
    destination,
    state,
    ...given('pausedUntil', pausedUntil?.toISOString()),
    ...given('code', code),
    ...given('reason', reason),
  }));
}
