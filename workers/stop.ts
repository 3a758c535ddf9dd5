import { setTimeout as sleep } from 'node:timers/promises';
import type { Parts } from '../src/compose.ts';
import type { Serving } from './receive.ts';

/** What a stop needs to know beside the parts. */
export interface StopRequest {
  readonly server: Serving;
  /** the signal */
  readonly why: string;
  /** keeps in the audit log that this process ended in order */
  note(): Promise<void>;
}

/** Shares of the limit by which each step is over, whatever hangs: deliveries and other work, requests. The rest is for the stores. */
const shares = { work: 0.6, requests: 0.8 } as const;

/**
 * Lets go of everything in order: no more work is taken and what runs is waited for, while webhooks are still recorded; then
 * no more requests; then leases are given back and the stores closed. What is cut off is found by its lease or by the tick.
 *
 * @returns what had to be cut off, each a sentence
 */
export async function stop(parts: Parts, { server, why, note }: StopRequest): Promise<string[]> {
  const { env, log, queue, store, destinations, instance } = parts;
  // Not the wall clock, by which timers do not go.
  const began = performance.now();
  const left = (share: number) => Math.max(0, began + env.stopLimitMs * share - performance.now());
  const cut: string[] = [];
  log.info({ why, limitMs: env.stopLimitMs }, 'stopping');
  server.beginStop();
  const delayed = sleep(Math.min(env.stopDelayMs, left(shares.work)));
  const [running] = await Promise.all([queue.drain(left(shares.work)), delayed]);
  if (running > 0) cut.push(`${running} pieces of work were not done`);
  const isWhole = await server.close(Math.max(500, left(shares.requests)));
  if (!isWhole) cut.push('requests were not answered');
  const ledgerWork = async () => {
    await store.ledger.giveBackLeases(instance, running > 0);
    await note();
  };
  if (!(await within(ledgerWork(), left(0.9))))
    cut.push(
      'the database did not answer: leases run out by themselves, and the audit log has no entry of this stop',
    );
  // What still runs may hear the answer of its call until the very end.
  const closing = running > 0 ? closeStores(parts) : parts.close();
  if (!(await within(closing, left(0.97)))) cut.push('connections were not closed in order');
  if (cut.length > 0)
    log.warn({ cut, destinations: [...destinations.keys()] }, 'not everything was let go in order');
  log.info({ ms: Math.round(performance.now() - began) }, 'stopped');
  return cut;
}

async function closeStores({ queue, store }: Parts): Promise<void> {
  await queue.close();
  await store.ledger.close();
}

/** Did it end well in time? It never throws. */
export async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  const late = new AbortController();
  const result = await Promise.race([
    work.then(
      () => true,
      () => false,
    ),
    sleep(ms, false, { signal: late.signal }).catch(() => false),
  ]);
  late.abort();
  return result;
}
