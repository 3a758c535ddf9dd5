import { createHmac, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Admission, type RoomLimits } from '../../src/http/admission.ts';
import { createServer, type ServerDeps } from '../../src/http/server.ts';
import { webhookRoom } from '../../src/http/webhooks.ts';
import { createLog } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import type { WebhookSource } from '../../src/sources/source.ts';
import { fakeOperations } from './operations.ts';

/** Pages as small as they can be. */
export const consolePages = join(import.meta.dirname, '../fixtures/console');

export const secret = 'app-secret';

export function sign(body: string | Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** A source that checks Meta's way of signing and reads nothing. */
export const signedSource: WebhookSource = {
  id: 'support',
  kind: 'whatsapp-cloud',
  challenge: (query) => (query['hub.verify_token'] === 'verify' ? query['hub.challenge'] : undefined),
  verify: ({ body, headers }) => {
    const given = Buffer.from(String(headers['x-hub-signature-256'] ?? ''));
    const right = Buffer.from(sign(body));
    return given.length === right.length && timingSafeEqual(given, right);
  },
  split: () => [],
  readAs: () => [],
};

export interface Running {
  readonly app: FastifyInstance;
  readonly port: number;
  readonly url: string;
  /** bodies that were captured */
  readonly captured: Buffer[];
  /** lines that were logged */
  readonly logged: string[];
  /** `GET /path` of every route */
  readonly routes: string[];
}

const started: FastifyInstance[] = [];

/** Room for these sources: that of a worker, but for what is given. */
export function admissionFor(sources: Iterable<string>, limits: Partial<RoomLimits> = {}): Admission {
  return new Admission(sources, { ...webhookRoom, ...limits }, { shed: () => {}, overloaded: () => {} });
}

/** The real server on a free port, over {@link fakeOperations} unless told otherwise. */
export async function startServer(
  overrides: Partial<ServerDeps> = {},
  options: { console: boolean } = { console: true },
): Promise<Running> {
  const captured: Buffer[] = [];
  const routes: string[] = [];
  const logged: string[] = [];
  const webhooks = overrides.webhooks ?? new Map([['support', signedSource]]);
  const app = createServer({
    webhooks,
    admission: admissionFor(webhooks.keys()),
    capture: async (_source, body) => void captured.push(body),
    ...(options.console && { operations: fakeOperations(), operationsWithoutText: fakeOperations() }),
    destinations: ['sales', 'marketing'],
    version: '0.0.0',
    ready: async () => ({ ok: true, reasons: [], detail: {} }),
    metrics: createMetrics(),
    console: { folder: consolePages },
    log: createLog('info', { write: (line) => void logged.push(line) }),
    ...overrides,
  });
  started.push(app);
  app.addHook('onRoute', ({ method, url }) => {
    routes.push(...[method].flat().map((one) => `${one} ${url}`));
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { app, port, url: `http://127.0.0.1:${port}`, captured, logged, routes };
}

export async function stopServers(): Promise<void> {
  await Promise.all(started.splice(0).map((app) => app.close()));
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json(): Record<string, unknown>;
}

/** One request exactly as given: unlike fetch, any Host and Origin may be sent. */
export function ask(
  port: number,
  path: string,
  options: {
    method?: string;
    headers?: Record<string, string>;
    body?: string | Buffer;
    /** address of this machine that it comes from */
    localAddress?: string;
  } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body, localAddress } = options;
  const from = localAddress === undefined ? {} : { localAddress };
  return new Promise((resolve, reject) => {
    const way = { host: '127.0.0.1', port, path, method, headers, agent: false, ...from };
    const outgoing = request(way, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const json = () => JSON.parse(text) as Record<string, unknown>;
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json });
      });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
