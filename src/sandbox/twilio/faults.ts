import { refusalOf, throttled, type Refusal } from './errors.ts';

/** What a request asks for, as faults and counters name it. */
export type Operation =
  | 'messages.list'
  | 'messages.fetch'
  | 'media.list'
  | 'media.file'
  | 'calls.list'
  | 'calls.fetch'
  | 'recordings.list'
  | 'recordings.file'
  | 'cdn'
  | 'conversations.list'
  | 'conversations.messages'
  | 'conversations.participants'
  | 'conversations.receipts';

export type Fault =
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  | { readonly kind: 'slow'; readonly ms: number }
  /** the connection is cut before there is an answer */
  | { readonly kind: 'cut' }
  /** the connection is cut within the answer */
  | { readonly kind: 'cut-within' }
  | { readonly kind: 'html' };

interface Planned {
  readonly fault: Fault;
  readonly operation: Operation | undefined;
  /** requests that pass before it happens */
  after: number;
  left: number;
}

/** When a fault happens: to which requests (any), how often (once), and after how many of them (none). */
export interface FaultPlan {
  readonly operation?: Operation;
  readonly times?: number;
  readonly after?: number;
}

/** What shall go wrong. Nothing does unless somebody asked for it. */
export class Faults {
  #planned: Planned[] = [];

  add(fault: Fault, { operation, times = 1, after = 0 }: FaultPlan = {}): void {
    this.#planned.push({ fault, operation, left: times, after });
  }

  /** 429 with code 20429. @param retryAfterSeconds absent: the answer does not say */
  throttle(plan: FaultPlan & { readonly retryAfterSeconds?: number } = {}): void {
    this.add({ kind: 'refuse', refusal: throttled(plan.retryAfterSeconds) }, plan);
  }

  /** An HTTP status with its usual body. */
  status(status: number, plan: FaultPlan = {}): void {
    this.add({ kind: 'refuse', refusal: refusalOf(status) }, plan);
  }

  clear(): void {
    this.#planned = [];
  }

  /** The fault for this request, if there is one; counts it as happened. */
  take(operation: Operation): Fault | undefined {
    const mine = this.#planned.filter((one) => one.operation === undefined || one.operation === operation);
    const now = mine.find((one) => one.after === 0);
    for (const one of mine) one.after = Math.max(0, one.after - 1);
    if (now === undefined) return undefined;
    now.left -= 1;
    if (now.left === 0) this.#planned = this.#planned.filter((one) => one !== now);
    return now.fault;
  }
}
