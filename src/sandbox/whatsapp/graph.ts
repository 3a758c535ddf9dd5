import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { demoMedia, sha256Of, type SandboxMedia } from './media.ts';

export interface WhatsAppSandboxOptions {
  /** the only bearer token that is accepted */
  readonly accessToken: string;
  /** of the app that the token belongs to */
  readonly appId?: string;
  /** 0, the default: a free one */
  readonly port?: number;
  /** the demo's files when absent */
  readonly media?: readonly SandboxMedia[];
  readonly now?: () => number;
}

export interface WhatsAppSandbox {
  /** `http://127.0.0.1:<port>`: what a source's `apiUrl` is set to */
  readonly url: string;
  addMedia(media: SandboxMedia): void;
  /** requests so far, by operation */
  readonly requests: Readonly<Record<'media' | 'download' | 'token', number>>;
  close(): Promise<void>;
}

/** A download link is good for five minutes (Meta docs, media). */
const linkLifeMs = 5 * 60 * 1000;

interface State {
  readonly accessToken: string;
  readonly appId: string;
  readonly now: () => number;
  readonly media: Map<string, SandboxMedia>;
  readonly links: Map<string, { readonly media: SandboxMedia; readonly until: number }>;
  readonly requests: { media: number; download: number; token: number };
}

/** A look-alike of Meta's Graph API for media and tokens, on the loopback interface. */
export async function startWhatsApp(options: WhatsAppSandboxOptions): Promise<WhatsAppSandbox> {
  const media = options.media ?? Object.values(demoMedia);
  const state: State = {
    accessToken: options.accessToken,
    appId: options.appId ?? '670000000000001',
    now: options.now ?? Date.now,
    media: new Map(media.map((each) => [each.id, each])),
    links: new Map(),
    requests: { media: 0, download: 0, token: 0 },
  };
  const app = fastify({ forceCloseConnections: true });
  registerToken(app, state);
  registerDownload(app, state);
  registerMedia(app, state);
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    addMedia: (each) => void state.media.set(each.id, each),
    requests: state.requests,
    close: () => app.close(),
  };
}

/** `GET /{version}/{media-id}`: a fresh link and what the file is (Meta's OpenAPI, "Retrieve Media URL"). */
function registerMedia(app: FastifyInstance, state: State): void {
  app.get<{ Params: { version: string; id: string } }>('/:version/:id', async (request, reply) => {
    state.requests.media += 1;
    if (!isAuthorised(request, state)) return refuseToken(reply);
    const { version, id } = request.params;
    const media = state.media.get(id);
    if (!/^v\d+\.\d+$/.test(version) || !media) return refuseObject(reply, id);
    const link = randomBytes(12).toString('hex');
    state.links.set(link, { media, until: state.now() + linkLifeMs });
    return {
      messaging_product: 'whatsapp',
      url: `http://${request.headers.host}/whatsapp_business/attachments/?mid=${id}&ext=${link}`,
      mime_type: media.mimeType,
      sha256: sha256Of(media),
      file_size: String(media.data.length),
      id,
    };
  });
}

/** The file itself, with the same bearer; an expired or unknown link is 404 (Meta docs, media). */
function registerDownload(app: FastifyInstance, state: State): void {
  const path = '/whatsapp_business/attachments/';
  app.get<{ Querystring: { ext?: string } }>(path, async (request, reply) => {
    state.requests.download += 1;
    if (!isAuthorised(request, state))
      return reply.code(401).type('text/html').send('<html>Unauthorized</html>');
    const link = state.links.get(request.query.ext ?? '');
    if (!link || link.until < state.now())
      return reply.code(404).type('text/html').send('<html>Not Found</html>');
    return reply.type(link.media.mimeType).send(link.media.data);
  });
}

/** `GET /{version}/debug_token`, also without a version: is the token good, and for what? (Graph API, debug_token) */
function registerToken(app: FastifyInstance, state: State): void {
  type Query = { Querystring: { input_token?: string } };
  const answer = async (request: FastifyRequest<Query>, reply: FastifyReply): Promise<unknown> => {
    state.requests.token += 1;
    const inQuery = (request.query as Record<string, string | undefined>)['access_token'];
    if (!isAuthorised(request, state) && inQuery !== state.accessToken) return refuseToken(reply);
    return { data: describeToken(request.query.input_token, state) };
  };
  app.get<Query>('/debug_token', answer);
  app.get<Query>('/:version/debug_token', answer);
}

function describeToken(token: string | undefined, { accessToken, appId }: State): object {
  if (token !== accessToken) {
    return { error: { code: 190, message: 'Invalid OAuth access token.' }, is_valid: false, scopes: [] };
  }
  const scopes = ['whatsapp_business_management', 'whatsapp_business_messaging'];
  return { app_id: appId, type: 'SYSTEM_USER', expires_at: 0, is_valid: true, scopes };
}

function isAuthorised(request: FastifyRequest, { accessToken }: State): boolean {
  return request.headers.authorization === `Bearer ${accessToken}`;
}

/** Meta's error body (Meta docs, error codes: 190 with HTTP 401). */
function refuseToken(reply: FastifyReply): FastifyReply {
  const error = {
    message: 'Invalid OAuth access token - Cannot parse access token',
    type: 'OAuthException',
    code: 190,
  };
  return reply.code(401).send({ error: { ...error, fbtrace_id: 'Asandbox' } });
}

function refuseObject(reply: FastifyReply, id: string): FastifyReply {
  const message =
    `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, ` +
    'or does not support this operation.';
  const error = {
    message,
    type: 'GraphMethodException',
    code: 100,
    error_subcode: 33,
    fbtrace_id: 'Asandbox',
  };
  return reply.code(404).send({ error });
}
