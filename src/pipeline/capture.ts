import type { Ledger } from '../ledger/ledger.ts';
import type { Queue } from '../queue/queue.ts';
import type { EventDraft, WebhookSource } from '../sources/source.ts';
import type { GateRules } from './gate.ts';
import { passGate } from './pass-gate.ts';

export interface CaptureDeps {
  readonly ledger: Pick<Ledger, 'append' | 'excludeIds' | 'excludedIds' | 'markedContacts'>;
  readonly queue: Pick<Queue, 'wake'>;
  readonly rules: ReadonlyMap<string, GateRules>;
  readonly metrics: {
    events(source: string, kind: string, count: number): void;
    excluded(source: string, count: number): void;
  };
  readonly onWakeError: (error: unknown) => void;
}

/**
 * Step 1 of the way of the data: a verified body becomes events in the ledger. When the promise resolves they are
 * durable and 200 may be answered; when it rejects nothing may be acknowledged.
 */
export async function capture(
  deps: CaptureDeps,
  source: WebhookSource,
  body: Buffer,
  receivedAt: Date,
): Promise<void> {
  await record(deps, source.id, source.split(body, receivedAt));
}

/**
 * The one way into the ledger for whatever a source gave: gate, append, count, wake. When the promise resolves the events
 * are durable. @returns how many were new @throws when the ledger cannot commit
 */
export async function record(
  deps: CaptureDeps,
  sourceId: string,
  drafts: readonly EventDraft[],
): Promise<number> {
  const rules = deps.rules.get(sourceId);
  if (rules === undefined) throw new Error(`no gate rules for source ${sourceId}`);
  const { events, exclusions, dropped, learned } = await passGate(deps.ledger, drafts, rules);
  // Before what is dropped is acknowledged: the next message may come under the user id alone.
  if (learned.length > 0) await deps.ledger.excludeIds(learned);
  if (events.length === 0 && exclusions.length === 0) {
    count(deps, sourceId, [], dropped);
    return 0;
  }
  const { appended } = await deps.ledger.append(events, exclusions);
  count(deps, sourceId, appended, dropped);
  // The events are safe: a queue that is down costs time (the tick finds them), never an event.
  if (appended.length > 0) deps.queue.wake({ kind: 'process' }).catch(deps.onWakeError);
  return appended.length;
}

function count(
  deps: CaptureDeps,
  source: string,
  events: readonly { kind: string }[],
  dropped: number,
): void {
  const kinds = new Map<string, number>();
  for (const { kind } of events) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  for (const [kind, amount] of kinds) deps.metrics.events(source, kind, amount);
  if (dropped > 0) deps.metrics.excluded(source, dropped);
}
