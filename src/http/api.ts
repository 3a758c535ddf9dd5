import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cleanText } from '../core/text.ts';
import type { ConsoleOperations } from '../pipeline/operations.ts';
import { requireAccess, type AccessRule } from './access.ts';
import { answers } from './answers.ts';
import { checked, RequestError } from './errors.ts';
import { hasRole, mayRead, nameOf, type Identity } from './identity.ts';
import { Looks } from './looks.ts';
import { describeApi } from './openapi.ts';
import { requestSchemas } from './requests.ts';
import type { ApiRoute, FileAnswer } from './route.ts';
import { apiRoutes } from './routes.ts';

export interface ApiDeps {
  readonly operations: ConsoleOperations;
  /** for those who may not read what people wrote */
  readonly operationsWithoutText: ConsoleOperations;
  /** ids of the configured destinations */
  readonly destinations: readonly string[];
  readonly rule: AccessRule;
  readonly version: string;
  /** further addresses, of what this process alone knows */
  readonly more?: readonly ApiRoute[];
}

/** `/api/*` and its description: JSON for the console, the command line and scripts. */
export async function registerApi(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  app.removeContentTypeParser('text/plain');
  // Read by who keeps it, not into memory.
  app.addContentTypeParser(
    'application/octet-stream',
    async (_request: unknown, stream: IncomingMessage) => stream,
  );
  app.addHook('onRequest', requireAccess(deps.rule));
  const routes: ApiRoute[] = [
    ...apiRoutes(requestSchemas(deps.destinations)),
    ...(deps.more ?? []),
    descriptionRoute(),
  ];
  const description = describeApi(routes, deps.version);
  const looks = new Looks(deps.operations);

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
      handler: async (request, reply) => {
        const identity = allowed(request, route);
        const operations = mayRead(identity) ? deps.operations : deps.operationsWithoutText;
        const answer = await route.handle(operations, inputOf(request, route, identity));
        if (route.looks !== undefined) await looks.note(identity, route.looks(answer));
        return route.answer === undefined ? sendFile(reply, answer as FileAnswer) : answer;
      },
    });
  }
}

function allowed({ identity }: FastifyRequest, route: ApiRoute): Identity {
  const needed = route.needs ?? (route.method === 'GET' ? 'viewer' : 'admin');
  if (identity !== undefined && hasRole(identity, needed)) {
    return { ...identity, actor: nameOf(identity, identity.actor) };
  }
  throw new RequestError(403, 'forbidden', `This needs the role "${needed}".`);
}

function inputOf(request: FastifyRequest, route: ApiRoute, identity: Identity) {
  const params = route.params === undefined ? {} : checkedParams(route.params, request.params);
  const query = route.query === undefined ? {} : checked(route.query, request.query);
  const body = route.takesFile ? request.body : checkedBody(route, request.body);
  return { params, query, body: inName(body, identity), identity };
}

/** Who is signed in cannot act in another's name; a script says for whom it acts. */
function inName(body: unknown, identity: Identity): unknown {
  if (typeof body !== 'object' || body === null || !('by' in body)) return body;
  const by = identity.via === 'session' ? identity.actor : nameOf(identity, String(body.by));
  return { ...body, by };
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

/** A file that somebody sent may be anything: it is shown as what it says only where that cannot run anything. */
export function sendFile(
  reply: FastifyReply,
  { file, type, name, size, isShown = false }: FileAnswer,
): FastifyReply {
  // Half a character has no encoding; and a header has its limits.
  const short = name.length > 200 ? name.slice(0, 180) + name.slice(-20) : name;
  const quoted = encodeURIComponent(cleanText(short)).replaceAll("'", '%27');
  void reply
    .header('content-disposition', `${isShown ? 'inline' : 'attachment'}; filename*=UTF-8''${quoted}`)
    .type(type);
  if (size !== undefined) void reply.header('content-length', size);
  return reply.send(Readable.from(file));
}
