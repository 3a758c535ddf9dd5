import type { Outcome } from '../../core/outcome.ts';
import type { DeliveryItem } from '../destination.ts';
import type { AssociationType, CreateInput, HubSpotClient, ObjectName } from './client.ts';
import { judge, list, text, type JudgeContext, type Verdict } from './errors.ts';
import { holds, outcomeOf, readRows, toProperties } from './outcomes.ts';
import { codeWithoutAnswer, type Answer, type Json } from './transport.ts';

/** CRM object per kind of activity, and its association to a contact (HubSpot docs, association type ids). */
export const objectOf = { message: 'communications', call: 'calls' } as const;
const typeIds = {
  communications: { contact: 81, company: 87, deal: 85 },
  calls: { contact: 194, company: 182, deal: 206 },
} as const;

function typeTo(object: ObjectName, type: keyof (typeof typeIds)[ObjectName]): AssociationType {
  return { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: typeIds[object][type] };
}

/** The contact, and what else the record is put on. */
function associationsOf(
  object: ObjectName,
  { contact, related = [] }: DeliveryItem,
): CreateInput['associations'] {
  const others = related.flatMap(({ type, id }) =>
    type === 'company' || type === 'deal' ? [{ to: { id }, types: [typeTo(object, type)] }] : [],
  );
  return [{ to: { id: contact.id }, types: [typeTo(object, 'contact')] }, ...others];
}

/** Inputs of a batch call (HubSpot docs, batch). */
export const batchSize = 100;
/** Calls of one delivery, after which what is not decided waits: a batch whose every row is refused as a whole. */
const maxCalls = 40;

export interface DeliverDeps {
  readonly client: HubSpotClient;
  readonly keyField: string;
  /** must not show up in reasons */
  readonly secrets: readonly string[];
}

type Failed = Extract<Verdict, { kind: 'failed' }>;

/** One batch call, and what its answer means for each record. */
interface Step {
  send(items: readonly DeliveryItem[]): Promise<Answer>;
  written(item: DeliveryItem, recordId: string): void;
  conflict(items: readonly DeliveryItem[]): Promise<void>;
  /** OBJECT_NOT_FOUND; undefined: it is what the verdict says */
  gone?(item: DeliveryItem): void;
  /** a 2xx without errors names nothing and still means all */
  readonly unnamed?: boolean;
}

/**
 * One `deliver`: creations with inline associations, changes by record id. Rows fail alone through trace ids; where the CRM
 * refuses a batch as a whole nonetheless it is parted by the property it names, else halved, so that one bad record never
 * fails its batch. A key that exists is adopted, and brought up to date if it differs.
 */
export class Delivery {
  readonly #deps: DeliverDeps;
  readonly #outcomes = new Map<string, Outcome>();
  #calls = 0;
  /** the call as a whole cannot go on: credentials, quota, outage */
  #halted: Failed | undefined;

  constructor(deps: DeliverDeps) {
    this.#deps = deps;
  }

  /** Exactly one outcome per item; never throws. */
  async run(items: readonly DeliveryItem[]): Promise<Outcome[]> {
    const unique = [...new Map(items.map((item) => [item.key, item])).values()];
    try {
      for (const kind of ['message', 'call'] as const) {
        const own = unique.filter((item) => item.kind === kind);
        await this.#deliverKind(objectOf[kind], own);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.name : 'error';
      for (const { key } of unique)
        if (!this.#outcomes.has(key)) this.#set(outcomeOf(key, 'answer-lost', reason));
    }
    return items.map(({ key }) => this.#outcomes.get(key) ?? outcomeOf(key, 'not-named', ''));
  }

  async #deliverKind(object: ObjectName, items: readonly DeliveryItem[]): Promise<void> {
    const known = items.filter((item) => item.recordId !== undefined);
    const vanished = await this.#update(object, known, false);
    const fresh = items.filter((item) => item.recordId === undefined);
    for (const chunk of chunks([...fresh, ...vanished])) await this.#create(object, chunk);
  }

  async #create(object: ObjectName, items: readonly DeliveryItem[]): Promise<void> {
    const conflicts: DeliveryItem[] = [];
    await this.#write(items, {
      send: (part) =>
        this.#deps.client.create(
          object,
          part.map((item) => ({
            objectWriteTraceId: item.key,
            properties: this.#properties(item, true),
            associations: associationsOf(object, item),
          })),
        ),
      written: ({ key }, recordId) => this.#set({ kind: 'delivered', key, recordId }),
      conflict: async (part) => void conflicts.push(...part),
    });
    for (const chunk of chunks(conflicts)) await this.#adopt(object, chunk);
  }

  /** Gives back those whose record is no longer there: they are made anew. */
  async #update(
    object: ObjectName,
    items: readonly DeliveryItem[],
    adopted: boolean,
  ): Promise<DeliveryItem[]> {
    const vanished: DeliveryItem[] = [];
    const changed: DeliveryItem[] = [];
    for (const chunk of chunks(items)) {
      await this.#write(chunk, {
        send: (part) =>
          this.#deps.client.update(
            object,
            part.map((item) => ({
              id: item.recordId ?? '',
              objectWriteTraceId: item.key,
              properties: this.#properties(item, false),
            })),
          ),
        written: (item, recordId) => {
          if (adopted) this.#set({ kind: 'delivered', key: item.key, recordId, adopted });
          else changed.push(item);
        },
        conflict: async (part) => {
          for (const { key } of part) this.#set(outcomeOf(key, 'key-taken', 'another record has the key'));
        },
        gone: (item) => void vanished.push(item),
      });
    }
    await this.#associate(object, changed);
    return vanished;
  }

  /** The contact may be another than at creation: an update cannot say so, and repeating it changes nothing. */
  async #associate(object: ObjectName, items: readonly DeliveryItem[]): Promise<void> {
    for (const chunk of chunks(items)) {
      await this.#write(chunk, {
        send: (part) =>
          this.#deps.client.associate(
            object,
            part.map(({ recordId, contact }) => ({
              from: { id: recordId ?? '' },
              to: { id: contact.id },
              types: [typeTo(object, 'contact')],
            })),
          ),
        written: ({ key, recordId = '' }) => this.#set({ kind: 'delivered', key, recordId }),
        conflict: async (part) => {
          for (const { key, recordId = '' } of part) this.#set({ kind: 'delivered', key, recordId });
        },
        unnamed: true,
      });
    }
  }

  /** The key exists already: the record is ours, from an earlier try. */
  async #adopt(object: ObjectName, items: readonly DeliveryItem[]): Promise<void> {
    const { client, keyField } = this.#deps;
    const names = [...new Set(items.flatMap((item) => Object.keys(item.fields)))];
    const answer = await client.read(
      object,
      keyField,
      items.map((item) => item.key),
      [keyField, ...names],
    );
    if (answer.kind !== 'answer' || !isOk(answer)) return this.#fail(items, this.#verdictOf(answer, items));
    const found = new Map(
      list(answer.body['results']).map((result) => {
        const properties = (result['properties'] ?? {}) as Json;
        return [text(properties[keyField]), { id: text(result['id']), properties }] as const;
      }),
    );
    const stale: DeliveryItem[] = [];
    for (const item of items) {
      const record = found.get(item.key);
      if (!record?.id) this.#set(outcomeOf(item.key, 'key-taken', 'it may be in the recycle bin'));
      else if (!holds(record.properties, toProperties(item.fields)))
        stale.push({ ...item, recordId: record.id });
      else this.#set({ kind: 'delivered', key: item.key, recordId: record.id, adopted: true });
    }
    for (const { key } of await this.#update(object, stale, true)) {
      this.#set(outcomeOf(key, 'key-taken', 'the record went away meanwhile'));
    }
    return undefined;
  }

  /** Sends one batch and settles what its answer says; parts it when it is refused as a whole. */
  async #write(items: readonly DeliveryItem[], step: Step): Promise<void> {
    if (items.length === 0) return;
    if (this.#halted) return this.#fail(items, this.#halted);
    if (this.#calls >= maxCalls) return this.#fail(items, tooManyCalls);
    this.#calls += 1;
    const answer = await step.send(items);
    if (answer.kind === 'answer' && isOk(answer)) return this.#settle(items, step, answer.body);
    const verdict = this.#verdictOf(answer, items);
    const missing = step.gone !== undefined && isNotFound(answer);
    if (!missing && !isAboutRows(answer, verdict)) {
      if (verdict.kind === 'failed' && verdict.code !== 'answer-lost') this.#halted = verdict;
      return this.#fail(items, verdict);
    }
    if (verdict.kind === 'conflict' && items.length === 1) return step.conflict(items);
    const [first] = items;
    if (missing && items.length === 1 && first) return step.gone?.(first);
    if (verdict.kind === 'failed' && !missing) {
      const bad = this.#guilty(items, verdict);
      if (bad.length > 0) {
        this.#fail(bad, verdict);
        return this.#write(
          items.filter((item) => !bad.includes(item)),
          step,
        );
      }
    }
    const half = Math.ceil(items.length / 2);
    await this.#write(items.slice(0, half), step);
    await this.#write(items.slice(half), step);
    return undefined;
  }

  /** Those that the refusal is about for certain: the only one, those that have the unknown property or the lost contact. */
  #guilty(items: readonly DeliveryItem[], verdict: Failed): readonly DeliveryItem[] {
    if (items.length === 1 || verdict.code === 'key-field-missing') return items;
    if (verdict.code === 'contact-gone')
      return items.filter((item) => verdict.contacts?.includes(item.contact.id));
    if (verdict.code !== 'field-unknown') return [];
    return items.filter((item) =>
      verdict.properties.some((name) => name in item.fields || name in item.createOnly),
    );
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
      else if (verdict) this.#fail([item], verdict);
      else if (recordId !== undefined) step.written(item, recordId);
      else if (step.unnamed && list(body['errors']).length === 0) step.written(item, item.recordId ?? '');
      else this.#set(outcomeOf(item.key, 'not-named', ''));
    }
    if (conflicts.length > 0) await step.conflict(conflicts);
  }

  #verdictOf(answer: Answer, items: readonly DeliveryItem[]): Verdict {
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

  #fail(items: readonly DeliveryItem[], verdict: Verdict): void {
    if (verdict.kind === 'conflict') return;
    for (const { key } of items)
      this.#set(outcomeOf(key, verdict.code, verdict.reason, verdict.retryAfterMs));
  }

  #set(outcome: Outcome): void {
    this.#outcomes.set(outcome.key, outcome);
  }

  #properties(item: DeliveryItem, creating: boolean): Record<string, string> {
    const fields = creating ? { ...item.fields, ...item.createOnly } : item.fields;
    return { ...toProperties(fields), [this.#deps.keyField]: item.key };
  }

  #context(items: readonly DeliveryItem[]): JudgeContext {
    const values = items.flatMap((item) =>
      Object.values(toProperties({ ...item.fields, ...item.createOnly })),
    );
    return {
      keyField: this.#deps.keyField,
      secrets: [...this.#deps.secrets, ...values],
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

const isOk = (answer: { readonly status: number }): boolean => answer.status >= 200 && answer.status < 300;

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

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += batchSize) yield items.slice(from, from + batchSize);
}
