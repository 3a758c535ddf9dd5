import { fastify, type FastifyInstance } from 'fastify';
import type { Log } from '../observe/log.ts';
import type { Operations } from '../pipeline/operations.ts';
import { registerApi } from './api.ts';
import { answerUnreadable, handleErrors } from './errors.ts';
import { registerGraph, type GraphDeps } from './graph.ts';
import { securityHeaders } from './headers.ts';
import { registerHealth, type HealthDeps } from './health.ts';
import { registerOverview } from './overview.ts';
import { registerWebhooks, type WebhookDeps } from './webhooks.ts';

export interface ServerDeps extends Omit<WebhookDeps, 'log'>, Omit<HealthDeps, 'log'> {
  /** for the API and the overview; without it this process has neither */
  readonly operations?: Operations;
  /** the recording pass-through; without it this process has none */
  readonly graph?: Omit<GraphDeps, 'log'>;
  /** ids of the configured destinations */
  readonly destinations: readonly string[];
  /** version of the product */
  readonly version: string;
  /** what API and overview ask for; without it they answer on this machine only */
  readonly adminToken?: string;
  readonly log: Log;
}

/** The HTTP side of a process: webhooks, health, metrics, API and overview. It does not listen yet. */
export function createServer(deps: ServerDeps): FastifyInstance {
  const app = fastify({
    logger: false,
    // Whole requests: a webhook of 3 MiB over a slow line passes, a connection that trickles does not stay.
    requestTimeout: 60_000,
    keepAliveTimeout: 75_000,
    forceCloseConnections: 'idle',
    frameworkErrors: answerUnreadable(securityHeaders),
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders);
  });
  handleErrors(app, deps.log);
  void app.register((scope) => registerWebhooks(scope, deps));
  void app.register((scope) => registerHealth(scope, deps));
  const { graph, operations, destinations, version, adminToken, log } = deps;
  if (graph !== undefined) void app.register((scope) => registerGraph(scope, { ...graph, log }));
  if (operations !== undefined) {
    const offered = { operations, destinations, version, adminToken };
    void app.register((scope) => registerApi(scope, offered));
    void app.register((scope) => registerOverview(scope, offered));
  }
  return app;
}
