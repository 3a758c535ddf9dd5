import { createHash } from 'node:crypto';

/** Names of the requests that a fault or a count can be about. */
export type Operation =
  | 'token'
  | 'versions'
  | 'limits'
  | 'describe'
  | 'create'
  | 'retrieve'
  | 'update'
  | 'delete'
  | 'upsert'
  | 'collections-create'
  | 'collections-update'
  | 'collections-upsert'
  | 'composite'
  | 'query'
  | 'query-all'
  | 'query-more'
  | 'search'
  | 'bulk-create'
  | 'bulk-upload'
  | 'bulk-close'
  | 'bulk-info'
  | 'bulk-results'
  | 'bulk-delete'
  | 'metadata'
  | 'other';

/**
 * One thing that goes wrong, on purpose.
 * - `lost-answer`: the request is carried out, then the connection breaks
 * - `dropped`: the connection breaks before anything is done
 * - `status`: an answer with this status and body; `committed`: after the request was carried out
 * - `quota`, `expired`: the documented 403 REQUEST_LIMIT_EXCEEDED, 401 INVALID_SESSION_ID
 * - `slow`: carried out, the answer comes late
 * - `row`: one error for the rows of a collection that `when` names (all, if it is left out)
 * - `html`: a page with status 200 in the place of the answer, after the request was carried out
 * - `truncated`: the last `drop` rows of the answer (default 1) are missing, after the request was carried out
 */
export type Fault =
  | { readonly kind: 'lost-answer' | 'dropped' | 'quota' | 'expired' | 'html' }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: unknown;
      readonly committed?: boolean;
    }
  | { readonly kind: 'slow'; readonly ms: number }
  | {
      readonly kind: 'row';
      readonly statusCode: string;
      readonly message: string;
      readonly fields?: readonly string[];
      readonly when?: (record: Readonly<Record<string, unknown>>) => boolean;
    }
  | { readonly kind: 'truncated'; readonly drop?: number };

interface Planned {
  readonly fault: Fault;
  readonly operation: Operation | undefined;
  left: number;
}

/** Kinds of faults in a mix, each for the whole request but the one of a row. */
const mixed: readonly Fault[] = [
  { kind: 'lost-answer' },
  { kind: 'dropped' },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 503, committed: true },
  { kind: 'expired' },
  { kind: 'truncated' },
];

const lockedRow = { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to obtain exclusive access' } as const;

/** The faults that are still to come. None is there unless somebody asked for it. */
export class Faults {
  /** records of a mix that were refused by themselves, in their order */
  readonly refusedRows: Readonly<Record<string, unknown>>[] = [];
  #planned: Planned[] = [];
  #mix: { readonly share: number; readonly seed: number; requests: number } | undefined;

  /** Plans a fault for the next requests (1 unless `times` says more), of one operation or of any but `token`. */
  add(fault: Fault, options: { operation?: Operation; times?: number } = {}): void {
    this.#planned.push({ fault, operation: options.operation, left: options.times ?? 1 });
  }

  /**
   * From now on each request that writes records meets each kind of fault with this probability (0 to 1), by a die: a hash
   * of the seed and the request's number. The same seed gives the same faults.
   */
  mix(options: { readonly share: number; readonly seed: number }): void {
    this.#mix = { ...options, requests: 0 };
  }

  clear(): void {
    this.#mix = undefined;
    this.#planned = [];
  }

  /** The fault for this request, if there is one; counts it as happened. */
  take(operation: Operation): Fault | undefined {
    const planned = this.#planned.find((one) =>
      one.operation === undefined ? operation !== 'token' : one.operation === operation,
    );
    if (planned === undefined) return operation === 'collections-upsert' ? this.#roll() : undefined;
    planned.left -= 1;
    if (planned.left === 0) this.#planned = this.#planned.filter((one) => one !== planned);
    return planned.fault;
  }

  #roll(): Fault | undefined {
    if (this.#mix === undefined) return undefined;
    const { share, seed } = this.#mix;
    const digest = createHash('sha256').update(`${seed} ${this.#mix.requests++}`).digest();
    const die = (at: number) => digest.readUInt32BE(at * 4) / 2 ** 32;
    const whole = mixed[Math.floor(die(0) / share)];
    if (whole !== undefined) return whole;
    if (die(1) >= share) return undefined;
    const chosen = Math.floor(die(2) * 200);
    let row = 0;
    const when = (record: Readonly<Record<string, unknown>>): boolean => {
      const isChosen = row++ === chosen;
      if (isChosen) this.refusedRows.push(record);
      return isChosen;
    };
    return { kind: 'row', ...lockedRow, when };
  }
}
