import type { FastifyInstance } from 'fastify';
import { endpoint, type Account } from './account.ts';
import { invalid, notFound } from './errors.ts';
import type { ObjectType, Property } from './schema.ts';
import { groupShape, propertyShape, shaped } from './shapes.ts';

const read = 'crm.objects.contacts.read';
const write = 'crm.schemas.contacts.write';
const paths = (tail: string) => ({
  v3: `/crm/v3/properties/:type${tail}`,
  dated: (version: string) => `/crm/properties/${version}/:type${tail}`,
});

/** Properties, property groups and owners. */
export function addSettingsRoutes(app: FastifyInstance, account: Account): void {
  const { schema } = account;
  const typeOf = (params: Record<string, string>): ObjectType => schema.type(params['type'] ?? '');

  endpoint(app, 'GET', paths(''), { operation: 'properties.list', scope: read }, ({ params }) => ({
    results: schema.properties(typeOf(params)).map(presentProperty),
  }));
  endpoint(
    app,
    'POST',
    paths(''),
    { operation: 'properties.create', scope: write },
    ({ params, body }, reply) => {
      const given = shaped(propertyShape, body);
      const { hidden: _hidden, formField: _formField, displayOrder: _order, ...rest } = given;
      const property = schema.addProperty(typeOf(params), {
        ...rest,
        calculated: false,
        hubspotDefined: false,
        readOnly: false,
        externalOptions: false,
      });
      void reply.code(201);
      return presentProperty(property);
    },
  );
  endpoint(app, 'GET', paths('/:name'), { operation: 'properties.get', scope: read }, ({ params }) => {
    const property = schema.property(typeOf(params), params['name'] ?? '');
    if (!property) throw notFound(`No property exists with name ${params['name']}`);
    return presentProperty(property);
  });
  endpoint(
    app,
    'DELETE',
    paths('/:name'),
    { operation: 'properties.archive', scope: write },
    ({ params }, reply) => {
      schema.removeProperty(typeOf(params), params['name'] ?? '');
      return reply.code(204).send();
    },
  );
  endpoint(
    app,
    'GET',
    paths('/groups'),
    { operation: 'properties.groups.list', scope: read },
    ({ params }) => ({
      results: schema.groups(typeOf(params)),
    }),
  );
  endpoint(
    app,
    'POST',
    paths('/groups'),
    { operation: 'properties.groups.create', scope: write },
    ({ params, body }, reply) => {
      void reply.code(201);
      return schema.addGroup(typeOf(params), shaped(groupShape, body));
    },
  );
  endpoint(
    app,
    'GET',
    { v3: '/crm/v3/owners', dated: (version) => `/crm/owners/${version}` },
    { operation: 'owners.list', scope: 'crm.objects.owners.read' },
    ({ query }) => listOwners(account, query),
  );
}

function listOwners(account: Account, query: Record<string, string>): unknown {
  const limit = Number(query['limit'] ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw invalid(`Invalid limit: ${query['limit']}`);
  const from = Number(query['after'] ?? 0);
  const archived = query['archived'] === 'true';
  const owners = account.owners.filter(
    (owner) => owner.archived === archived && (!query['email'] || owner.email === query['email']),
  );
  const next = from + limit;
  return {
    results: owners.slice(from, next).map((owner) => ({
      ...owner,
      type: 'PERSON',
      userIdIncludingInactive: owner.userId,
      teams: [],
    })),
    ...(next < owners.length && { paging: { next: { after: String(next) } } }),
  };
}

function presentProperty({ readOnly, ...property }: Property): object {
  return {
    ...property,
    archived: false,
    hidden: false,
    formField: false,
    displayOrder: -1,
    modificationMetadata: {
      archivable: true,
      readOnlyDefinition: property.hubspotDefined,
      readOnlyValue: readOnly,
    },
  };
}
