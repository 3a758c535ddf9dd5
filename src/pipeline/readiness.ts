import type { Alert, Ledger } from '../ledger/ledger.ts';
import type { Queue } from '../queue/queue.ts';

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
}): Promise<Readiness> {
  const reasons: string[] = [];
  const ledgerDown = await deps.ledger.ping().then(
    () => false,
    () => true,
  );
  if (ledgerDown) return { ok: false, reasons: ['the ledger cannot commit'], alerts: [], detail: {} };
  await deps.queue.ping().catch(() => reasons.push('the queue cannot be reached'));
  const [backlog, destinations, alerts] = await Promise.all([
    deps.ledger.backlog(),
    deps.ledger.destinationHealth(),
    deps.ledger.alerts(),
  ]);
  const limit = deps.maxBacklogAgeMs / 1_000;
  if (backlog.inboxAgeSeconds > limit)
    reasons.push(`events wait to be read since ${Math.round(backlog.inboxAgeSeconds)} s`);
  for (const { destination, backlogAgeSeconds } of backlog.destinations) {
    if (backlogAgeSeconds <= limit) continue;
    const health = destinations.find((one) => one.destination === destination);
    const why = health?.reason === undefined ? '' : `: ${health.reason}`;
    reasons.push(`activities wait for ${destination} since ${Math.round(backlogAgeSeconds)} s${why}`);
  }
  const raised = alerts.map(({ source, code, since }) => ({ source, code, since }));
  return { ok: reasons.length === 0, reasons, alerts: raised, detail: { backlog, destinations } };
}
