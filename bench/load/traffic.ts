import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { appSecret, businessNumber, personNumber, textWebhook } from '../../test/support/traffic.ts';
import type { CrmsProcess } from './crms.ts';
import { spreadOf, type Answers, type Spread } from './figures.ts';

export interface TrafficOptions {
  readonly url: string;
  readonly source: string;
  /** webhooks a second, whether or not earlier ones are answered */
  readonly rate: number;
  readonly seconds: number;
  readonly people: number;
  /** begin of the provider ids; no two runs may share one */
  readonly prefix: string;
}

/** Everything that was sent, and what was answered. */
export interface Sent {
  readonly ids: readonly string[];
  readonly number: string;
  /** milliseconds since 1970, when it had a connection to go out on */
  readonly sentAt: Float64Array;
  /** milliseconds since 1970, when the answer was here; infinite: nothing came */
  readonly answeredAt: Float64Array;
  /** 0: nothing came */
  readonly statuses: Uint16Array;
  /** milliseconds of each answer from its sending, by its status */
  readonly latencies: Readonly<Record<number, readonly number[]>>;
  /** answers 503 without Retry-After */
  readonly withoutRetryAfter: number;
  /** seconds from the first to the last one sent: more than asked for, where this process could not make so many */
  readonly took: number;
}

/** Milliseconds since 1970, with fractions. */
const now = () => performance.timeOrigin + performance.now();

/** More than the receiver lets in, so that what is too much reaches it and does not wait here. */
const connections = 3_000;

/** Open loop: signed webhooks of one message each at a fixed rate. Resolves when all are answered. */
export async function sendTraffic({
  url,
  source,
  rate,
  seconds,
  people,
  prefix,
}: TrafficOptions): Promise<Sent> {
  const count = Math.round(rate * seconds);
  const ids = Array.from({ length: count }, (_, index) => `wamid.${prefix}${index}`);
  const sent = {
    ids,
    number: businessNumber,
    sentAt: new Float64Array(count),
    answeredAt: new Float64Array(count).fill(Infinity),
    statuses: new Uint16Array(count),
    latencies: {} as Record<number, number[]>,
    withoutRetryAfter: 0,
    took: 0,
  };
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const address = new URL(`${url}/webhooks/${source}`);
  const post = (index: number): Promise<void> => {
    const person = personNumber(index % people);
    const body = JSON.stringify(
      textWebhook(ids[index] as string, person, `message ${index}`, Math.floor(Date.now() / 1_000)),
    );
    const signature = createHmac('sha256', appSecret).update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` };
    return new Promise((resolve) => {
      const done = (status: number) => {
        const answeredAt = now();
        if (status !== 0) sent.answeredAt[index] = answeredAt;
        sent.statuses[index] = status;
        (sent.latencies[status] ??= []).push(answeredAt - (sent.sentAt[index] || answeredAt));
        resolve();
      };
      const outgoing = request(address, { method: 'POST', agent, headers, timeout: 20_000 }, (answer) => {
        if (answer.statusCode === 503 && answer.headers['retry-after'] === undefined)
          sent.withoutRetryAfter += 1;
        answer.resume();
        answer.once('end', () => done(answer.statusCode ?? 0));
        answer.once('error', () => done(0));
      });
      // Before that it waits in this process, which says nothing about the receiver.
      outgoing.once('socket', () => (sent.sentAt[index] = now()));
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')));
      outgoing.once('error', () => done(0));
      outgoing.end(body);
    });
  };
  const started = performance.now();
  const all: Promise<void>[] = [];
  for (let index = 0; index < count;) {
    const due = Math.min(count, Math.floor(((performance.now() - started) / 1_000) * rate));
    for (; index < due; index += 1) all.push(post(index));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  sent.took = (performance.now() - started) / 1_000;
  await Promise.all(all);
  agent.destroy();
  return sent;
}

/** How many were answered what, and how long the answers took. */
export function answersOf({ latencies }: Sent): Record<string, { count: number; ms: Spread }> {
  return Object.fromEntries(
    Object.entries(latencies).map(([status, values]) => [
      status === '0' ? 'none' : status,
      { count: values.length, ms: spreadOf(values) },
    ]),
  );
}

/** What became of it in each CRM. */
export function becameOf(
  { ids, number, sentAt, answeredAt, statuses }: Sent,
  crms: Pick<CrmsProcess, 'ask'>,
): Promise<Answers['figures']> {
  return crms.ask({ ask: 'figures', ids, number, sentAt, answeredAt, statuses });
}
