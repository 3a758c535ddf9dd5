import type { FastifyInstance } from 'fastify';
import { endpoint, type Account } from './account.ts';
import { defaultTypeId, missingEnd, targetOf, type End } from './associations.ts';
import { invalid } from './errors.ts';
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
const write = { scope: 'crm.objects.contacts.write', exempt: true };
const read = { scope: 'crm.objects.contacts.read', exempt: true };

/** Associations after the fact (HubSpot docs, associations: 2,000 a create, 1,000 a read, 100 an archive). */
export function addAssociationRoutes(app: FastifyInstance, account: Account): void {
  const { schema, store } = account;
  const typesOf = (params: Record<string, string>) => ({
    from: schema.type(params['type'] ?? ''),
    to: schema.type(params['toType'] ?? ''),
  });
  const mustExist = (end: End): void => {
    if (!store.get(end.type, end.id)) throw missingEnd(end);
  };
  const complete = (results: readonly object[]) => ({
    status: 'COMPLETE',
    results,
    startedAt: new Date().toISOString(),
    completedAt: new Date().toISOString(),
  });

  endpoint(
    app,
    'POST',
    paths('batch/create'),
    { operation: 'associations.batch.create', ...write },
    ({ params, body }, reply) => {
      const { inputs } = shaped(associateShape, body);
      atMost(2_000, inputs);
      const types = typesOf(params);
      const links = inputs.map((input) => {
        const [from, to] = [
          { type: types.from, id: input.from.id },
          { type: types.to, id: input.to.id },
        ];
        if (input.types.some((spec) => targetOf(types.from, spec).name !== types.to.name))
          throw invalid('The association type does not fit');
        mustExist(from);
        mustExist(to);
        return [from, to] as const;
      });
      for (const [from, to] of links) store.associations.link(from, to);
      void reply.code(201);
      return complete(
        links.map(([from, to]) => ({
          fromObjectTypeId: from.type.typeId,
          fromObjectId: from.id,
          toObjectTypeId: to.type.typeId,
          toObjectId: to.id,
          labels: [],
        })),
      );
    },
  );
  endpoint(
    app,
    'POST',
    paths('batch/associate/default'),
    { operation: 'associations.batch.default', ...write },
    ({ params, body }) => {
      const { inputs } = shaped(associateDefaultShape, body);
      atMost(2_000, inputs);
      const types = typesOf(params);
      const associationTypeId = defaultTypeId(types.from, types.to);
      const spec = { associationCategory: 'HUBSPOT_DEFINED', associationTypeId };
      for (const { from, to } of inputs) {
        mustExist({ type: types.from, id: from.id });
        mustExist({ type: types.to, id: to.id });
      }
      for (const { from, to } of inputs)
        store.associations.link({ type: types.from, id: from.id }, { type: types.to, id: to.id });
      return complete(inputs.map(({ from, to }) => ({ from, to, associationSpec: spec })));
    },
  );
  endpoint(
    app,
    'POST',
    paths('batch/read'),
    { operation: 'associations.batch.read', ...read },
    ({ params, body }) => {
      const { inputs } = shaped(associationsReadShape, body);
      atMost(1_000, inputs);
      const types = typesOf(params);
      const spec = { category: 'HUBSPOT_DEFINED', typeId: defaultTypeId(types.from, types.to), label: null };
      return complete(
        inputs.map(({ id }) => ({
          from: { id },
          to: store.associations.linked({ type: types.from, id }, types.to.name).map((toObjectId) => {
            const ends = [
              { type: types.from, id },
              { type: types.to, id: toObjectId },
            ] as const;
            const primary = { category: 'HUBSPOT_DEFINED', typeId: 1, label: 'Primary' };
            const isPrimary = store.associations.isPrimary(...ends);
            return { toObjectId, associationTypes: isPrimary ? [primary, spec] : [spec] };
          }),
        })),
      );
    },
  );
  endpoint(
    app,
    'POST',
    paths('batch/archive'),
    { operation: 'associations.batch.archive', ...write },
    ({ params, body }, reply) => {
      const { inputs } = shaped(dissociateShape, body);
      atMost(100, inputs);
      const types = typesOf(params);
      for (const { from, to } of inputs) {
        for (const { id } of to)
          store.associations.unlink({ type: types.from, id: from.id }, { type: types.to, id });
      }
      return reply.code(204).send();
    },
  );
  endpoint(app, 'GET', paths('labels'), { operation: 'associations.labels', ...read }, ({ params }) => {
    const types = typesOf(params);
    return {
      results: [{ category: 'HUBSPOT_DEFINED', typeId: defaultTypeId(types.from, types.to), label: null }],
    };
  });
}
