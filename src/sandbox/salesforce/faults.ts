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

/** The faults that are still to come. None is there unless somebody asked for it. */
export class Faults {
  #planned: Planned[] = [];

  /** Plans a fault for the next requests (1 unless `times` says more), of one operation or of any but `token`. */
  add(fault: Fault, options: { operation?: Operation; times?: number } = {}): void {
    this.#planned.push({ fault, operation: options.operation, left: options.times ?? 1 });
  }

  clear(): void {
    this.#planned = [];
  }

  /** The fault for this request, if there is one; counts it as happened. */
  take(operation: Operation): Fault | undefined {
    const planned = this.#planned.find((one) =>
      one.operation === undefined ? operation !== 'token' : one.operation === operation,
    );
    if (planned === undefined) return undefined;
    planned.left -= 1;
    if (planned.left === 0) this.#planned = this.#planned.filter((one) => one !== planned);
    return planned.fault;
  }
}
