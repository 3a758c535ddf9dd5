import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { registerAccount, type AccountSide } from './graph-account.ts';
import { registerSends, type SendSide } from './graph-send.ts';
import { registerMedia, type MediaFault, type MediaState } from './graph-media.ts';
import { refuseToken } from './graph-refusals.ts';
import { demoMedia, type SandboxMedia } from './media.ts';

export interface WhatsAppSandboxOptions {
  /** the only bearer token that is accepted */
  readonly accessToken: string;
  /** of the app that the token belongs to */
  readonly appId?: string;
  /** 360dialog's key: then files are also served as 360dialog does */
  readonly apiKey?: string;
  /** 0, the default: a free one */
  readonly port?: number;
  /** the demo's files when absent */
  readonly media?: readonly SandboxMedia[];
  /** display numbers by phone number id; the demo's when absent */
  readonly numbers?: Readonly<Record<string, string>>;
  readonly now?: () => number;
  /** of the WhatsApp Business account */
  readonly wabaId?: string;
  /** no page of a list is larger than this, whatever is asked for */
  readonly maxPageSize?: number;
}

export interface WhatsAppSandbox {
  /** `http://127.0.0.1:<port>`: what a source's `apiUrl` is set to */
  readonly url: string;
  addMedia(media: SandboxMedia): void;
  /** how all asking for files goes from now on; undefined: well */
  failMedia(fault: MediaFault | undefined): void;
  /** what was sent through it, and how sending goes */
  readonly sends: SendSide;
  /** what Meta counts of the account and says of its webhooks, and what it refuses to say */
  readonly account: AccountSide;
  /** requests so far, by operation */
  readonly requests: Readonly<Record<'media' | 'download' | 'token', number>>;
  close(): Promise<void>;
}

interface State extends MediaState {
  readonly accessToken: string;
  readonly appId: string;
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
    ...(options.apiKey !== undefined && { apiKey: options.apiKey }),
    requests: { media: 0, download: 0, token: 0 },
  };
  const app = fastify({ forceCloseConnections: true });
  const { accessToken, numbers } = options;
  const sends = registerSends(app, { accessToken, media: state.media, ...(numbers && { numbers }) });
  const account = registerAccount(app, options);
  registerToken(app, state);
  registerMedia(app, state);
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    addMedia: (each) => void state.media.set(each.id, each),
    failMedia: (fault) => void (state.fault = fault),
    sends,
    account,
    requests: state.requests,
    close: () => app.close(),
  };
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
