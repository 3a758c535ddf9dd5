import type { FastifyInstance } from 'fastify';
import { badParameter, notFound } from './errors.ts';
import type { Context } from './gate.ts';
import { metaJson, one, pageOf, type Query } from './pages.ts';
import { conversationJson, conversationMessageJson, participantJson, receiptJson } from './present.ts';
import type { Store, StoredConversation } from './store.ts';

/** The Conversations API, v1 (Twilio's OpenAPI, conversations v1). @param base its own address: links are absolute */
export function addConversationRoutes(
  app: FastifyInstance,
  context: Context,
  store: Store,
  base: () => string,
): void {
  const { accountSid, maxPageSize } = context;
  const limits = { maximum: 100, cap: maxPageSize };
  const find = (sid: string, path: string): StoredConversation => {
    const conversation = store.conversation(sid);
    if (conversation === undefined) throw notFound(path);
    return conversation;
  };
  type List = { Querystring: Query };
  type Of = { Params: { sid: string }; Querystring: Query };
  const root = '/v1/Conversations';

  app.get<List>(root, { config: { asks: 'conversations.list' } }, async ({ query }) => {
    const found = store.conversations().filter((each) => isAskedFor(each, query));
    return metaJson('conversations', `${base()}${root}`, pageOf(found, query, limits), (each) =>
      conversationJson(base(), accountSid, each),
    );
  });
  app.get<Of>(
    `${root}/:sid/Messages`,
    { config: { asks: 'conversations.messages' } },
    async ({ params, query, url }) => {
      const conversation = find(params.sid, url);
      const isNewestFirst = one(query, 'Order') === 'desc';
      const messages = isNewestFirst ? conversation.messages.toReversed() : conversation.messages;
      const path = `${base()}${root}/${conversation.sid}/Messages`;
      return metaJson('messages', path, pageOf(messages, query, limits), (each) =>
        conversationMessageJson(base(), accountSid, conversation, each),
      );
    },
  );
  app.get<Of>(
    `${root}/:sid/Participants`,
    { config: { asks: 'conversations.participants' } },
    async ({ params, query, url }) => {
      const conversation = find(params.sid, url);
      const path = `${base()}${root}/${conversation.sid}/Participants`;
      return metaJson('participants', path, pageOf([conversation], query, limits), (each) =>
        participantJson(base(), accountSid, each),
      );
    },
  );
  app.get<{ Params: { sid: string; message: string }; Querystring: Query }>(
    `${root}/:sid/Messages/:message/Receipts`,
    { config: { asks: 'conversations.receipts' } },
    async ({ params, query, url }) => {
      const conversation = find(params.sid, url);
      const message = conversation.messages.find((each) => each.sid === params.message);
      if (message === undefined) throw notFound(url);
      const sent = message.channelMessage.direction === 'inbound' ? [] : [message];
      const path = `${base()}${root}/${conversation.sid}/Messages/${message.sid}/Receipts`;
      return metaJson('delivery_receipts', path, pageOf(sent, query, limits), (each) =>
        receiptJson(base(), accountSid, conversation, each),
      );
    },
  );
}

/** Filters by the day of creation, in ISO 8601, and by state; all are active here. */
function isAskedFor({ createdAt }: StoredConversation, query: Query): boolean {
  const timeOf = (name: string): number | undefined => {
    const text = one(query, name);
    if (text === undefined) return undefined;
    const time = Date.parse(text);
    if (!/^\d{4}-\d{2}-\d{2}(T[\d:]+Z)?$/.test(text) || Number.isNaN(time)) {
      throw badParameter(`${name} must be an ISO 8601 date`);
    }
    return time;
  };
  const [from, until, state] = [timeOf('StartDate'), timeOf('EndDate'), one(query, 'State')];
  return (
    (from === undefined || createdAt.getTime() >= from) &&
    (until === undefined || createdAt.getTime() <= until) &&
    (state === undefined || state === 'active')
  );
}
