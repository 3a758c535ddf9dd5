import { request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { GraphDeps } from '../../src/http/graph.ts';
import { startWhatsApp, type WhatsAppSandbox } from '../../src/sandbox/whatsapp/index.ts';
import type { EventDraft, PassThrough } from '../../src/sources/source.ts';
import { createPassThrough, type PassThroughOptions } from '../../src/sources/whatsapp-cloud/pass-through.ts';
import type { RoomLimits } from '../../src/http/admission.ts';
import { admissionFor, startServer, stopServers } from '../support/http.ts';

export const token = 'EAAsenderstoken';
export const ownNumber = '+15550783881';
export const numberId = '106540352242922';
export const messagesPath = `/graph/support/v23.0/${numberId}/messages`;

/** The real server with a pass-through to the look-alike of Meta. */
export interface Setting {
  readonly meta: WhatsAppSandbox;
  readonly port: number;
  readonly server: Server;
  readonly passThrough: PassThrough;
  /** what was made durable, in order */
  readonly recorded: EventDraft[];
  readonly logged: string[];
  /** as long as it is set, nothing can be made durable */
  ledgerDown: boolean;
  recordSent: GraphDeps['recordSent'];
  close(): Promise<void>;
}

export async function startSetting(
  options: Partial<PassThroughOptions> = {},
  room: Partial<RoomLimits> = {},
): Promise<Setting> {
  const meta = await startWhatsApp({
    accessToken: token,
    numbers: { [numberId]: '+1 555-078-3881', '999': '15550009999' },
  });
  const passThrough = createPassThrough({
    id: 'support',
    kind: 'whatsapp-cloud',
    apiUrl: meta.url,
    businessNumbers: [ownNumber],
    ...options,
  });
  const recorded: EventDraft[] = [];
  const setting = {
    meta,
    passThrough,
    recorded,
    ledgerDown: false,
    recordSent: async (_source: string, drafts: readonly EventDraft[]) => {
      if (setting.ledgerDown) throw new Error('the ledger is down');
      recorded.push(...drafts);
    },
  };
  const graph: GraphDeps = {
    passThroughs: new Map([['support', passThrough]]),
    admission: admissionFor(['support'], { ageMs: Infinity, ...room }),
    recordSent: (source, drafts) => setting.recordSent(source, drafts),
    log: undefined as never,
  };
  const { app, port, logged } = await startServer({ graph });
  return Object.assign(setting, {
    port,
    server: app.server,
    logged,
    close: async () => {
      await stopServers();
      await passThrough.close();
      await meta.close();
    },
  });
}

export interface Sent {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly json: Record<string, unknown>;
}

/** A sender's request; `hangUp` ends its connection. */
export function begin(
  port: number,
  path: string,
  body: string | Buffer | object,
  headers: Record<string, string> = {},
  method = 'POST',
): { readonly answer: Promise<Sent>; hangUp(): void } {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const all = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers };
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers: all, agent: false });
  const answer = new Promise<Sent>((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('end', () => {
        const raw = Buffer.concat(chunks).toString();
        const json = (raw.startsWith('{') ? JSON.parse(raw) : {}) as Record<string, unknown>;
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, raw, json });
      });
    });
  });
  outgoing.end(bytes);
  return { answer, hangUp: () => outgoing.destroy() };
}

/** Sends and waits for the answer. */
export function post(
  { port }: Pick<Setting, 'port'>,
  body: string | Buffer | object,
  options: { path?: string; headers?: Record<string, string>; method?: string } = {},
): Promise<Sent> {
  return begin(port, options.path ?? messagesPath, body, options.headers, options.method).answer;
}

/** A text to one person. */
export function textTo(to: string, body: string): Record<string, unknown> {
  return { messaging_product: 'whatsapp', recipient_type: 'individual', to, type: 'text', text: { body } };
}

export interface Item {
  readonly event?: string;
  readonly attempt?: string;
  readonly outcome?: string;
  readonly request?: Record<string, unknown>;
  readonly [name: string]: unknown;
}

/** The items of recorded events. */
export function itemsOf(drafts: readonly EventDraft[]): Item[] {
  return drafts.map(({ payload }) => (payload as { item: Item }).item);
}

/** Resolves when it is so; for what happens in the background. @throws after 10 s */
export async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
