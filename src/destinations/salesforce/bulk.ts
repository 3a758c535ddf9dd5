import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../../core/outcome.ts';
import type { DeliveryItem } from '../destination.ts';
import { toCsv, readError, readRows, isExact, type ResultRow } from './bulk-csv.ts';
import { CallError } from './call-error.ts';
import type { JobInfo } from './client-bulk.ts';
import { batchSize, deliver, type DeliverDeps } from './deliver.ts';
import { crmErrorOf } from './errors.ts';
import { failure, failures, readAnswer } from './outcomes.ts';
import { canLink, linkFieldsOf, toRecord } from './record.ts';
import type { BulkClient } from './client-bulk.ts';

export interface BulkDeps extends DeliverDeps {
  readonly bulk: BulkClient;
  /** fewer records than this go the ordinary way: a job costs some ten calls */
  readonly smallest: number;
}

/** How long a job may run. Salesforce gives up on 10,000 records after five minutes, and tries again. */
const patienceMs = 600_000;
/** Longer than a job and the reading of its results: only a dead process lets it run out. */
export const bulkLeaseMs = patienceMs + 300_000;
const firstPauseMs = 500;
const longestPauseMs = 20_000;

/**
 * Upserts very many items by their keys through Bulk API 2.0 (Bulk API 2.0 guide, ingest): some ten calls in the place of
 * one for each 200. What a job cannot take, or did not process, goes the ordinary way. One outcome per item, never throws.
 */
export async function deliverInBulk(
  deps: BulkDeps,
  items: readonly DeliveryItem[],
  signal: AbortSignal,
): Promise<Outcome[]> {
  const unique = [...new Map(items.map((item) => [item.key, item])).values()];
  const able = unique.filter((item) => isExact(item) && canLink(item, deps.target));
  const outcomes = new Map<string, Outcome>();
  // A CSV has one head: what is set at creation only must not stand in the rows of changes.
  for (const existing of [false, true]) {
    const rows = able.filter(({ recordId }) => (recordId !== undefined) === existing);
    const sent = rows.length < deps.smallest ? undefined : await runJob(deps, rows, signal);
    for (const one of sent ?? []) outcomes.set(one.key, one);
  }
  const ordinary = unique.filter(({ key }) => !outcomes.has(key));
  for (const one of await deliver(deps, ordinary)) outcomes.set(one.key, one);
  return items.map(({ key }) => outcomes.get(key) ?? failure(key, 'not-named', 'no outcome'));
}

/** @returns undefined: no job could be made, nothing was written, and the ordinary way is open */
async function runJob(
  deps: BulkDeps,
  rows: readonly DeliveryItem[],
  signal: AbortSignal,
): Promise<Outcome[] | undefined> {
  let id: string | undefined;
  try {
    id = await deps.bulk.create(deps.target?.object ?? 'Task', deps.keyField);
    const records = rows.map((item) => toRecord(item, deps, true));
    await deps.bulk.upload(id, toCsv(records));
  } catch (error) {
    // Before "upload complete" nothing is written, whatever became of the answer.
    if (id !== undefined) await quietly(deps.bulk.abort(id));
    if (error instanceof CallError && error.kind === 'refused' && error.status !== 401) return undefined;
    const known = crmErrorOf(error, 'read', deps.keyField);
    return failures(rows, known, known.message);
  }
  const job = await finish(deps.bulk, id, signal);
  if (job === 'not-started') return undefined;
  const outcomes = job === undefined ? unknown(rows) : await results(deps, id, rows);
  await quietly(deps.bulk.remove(id));
  return outcomes;
}

/** Starts the job and waits for its end. @returns undefined: nobody knows what became of it */
async function finish(
  bulk: BulkClient,
  id: string,
  signal: AbortSignal,
): Promise<JobInfo | 'not-started' | undefined> {
  // The answer may be lost: what the job says decides.
  await quietly(bulk.close(id));
  const until = performance.now() + patienceMs;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    const job = await quietly(bulk.info(id));
    if (job?.state === 'Open') {
      await quietly(bulk.abort(id));
      return 'not-started';
    }
    if (job !== undefined && ['JobComplete', 'Failed', 'Aborted'].includes(job.state)) return job;
    if (signal.aborted || performance.now() + pause > until) {
      await quietly(bulk.abort(id));
      return undefined;
    }
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

async function results(deps: BulkDeps, id: string, rows: readonly DeliveryItem[]): Promise<Outcome[]> {
  const { bulk, keyField } = deps;
  const read = async (which: 'successfulResults' | 'failedResults' | 'unprocessedrecords') =>
    readRows((await quietly(bulk.results(id, which))) ?? '', keyField);
  const [written, refused, left] = [
    await read('successfulResults'),
    await read('failedResults'),
    await read('unprocessedrecords'),
  ];
  const answers = rows.map((item) => answerFor(item.key, written, refused));
  const outcomes = readAnswer(rows, answers, { keyField, linkFields: linkFieldsOf(deps.target) });
  const isNamed = (key: string) => written.has(key) || refused.has(key);
  return again(deps, rows, outcomes, (key) => !isNamed(key) && left.has(key));
}

/** A row as a collection's answer has it; one that is named nowhere says neither yes nor no. */
function answerFor(
  key: string,
  written: ReadonlyMap<string, ResultRow>,
  refused: ReadonlyMap<string, ResultRow>,
): object {
  const row = written.get(key);
  if (row !== undefined) {
    return { id: row['sf__Id'], success: true, created: row['sf__Created'] === 'true', errors: [] };
  }
  const error = refused.get(key)?.['sf__Error'];
  return error === undefined ? {} : { success: false, errors: [readError(error)] };
}

/**
 * What needs a second look goes the ordinary way, one call's worth of it: what was not processed (its reason stands in no
 * row), and what the ordinary way knows to mend. The rest of the unprocessed waits: nothing was written of it.
 */
async function again(
  deps: BulkDeps,
  rows: readonly DeliveryItem[],
  outcomes: readonly Outcome[],
  isUnprocessed: (key: string) => boolean,
): Promise<Outcome[]> {
  const mendable = (one: Outcome, item: DeliveryItem) =>
    one.kind === 'delivered'
      ? one.adopted === true && item.recordId !== undefined
      : one.code === 'field-unknown';
  const suspects = rows.filter(({ key }, at) => {
    const outcome = outcomes[at];
    return isUnprocessed(key) || (outcome !== undefined && mendable(outcome, rows[at] as DeliveryItem));
  });
  if (suspects.length === 0) return [...outcomes];
  const second = new Map((await deliver(deps, suspects.slice(0, batchSize))).map((one) => [one.key, one]));
  const reason = 'the bulk job did not process it';
  return outcomes.map((one) => {
    const better = second.get(one.key);
    if (better !== undefined) return better;
    return isUnprocessed(one.key) ? failure(one.key, 'unavailable', reason) : one;
  });
}

function unknown(rows: readonly DeliveryItem[]): Outcome[] {
  return rows.map(({ key }) => failure(key, 'answer-lost', 'the bulk job was not seen to its end'));
}

/** What fails here is found out otherwise. */
async function quietly<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch {
    return undefined;
  }
}
