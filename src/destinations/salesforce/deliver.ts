import { fateOf } from '../../core/errors.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { DeliveryItem } from '../destination.ts';
import { CallError } from './call-error.ts';
import type { Client, Json } from './client.ts';
import { crmErrorOf, reasonOf, taskLinks } from './errors.ts';
import type { SalesforceTarget } from './options.ts';
import { failures, readAnswer, textsOf } from './outcomes.ts';
import { readBack } from './read-back.ts';

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

/** One batch on its way. */
class Run {
  readonly #deps: DeliverDeps;
  #splits = 0;

  constructor(deps: DeliverDeps) {
    this.#deps = deps;
  }

  async send(items: readonly DeliveryItem[]): Promise<Outcome[]> {
    const outcomes = await this.#upsert(items, true);
    return this.#withoutCreateOnly(items, outcomes);
  }

  async #upsert(items: readonly DeliveryItem[], creating: boolean): Promise<Outcome[]> {
    const { client, keyField, target } = this.#deps;
    try {
      const records = items.map((item) => toRecord(item, this.#deps, creating));
      const answer = await client.upsert(target?.object ?? 'Task', records, keyField);
      return readAnswer(items, answer, { keyField, linkFields: linkFieldsOf(target) });
    } catch (error) {
      if (items.length > 1 && isAboutOneRow(error, keyField) && this.#splits < mostSplits) {
        return this.#split(items, creating);
      }
      const known = crmErrorOf(error, 'write', keyField, { linkFields: linkFieldsOf(target) });
      return failures(items, known, reasonFor(error, known.message, items));
    }
  }

  /** Salesforce reads the whole body before it writes anything: one unreadable value refuses all. Halves find it. */
  async #split(items: readonly DeliveryItem[], creating: boolean): Promise<Outcome[]> {
    this.#splits += 2;
    const middle = Math.ceil(items.length / 2);
    const first = await this.#upsert(items.slice(0, middle), creating);
    return [...first, ...(await this.#upsert(items.slice(middle), creating))];
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

function toRecord(item: DeliveryItem, { keyField, target }: DeliverDeps, creating: boolean): Json {
  const isNew = creating && item.recordId === undefined;
  return {
    ...item.fields,
    ...(isNew ? item.createOnly : {}),
    ...(isNew ? linksToRelated(item, target) : {}),
    ...linkToPerson(item, target),
    [keyField]: item.key,
  };
}

/** Fields whose refusal means that somebody or something is gone: people first, then what else it is put on. */
function linkFieldsOf(target: SalesforceTarget | undefined): readonly string[] {
  if (target === undefined) return taskLinks;
  const { contactField, leadField, accountField, opportunityField } = target;
  return [contactField, leadField, accountField, opportunityField].filter((name) => name !== undefined);
}

function linkToPerson({ contact }: DeliveryItem, target: SalesforceTarget | undefined): Json {
  if (target === undefined) return { WhoId: contact.id };
  if (contact.type !== 'Lead') return { [target.contactField]: contact.id };
  return target.leadField === undefined ? {} : { [target.leadField]: contact.id };
}

/** A task has one WhatId, which a lead's may not have (Object Reference, Task). */
function linksToRelated({ contact, related = [] }: DeliveryItem, target: SalesforceTarget | undefined): Json {
  const idOf = (type: string) => related.find((one) => one.type === type)?.id;
  const [account, opportunity] = [idOf('Account'), idOf('Opportunity')];
  if (target === undefined) {
    return opportunity === undefined || contact.type === 'Lead' ? {} : { WhatId: opportunity };
  }
  return {
    ...(target.accountField !== undefined && account !== undefined && { [target.accountField]: account }),
    ...(target.opportunityField !== undefined &&
      opportunity !== undefined && { [target.opportunityField]: opportunity }),
  };
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
