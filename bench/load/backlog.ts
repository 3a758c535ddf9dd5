import pg from 'pg';
import { openLedger } from '../../src/ledger/open.ts';
import { fillLedger } from '../../test/support/export-fill.ts';
import type { CrmsProcess } from './crms.ts';
import { say, setStage, waitingNow, Watch, type Stage, type StageOptions } from './stage.ts';
import { thinned, type SteadyOptions } from './steady.ts';

/** A look at a backlog that is being drained. */
interface Look {
  /** seconds since the begin */
  readonly at: number;
  readonly logged: number;
  readonly rss: number;
  /** milliseconds of a request each */
  readonly ready: number;
  readonly metrics: number;
  readonly status: number;
  readonly report: number;
}

/** Very many activities wait, as after a long outage: are they logged at the pace of the CRMs, at the same cost to the last one? */
export async function backlog(
  options: SteadyOptions & { readonly count: number },
): Promise<Record<string, unknown>> {
  const filled = { seconds: 0 };
  const stage = await setStage({
    ...options,
    fill: async (stores, crms) => {
      const begun = performance.now();
      await fillBacklog(stores, crms, options);
      filled.seconds = Math.round((performance.now() - begun) / 1_000);
    },
  });
  try {
    const watch = new Watch(stage.worker, 1_000);
    const { looks, claims } = await watchDrain(stage, watch, options.count);
    watch.stop();
    const { sales, marketing, calls } = await stage.crms.ask({ ask: 'counts' });
    const waiting = await waitingNow(stage.worker);
    return {
      waiting: options.count,
      fillSeconds: filled.seconds,
      logged: { sales, marketing },
      stillWaiting: waiting.pending,
      calls,
      seconds: looks.at(-1)?.at,
      ratePerTenth: ratesPerTenth(looks, options.count),
      claimMsPerTenth: claims,
      memoryMiB: watch.memory(),
      live: watch.live(),
      looks: thinned(looks),
    };
  } finally {
    await stage.stop();
  }
}

/** Half of the activities for each CRM, spread over all contacts, ready to be sent. */
export async function fillBacklog(
  stores: Parameters<NonNullable<StageOptions['fill']>>[0],
  crms: CrmsProcess,
  { count, people }: { count: number; people: number },
): Promise<void> {
  const { ledger, sql } = await openLedger(stores);
  try {
    await fillLedger({ store: { ledger, sql } }, { from: 0, count: Math.ceil(count / 2), perChat: 25 });
    for (const [destination, type] of [
      ['sales', 'Contact'],
      ['marketing', 'contact'],
    ] as const) {
      await sql.query(activitiesSql, [destination, type, crms.addresses.contactIds[destination], people]);
    }
    await sql.exec('analyze');
  } finally {
    await ledger.close();
  }
}

/** As the match leaves them. */
const activitiesSql = `
  insert into wcs.activities (destination, key, position, kind, state, revision, addresses, pending_since, ready_at,
    contact_type, contact_id, match_reason, reason)
  select $1::text, key, position, 'message', 'ready', revision, addresses, clock_timestamp(), clock_timestamp(),
    $2::text, ($3::text[])[1 + substr(person_phone, 6)::int % $4::int], 'one', 'one'
  from wcs.interactions`;

async function watchDrain(
  { worker, crms, postgres }: Stage,
  watch: Watch,
  count: number,
): Promise<{ looks: Look[]; claims: number[] }> {
  const looks: Look[] = [];
  const claims = await claimCosts(postgres?.url);
  const begun = performance.now();
  for (let tenth = 1; ;) {
    const { sales, marketing } = await crms.ask({ ask: 'counts' });
    const at = (performance.now() - begun) / 1_000;
    const logged = sales + marketing;
    for (; logged >= (count * tenth) / 10 && tenth <= 10; tenth += 1) await claims.note();
    const timed = async (path: string) => {
      const from = performance.now();
      const answer = await fetch(`${worker.url}${path}`);
      await answer.arrayBuffer();
      return Math.round(performance.now() - from);
    };
    looks.push({
      at: Math.round(at * 10) / 10,
      logged,
      rss: watch.samples.at(-1)?.rss ?? 0,
      ready: await timed('/health/ready'),
      metrics: await timed('/metrics'),
      status: await timed('/api/status'),
      report: await timed('/api/report?from=2026-01-01&to=2026-01-02'),
    });
    say(`${logged} of ${count} are logged`);
    if (logged >= count) break;
    if (stopped(looks))
      throw new Error(`nothing was logged for two minutes: ${JSON.stringify(looks.at(-1))}`);
    await new Promise((resolve) => setTimeout(resolve, Math.max(500, Math.min(10_000, count / 100))));
  }
  await claims.end();
  return { looks, claims: claims.costs };
}

function stopped(looks: readonly Look[]): boolean {
  const last = looks.at(-1);
  return last !== undefined && looks.some(({ at, logged }) => logged === last.logged && last.at - at > 120);
}

/** Activities a second while each tenth of the backlog was logged. */
function ratesPerTenth(looks: readonly Look[], count: number): number[] {
  const reached = (share: number) => looks.find(({ logged }) => logged >= count * share)?.at ?? 0;
  return Array.from({ length: 10 }, (_, tenth) => {
    const took = reached((tenth + 1) / 10) - reached(tenth / 10);
    return took === 0 ? 0 : Math.round(count / 10 / took);
  });
}

/** Milliseconds of a claim's look for candidates, by what PostgreSQL counts; on the embedded store nobody counts. */
async function claimCosts(url: string | undefined) {
  const costs: number[] = [];
  if (url === undefined) return { costs, note: async () => {}, end: async () => {} };
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const read = async () => {
    const { rows } = await client.query<{ calls: string; ms: number }>(
      `select coalesce(sum(calls), 0) as calls, coalesce(sum(total_exec_time), 0) as ms from pg_stat_statements
       where query like '%blocked as materialized%'`,
    );
    return { calls: Number(rows[0]?.calls), ms: rows[0]?.ms ?? 0 };
  };
  let before = await read();
  return {
    costs,
    note: async () => {
      const now = await read();
      const calls = now.calls - before.calls;
      costs.push(calls === 0 ? 0 : Math.round((100 * (now.ms - before.ms)) / calls) / 100);
      before = now;
    },
    end: () => client.end(),
  };
}
