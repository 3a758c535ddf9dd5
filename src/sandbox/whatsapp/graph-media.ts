import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuseObject, refuseRate, refuseService, refuseToken } from './graph-refusals.ts';
import { sha256Of, type SandboxMedia } from './media.ts';

/** What may be wrong with all files at once: the token, a rate limit, an outage. */
export type MediaFault = 'token' | 'throttled' | 'down';

export interface MediaState {
  readonly accessToken: string;
  readonly apiKey?: string;
  readonly now: () => number;
  readonly media: Map<string, SandboxMedia>;
  readonly links: Map<string, { readonly media: SandboxMedia; readonly until: number }>;
  readonly requests: { media: number; download: number };
  fault?: MediaFault | undefined;
}

/** A download link is good for five minutes (Meta docs, media). */
const linkLifeMs = 5 * 60 * 1000;

const filePath = '/whatsapp_business/attachments/';

/** Files as Meta has them, and as 360dialog hands them on where there is a key of it. */
export function registerMedia(app: FastifyInstance, state: MediaState): void {
  registerDownload(app, state);
  registerLink(app, state);
  if (state.apiKey !== undefined) registerDialogLink(app, state);
}

/** `GET /{version}/{media-id}`: a fresh link and what the file is (Meta's OpenAPI, "Retrieve Media URL"). */
function registerLink(app: FastifyInstance, state: MediaState): void {
  app.get<{ Params: { version: string; id: string } }>('/:version/:id', async (request, reply) => {
    state.requests.media += 1;
    if (!hasToken(request, state) || state.fault === 'token') return refuseToken(reply);
    if (state.fault !== undefined) return refuseAll(reply, state.fault);
    const { version, id } = request.params;
    const media = state.media.get(id);
    if (!/^v\d+\.\d+$/.test(version) || !media) return refuseObject(reply, id);
    return describe(media, `http://${request.headers.host}`, state);
  });
}

/** `GET /{media-id}` with 360dialog's key: Meta's link as it is, to be asked on this host (360dialog docs, media). */
function registerDialogLink(app: FastifyInstance, state: MediaState): void {
  app.get<{ Params: { id: string } }>('/:id', async (request, reply) => {
    state.requests.media += 1;
    if (!hasKey(request, state)) return reply.code(401).send({ error: 'Invalid api key' });
    if (state.fault !== undefined) return refuseAll(reply, state.fault);
    const media = state.media.get(request.params.id);
    return media === undefined
      ? refuseObject(reply, request.params.id)
      : describe(media, 'https://lookaside.fbsbx.com', state);
  });
}

function describe(media: SandboxMedia, origin: string, state: MediaState): object {
  const link = randomBytes(12).toString('hex');
  state.links.set(link, { media, until: state.now() + linkLifeMs });
  return {
    messaging_product: 'whatsapp',
    url: `${origin}${filePath}?mid=${media.id}&ext=${link}&hash=${randomBytes(8).toString('hex')}`,
    mime_type: media.mimeType,
    sha256: sha256Of(media),
    ...(media.hidesSize !== true && { file_size: String(media.data.length) }),
    id: media.id,
  };
}

/**
 * The file itself, with the same credentials; without them the page that asks to log in, 404 for an expired or unknown
 * link (Meta docs, media).
 */
function registerDownload(app: FastifyInstance, state: MediaState): void {
  app.get<{ Querystring: { ext?: string } }>(filePath, async (request, reply) => {
    state.requests.download += 1;
    if (!hasToken(request, state) && !hasKey(request, state)) {
      return reply.code(401).type('text/html').send('<html>Unauthorized</html>');
    }
    const link = state.links.get(request.query.ext ?? '');
    if (!link || link.until < state.now()) {
      return reply.code(404).type('text/html').send('<html>Not Found</html>');
    }
    await link.media.ready;
    return give(link.media, reply);
  });
}

function give(media: SandboxMedia, reply: FastifyReply): FastifyReply {
  const { mimeType, data, redirectTo, breaksAfter, hidesSize } = media;
  if (redirectTo !== undefined) return reply.redirect(redirectTo);
  if (breaksAfter === undefined && hidesSize !== true) return reply.type(mimeType).send(data);
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    'content-type': mimeType,
    ...(hidesSize !== true && { 'content-length': data.length }),
  });
  if (breaksAfter === undefined) raw.end(data);
  else raw.write(data.subarray(0, breaksAfter), () => raw.destroy());
  return reply;
}

function refuseAll(reply: FastifyReply, fault: MediaFault): FastifyReply {
  if (fault === 'token') return refuseToken(reply);
  return fault === 'throttled' ? refuseRate(reply, 2) : refuseService(reply);
}

function hasToken(request: FastifyRequest, { accessToken }: MediaState): boolean {
  return request.headers.authorization === `Bearer ${accessToken}`;
}

function hasKey(request: FastifyRequest, { apiKey }: MediaState): boolean {
  return apiKey !== undefined && request.headers['d360-api-key'] === apiKey;
}
