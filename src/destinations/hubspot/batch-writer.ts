import type { Outcome } from '../../core/outcome.ts';
import type { DeliveryItem } from '../destination.ts';
import { judge, type Failed, type JudgeContext, type Verdict } from './errors.ts';
import { list, text, type Json } from './json.ts';
import { isOk } from './objects.ts';
import { outcomeOf, readRows, toProperties } from './outcomes.ts';
import { codeWithoutAnswer, type Answer } from './transport.ts';

/** Calls of one delivery, after which what is not decided waits: a batch whose every row is refused as a whole. */
const maxCalls = 40;

/** One batch call, and what its answer means for each record. */
export interface Step {
  send(items: readonly DeliveryItem[]): Promise<Answer>;
  written(item: DeliveryItem, recordId: string): void;
  conflict(items: readonly DeliveryItem[]): Promise<void>;
  /** OBJECT_NOT_FOUND; undefined: it is what the verdict says */
  gone?(item: DeliveryItem): void;
  /** true: the step deals with this refusal itself */
  refused?(item: DeliveryItem, verdict: Failed): boolean;
  /** a 2xx without errors names nothing and still means all */
  readonly unnamed?: boolean;
}

/**
 * Sends batches and keeps what becomes of each record. Rows fail alone through trace ids; where the CRM refuses a batch as
 * a whole nonetheless it is parted by what the refusal names, else halved, so that one bad record never fails its batch.
 */
export class BatchWriter {
  readonly #keyField: string;
  readonly #secrets: readonly string[];
  readonly #outcomes = new Map<string, Outcome>();
  #calls = 0;
  #halted: Failed | undefined;

  constructor(keyField: string, secrets: readonly string[]) {
    this.#keyField = keyField;
    this.#secrets = secrets;
  }

  /** why the delivery as a whole cannot go on: credentials, quota, outage */
  get halted(): Failed | undefined {
    return this.#halted;
  }

  outcome(key: string): Outcome | undefined {
    return this.#outcomes.get(key);
  }

  set(outcome: Outcome): void {
    this.#outcomes.set(outcome.key, outcome);
  }

  fail(items: readonly DeliveryItem[], verdict: Verdict): void {
    if (verdict.kind === 'conflict') return;
    for (const { key } of items) this.set(outcomeOf(key, verdict.code, verdict.reason, verdict.retryAfterMs));
  }

  /** Nothing more is sent. */
  halt(items: readonly DeliveryItem[], verdict: Failed): void {
    this.#halted = verdict;
    this.fail(items, verdict);
  }

  /** Sends one batch and settles what its answer says; parts it when it is refused as a whole. */
  async write(items: readonly DeliveryItem[], step: Step): Promise<void> {
    if (items.length === 0) return;
    if (this.#halted) return this.fail(items, this.#halted);
    if (this.#calls >= maxCalls) return this.fail(items, tooManyCalls);
    this.#calls += 1;
    const answer = await step.send(items);
    if (answer.kind === 'answer' && isOk(answer)) return this.#settle(items, step, answer.body);
    const verdict = this.verdictOf(answer, items);
    const missing = step.gone !== undefined && isNotFound(answer);
    if (!missing && !isAboutRows(answer, verdict)) {
      if (verdict.kind === 'failed' && verdict.code !== 'answer-lost') this.#halted = verdict;
      return this.fail(items, verdict);
    }
    const [first] = items;
    if (items.length === 1 && first) return this.#settleOne(first, step, verdict, missing);
    const bad = verdict.kind === 'failed' && !missing ? guilty(items, verdict) : [];
    if (verdict.kind === 'failed' && bad.length > 0) {
      this.#refuse(bad, step, verdict);
      const rest = items.filter((item) => !bad.includes(item));
      return this.write(rest, step);
    }
    const half = Math.ceil(items.length / 2);
    await this.write(items.slice(0, half), step);
    await this.write(items.slice(half), step);
    return undefined;
  }

  async #settleOne(item: DeliveryItem, step: Step, verdict: Verdict, missing: boolean): Promise<void> {
    if (verdict.kind === 'conflict') await step.conflict([item]);
    else if (missing) step.gone?.(item);
    else this.#refuse([item], step, verdict);
  }

  async #settle(items: readonly DeliveryItem[], step: Step, body: Json): Promise<void> {
    const byKey = new Map(items.map((item) => [item.key, item]));
    const byId = new Map(
      items.flatMap((item) => (item.recordId === undefined ? [] : [[item.recordId, item.key]])),
    );
    const { written, refused } = readRows(
      body,
      byKey,
      (item) => this.#context([item]),
      (id) => byId.get(id),
    );
    const conflicts: DeliveryItem[] = [];
    for (const item of items) {
      const verdict = refused.get(item.key);
      const recordId = written.get(item.key);
      if (verdict?.kind === 'conflict') conflicts.push(item);
      else if (verdict?.gone && step.gone) step.gone(item);
      else if (verdict) this.#refuse([item], step, verdict);
      else if (recordId !== undefined) step.written(item, recordId);
      else if (step.unnamed && list(body['errors']).length === 0) step.written(item, item.recordId ?? '');
      else this.set(outcomeOf(item.key, 'not-named', ''));
    }
    if (conflicts.length > 0) await step.conflict(conflicts);
  }

  #refuse(items: readonly DeliveryItem[], step: Step, verdict: Failed): void {
    this.fail(
      items.filter((item) => !step.refused?.(item, verdict)),
      verdict,
    );
  }

  verdictOf(answer: Answer, items: readonly DeliveryItem[]): Verdict {
    if (answer.kind === 'answer')
      return judge(answer.status, answer.body, this.#context(items), answer.header);
    const retryAfterMs = answer.kind === 'held' ? answer.error.retryAfterMs : undefined;
    return {
      kind: 'failed',
      code: codeWithoutAnswer(answer, 'answer-lost'),
      reason: answer.reason,
      properties: [],
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  }

  #context(items: readonly DeliveryItem[]): JudgeContext {
    const values = items.flatMap((item) =>
      Object.values(toProperties({ ...item.fields, ...item.createOnly })),
    );
    return {
      keyField: this.#keyField,
      secrets: [...this.#secrets, ...values],
      contactIds: items.map((item) => item.contact.id),
    };
  }
}

const tooManyCalls: Failed = {
  kind: 'failed',
  code: 'rate-limited',
  reason: 'the batch was refused too often as a whole; the rest of it waits',
  retryAfterMs: 1_000,
  properties: [],
};

/** Those that the refusal is about for certain: those that have the unknown property or the lost contact. */
function guilty(items: readonly DeliveryItem[], verdict: Failed): readonly DeliveryItem[] {
  if (verdict.code === 'key-field-missing') return items;
  if (verdict.code === 'contact-gone')
    return items.filter((item) => verdict.contacts?.includes(item.contact.id));
  if (verdict.code !== 'field-unknown') return [];
  return items.filter((item) =>
    verdict.properties.some((name) => name in item.fields || name in item.createOnly),
  );
}

/** A refusal that some rows caused: the rest may be fine. */
function isAboutRows(answer: Answer, verdict: Verdict): boolean {
  if (answer.kind !== 'answer') return false;
  const gone = verdict.kind === 'failed' && verdict.code === 'contact-gone';
  return verdict.kind === 'conflict' || gone || [400, 409, 413].includes(answer.status);
}

/** A whole batch of changes is refused because one of the records is not there. */
function isNotFound(answer: Answer): boolean {
  return (
    answer.kind === 'answer' && answer.status === 404 && text(answer.body['category']) === 'OBJECT_NOT_FOUND'
  );
}
