import type { FastifyInstance } from 'fastify';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { externalIdField, upsertOne } from './collections.ts';
import { param, route, type Context } from './context.ts';
import { notFound, refuse, Refusal } from './refusal.ts';
import type { FieldDef, ObjectDef } from './schema.ts';
import { readValue } from './values.ts';
import { objectOf, readInput } from './write.ts';

type Cells = Readonly<Record<string, string>>;

interface Job {
  readonly id: string;
  readonly object: ObjectDef;
  readonly keyField: string;
  state: 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Aborted' | 'Failed';
  errorMessage?: string;
  csv: string;
  readonly written: { readonly id: string; readonly created: boolean; readonly cells: Cells }[];
  readonly refused: { readonly error: string; readonly cells: Cells }[];
  unprocessed: Cells[];
}

/** How jobs behave, for tests. */
export interface BulkSwitches {
  /** false: the org has no Bulk API */
  allowed: boolean;
  /** milliseconds that a job waits, and again runs */
  stepMs: number;
  /** the next job ends as failed after so many rows */
  failAfter: number | undefined;
}

/** Ingest jobs of Bulk API 2.0 (Bulk API 2.0 guide): upserts only. */
export function bulkRoutes(app: FastifyInstance, context: Context): void {
  const jobs = new Map<string, Job>();
  const base = '/services/data/:version/jobs/ingest';
  const find = (id: string): Job => {
    const job = jobs.get(id);
    if (job === undefined) throw notFound();
    return job;
  };
  app.addContentTypeParser('text/csv', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  route(app, 'POST', base, 'bulk-create', async (request) => {
    if (!context.bulk.allowed) throw refuse('FEATURENOTENABLED', 'Bulk API 2.0 is not enabled');
    const job = open(context, request.body, String(jobs.size + 1).padStart(4, '0'));
    jobs.set(job.id, job);
    return show(job);
  });
  route(app, 'PUT', `${base}/:id/batches`, 'bulk-upload', async (request, reply) => {
    const job = find(param(request, 'id'));
    if (typeof request.body !== 'string') throw refuse('InvalidBatch', 'Content-Type must be text/csv');
    if (job.state !== 'Open' || job.csv !== '')
      throw refuse('INVALIDJOBSTATE', 'Job is not open, or has data');
    job.csv = request.body;
    return reply.code(201).send();
  });
  route(app, 'PATCH', `${base}/:id`, 'bulk-close', async (request) => {
    const job = find(param(request, 'id'));
    const { state } = (request.body ?? {}) as { state?: string };
    change(context, job, state);
    return show(job);
  });
  route(app, 'GET', `${base}/:id`, 'bulk-info', async (request) => show(find(param(request, 'id'))));
  route(app, 'DELETE', `${base}/:id`, 'bulk-delete', async (request, reply) => {
    const job = find(param(request, 'id'));
    if (!isOver(job)) throw refuse('INVALIDJOBSTATE', 'Job is not in a final state');
    jobs.delete(job.id);
    return reply.code(204).send();
  });
  route(app, 'GET', `${base}/:id/:which`, 'bulk-results', async (request, reply) => {
    const job = find(param(request, 'id'));
    if (!isOver(job)) throw refuse('INVALIDJOBSTATE', 'Results are there when the job is over');
    return reply.type('text/csv; charset=UTF-8').send(resultsOf(job, param(request, 'which')));
  });
}

function open({ org }: Context, raw: unknown, nth: string): Job {
  const {
    object,
    externalIdFieldName,
    operation,
    contentType = 'CSV',
    lineEnding = 'LF',
  } = (raw ?? {}) as Cells;
  if (operation !== 'upsert') throw refuse('INVALIDOPERATION', `no such operation: ${operation}`);
  if (contentType !== 'CSV' || lineEnding !== 'LF') throw refuse('INVALIDJOB', 'CSV with LF only, here');
  const def = objectOf(org, String(object));
  externalIdField(org, def.name, String(externalIdFieldName));
  return {
    id: `7505g00000${nth}AAA`.padEnd(18, 'A'),
    object: def,
    keyField: String(externalIdFieldName),
    state: 'Open',
    csv: '',
    written: [],
    refused: [],
    unprocessed: [],
  };
}

function change(context: Context, job: Job, state: string | undefined): void {
  if (state === 'Aborted') {
    if (isOver(job)) throw refuse('INVALIDJOBSTATE', 'Job is over');
    job.state = 'Aborted';
    return;
  }
  if (state !== 'UploadComplete') throw refuse('INVALIDJOBSTATE', `no such state: ${state}`);
  if (job.state !== 'Open' || job.csv === '')
    throw refuse('INVALIDJOBSTATE', 'Job is not open, or has no data');
  job.state = 'UploadComplete';
  void work(context, job);
}

async function work(context: Context, job: Job): Promise<void> {
  await context.wait(context.bulk.stepMs);
  if (isOver(job)) return;
  job.state = 'InProgress';
  await context.wait(context.bulk.stepMs);
  if (isOver(job)) return;
  job.unprocessed = parse(job.csv, { columns: true, relax_quotes: false }) as Cells[];
  const strange = Object.keys(job.unprocessed[0] ?? {}).find(
    (name) => context.org.visibleField(job.object.name, name) === undefined,
  );
  if (strange !== undefined) {
    job.errorMessage = `InvalidBatch : Field name not found : ${strange}`;
    job.state = 'Failed';
    return;
  }
  const most = context.bulk.failAfter ?? Infinity;
  context.bulk.failAfter = undefined;
  for (let done = 0; done < most && job.unprocessed.length > 0; done += 1) {
    writeRow(context, job, job.unprocessed.shift() as Cells);
  }
  job.state = job.unprocessed.length > 0 ? 'Failed' : 'JobComplete';
}

function writeRow({ org }: Context, job: Job, cells: Cells): void {
  try {
    const values = Object.entries(cells).flatMap(([name, cell]) => {
      const def = org.visibleField(job.object.name, name) as FieldDef;
      return cell === '' ? [] : [[name, cell === '#N/A' ? null : typed(def, cell)] as const];
    });
    const given = readInput(org, job.object.name, Object.fromEntries(values));
    const key = readValue(externalIdField(org, job.object.name, job.keyField), cells[job.keyField] ?? '');
    if (key === null) throw refuse('MISSING_ARGUMENT', `${job.keyField} not specified`);
    job.written.push({ ...upsertOne(org, job.object, job.keyField, key, given), cells });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    job.refused.push({ error: `${error.code}:${error.message}:${error.fields.join(' ')} --`, cells });
  }
}

/** A CSV knows no types. */
function typed(def: FieldDef, cell: string): unknown {
  if (def.type === 'boolean') return cell === 'true';
  return def.type === 'int' ? Number(cell) : cell;
}

const isOver = ({ state }: Job): boolean => ['JobComplete', 'Aborted', 'Failed'].includes(state);

function show(job: Job): object {
  const { id, object, state, keyField, errorMessage, written, refused } = job;
  return {
    id,
    operation: 'upsert',
    object: object.name,
    state,
    externalIdFieldName: keyField,
    contentType: 'CSV',
    apiVersion: 67,
    jobType: 'V2Ingest',
    lineEnding: 'LF',
    columnDelimiter: 'COMMA',
    numberRecordsProcessed: written.length + refused.length,
    numberRecordsFailed: refused.length,
    ...(errorMessage !== undefined && { errorMessage }),
  };
}

function resultsOf(job: Job, which: string): string {
  const columns = Object.keys((parse(job.csv || 'x\n', { columns: true, to: 1 }) as Cells[])[0] ?? {});
  const cellsOf = (cells: Cells) => columns.map((name) => cells[name] ?? '');
  const rows: Readonly<Record<string, () => string[][]>> = {
    successfulResults: () => [
      ['sf__Id', 'sf__Created', ...columns],
      ...job.written.map(({ id, created, cells }) => [id, String(created), ...cellsOf(cells)]),
    ],
    failedResults: () => [
      ['sf__Id', 'sf__Error', ...columns],
      ...job.refused.map(({ error, cells }) => ['', error, ...cellsOf(cells)]),
    ],
    unprocessedrecords: () => [columns, ...job.unprocessed.map(cellsOf)],
  };
  const make = rows[which.replace(/\/$/, '')];
  if (make === undefined) throw notFound();
  return stringify(make(), { quoted: true });
}
