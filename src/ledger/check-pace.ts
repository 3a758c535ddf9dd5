import type { Sql } from './sql.ts';

const dayMs = 86_400_000;

/**
 * How many calls may be made now. They are saved up evenly over the day, up to `most`; when none is left, nothing is due
 * until there is one.
 */
export async function checkPace(
  sql: Sql,
  destination: string,
  perDay: number,
  most: number,
): Promise<number> {
  const [row] = await sql.query<{ calls: number }>(
    `insert into wcs.check_pace as p (destination, calls) values ($1, $3::float8)
     on conflict (destination) do update
     set calls = least($3::float8, p.calls + $2::float8 * extract(epoch from clock_timestamp() - p.at) / 86400),
         at = clock_timestamp()
     returning calls`,
    [destination, perDay, most],
  );
  const calls = row?.calls ?? 0;
  if (calls < 1) {
    const waitMs = perDay > 0 ? Math.min(3_600_000, ((1 - calls) / perDay) * dayMs) : 600_000;
    await spendChecks(sql, destination, 0, waitMs);
  }
  return calls;
}

/** These calls were made. @param pauseMs nothing is due for so long */
export async function spendChecks(
  sql: Sql,
  destination: string,
  calls: number,
  pauseMs?: number,
): Promise<void> {
  await sql.query(
    `insert into wcs.check_pace as p (destination, calls, not_before)
     values ($1, -$2::float8, coalesce(clock_timestamp() + $3::float8 * interval '1 millisecond', '-infinity'))
     on conflict (destination) do update
     set calls = p.calls - $2::float8, not_before = greatest(p.not_before, excluded.not_before)`,
    [destination, calls, pauseMs ?? null],
  );
}
