import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Operations } from '../pipeline/operations.ts';
import { requireAccess } from './access.ts';
import { answers } from './answers.ts';
import { checked, RequestError } from './errors.ts';
import { describeApi } from './openapi.ts';
import { requestSchemas } from './requests.ts';
import type { ApiRoute } from './route.ts';
import { apiRoutes } from './routes.ts';

export interface ApiDeps {
  readonly operations: Operations;
  /** ids of the configured destinations */
  readonly destinations: readonly string[];
  readonly adminToken: string | undefined;
  readonly version: string;
}

/** `/api/*` and its description: JSON for the console, the command line and scripts. */
export async function registerApi(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  app.removeContentTypeParser('text/plain');
  // Read by who keeps it, not into memory.
  app.addContentTypeParser(
    'application/octet-stream',
    async (_request: unknown, stream: IncomingMessage) => stream,
  );
  app.addHook('onRequest', requireAccess({ adminToken: deps.adminToken, scheme: 'bearer' }));
  const routes: ApiRoute[] = [...apiRoutes(requestSchemas(deps.destinations)), descriptionRoute()];
  const description = describeApi(routes, deps.version);

  function descriptionRoute(): ApiRoute {
    return {
      method: 'GET',
      path: '/api/openapi.json',
      summary: 'This description',
      params: undefined,
      query: undefined,
      body: undefined,
      answer: answers.description,
      handle: async () => description,
    };
  }

  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path,
      // Room for a webhook body inside a preview.
      bodyLimit: 4 * 1024 * 1024,
      handler: async (request) => {
        const params = route.params === undefined ? {} : checkedParams(route.params, request.params);
        const query = route.query === undefined ? {} : checked(route.query, request.query);
        const body = route.takesFile ? request.body : checkedBody(route, request.body);
        return route.handle(deps.operations, { params, query, body });
      },
    });
  }
}

function checkedBody(route: ApiRoute, value: unknown): unknown {
  return route.body === undefined ? {} : checked(route.body, value ?? {});
}

// An address with an id that cannot exist is an address at which nothing is.
function checkedParams(schema: NonNullable<ApiRoute['params']>, value: unknown): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RequestError(404, 'not-found', `${String(issue?.path[0] ?? 'address')}: ${issue?.message ?? ''}`);
}
