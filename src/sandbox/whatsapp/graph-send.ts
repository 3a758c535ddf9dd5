import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { faultOf, type SendFault } from './graph-send-rules.ts';
import { readForm } from './form.ts';
import type { SandboxMedia } from './media.ts';
import { demoBusiness } from './people.ts';

/** A message that the look-alike took. */
export interface SentMessage {
  readonly id: string;
  readonly phoneNumberId: string | undefined;
  /** as it came over the wire */
  readonly raw: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * How sending goes. `cut`: the message is taken and the connection ends without an answer; `hold`: the message is
 * taken and the answer waits for `release`; `error`: 500 with Meta's body, nothing taken.
 */
export type SendMode = 'well' | 'cut' | 'hold' | 'error';

/** The sending side of the look-alike, and its switches. */
export interface SendSide {
  /** messages that count as sent, in order */
  readonly sent: readonly SentMessage[];
  /** read receipts and typing indicators */
  readonly receipts: readonly Readonly<Record<string, unknown>>[];
  /** files that were taken away */
  readonly deleted: readonly string[];
  behave(mode: SendMode): void;
  /** what is held gets its answer; from now on all goes well */
  release(): void;
  /** resolves when so many messages have been sent */
  untilSent(count: number): Promise<void>;
  /** nobody listens any more: connections are refused */
  down(): Promise<void>;
  /** listens again, at the same address */
  up(): Promise<void>;
}

export interface SendOptions {
  readonly accessToken: string;
  /** display numbers by phone number id; the demo's when absent */
  readonly numbers?: Readonly<Record<string, string>>;
  readonly media: Map<string, SandboxMedia>;
}

type Body = Readonly<Record<string, unknown>>;

interface State extends SendOptions {
  readonly numbers: Readonly<Record<string, string>>;
  readonly sent: SentMessage[];
  readonly receipts: Body[];
  readonly deleted: string[];
  mode: SendMode;
  held: (() => void)[];
  watchers: (() => void)[];
}

/**
 * `POST /{version}/{phone-number-id}/messages`, `marketing_messages` and `media`, `DELETE /{version}/{media-id}` (Meta's
 * OpenAPI v23.0), and 360dialog's addresses of the same. To be registered before the routes for media.
 */
export function registerSends(app: FastifyInstance, options: SendOptions): SendSide {
  const numbers = options.numbers ?? { [demoBusiness.phoneNumberId]: demoBusiness.displayPhoneNumber };
  const state: State = {
    ...options,
    numbers,
    sent: [],
    receipts: [],
    deleted: [],
    mode: 'well',
    held: [],
    watchers: [],
  };
  registerNumbers(app, state);
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { bodyLimit: 101 * 1024 * 1024 }, bytesOf);
    registerMessages(scope, state);
    registerFiles(scope, state);
  });
  const { sent, receipts, deleted } = state;
  return { sent, receipts, deleted, ...switches(app, state) };
}

async function bytesOf(_request: FastifyRequest, stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function switches(
  app: FastifyInstance,
  state: State,
): Pick<SendSide, 'behave' | 'release' | 'untilSent' | 'down' | 'up'> {
  let port = 0;
  return {
    behave: (mode) => void (state.mode = mode),
    release: () => {
      state.mode = 'well';
      state.held.splice(0).forEach((answer) => answer());
    },
    untilSent: async (count) => {
      while (state.sent.length < count) await new Promise<void>((resolve) => state.watchers.push(resolve));
    },
    down: () => {
      ({ port } = app.server.address() as AddressInfo);
      const closed = new Promise<void>((resolve) => app.server.close(() => resolve()));
      app.server.closeAllConnections();
      return closed;
    },
    up: () => new Promise<void>((resolve) => app.server.listen(port, '127.0.0.1', resolve)),
  };
}

/** `GET /{version}/{phone-number-id}`: a hook, since ids of files stand in the same place. */
function registerNumbers(app: FastifyInstance, state: State): void {
  app.addHook('onRequest', async (request, reply) => {
    const id = /^\/v\d+\.\d+\/(\d+)(?:\?|$)/.exec(request.url)?.[1] ?? '';
    const number =
      request.method === 'GET' && Object.hasOwn(state.numbers, id) ? state.numbers[id] : undefined;
    if (number === undefined) return undefined;
    if (!isAuthorised(request, state)) return refuse(reply, badToken);
    return reply.send({ display_phone_number: number, id });
  });
}

function registerMessages(app: FastifyInstance, state: State): void {
  type Route = { Params: { version: string; number: string } };
  const cloud = (request: FastifyRequest<Route>, reply: FastifyReply) =>
    send(request, reply, state, request.params.number);
  const dialog = (request: FastifyRequest, reply: FastifyReply) => send(request, reply, state, undefined);
  app.post<Route>('/:version/:number/messages', cloud);
  app.post<Route>('/:version/:number/marketing_messages', cloud);
  app.post('/messages', dialog);
  app.post('/v1/messages', dialog);
}

async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  state: State,
  number: string | undefined,
): Promise<FastifyReply> {
  const raw = request.body instanceof Buffer ? request.body.toString('utf8') : '';
  if (!isAuthorised(request, state)) return refuse(reply, badToken);
  if (number !== undefined && !Object.hasOwn(state.numbers, number)) return refuse(reply, badNumber(number));
  if (state.mode === 'error')
    return refuse(reply, { status: 500, code: 131000, message: 'Something went wrong' });
  const body = jsonOf(raw);
  const fault = body === undefined ? { code: 100, message: 'Invalid parameter' } : faultOf(body);
  if (body === undefined || fault) return refuse(reply, fault ?? badNumber(''));
  if (body['status'] !== undefined) {
    state.receipts.push(body);
    return reply.send({ success: true });
  }
  const id = `wamid.${randomBytes(24).toString('base64')}`;
  state.sent.push({ id, phoneNumberId: number, raw, body });
  state.watchers.splice(0).forEach((tell) => tell());
  if (state.mode === 'cut') {
    reply.raw.destroy();
    return reply.hijack();
  }
  if (state.mode === 'hold') await new Promise<void>((resolve) => state.held.push(resolve));
  return reply
    .headers({
      'x-fb-request-id': 'Asandbox',
      'x-app-usage': '{"call_count":1}',
      'facebook-api-version': 'v23.0',
    })
    .type('application/json; charset=UTF-8')
    .send(accepted(id, body));
}

/** A user id is answered as such (Meta docs, "Business-scoped user IDs"). */
function accepted(id: string, body: Body): object {
  const { to, recipient } = body;
  const contact =
    to === undefined
      ? { input: recipient, user_id: recipient }
      : { input: to, wa_id: String(to).replace(/\D/g, '') };
  const status = body['type'] === 'template' ? { message_status: 'accepted' } : {};
  return { messaging_product: 'whatsapp', contacts: [contact], messages: [{ id, ...status }] };
}

function registerFiles(app: FastifyInstance, state: State): void {
  const upload = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (!isAuthorised(request, state)) return refuse(reply, badToken);
    const form = readForm(request.body as Buffer, String(request.headers['content-type'] ?? ''));
    const file = form.get('file');
    const product = form.get('messaging_product')?.data.toString();
    if (product !== 'whatsapp' || file === undefined) {
      const message = `The parameter ${product === 'whatsapp' ? 'file' : 'messaging_product'} is required.`;
      return refuse(reply, { code: 100, message });
    }
    const id = String(3_000_000_000_000_000 + state.media.size);
    state.media.set(id, { id, mimeType: file.mimeType, data: file.data });
    return reply.send({ id });
  };
  app.post('/:version/:number/media', upload);
  app.post('/media', upload);
  const remove = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (!isAuthorised(request, state)) return refuse(reply, badToken);
    const { id } = request.params as { id: string };
    if (!state.media.delete(id)) return refuse(reply, badNumber(id));
    state.deleted.push(id);
    return reply.send({ success: true });
  };
  app.delete('/:version/:id', remove);
  app.delete('/:id', remove);
}

function isAuthorised({ headers, query }: FastifyRequest, { accessToken }: State): boolean {
  const inQuery = (query as Record<string, unknown>)['access_token'];
  return (
    headers.authorization === `Bearer ${accessToken}` ||
    headers['d360-api-key'] === accessToken ||
    inQuery === accessToken
  );
}

interface Refusal extends SendFault {
  readonly status?: number;
  readonly subcode?: number;
}

const badToken: Refusal = {
  status: 401,
  code: 190,
  message: 'Invalid OAuth access token - Cannot parse access token',
};

function badNumber(id: string): Refusal {
  const message =
    `Unsupported post request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, ` +
    'or does not support this operation';
  return { code: 100, subcode: 33, message };
}

/** Meta docs, error codes. */
function refuse(reply: FastifyReply, { status = 400, code, subcode, message }: Refusal): FastifyReply {
  if (status === 401) void reply.header('www-authenticate', 'OAuth "Facebook Platform" "invalid_token"');
  const error = { message, type: 'OAuthException', code, ...(subcode && { error_subcode: subcode }) };
  return reply.code(status).send({ error: { ...error, fbtrace_id: 'Asandbox' } });
}

function jsonOf(raw: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : undefined;
  } catch {
    return undefined;
  }
}
