import fastifyCookie from '@fastify/cookie';
import { fastify, type FastifyInstance } from 'fastify';
import type { Log } from '../observe/log.ts';
import type { ConsoleOperations } from '../pipeline/operations.ts';
import type { AccessRule } from './access.ts';
import { registerApi } from './api.ts';
import { EndedSessions } from './ended-sessions.ts';
import { answerBroken, answerUnreadable, handleErrors } from './errors.ts';
import { registerGraph, type GraphDeps } from './graph.ts';
import { Guesses } from './guesses.ts';
import { securityHeaders } from './headers.ts';
import { registerHealth, type HealthDeps } from './health.ts';
import { registerPages } from './pages.ts';
import { createProvider, type ProviderSettings } from './provider.ts';
import type { ApiRoute } from './route.ts';
import { Sessions } from './sessions.ts';
import { registerShared } from './shared.ts';
import { registerSignIn } from './sign-in.ts';
import { registerWebhooks, type WebhookDeps } from './webhooks.ts';

export interface ServerDeps extends Omit<WebhookDeps, 'log'>, Omit<HealthDeps, 'log'> {
  /** for the API and the console; without it this process has neither */
  readonly operations?: ConsoleOperations;
  /** for those who may not read what people wrote */
  readonly operationsWithoutText?: ConsoleOperations;
  /** the recording pass-through; without it this process has none */
  readonly graph?: Omit<GraphDeps, 'log'>;
  /** ids of the configured destinations */
  readonly destinations: readonly string[];
  /** version of the product */
  readonly version: string;
  /** what API and console ask for; without it and without a provider they answer on this machine only */
  readonly adminToken?: string;
  readonly console?: ConsoleSettings;
  readonly log: Log;
}

/** How the console is reached, and who signs in. */
export interface ConsoleSettings {
  /** the built pages */
  readonly folder?: string;
  /** as browsers know it, with its path; without it: this server, at its root */
  readonly publicUrl?: string;
  /** signs sessions; without it ADMIN_TOKEN does */
  readonly secret?: string;
  readonly sessionMs?: number;
  readonly provider?: ProviderSettings;
  /** signs links to chats that stand in CRM records; without it there are none */
  readonly linkSecret?: Buffer;
  /** further addresses of the API */
  readonly more?: readonly ApiRoute[];
}

/** The HTTP side of a process: webhooks, health, metrics, API and console. It does not listen yet. */
export function createServer(deps: ServerDeps): FastifyInstance {
  const prefix = prefixOf(deps.console?.publicUrl);
  const app = fastify({
    logger: false,
    // Whole requests: a webhook of 3 MiB over a slow line passes, a connection that trickles does not stay.
    requestTimeout: 60_000,
    http: { headersTimeout: 20_000, connectionsCheckingInterval: 1_000 },
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    frameworkErrors: answerUnreadable(securityHeaders),
    clientErrorHandler: answerBroken(securityHeaders),
    // A proxy may take the prefix away, or leave it.
    rewriteUrl: ({ url = '/' }) => withoutPrefix(url, prefix),
  });
  app.decorateRequest('identity', undefined);
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders);
  });
  handleErrors(app, deps.log);
  void app.register(fastifyCookie);
  void app.register((scope) => registerWebhooks(scope, deps));
  void app.register((scope) => registerHealth(scope, deps));
  const { graph, operations, log } = deps;
  if (graph !== undefined) void app.register((scope) => registerGraph(scope, { ...graph, log }));
  if (operations !== undefined) registerConsole(app, deps, operations, prefix);
  return app;
}

function registerConsole(
  app: FastifyInstance,
  deps: ServerDeps,
  operations: ConsoleOperations,
  prefix: string,
): void {
  const { destinations, version, adminToken, console: own = {}, log } = deps;
  const secret = own.secret ?? adminToken;
  const { provider, publicUrl, sessionMs: lastsMs = defaultSessionMs } = own;
  const restsOn = JSON.stringify([adminToken, provider]);
  const ended = new EndedSessions(operations, lastsMs);
  const sessions = secret === undefined ? undefined : new Sessions(secret, { lastsMs, restsOn, ended });
  const rule: AccessRule = {
    adminToken,
    hasProvider: provider !== undefined,
    sessions,
    guesses: new Guesses(),
  };
  const signIn =
    provider === undefined || publicUrl === undefined || secret === undefined
      ? undefined
      : createProvider(provider, publicUrl, secret, log);
  const isSecure = publicUrl?.startsWith('https:') ?? false;
  const { operationsWithoutText } = deps;
  if (operationsWithoutText === undefined) {
    throw new TypeError('operationsWithoutText is missing: nobody could be kept from reading.');
  }
  void app.register((scope) =>
    registerSignIn(scope, { rule, sessions, provider: signIn, operations, prefix, isSecure }),
  );
  const offered = { operations, operationsWithoutText, destinations, version, rule, more: own.more ?? [] };
  void app.register((scope) => registerApi(scope, offered));
  void app.register((scope) => registerShared(scope, { operations, secret: own.linkSecret }));
  void app.register((scope) => registerPages(scope, { folder: own.folder, prefix, rule }));
}

const defaultSessionMs = 8 * 3_600_000;

/** `/whatsapp` of `https://crm.example.com/whatsapp`; empty for a root. */
function prefixOf(publicUrl: string | undefined): string {
  return publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');
}

function withoutPrefix(url: string, prefix: string): string {
  if (prefix === '' || !url.startsWith(prefix)) return url;
  const rest = url.slice(prefix.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : url;
}
