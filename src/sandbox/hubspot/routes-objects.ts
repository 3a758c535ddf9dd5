import type { FastifyInstance } from 'fastify';
import { checkWrite, endpoint, type Account } from './account.ts';
import { defaultTypeId, missingEnd } from './associations.ts';
import { invalid, notFound } from './errors.ts';
import { present } from './present.ts';
import type { ObjectType } from './object-types.ts';
import { search } from './search.ts';
import { createShape, gdprDeleteShape, mergeShape, searchShape, shaped, updateShape } from './shapes.ts';
import type { StoredRecord } from './store.ts';

const read = { scopes: ['crm.objects.{type}.read'] };
const write = { scopes: ['crm.objects.{type}.write'] };
const paths = (tail: string) => ({
  v3: `/crm/v3/objects/:type${tail}`,
  dated: (version: string) => `/crm/objects/${version}/:type${tail}`,
});

/** Single records, lists, search, merge. Activities are governed by the contacts scopes, as in HubSpot's specs. */
export function addObjectRoutes(app: FastifyInstance, account: Account): void {
  const { schema, store } = account;
  const typeOf = (params: Record<string, string>): ObjectType => schema.type(params['type'] ?? '');
  const recordOf = (params: Record<string, string>, idProperty?: string): StoredRecord => {
    const type = typeOf(params);
    const id = params['id'] ?? '';
    const found = idProperty === undefined ? store.get(type, id) : store.find(type, idProperty, id);
    if (!found) throw notFound('resource not found');
    return found;
  };

  endpoint(app, 'GET', paths(''), { operation: '{type}.list', ...read }, ({ params, query }) =>
    list(account, typeOf(params), query),
  );
  endpoint(
    app,
    'POST',
    paths(''),
    { operation: '{type}.create', ...write },
    ({ params, body }, reply, version) => {
      const given = shaped(createShape, body);
      const type = typeOf(params);
      account.faults.checkRow(given.properties);
      checkWrite(account, version, type, given.properties);
      void reply.code(201);
      return present(store, store.create(type, given.properties, given.associations));
    },
  );
  endpoint(app, 'GET', paths('/:id'), { operation: '{type}.get', ...read }, ({ params, query }) =>
    present(store, recordOf(params, query['idProperty']), split(query['properties'])),
  );
  endpoint(
    app,
    'PATCH',
    paths('/:id'),
    { operation: '{type}.update', ...write },
    ({ params, query, body }, _reply, version) => {
      const given = shaped(updateShape, body);
      const record = recordOf(params, query['idProperty']);
      account.faults.checkRow({ ...record.values, ...given.properties }, record.id);
      checkWrite(account, version, record.type, given.properties, record.values);
      return present(store, store.update(record, given.properties));
    },
  );
  endpoint(app, 'DELETE', paths('/:id'), { operation: '{type}.archive', ...write }, ({ params }, reply) => {
    store.archive(recordOf(params));
    return reply.code(204).send();
  });
  endpoint(
    app,
    'POST',
    paths('/search'),
    { operation: '{type}.search', ...read, limit: 'search' },
    ({ params, body }) =>
      search(store, typeOf(params), shaped(searchShape, body), JSON.stringify(body).length),
  );
  endpoint(app, 'POST', paths('/merge'), { operation: '{type}.merge', ...write }, ({ params, body }) => {
    const given = shaped(mergeShape, body);
    const type = typeOf(params);
    const primary = recordOf({ type: type.name, id: given.primaryObjectId });
    store.merge(primary, recordOf({ type: type.name, id: given.objectIdToMerge }));
    return present(store, primary);
  });
  endpoint(
    app,
    'POST',
    paths('/gdpr-delete'),
    { operation: '{type}.gdpr-delete', ...write },
    ({ params, body }, reply) => {
      const given = shaped(gdprDeleteShape, body);
      const type = typeOf(params);
      store.erase(recordOf({ type: type.name, id: given.objectId }, given.idProperty));
      return reply.code(204).send();
    },
  );
  endpoint(
    app,
    'PUT',
    { dated: (version) => `/crm/objects/${version}/:type/:id/associations/default/:toType/:toId` },
    { operation: '{type}.associate', ...write },
    ({ params }) => {
      const record = recordOf(params);
      const wanted = { type: schema.type(params['toType'] ?? ''), id: params['toId'] ?? '' };
      const to = store.endOf(wanted);
      if (!to) throw missingEnd(wanted);
      const associationTypeId = defaultTypeId(record.type, to.type);
      store.associations.link({ type: record.type, id: record.id }, to);
      const spec = { associationCategory: 'HUBSPOT_DEFINED', associationTypeId };
      return {
        status: 'COMPLETE',
        results: [{ from: { id: record.id }, to: { id: to.id }, associationSpec: spec }],
      };
    },
  );
}

/** `GET /crm/objects/{version}/{type}`: ascending ids, at most 100 a page (HubSpot docs, using object APIs). */
function list(account: Account, type: ObjectType, query: Record<string, string>): unknown {
  const limit = Number(query['limit'] ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw invalid(`Invalid limit: ${query['limit']}`);
  const after = Number(query['after'] ?? 0);
  const records = account.store
    .all(type, query['archived'] === 'true')
    .filter((each) => Number(each.id) > after)
    .toSorted((a, b) => Number(a.id) - Number(b.id));
  const page = records.slice(0, limit);
  const last = page.at(-1);
  return {
    results: page.map((each) => present(account.store, each, split(query['properties']))),
    ...(records.length > limit && last && { paging: { next: { after: last.id } } }),
  };
}

const split = (names: string | undefined): string[] => names?.split(',').filter(Boolean) ?? [];
