import type { FastifyInstance } from 'fastify';
import { endpoint, type Account } from './account.ts';
import { notFound } from './errors.ts';
import type { ObjectType } from './object-types.ts';
import type { Property } from './schema.ts';
import { groupShape, propertyShape, shaped } from './shapes.ts';

const read = { scopes: ['crm.objects.{type}.read'] };
/** Which scope properties of activities need is not documented; that of contacts, as for their records. */
const write = { scopes: ['crm.schemas.{type}.write'] };
const paths = (tail: string) => ({
  v3: `/crm/v3/properties/:type${tail}`,
  dated: (version: string) => `/crm/properties/${version}/:type${tail}`,
});

/** Properties and their groups. */
export function addSettingsRoutes(app: FastifyInstance, account: Account): void {
  const { schema } = account;
  const typeOf = (params: Record<string, string>): ObjectType => schema.type(params['type'] ?? '');

  endpoint(app, 'GET', paths(''), { operation: 'properties.list', ...read }, ({ params }) => ({
    results: schema.properties(typeOf(params)).map(presentProperty),
  }));
  endpoint(
    app,
    'POST',
    paths(''),
    { operation: 'properties.create', ...write },
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
  endpoint(app, 'GET', paths('/:name'), { operation: 'properties.get', ...read }, ({ params }) => {
    const property = schema.property(typeOf(params), params['name'] ?? '');
    if (!property) throw notFound(`No property exists with name ${params['name']}`);
    return presentProperty(property);
  });
  endpoint(
    app,
    'DELETE',
    paths('/:name'),
    { operation: 'properties.archive', ...write },
    ({ params }, reply) => {
      schema.removeProperty(typeOf(params), params['name'] ?? '');
      return reply.code(204).send();
    },
  );
  endpoint(app, 'GET', paths('/groups'), { operation: 'properties.groups.list', ...read }, ({ params }) => ({
    results: schema.groups(typeOf(params)),
  }));
  endpoint(
    app,
    'POST',
    paths('/groups'),
    { operation: 'properties.groups.create', ...write },
    ({ params, body }, reply) => {
      void reply.code(201);
      return schema.addGroup(typeOf(params), shaped(groupShape, body));
    },
  );
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
