import { z } from 'zod';
import { answers } from './answers.ts';
import type { ApiRoute } from './route.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 description of exactly these routes. */
export function describeApi(routes: readonly ApiRoute[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'whatsapp-crm-sync',
      version,
      description:
        'Send `Authorization: Bearer <ADMIN_TOKEN>`; browsers send the cookie of a session instead. Without ADMIN_TOKEN and identity provider only this machine is answered.',
    },
    security: [{ token: [] }],
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}

const fileContent = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };

function operation(route: ApiRoute): Json {
  const parameters = [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')];
  const required = route.body !== undefined && !route.body.safeParse({}).success;
  return {
    summary: route.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.takesFile ? { requestBody: { required: true, content: fileContent } } : {}),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required, content: jsonOf(schemaOf(route.body, 'input')) } }),
    responses: {
      200: {
        description: 'Done',
        content: route.answer === undefined ? fileContent : jsonOf(schemaOf(route.answer, 'output')),
      },
      400: failure('The request is wrong; `faults` names the fields'),
      401: failure('The token is missing or wrong'),
      403: failure('The role that this needs is missing'),
      ...(route.params === undefined ? {} : { 404: failure('There is no such thing') }),
    },
  };
}

function parametersOf(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function failure(description: string): Json {
  return { description, content: jsonOf(schemaOf(answers.error, 'output')) };
}

function jsonOf(schema: Json): Json {
  return { 'application/json': { schema } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io }) as Json;
  return rest;
}
