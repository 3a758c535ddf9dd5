import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { notFound } from './errors.ts';
import type { Context } from './gate.ts';
import { listJson, one, pageOf, dayFilter, type Query } from './pages.ts';
import { mediaJson, messageJson, pathOf } from './present.ts';
import type { FileContent, Store, StoredMessage } from './store.ts';

const limits = ({ maxPageSize }: Context) => ({ maximum: 1_000, cap: maxPageSize });

/** Where files lie: links are good once they were given out, and nobody may send credentials there. */
export interface FileHost {
  readonly url: () => string;
  readonly links: Map<string, FileContent>;
}

/** Messages and their files (Twilio docs, Message and Media resources). */
export function addMessageRoutes(
  app: FastifyInstance,
  context: Context,
  store: Store,
  files: FileHost,
): void {
  const { accountSid } = context;
  const find = (sid: string, path: string): StoredMessage => {
    const message = store.message(sid);
    if (message === undefined) throw notFound(path);
    return message;
  };
  type List = { Querystring: Query };
  type Of = { Params: { sid: string }; Querystring: Query };

  const base = '/2010-04-01/Accounts/:account/Messages';
  app.get<List>(`${base}.json`, { config: { asks: 'messages.list' } }, async ({ query }) => {
    const found = store.messages().filter(askedFor(query));
    const path = `${pathOf(accountSid, 'Messages')}.json`;
    return listJson('messages', path, pageOf(found, query, limits(context)), (each) =>
      messageJson(accountSid, each),
    );
  });
  app.get<Of>(`${base}/:sid.json`, { config: { asks: 'messages.fetch' } }, async ({ params, url }) =>
    messageJson(accountSid, find(params.sid, url)),
  );
  app.get<Of>(`${base}/:sid/Media.json`, { config: { asks: 'media.list' } }, async (request) => {
    const message = find(request.params.sid, request.url);
    const path = `${pathOf(accountSid, 'Messages', message.sid, 'Media')}.json`;
    const page = pageOf(message.media, request.query, limits(context));
    return listJson('media_list', path, page, (each) => mediaJson(accountSid, message, each));
  });
  app.get<{ Params: { sid: string; media: string } }>(
    `${base}/:sid/Media/:media`,
    { config: { asks: 'media.file' } },
    async ({ params, url }, reply) => {
      const message = find(params.sid, url);
      const sid = params.media.replace(/\.json$/, '');
      const media = message.media.find((each) => each.sid === sid);
      if (media === undefined) throw notFound(url);
      if (params.media.endsWith('.json')) return mediaJson(accountSid, message, media);
      const link = randomBytes(12).toString('hex');
      files.links.set(link, media);
      return reply.redirect(`${files.url()}/${accountSid}/${link}`, 307);
    },
  );
}

function askedFor(query: Query): (message: StoredMessage) => boolean {
  const [from, to] = [one(query, 'From'), one(query, 'To')];
  const isOfDays = dayFilter(query, 'DateSent', 'inclusive');
  return (message) =>
    (from === undefined || message.from === from) &&
    (to === undefined || message.to === to) &&
    isOfDays(message.sentAt);
}

/** The host that files are redirected to. Credentials sent there are refused, as a signed link of a file store does. */
export function addFileRoutes(app: FastifyInstance, { links }: FileHost): void {
  app.get<{ Params: { link: string } }>(
    '/:account/:link',
    { config: { asks: 'cdn', open: true } },
    async ({ params, headers }, reply) => {
      if (headers.authorization !== undefined)
        return reply.code(400).type('application/xml').send('<Error/>');
      const file = links.get(params.link);
      if (file === undefined) return reply.code(403).type('application/xml').send('<Error/>');
      return reply.type(file.contentType).send(file.data);
    },
  );
}
