import type { Alert, Ledger } from '../ledger/ledger.ts';
import type { Queue } from '../queue/queue.ts';
import { inTime, LateError } from './in-time.ts';

export interface Readiness {
  readonly ok: boolean;
  readonly reasons: readonly string[];
  /** trouble of the sources: told, but no reason to take no webhooks */
  /** without words and subjects: this is open to everybody who reaches the port */
  readonly alerts: readonly Pick<Alert, 'source' | 'code' | 'since'>[];
  readonly detail: object;
}

/** `/health/ready`: ledger and queue answer, and nothing waits longer than it may. */
export async function readiness(deps: {
  readonly ledger: Pick<Ledger, 'ping' | 'backlog' | 'destinationHealth' | 'alerts'>;
  readonly queue: Pick<Queue, 'ping'>;
  readonly maxBacklogAgeMs: number;
  /**
   * Sources of which this process turned requests away in the last minute: an alert and no reason. The process still takes
   * what it can; without it, others would have its share too, or nobody would.
   */
  readonly shedding?: () => readonly { readonly source: string; readonly since: string }[];
}): Promise<Readiness> {
  const reasons: string[] = [];
  const overloaded = (deps.shedding?.() ?? []).map((one) => ({ ...one, code: 'overloaded' }));
  const down = await inTime(deps.ledger.ping(), patienceMs, 'the ledger').then(() => undefined, whyNot);
  if (down !== undefined) return { ok: false, reasons: [down], alerts: overloaded, detail: {} };
  await deps.queue.ping().catch(() => reasons.push('the queue cannot be reached, or takes nothing'));
  const read = Promise.all([deps.ledger.backlog(), deps.ledger.destinationHealth(), deps.ledger.alerts()]);
  const [backlog, destinations, alerts] = await inTime(read, patienceMs, 'the ledger');
  const limit = deps.maxBacklogAgeMs / 1_000;
  if (backlog.inboxAgeSeconds > limit)
    reasons.push(`events wait to be read since ${Math.round(backlog.inboxAgeSeconds)} s`);
  for (const { destination, backlogAgeSeconds } of backlog.destinations) {
    if (backlogAgeSeconds <= limit) continue;
    const health = destinations.find((one) => one.destination === destination);
    const why = health?.reason === undefined ? '' : `: ${health.reason}`;
    reasons.push(`activities wait for ${destination} since ${Math.round(backlogAgeSeconds)} s${why}`);
  }
  const raised = [...alerts.map(({ source, code, since }) => ({ source, code, since })), ...overloaded];
  return { ok: reasons.length === 0, reasons, alerts: raised, detail: { backlog, destinations } };
}

/** How long the ledger may take: a probe waits seconds, not minutes. */
const patienceMs = 5_000;

/** SQLSTATE and the socket's codes, for whoever is called at night. */
const causes: Readonly<Record<string, string>> = {
  '25006': 'the database is read-only',
  '53100': 'the disk is full',
  '53300': 'the database has no connection left',
  '57P03': 'the database is starting or stopping',
  '57014': 'it does not answer in time',
};

/** Of what the database says only its code goes out: this is open to everybody who reaches the port. */
function whyNot(error: unknown): string {
  const code = error instanceof LateError ? '57014' : String((error as { code?: unknown } | undefined)?.code);
  // A broken connection has no code, or the socket's.
  const isAway = code === '' || /^E[A-Z]{4,}$/.test(code);
  const known = isAway ? 'the database cannot be reached' : Object.hasOwn(causes, code) && causes[code];
  const cause = known ? `: ${known}` : '';
  return `the ledger cannot commit${cause}`;
}
