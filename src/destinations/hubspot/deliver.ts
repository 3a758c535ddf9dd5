import { CrmError } from '../../core/errors.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { DeliveryItem } from '../destination.ts';
import { BatchWriter } from './batch-writer.ts';
import type { ObjectName } from './client.ts';
import { failedBy } from './errors.ts';
import { findOnContacts, type FindDeps } from './find-records.ts';
import { list, text, type Json } from './json.ts';
import { associationsOf, chunks, isOk, objectOf, toContactType } from './objects.ts';
import { holds, outcomeOf, toProperties } from './outcomes.ts';
import type { Answer } from './transport.ts';

export interface DeliverDeps extends FindDeps {
  /** must not show up in reasons */
  readonly secrets: readonly string[];
}

/**
 * One `deliver`: creations with inline associations, changes by record id. A key that exists is adopted, and brought up to
 * date if it differs. Where keys are not unique, what is there is looked for before anything is created.
 */
export class Delivery {
  readonly #deps: DeliverDeps;
  readonly #writer: BatchWriter;

  constructor(deps: DeliverDeps) {
    this.#deps = deps;
    this.#writer = new BatchWriter(deps.keyField, deps.secrets);
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
        if (!this.#writer.outcome(key)) this.#set(outcomeOf(key, 'answer-lost', reason));
    }
    return items.map(({ key }) => this.#writer.outcome(key) ?? outcomeOf(key, 'not-named', ''));
  }

  async #deliverKind(object: ObjectName, items: readonly DeliveryItem[]): Promise<void> {
    const known = items.filter((item) => item.recordId !== undefined);
    const vanished = await this.#update(object, known, false);
    const fresh = [...items.filter((item) => item.recordId === undefined), ...vanished];
    if (fresh.length === 0) return;
    const { halted } = this.#writer;
    if (halted) return this.#writer.fail(fresh, halted);
    try {
      if (await this.#deps.keys.isUnique(object)) {
        for (const chunk of chunks(fresh)) await this.#create(object, chunk);
      } else {
        await this.#deps.keys.inTurn(() => this.#createWithCare(object, fresh));
      }
    } catch (error) {
      if (!(error instanceof CrmError)) throw error;
      // Nothing of what has no outcome yet was sent.
      const rest = fresh.filter(({ key }) => !this.#writer.outcome(key));
      this.#writer.halt(rest, failedBy(error));
    }
    return undefined;
  }

  /** Only what its contact does not have yet. @throws CrmError before anything of a part is written */
  async #createWithCare(object: ObjectName, items: readonly DeliveryItem[]): Promise<void> {
    for (const chunk of chunks(items)) {
      const there = await findOnContacts(this.#deps, object, chunk);
      const known = chunk.filter(({ key }) => there.has(key));
      if (known.length > 0) {
        const ids = known.map(({ key }) => there.get(key) ?? '');
        await this.#adopt(known, object, (names) => this.#deps.client.readRecords(object, ids, names));
      }
      await this.#create(
        object,
        chunk.filter(({ key }) => !there.has(key)),
      );
    }
  }

  async #create(object: ObjectName, items: readonly DeliveryItem[]): Promise<void> {
    const conflicts: DeliveryItem[] = [];
    const alone: DeliveryItem[] = [];
    await this.#writer.write(items, {
      send: (part) =>
        this.#deps.client.create(
          object,
          part.map((item) => ({
            objectWriteTraceId: item.key,
            properties: this.#properties(item, true),
            associations: associationsOf(object, item.contact.id, item.related ?? []),
          })),
        ),
      written: ({ key }, recordId) => this.#set({ kind: 'delivered', key, recordId }),
      conflict: async (part) => void conflicts.push(...part),
      refused(item, { code }) {
        // It may be the company or the deal that is gone: that does not keep a record from its contact.
        const isPerhapsRelated = code === 'contact-gone' && (item.related ?? []).length > 0;
        if (isPerhapsRelated) alone.push({ ...item, related: [] });
        return isPerhapsRelated;
      },
    });
    if (alone.length > 0) await this.#create(object, alone);
    for (const chunk of chunks(conflicts)) {
      const keys = chunk.map((item) => item.key);
      await this.#adopt(chunk, object, (names) =>
        this.#deps.client.read(object, this.#deps.keyField, keys, names),
      );
    }
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
      await this.#writer.write(chunk, {
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
      await this.#writer.write(chunk, {
        send: (part) =>
          this.#deps.client.associate(
            object,
            part.map(({ recordId, contact }) => ({
              from: { id: recordId ?? '' },
              to: { id: contact.id },
              types: [toContactType(object)],
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

  /** The key exists already: the record is ours, from an earlier try. @param read the records, with these properties */
  async #adopt(
    items: readonly DeliveryItem[],
    object: ObjectName,
    read: (names: readonly string[]) => Promise<Answer>,
  ): Promise<void> {
    const { keyField } = this.#deps;
    const names = [...new Set(items.flatMap((item) => Object.keys(item.fields)))];
    const answer = await read([keyField, ...names]);
    if (answer.kind !== 'answer' || !isOk(answer))
      return this.#writer.fail(items, this.#writer.verdictOf(answer, items));
    const found = recordsByKey(answer.body, keyField);
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

  #set(outcome: Outcome): void {
    this.#writer.set(outcome);
  }

  #properties(item: DeliveryItem, creating: boolean): Record<string, string> {
    const fields = creating ? { ...item.fields, ...item.createOnly } : item.fields;
    return { ...toProperties(fields), [this.#deps.keyField]: item.key };
  }
}

function recordsByKey(body: Json, keyField: string): Map<string, { id: string; properties: Json }> {
  return new Map(
    list(body['results']).map((result) => {
      const properties = (result['properties'] ?? {}) as Json;
      return [text(properties[keyField]), { id: text(result['id']), properties }] as const;
    }),
  );
}
