import type { FastifyInstance } from 'fastify';
import { checkWrite, endpoint, type Account } from './account.ts';
import { missingRecord } from './associations.ts';
import { callSeen } from './calls.ts';
import { invalid, Refusal } from './errors.ts';
import { present, type PublicObject } from './present.ts';
import {
  atMost,
  batchArchiveShape,
  batchCreateShape,
  batchReadShape,
  batchUpdateShape,
  batchUpsertShape,
  shaped,
} from './shapes.ts';
import type { ObjectType } from './object-types.ts';
import type { StoredRecord } from './store.ts';

const paths = (verb: string) => ({
  v3: `/crm/v3/objects/:type/batch/${verb}`,
  dated: (version: string) => `/crm/objects/${version}/:type/batch/${verb}`,
});
const read = { scopes: ['crm.objects.{type}.read'] };
const write = { scopes: ['crm.objects.{type}.write'] };

/** What one row did, and how to take it back when the batch fails as a whole. */
interface Done {
  readonly result: PublicObject & { readonly new?: boolean };
  undo(): void;
}

/** The batch endpoints, 100 inputs at most (HubSpot docs, batch). */
export function addBatchRoutes(app: FastifyInstance, account: Account): void {
  for (const add of [addCreate, addUpdate, addUpsert, addRead, addArchive]) add(app, account);
}

function addCreate(app: FastifyInstance, account: Account): void {
  const { store, faults } = account;
  endpoint(
    app,
    'POST',
    paths('create'),
    { operation: '{type}.batch.create', ...write },
    (request, reply, version) => {
      const { params, body } = request;
      const { inputs } = shaped(batchCreateShape, body);
      const type = typeOf(account, params);
      faults.checkBatch(inputs, callSeen(request));
      const { status, answer } = runBatch(inputs, 201, (input) => {
        faults.checkRow(input.properties);
        checkWrite(account, version, type, input.properties);
        const record = store.create(type, input.properties, input.associations);
        return { result: present(store, record), undo: () => store.remove(record) };
      });
      void reply.code(status);
      return answer;
    },
  );
}

function addUpdate(app: FastifyInstance, account: Account): void {
  const { store, faults } = account;
  endpoint(
    app,
    'POST',
    paths('update'),
    { operation: '{type}.batch.update', ...write },
    (request, reply, version) => {
      const { params, body } = request;
      const { inputs } = shaped(batchUpdateShape, body);
      const type = typeOf(account, params);
      faults.checkBatch(inputs, callSeen(request));
      const { status, answer } = runBatch(inputs, 200, ({ id, idProperty, properties }) => {
        if (idProperty === 'hs_object_id')
          throw invalid('Unable to perform update/upsert by non-unique property hs_object_id');
        const record = idProperty === undefined ? store.get(type, id) : store.find(type, idProperty, id);
        if (!record) throw missingRecord(type, id);
        faults.checkRow({ ...record.values, ...properties }, record.id, properties);
        return change(account, version, record, properties);
      });
      void reply.code(status);
      return answer;
    },
  );
}

function addUpsert(app: FastifyInstance, account: Account): void {
  const { store, faults } = account;
  endpoint(
    app,
    'POST',
    paths('upsert'),
    { operation: '{type}.batch.upsert', ...write },
    (request, reply, version) => {
      const { params, body } = request;
      const { inputs } = shaped(batchUpsertShape, body);
      const type = typeOf(account, params);
      if (new Set(inputs.map((input) => input.id)).size < inputs.length) {
        throw invalid('Duplicate ids are not allowed in one batch upsert');
      }
      faults.checkBatch(inputs, callSeen(request));
      const { status, answer } = runBatch(inputs, 200, ({ id, idProperty, properties }) => {
        if (idProperty === 'hs_object_id')
          throw invalid('Unable to perform update/upsert by non-unique property hs_object_id');
        const known = store.find(type, idProperty, id);
        faults.checkRow({ ...properties, [idProperty]: id }, known?.id, properties);
        if (known) {
          const done = change(account, version, known, properties);
          return { ...done, result: { ...done.result, new: false } };
        }
        checkWrite(account, version, type, properties);
        const record = store.create(type, { ...properties, [idProperty]: id });
        return { result: { ...present(store, record), new: true }, undo: () => store.remove(record) };
      });
      void reply.code(status);
      return answer;
    },
  );
}

function addRead(app: FastifyInstance, account: Account): void {
  const { store } = account;
  endpoint(
    app,
    'POST',
    paths('read'),
    { operation: '{type}.batch.read', ...read },
    ({ params, body, query }, reply) => {
      const { inputs, idProperty, properties } = shaped(batchReadShape, body);
      atMost(100, inputs);
      const type = typeOf(account, params);
      const archived = query['archived'] === 'true' ? store.all(type, true) : undefined;
      const find = (id: string) =>
        archived !== undefined
          ? archived.find((record) => record.id === id)
          : idProperty === undefined
            ? store.get(type, id)
            : store.find(type, idProperty, id);
      const found = new Map(inputs.map(({ id }) => [id, find(id)]));
      const missing = [...found].filter(([, record]) => !record).map(([id]) => id);
      const records = new Set([...found.values()].filter((record) => record !== undefined));
      const answer = complete([...records].map((record) => present(store, record, properties)));
      if (missing.length === 0) return answer;
      void reply.code(207);
      const { message, category } = missingRecord(type, '').body;
      return {
        ...answer,
        numErrors: 1,
        errors: [{ status: 'error', category, message, context: { ids: missing } }],
      };
    },
  );
}

function addArchive(app: FastifyInstance, account: Account): void {
  const { store } = account;
  endpoint(
    app,
    'POST',
    paths('archive'),
    { operation: '{type}.batch.archive', ...write },
    ({ params, body }, reply) => {
      const { inputs } = shaped(batchArchiveShape, body);
      atMost(100, inputs);
      const type = typeOf(account, params);
      for (const { id } of inputs) {
        const record = store.get(type, id);
        if (record) store.archive(record);
      }
      return reply.code(204).send();
    },
  );
}

const typeOf = ({ schema }: Account, params: Record<string, string>): ObjectType =>
  schema.type(params['type'] ?? '');

function change(
  account: Account,
  version: string,
  record: StoredRecord,
  properties: Record<string, unknown>,
): Done {
  const before = record.values;
  checkWrite(account, version, record.type, properties, before);
  account.store.update(record, properties);
  return { result: present(account.store, record), undo: () => account.store.restore(record, before) };
}

interface Traced {
  readonly objectWriteTraceId?: string | undefined;
}

/**
 * Partial success is opt-in: only when every input has a trace id of its own do rows fail alone, under a 207; else one bad
 * row refuses the whole batch (HubSpot docs, batch create). Results do not echo the trace id, as in the documented sample.
 */
function runBatch<T extends Traced>(
  inputs: readonly T[],
  ok: number,
  one: (input: T) => Done,
): { status: number; answer: object } {
  atMost(100, inputs);
  const traces = inputs.map((input) => input.objectWriteTraceId);
  const partial = !traces.includes(undefined) && new Set(traces).size === traces.length;
  const done: Done[] = [];
  const errors: object[] = [];
  for (const input of inputs) {
    try {
      done.push(one(input));
    } catch (error) {
      if (error instanceof Refusal && partial) {
        errors.push(rowError(error, input.objectWriteTraceId ?? ''));
        continue;
      }
      for (const each of done.toReversed()) each.undo();
      throw error;
    }
  }
  const answer = complete(done.map((each) => each.result));
  return errors.length === 0
    ? { status: ok, answer }
    : { status: 207, answer: { ...answer, numErrors: errors.length, errors } };
}

function rowError({ body }: Refusal, traceId: string): object {
  const { correlationId: _, ...rest } = body;
  return { ...rest, context: { ...rest.context, objectWriteTraceId: [traceId] } };
}

function complete(results: readonly object[]): object {
  const at = new Date().toISOString();
  return { status: 'COMPLETE', results, startedAt: at, completedAt: at };
}
