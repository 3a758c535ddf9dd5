import type { CallInfo } from './calls.ts';
import { lockedRow, rateLimited, refusalOf, type Policy, type Refusal } from './errors.ts';
import { FaultMix, type MixOptions } from './fault-mix.ts';

export type Fault =
  /** the work is done, then the connection is cut */
  | { readonly kind: 'lose-answer' }
  /** the connection is cut before anything is done */
  | { readonly kind: 'drop' }
  | { readonly kind: 'status'; readonly status: number; readonly refusal: Refusal }
  /** the work is done, then the answer is this status (a gateway gave up waiting) */
  | { readonly kind: 'status-after-commit'; readonly status: number }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'html' }
  /** the answer names only the first so many results; a negative number leaves so many off the end */
  | { readonly kind: 'truncate'; readonly keep: number }
  /** rows whose properties the predicate holds for are refused */
  | { readonly kind: 'row'; readonly predicate: RowPredicate; readonly refusal: () => Refusal }
  /** uploads that the predicate holds for are refused */
  | { readonly kind: 'file'; readonly predicate: RowPredicate; readonly refusal: () => Refusal }
  /** a batch is refused as a whole for one row, trace ids or not */
  | { readonly kind: 'batch'; readonly predicate: RowPredicate; readonly refusal: () => Refusal };

/** @param id of the record, where there is one already */
export type RowPredicate = (properties: Readonly<Record<string, unknown>>, id?: string) => boolean;
export type CallMatch = (call: CallInfo) => boolean;

interface Armed {
  readonly fault: Fault;
  readonly match: CallMatch;
  times: number;
}

/** Requests that write records. */
export const isWrite: CallMatch = ({ operation }) => /\.(create|update|upsert)$/.test(operation);

/** What shall go wrong, each for the next `times` requests that match. */
export class Faults {
  /** what went wrong so far: kind, with the status where there is one (`status 503`), to how often */
  readonly met: Record<string, number> = {};
  /** properties of records of a mix that were refused by themselves, in their order */
  readonly refusedRows: Readonly<Record<string, unknown>>[] = [];
  #armed: Armed[] = [];
  #mixed: FaultMix | undefined;
  /** rows that the mix refuses */
  readonly #victims = new WeakSet<object>();

  add(fault: Fault, times = 1, match: CallMatch = isWrite): void {
    this.#armed.push({ fault, match, times });
  }

  loseAnswer(times = 1, match: CallMatch = isWrite): void {
    this.add({ kind: 'lose-answer' }, times, match);
  }

  drop(times = 1, match: CallMatch = isWrite): void {
    this.add({ kind: 'drop' }, times, match);
  }

  /** 401, 403, 423, 429, 477 and 5xx with their documented bodies; or any refusal. */
  status(status: number | Refusal, times = 1, match: CallMatch = () => true): void {
    const refusal = typeof status === 'number' ? refusalOf(status) : status;
    this.add({ kind: 'status', status: refusal.status, refusal }, times, match);
  }

  /** 429 of one policy, in its documented words. */
  limited(policy: Policy, times = 1, match: CallMatch = () => true): void {
    this.status(rateLimited(policy), times, match);
  }

  /** 502, 503, 504, 521, 523, 524 after the work was done. */
  statusAfterCommit(status: number, times = 1, match: CallMatch = isWrite): void {
    this.add({ kind: 'status-after-commit', status }, times, match);
  }

  slow(ms: number, times = 1, match: CallMatch = () => true): void {
    this.add({ kind: 'slow', ms }, times, match);
  }

  html(times = 1, match: CallMatch = () => true): void {
    this.add({ kind: 'html' }, times, match);
  }

  truncate(keep: number, times = 1, match: CallMatch = isWrite): void {
    this.add({ kind: 'truncate', keep }, times, match);
  }

  /** Refuses matching rows in the next `times` rows that match. */
  row(predicate: RowPredicate, refusal: () => Refusal, times = 1): void {
    this.add({ kind: 'row', predicate, refusal }, times, isWrite);
  }

  /** Another change holds the next `times` rows that match. */
  lockRow(predicate: RowPredicate, times = 1): void {
    this.row(predicate, lockedRow, times);
  }

  /** Refuses the next `times` batches that hold a matching row, as a whole. */
  batch(predicate: RowPredicate, refusal: () => Refusal, times = Infinity): void {
    this.add({ kind: 'batch', predicate, refusal }, times, isWrite);
  }

  /** Refuses the next `times` uploads that match by `name`, `folder` or `size`. */
  file(predicate: RowPredicate, refusal: () => Refusal, times = 1): void {
    this.add({ kind: 'file', predicate, refusal }, times);
  }

  /**
   * From now on every request that writes records (or that `match` holds for) meets each kind of fault of {@link mixKinds}
   * with the probability `share`, each independently of the others. The same seed gives the same faults to the first,
   * second, third such request, whatever they are. What is armed otherwise comes first. Ends with {@link clear}.
   */
  mix(options: MixOptions): void {
    this.#mixed = new FaultMix({ match: isWrite, ...options });
  }

  clear(): void {
    this.#armed = [];
    this.#mixed = undefined;
  }

  /** The fault of this kind for this request, used up. */
  take<K extends Fault['kind']>(kind: K, call: CallInfo): Extract<Fault, { kind: K }> | undefined {
    const armed = this.#armed.find((each) => each.times > 0 && each.fault.kind === kind && each.match(call));
    if (armed) armed.times -= 1;
    const fault = armed?.fault ?? this.#mixed?.faultFor(kind, call);
    if (fault) this.#note(fault);
    return fault as Extract<Fault, { kind: K }> | undefined;
  }

  /**
   * Throws the refusal that is armed for such a row.
   *
   * @param given the properties as they stand in the request, where `properties` holds more
   */
  checkRow(
    properties: Readonly<Record<string, unknown>>,
    id?: string,
    given: Readonly<Record<string, unknown>> = properties,
  ): void {
    if (this.#victims.delete(given)) throw lockedRow();
    this.#refuse('row', [properties], id);
  }

  /** Throws the refusal that is armed for such an upload. */
  checkFile(file: Readonly<Record<string, unknown>>): void {
    this.#refuse('file', [file]);
  }

  /** Throws the refusal that is armed for a batch with such a row. */
  checkBatch(
    inputs: readonly { readonly properties: Readonly<Record<string, unknown>> }[],
    call: CallInfo,
  ): void {
    const rows = inputs.map((input) => input.properties);
    this.#refuse('batch', rows);
    const victim = this.#mixed?.rowFor(call, rows);
    if (!victim) return;
    this.#victims.add(victim);
    this.refusedRows.push(victim);
    this.#count('row');
  }

  #refuse(
    kind: 'row' | 'batch' | 'file',
    rows: readonly Readonly<Record<string, unknown>>[],
    id?: string,
  ): void {
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (armed.times <= 0 || fault.kind !== kind || !rows.some((row) => fault.predicate(row, id))) continue;
      armed.times -= 1;
      this.#count(kind);
      throw fault.refusal();
    }
  }

  #note(fault: Fault): void {
    this.#count('status' in fault ? `${fault.kind} ${fault.status}` : fault.kind);
  }

  #count(word: string): void {
    this.met[word] = (this.met[word] ?? 0) + 1;
  }
}
