import type { FastifyInstance } from 'fastify';
import { endpoint, type Account, type Handler } from './account.ts';
import { defaultTypeId, labelsOf, missingEnd, missingRecord, targetOf, type End } from './associations.ts';
import { Refusal, invalid } from './errors.ts';
import type { ObjectType } from './object-types.ts';
import type { Store } from './store.ts';
import {
  associateDefaultShape,
  associateShape,
  associationsReadShape,
  atMost,
  dissociateShape,
  shaped,
} from './shapes.ts';

const paths = (tail: string) => ({
  v3: `/crm/v4/associations/:type/:toType/${tail}`,
  dated: (version: string) => `/crm/associations/${version}/:type/:toType/${tail}`,
});
const write = { scopes: ['crm.objects.{type}.write'], limit: 'associations' } as const;
const read = {
  scopes: ['crm.objects.{type}.read', 'crm.objects.{toType}.read'],
  limit: 'associations',
} as const;

/** Associations of one record on one page; the rest follows under `paging.next.after`. */
const pageSize = 500;

type Request = Parameters<Handler>[0];

/** Associations after the fact (HubSpot docs, associations: 2,000 a create, 1,000 a read, 100 an archive). */
export function addAssociationRoutes(app: FastifyInstance, account: Account): void {
  const post = (tail: string, config: { operation: string; scopes: readonly string[] }, handler: Handler) =>
    endpoint(app, 'POST', paths(tail), { limit: 'associations', ...config }, handler);
  const typesOf = ({ params }: Request) => ({
    from: account.schema.type(params['type'] ?? ''),
    to: account.schema.type(params['toType'] ?? ''),
  });

  post('batch/create', { operation: 'associations.batch.create', ...write }, (request, reply) =>
    create(account, typesOf(request), request, (status) => void reply.code(status)),
  );
  post('batch/associate/default', { operation: 'associations.batch.default', ...write }, (request, reply) =>
    createDefault(account, typesOf(request), request, (status) => void reply.code(status)),
  );
  post('batch/read', { operation: 'associations.batch.read', ...read }, (request, reply) =>
    readLinks(account, typesOf(request), request, (status) => void reply.code(status)),
  );
  post('batch/archive', { operation: 'associations.batch.archive', ...write }, (request, reply) => {
    const { inputs } = shaped(dissociateShape, request.body);
    atMost(100, inputs);
    const types = typesOf(request);
    for (const { from, to } of inputs) {
      for (const { id } of to)
        account.store.associations.unlink({ type: types.from, id: from.id }, { type: types.to, id });
    }
    return reply.code(204).send();
  });
  endpoint(app, 'GET', paths('labels'), { operation: 'associations.labels', ...read }, (request) => {
    const types = typesOf(request);
    return { results: labelsOf(types.from, types.to) };
  });
}

interface Types {
  readonly from: ObjectType;
  readonly to: ObjectType;
}
type SetStatus = (status: number) => void;

function create({ store }: Account, types: Types, { body }: Request, setStatus: SetStatus): object {
  const { inputs } = shaped(associateShape, body);
  atMost(2_000, inputs);
  return eachRow(store, inputs, 201, setStatus, (input) => {
    const [from, to] = endsOf(store, types, input);
    if (input.types.some((spec) => targetOf(types.from, spec).name !== types.to.name))
      throw invalid('The association type does not fit', {
        subCategory: 'crm.associations.INVALID_ASSOCIATION_TYPE',
      });
    return () => {
      for (const { associationTypeId } of input.types) store.associations.link(from, to, associationTypeId);
      return {
        fromObjectTypeId: from.type.typeId,
        fromObjectId: from.id,
        toObjectTypeId: to.type.typeId,
        toObjectId: to.id,
        labels: [],
      };
    };
  });
}

function createDefault({ store }: Account, types: Types, { body }: Request, setStatus: SetStatus): object {
  const { inputs } = shaped(associateDefaultShape, body);
  atMost(2_000, inputs);
  const associationTypeId = defaultTypeId(types.from, types.to);
  const associationSpec = { associationCategory: 'HUBSPOT_DEFINED', associationTypeId };
  return eachRow(store, inputs, 200, setStatus, (input) => {
    const ends = endsOf(store, types, input);
    return () => {
      store.associations.link(...ends);
      return { ...input, associationSpec };
    };
  });
}

function readLinks({ store }: Account, types: Types, { body }: Request, setStatus: SetStatus): object {
  const { inputs } = shaped(associationsReadShape, body);
  atMost(1_000, inputs);
  return eachRow<Partial<Pair> & { id: string; after?: string | undefined }>(
    store,
    inputs,
    200,
    setStatus,
    ({ id, after = '0' }) => {
      const record = store.get(types.from, id);
      const from = { type: types.from, id: record?.id ?? id };
      const all = record ? store.linked(from, types.to) : [];
      if (all.length === 0 && store.associationErrors === 'rows') throw nothingLinked(types, id);
      const next = Number(after) + pageSize;
      return () => ({
        from: { id },
        to: all.slice(Number(after), next).map((toObjectId) => ({
          toObjectId,
          associationTypes: store.associations.typesOf(from, { type: types.to, id: toObjectId }),
        })),
        ...(next < all.length && { paging: { next: { after: String(next) } } }),
      });
    },
  );
}

interface Pair {
  readonly from: { readonly id: string };
  readonly to: { readonly id: string };
}

/** Throws the row's refusal for a record that is not there. */
function endsOf(store: Store, types: Types, { from, to }: Pair): readonly [from: End, to: End] {
  const own = store.endOf({ type: types.from, id: from.id });
  if (!own) throw missingRecord(types.from, from.id);
  const wanted = { type: types.to, id: to.id };
  const other = store.endOf(wanted);
  if (!other) throw missingEnd(wanted);
  return [own, other];
}

/** Whether the record has no associations or is not there cannot be told apart. */
function nothingLinked(types: Types, id: string): Refusal {
  return new Refusal(404, {
    message: `No ${types.to.singular} is associated with ${types.from.singular} ${id}.`,
    category: 'OBJECT_NOT_FOUND',
    subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
    context: {
      fromObjectId: [id],
      fromObjectType: [types.from.singular],
      toObjectType: [types.to.singular],
    },
  });
}

/** @param check throws the row's refusal, else gives what does the row's work and answers its result */
function eachRow<T extends Partial<Pair>>(
  { associationErrors }: Store,
  inputs: readonly (T & object)[],
  ok: number,
  setStatus: SetStatus,
  check: (input: T) => () => object,
): object {
  const good: (() => object)[] = [];
  const errors: object[] = [];
  for (const input of inputs) {
    try {
      good.push(check(input));
    } catch (error) {
      if (!(error instanceof Refusal) || associationErrors === 'whole') throw error;
      const { correlationId: _, ...row } = error.body;
      errors.push({ ...row, context: row.context ?? contextOf(input) });
    }
  }
  setStatus(errors.length === 0 ? ok : 207);
  const at = new Date().toISOString();
  const results = good.map((work) => work());
  const answer = { status: 'COMPLETE', results, startedAt: at, completedAt: at };
  return errors.length === 0 ? answer : { ...answer, numErrors: errors.length, errors };
}

const contextOf = ({ from, to }: Partial<Pair>): object => ({
  ...(from && { fromObjectId: [from.id] }),
  ...(to && { toObjectId: [to.id] }),
});
