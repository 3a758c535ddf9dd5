import { randomUUID } from 'node:crypto';
import type { EventDraft, ForwardAnswer, ForwardRequest, PassThrough } from '../source.ts';
import { Backlog } from './pass-through-backlog.ts';
import { call, type CallResult } from './pass-through-client.ts';
import { draftIntent, draftOutcome, type Attempt } from './pass-through-drafts.ts';
import { noAnswer, notSent, refused, unknownOutcome } from './pass-through-errors.ts';
import { NumberBook, type Sender } from './pass-through-number.ts';
import {
  forwardedHeaders,
  isReceipt,
  operationOf,
  pathOf,
  readRequest,
  type GraphKind,
  type Operation,
} from './pass-through-request.ts';

export interface PassThroughOptions {
  readonly id: string;
  readonly kind: GraphKind;
  readonly apiUrl: string;
  readonly businessNumbers: readonly string[] | 'all';
  /** of a 360dialog channel: what is sent with another key is recorded only once 360dialog has taken it */
  readonly apiKey?: string;
  /** milliseconds; for everything but files */
  readonly timeoutMs?: number;
  readonly connectMs?: number;
  /** milliseconds that making the intent durable may take */
  readonly recordMs?: number;
  readonly now?: () => number;
}

type Recording = (drafts: readonly EventDraft[]) => Promise<void>;
type Send = Extract<Operation, { kind: 'send' }>;

const mediaTimeoutMs = 300_000;
const closeMs = 10_000;

/**
 * Forwards to the Cloud API (or 360dialog) with the sender's own token, and records what is sent: the intent before it
 * is sent, the outcome after, which the answer never waits for. What was sent is never sent again by us.
 */
export function createPassThrough(options: PassThroughOptions): PassThrough {
  const way = new Way(options);
  return {
    id: options.id,
    forward: (request, record) => way.forward(request, record),
    close: () => way.close(),
  };
}

class Way {
  readonly #options: PassThroughOptions;
  readonly #numbers: NumberBook;
  readonly #backlog = new Backlog();
  readonly #running = new Set<Promise<unknown>>();
  readonly #now: () => number;

  constructor(options: PassThroughOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#numbers = new NumberBook({
      businessNumbers: options.businessNumbers,
      ...(options.apiKey !== undefined && { apiKey: options.apiKey }),
      now: this.#now,
      ask: (url, headers) => this.#call({ method: 'GET', url, headers, body: Buffer.alloc(0) }),
    });
  }

  async forward(request: ForwardRequest, record: Recording): Promise<ForwardAnswer> {
    const answer = this.#forward(request, record);
    this.#running.add(answer);
    try {
      return await answer;
    } catch {
      // nothing below throws once something is on its way
      return notSent('the request could not be prepared.');
    } finally {
      this.#running.delete(answer);
    }
  }

  /** Waits for what is on its way and not recorded yet, 10 s at most. */
  async close(): Promise<void> {
    this.#backlog.hurry();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeMs)));
    const done = Promise.allSettled(this.#running).then(() => this.#backlog.settle());
    await Promise.race([done, late]);
    clearTimeout(timer);
    this.#backlog.stop();
  }

  async #forward(request: ForwardRequest, record: Recording): Promise<ForwardAnswer> {
    const operation = operationOf(this.#options.kind, request);
    if (operation === undefined) return refused(404, 'there is nothing at this address that is passed on.');
    return operation.kind === 'send' ? this.#send(operation, request, record) : this.#media(request);
  }

  async #media(request: ForwardRequest): Promise<ForwardAnswer> {
    const result = await this.#pass(request, mediaTimeoutMs);
    if (result.kind === 'answer') return result.answer;
    return result.kind === 'not-sent' ? notSent('WhatsApp cannot be reached.') : noAnswer();
  }

  async #send(operation: Send, request: ForwardRequest, record: Recording): Promise<ForwardAnswer> {
    const read = readRequest(request);
    if (read === undefined) return refused(400, 'the body is neither a JSON object nor a form.');
    const { params, credentials } = read;
    if (isReceipt(params)) return this.#media(request);
    if (this.#backlog.isFull) return notSent('too much of what was sent waits to be recorded.');
    const sender = await this.#numbers.find({
      operation,
      headers: forwardedHeaders(request.headers),
      credentials,
    });
    const known = { id: randomUUID(), sourceKind: this.#options.kind, path: pathOf(request.url), params };
    const attempt = attemptOf(known, operation, sender);
    if (attempt === undefined) return whyNot(sender);
    const isRecorded = await this.#recordIntent(attempt, record);
    if (!isRecorded) return notSent('it could not be recorded.', attempt.id);
    const result = await this.#pass(request, this.#options.timeoutMs ?? 60_000);
    this.#recordOutcome(attempt, result, record);
    if (result.kind === 'answer') return result.answer;
    return result.kind === 'not-sent'
      ? notSent('WhatsApp cannot be reached.', attempt.id)
      : unknownOutcome(attempt.id);
  }

  /** Without a number nothing is recorded beforehand: Meta refuses the token. Nor for a key that may be anybody's. */
  async #recordIntent(attempt: Attempt, record: Recording): Promise<boolean> {
    if (attempt.businessNumber === undefined || attempt.isUnproven) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), this.#options.recordMs ?? 10_000);
    });
    try {
      const result = await Promise.race([record([draftIntent(attempt, this.#date())]), late]);
      // it may yet become durable: then what it intends must be known not to have happened
      if (result === 'late') this.#recordOutcome(attempt, { kind: 'not-sent' }, record);
      return result !== 'late';
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  #recordOutcome(attempt: Attempt, result: CallResult, record: Recording): void {
    const at = this.#date();
    this.#backlog.add(async () => {
      const drafts = draftOutcome(attempt, result.kind === 'answer' ? result.answer : result.kind, at);
      if (drafts.length > 0) await record(drafts);
    });
  }

  #pass({ method, url, headers, body }: ForwardRequest, timeoutMs: number): Promise<CallResult> {
    return this.#call({ method, url, headers: forwardedHeaders(headers), body, timeoutMs });
  }

  #call(request: {
    method: string;
    url: string;
    headers: Readonly<Record<string, string>>;
    body: Buffer;
    timeoutMs?: number;
  }): Promise<CallResult> {
    const { apiUrl, connectMs = 10_000 } = this.#options;
    return call({ timeoutMs: 10_000, ...request, url: `${apiUrl}${request.url}`, connectMs });
  }

  #date(): Date {
    return new Date(this.#now());
  }
}

/** Undefined: it must not be sent, because it could not be recorded under the right number. */
function attemptOf(known: Attempt, { phoneNumberId }: Send, sender: Sender): Attempt | undefined {
  if (!('number' in sender) && sender.kind !== 'token-refused') return undefined;
  return {
    ...known,
    ...(phoneNumberId !== undefined && { phoneNumberId }),
    ...('number' in sender && { businessNumber: sender.number }),
    ...(sender.kind === 'key-unknown' && { isUnproven: true }),
  };
}

function whyNot({ kind }: Sender): ForwardAnswer {
  if (kind === 'ambiguous') {
    const why = 'messages of this kind of source are recorded only where it has exactly one business number.';
    return refused(403, why);
  }
  if (kind === 'not-readable') {
    const why =
      'the token may not read the phone number that it sends from, so that it is not known whose message it is. ' +
      'Give it the permission whatsapp_business_management for this number.';
    return refused(403, why);
  }
  return notSent('WhatsApp could not be asked which number this is.');
}
