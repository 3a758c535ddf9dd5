import type { Pool } from 'pg';
import { RateLimiterPostgres, type RateLimiterRes } from 'rate-limiter-flexible';

interface Counted {
  readonly rows: readonly { readonly points: number; readonly expire: string | number | null }[];
  readonly rowCount: number;
}

/** What the library's stores give each other; its types leave it out. */
interface Inner {
  _upsert(key: string, points: number, msDuration: number, forceExpire?: boolean): Promise<Counted>;
  _get(key: string): Promise<Counted | null>;
  _getRateLimiterRes(key: string, changed: number, counted: Counted): RateLimiterRes;
}

const table = '"wcs"."limits"';
const nowSql = '(extract(epoch from clock_timestamp()) * 1000)::bigint';
/** Over, or of a clock that went wrong: no window ends later than one length from now. */
const isOverSql = (lengthSql: string) => `(l.expire <= ${nowSql} or l.expire > ${nowSql} + ${lengthSql})`;

const upsertSql = `
  insert into ${table} as l values ($1, $2, ${nowSql} + $3::bigint)
  on conflict (key) do update set
    points = case when $4::boolean or ${isOverSql('$3::bigint')} then $2 else l.points + $2 end,
    expire = case when $4::boolean or ${isOverSql('$3::bigint')} then excluded.expire else l.expire end
  returning points, greatest(0, expire - ${nowSql}) as expire`;
const getSql = `
  select points, greatest(0, expire - ${nowSql}) as expire from ${table} l
  where key = $1 and not ${isOverSql('$2::bigint')}`;

/**
 * Counts in the ledger's table `limits`, by the database's clock. The library measures windows by the clock of each process:
 * of two processes whose clocks differ, one would find windows of the other that end in minutes, and hold all calls until then.
 */
export function postgresLimiter(
  pool: Pool,
  options: ConstructorParameters<typeof RateLimiterPostgres>[0],
): RateLimiterPostgres {
  const limiter = new RateLimiterPostgres({ ...options, storeClient: pool, tableCreated: true });
  const inner = limiter as unknown as Inner;
  const plain = inner._getRateLimiterRes.bind(limiter);
  const lengthMs = limiter.duration * 1_000;
  inner._upsert = (key, points, msDuration, forceExpire = false) =>
    pool.query(upsertSql, [key, points, msDuration, forceExpire]) as Promise<unknown> as Promise<Counted>;
  inner._get = async (key) => {
    const counted = (await pool.query(getSql, [key, lengthMs])) as unknown as Counted;
    return counted.rowCount === 0 ? null : counted;
  };
  inner._getRateLimiterRes = (key, changed, counted) =>
    Object.assign(plain(key, changed, counted), { msBeforeNext: Number(counted.rows[0]?.expire ?? 0) });
  return limiter;
}
