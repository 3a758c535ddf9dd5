import type { FastifyInstance } from 'fastify';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';

/** Is everything there that the worker needs to take and pass on events? */
export interface Readiness {
  readonly ok: boolean;
  /** why not, each a sentence */
  readonly reasons: readonly string[];
  /** trouble of the sources, which is no reason to take no webhooks */
  readonly alerts?: readonly object[];
  readonly detail: object;
}

export interface HealthDeps {
  ready(): Promise<Readiness>;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  readonly log: Log;
}

/** `/health/live` (the process answers), `/health/ready` (200, or 503 with the reasons) and `/metrics`. */
export async function registerHealth(app: FastifyInstance, deps: HealthDeps): Promise<void> {
  app.get('/health/live', async () => ({ ok: true }));

  app.get('/health/ready', async (_request, reply) => {
    const readiness = await deps.ready().catch((error: unknown): Readiness => {
      deps.log.warn({ err: error }, 'the readiness check failed');
      return { ok: false, reasons: ['the readiness check failed; the log says why'], detail: {} };
    });
    return reply.code(readiness.ok ? 200 : 503).send(readiness);
  });

  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', deps.metrics.contentType).send(await deps.metrics.text()),
  );
}
