import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { externalIdField, readCollection, upsertOne, writeCollection, type How } from './collections.ts';
import { param, route, type Context } from './context.ts';
import { refuse, Refusal } from './refusal.ts';
import { describeField } from './schema.ts';
import { fieldOf, showRow } from './soql-run.ts';
import { readValue } from './values.ts';
import { create, liveRow, objectOf, readInput, update, type Input } from './write.ts';

/** Describe, single records and collections (REST guide, sObject resources and sObject Collections). */
export function recordRoutes(app: FastifyInstance, context: Context): void {
  const base = '/services/data/:version';
  const { org } = context;
  route(app, 'GET', `${base}/sobjects/:type/describe`, 'describe', async (request) => {
    const object = objectOf(org, param(request, 'type'));
    return {
      name: object.name,
      label: object.name,
      keyPrefix: object.prefix,
      createable: object.createable,
      fields: org.visibleFields(object.name).map(describeField),
    };
  });
  route(app, 'POST', `${base}/sobjects/:type`, 'create', async (request, reply) => {
    const object = objectOf(org, param(request, 'type'));
    const given = readInput(org, object.name, bodyOf(request));
    const body = bodyOf(request);
    const { id } = await holding(context, [body], (locked) => {
      refuseLocked(locked(body));
      return create(org, object, given);
    });
    return reply.code(201).send({ id, success: true, errors: [] });
  });
  singleRoutes(app, context);
  collectionRoutes(app, context);
}

function singleRoutes(app: FastifyInstance, { org }: Context): void {
  const one = '/services/data/:version/sobjects/:type/:id';
  route(app, 'GET', one, 'retrieve', async (request) => {
    const object = objectOf(org, param(request, 'type')).name;
    const row = liveRow(org, object, param(request, 'id'));
    const asked = (request.query as { fields?: string }).fields?.split(',');
    const fields = asked ?? org.visibleFields(object).map((def) => def.name);
    for (const name of fields) fieldOf(org, object, name);
    return showRow(org, object, row, fields, param(request, 'version'));
  });
  route(app, 'PATCH', one, 'update', async (request, reply) => {
    const object = objectOf(org, param(request, 'type'));
    update(org, object, param(request, 'id'), readInput(org, object.name, bodyOf(request)));
    return reply.code(204).send();
  });
  route(app, 'DELETE', one, 'delete', async (request, reply) => {
    const row = liveRow(org, objectOf(org, param(request, 'type')).name, param(request, 'id'));
    org.change(row, { IsDeleted: true });
    return reply.code(204).send();
  });
  const byKey = '/services/data/:version/sobjects/:type/:field/:value';
  route(app, 'PATCH', byKey, 'upsert', async (request, reply) => {
    const object = objectOf(org, param(request, 'type'));
    const def = externalIdField(org, object.name, param(request, 'field'));
    const given = readInput(org, object.name, bodyOf(request));
    if (given.values.has(def)) {
      throw refuse('INVALID_FIELD', `The ${def.name} field should not be specified in the sobject data.`, []);
    }
    const value = readValue(def, param(request, 'value'));
    if (value === null) throw refuse('MISSING_ARGUMENT', `${def.name} not specified`);
    const saved = upsertOne(org, object, def.name, value, given);
    return reply.code(saved.created ? 201 : 200).send({
      id: saved.id,
      success: true,
      errors: [],
      created: saved.created,
    });
  });
}

function collectionRoutes(app: FastifyInstance, context: Context): void {
  const all = '/services/data/:version/composite/sobjects';
  route(app, 'POST', all, 'collections-create', (request) => collection(context, request, { by: 'new' }));
  route(app, 'PATCH', all, 'collections-update', (request) => collection(context, request, { by: 'id' }));
  route(app, 'PATCH', `${all}/:type/:field`, 'collections-upsert', async (request) => {
    const object = objectOf(context.org, param(request, 'type')).name;
    const field = param(request, 'field');
    externalIdField(context.org, object, field);
    return collection(context, request, { by: 'key', object, field });
  });
}

async function collection(context: Context, request: FastifyRequest, how: How): Promise<object[]> {
  const body = readCollection(request.body);
  const fault = context.faultOf.get(request);
  const rowFault = fault?.kind === 'row' ? fault : undefined;
  return holding(context, body.records, (locked) =>
    writeCollection(context.org, body, how, rowFault, locked),
  );
}

/**
 * A write holds the accounts of its contacts (or the contacts and leads themselves) while it runs; rows whose parent
 * another write holds are refused.
 */
async function holding<T>(
  context: Context,
  records: readonly Input[],
  write: (locked: (record: Input) => string | undefined) => T,
): Promise<T> {
  const { locks } = context;
  const refused = new Map<Input, string>();
  const mine = new Set<string>();
  for (const record of records) {
    const parent = parentOf(context, record);
    if (parent === undefined) continue;
    if (locks.has(parent) && !mine.has(parent)) refused.set(record, parent);
    else mine.add(parent);
    locks.add(parent);
  }
  try {
    if (context.writeMs > 0) await context.wait(context.writeMs);
    return write((record) => refused.get(record));
  } finally {
    for (const parent of mine) locks.delete(parent);
  }
}

/** @throws Refusal UNABLE_TO_LOCK_ROW */
function refuseLocked(parent: string | undefined): void {
  if (parent === undefined) return;
  throw refuse(
    'UNABLE_TO_LOCK_ROW',
    `unable to obtain exclusive access to this record or 1 records: ${parent}`,
  );
}

function parentOf({ org }: Context, record: Input): string | undefined {
  const who = typeof record.WhoId === 'string' ? org.find(record.WhoId) : undefined;
  if (who === undefined) return undefined;
  return typeof who.row.AccountId === 'string' ? who.row.AccountId : who.row.Id;
}

function bodyOf(request: FastifyRequest): Input {
  const { body } = request;
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw refuse(
      'JSON_PARSER_ERROR',
      'The HTTP entity body is required, but this request has no entity body.',
    );
  }
  return body as Input;
}

/** Sends what was thrown as Salesforce would: a list with one error. */
export function sendRefusal(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof Refusal) return reply.code(error.status).send(error.body);
  const {
    statusCode = 500,
    message = '',
    code = '',
  } = error as { statusCode?: number; message?: string; code?: string };
  const name =
    statusCode === 415
      ? 'UNSUPPORTED_MEDIA_TYPE'
      : statusCode === 413
        ? 'REQUEST_TOO_LARGE'
        : statusCode < 500
          ? 'JSON_PARSER_ERROR'
          : 'UNKNOWN_EXCEPTION';
  return reply.code(statusCode).send([{ message: `${message} ${code}`.trim(), errorCode: name }]);
}
