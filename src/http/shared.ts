import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readChatToken } from '../core/chat-link.ts';
import type { ConsoleOperations } from '../pipeline/operations.ts';
import { sendFile } from './api.ts';
import { fileAnswer } from './chat-routes.ts';
import { compact } from './compact.ts';
import { checked, RequestError } from './errors.ts';
import { Looks } from './looks.ts';

export interface SharedDeps {
  readonly operations: ConsoleOperations;
  /** signs the links; undefined: there are none */
  readonly secret: Buffer | undefined;
}

const page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(2_000).optional(),
});

/**
 * One chat, to be read by whoever holds its link: no session, no search, nothing else. Each look is kept in the audit log
 * under the first digits of the record that the link stands in.
 */
export async function registerShared(
  app: FastifyInstance,
  { operations, secret }: SharedDeps,
): Promise<void> {
  const looks = new Looks(operations);

  const opened = async (request: FastifyRequest) => {
    const { token } = request.params as { token: string };
    const key = secret === undefined ? undefined : readChatToken(secret, token, new Date());
    const view = key === undefined ? undefined : await operations.interaction(key);
    if (key === undefined || view === undefined) {
      throw new RequestError(
        404,
        'not-found',
        'This link is not good (any more). Ask for the chat in the console.',
      );
    }
    const holder = { actor: `link ${key.slice(0, 8)}`, roles: ['compliance'], via: 'session' } as const;
    await looks.note(holder, [view.conversation]);
    return { key, conversation: view.conversation };
  };

  app.get('/api/shared/:token', async (request) => {
    const { key, conversation } = await opened(request);
    const chat = await operations.chats.get(conversation);
    if (chat === undefined) throw new RequestError(404, 'not-found', 'There is no chat any more.');
    const { id: _id, last: _last, contacts: _contacts, ...shown } = chat;
    return { ...shown, name: chat.contacts.find(({ name }) => name !== undefined)?.name ?? chat.name, key };
  });

  app.get('/api/shared/:token/interactions', async (request) => {
    const { conversation } = await opened(request);
    const { items, cursor } = await operations.interactions({
      ...compact(checked(page, request.query)),
      conversation,
    });
    return {
      items: items.map(({ interaction, revision, withoutContent }) => ({
        interaction,
        revision,
        withoutContent,
        conversation: '',
        activities: [],
      })),
      ...(cursor !== undefined && { cursor }),
    };
  });

  app.get('/api/shared/:token/files/:id/:sha256', async (request, reply) => {
    const { conversation } = await opened(request);
    const { id, sha256 } = request.params as { id: string; sha256: string };
    const view = await operations.interaction(id);
    // A link opens one chat, and no file of another one.
    const file = view?.conversation === conversation ? await operations.chats.file(id, sha256) : undefined;
    if (file === undefined) throw new RequestError(404, 'not-found', 'There is no such file.');
    return sendFile(reply, fileAnswer(file));
  });
}
