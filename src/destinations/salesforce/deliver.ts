import { fateOf } from '../../core/errors.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { DeliveryItem } from '../destination.ts';
import { CallError } from './call-error.ts';
import type { Client, Json } from './client.ts';
import { crmErrorOf, reasonOf } from './errors.ts';
import type { SalesforceTarget } from './options.ts';
import { failure, failures, readAnswer, textsOf } from './outcomes.ts';
import { readBack } from './read-back.ts';
import { canLink, linkFieldsOf, toRecord } from './record.ts';

/** Rows of one collections call (REST guide, sObject Collections). */
export const batchSize = 200;

/** How many further calls one batch may cost to find the record for which Salesforce refuses it as a whole. */
const mostSplits = 40;

export interface DeliverDeps {
  readonly client: Client;
  readonly keyField: string;
  readonly target?: SalesforceTarget;
}

/** Upserts items by their keys; see the port. Never throws. */
export async function deliver(deps: DeliverDeps, items: readonly DeliveryItem[]): Promise<Outcome[]> {
  const byKey = new Map(items.map((item) => [item.key, item]));
  // Sorted by contact, so that rows of one account stand together and lock each other less.
  const rows = [...byKey.values()].toSorted(
    (a, b) => compare(a.contact.id, b.contact.id) || compare(a.occurredAt, b.occurredAt),
  );
  const outcomes = new Map<string, Outcome>();
  for (let start = 0; start < rows.length; start += batchSize) {
    const run = new Run(deps);
    for (const one of await run.send(rows.slice(start, start + batchSize))) outcomes.set(one.key, one);
  }
  return items.map(
    ({ key }) => outcomes.get(key) ?? { kind: 'unknown', key, code: 'not-named', reason: 'no outcome' },
  );
}

/** Sends records; the answer is as Salesforce sent it. */
type Write = (records: readonly Json[]) => Promise<unknown>;

/** One batch on its way. */
class Run {
  readonly #deps: DeliverDeps;
  #splits = 0;

  constructor(deps: DeliverDeps) {
    this.#deps = deps;
  }

  async send(items: readonly DeliveryItem[]): Promise<Outcome[]> {
    const able = items.filter((item) => canLink(item, this.#deps.target));
    const unable = items.filter((item) => !able.includes(item));
    const reason = 'The custom object has no lookup for leads: name one as target.leadField.';
    const refused = unable.map(({ key }) => failure(key, 'mapping-failed', reason));
    if (able.length === 0) return refused;
    const outcomes = await this.#withoutCreateOnly(able, await this.#upsert(able, true));
    return [...refused, ...(await this.#changeById(able, outcomes))];
  }

  #upsert(items: readonly DeliveryItem[], creating: boolean): Promise<Outcome[]> {
    const { client, keyField } = this.#deps;
    return this.#call(items, creating, (records) => client.upsert(this.#object, records, keyField));
  }

  get #object(): string {
    return this.#deps.target?.object ?? 'Task';
  }

  async #call(items: readonly DeliveryItem[], creating: boolean, write: Write): Promise<Outcome[]> {
    const { keyField, target } = this.#deps;
    const about = { linkFields: linkFieldsOf(target) };
    try {
      const answer = await write(items.map((item) => toRecord(item, this.#deps, creating)));
      return readAnswer(items, answer, { keyField, ...about });
    } catch (error) {
      if (items.length > 1 && isAboutOneRow(error, keyField) && this.#splits < mostSplits) {
        return this.#split(items, creating, write);
      }
      const known = crmErrorOf(error, 'write', keyField, about);
      return failures(items, known, reasonFor(error, known.message, items));
    }
  }

  /** Salesforce reads the whole body before it writes anything: one unreadable value refuses all. Halves find it. */
  async #split(items: readonly DeliveryItem[], creating: boolean, write: Write): Promise<Outcome[]> {
    this.#splits += 2;
    const middle = Math.ceil(items.length / 2);
    const first = await this.#call(items.slice(0, middle), creating, write);
    return [...first, ...(await this.#call(items.slice(middle), creating, write))];
  }

  /**
   * A change of a record that the upsert did not find, as may be with an archived one: Salesforce names it as a duplicate
   * and has not changed it. So it is changed by its id.
   */
  async #changeById(items: readonly DeliveryItem[], outcomes: Outcome[]): Promise<Outcome[]> {
    const { client, keyField } = this.#deps;
    const ids = new Map(
      outcomes.flatMap((one) => (one.kind === 'delivered' && one.adopted ? [[one.key, one.recordId]] : [])),
    );
    const changes = items.filter(({ key, recordId }) => recordId !== undefined && ids.has(key));
    if (changes.length === 0) return outcomes;
    const second = await this.#call(changes, false, (records) =>
      client.updateAll(
        this.#object,
        records.map(({ [keyField]: key, ...fields }) => ({ ...fields, id: ids.get(String(key)) })),
      ),
    );
    const byKey = new Map(second.map((one) => [one.key, one]));
    return outcomes.map((one) => byKey.get(one.key) ?? one);
  }

  /**
   * A resend of a task that is there may be refused for the fields that are taken at creation only. Whether it is there
   * is asked by key; then it is sent without them.
   */
  async #withoutCreateOnly(items: readonly DeliveryItem[], outcomes: Outcome[]): Promise<Outcome[]> {
    const refused = new Set(
      outcomes.flatMap((one) => (one.kind !== 'delivered' && one.code === 'field-unknown' ? [one.key] : [])),
    );
    const suspects = items.filter(
      (item) =>
        refused.has(item.key) && item.recordId === undefined && Object.keys(item.createOnly).length > 0,
    );
    if (suspects.length === 0) return outcomes;
    let there: Map<string, string>;
    try {
      there = await readBack(
        this.#deps,
        suspects.map((item) => item.key),
      );
    } catch {
      return outcomes;
    }
    const again = suspects.filter((item) => there.has(item.key));
    if (again.length === 0) return outcomes;
    const second = new Map((await this.#upsert(again, false)).map((one) => [one.key, one]));
    return outcomes.map((one) => second.get(one.key) ?? one);
  }
}

/** Could this refusal of the whole call come from a single record? */
function isAboutOneRow(error: unknown, keyField: string): boolean {
  if (!(error instanceof CallError) || error.kind !== 'refused') return false;
  if (error.status !== 400 && error.status !== 413) return false;
  const { code } = crmErrorOf(error, 'write', keyField);
  return code === 'field-unknown' || !['wait', 'stop', 'read-back'].includes(fateOf(code));
}

function reasonFor(error: unknown, message: string, items: readonly DeliveryItem[]): string {
  if (!(error instanceof CallError) || error.kind !== 'refused') return message.slice(0, 300);
  return reasonOf(error, items.flatMap(textsOf));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
