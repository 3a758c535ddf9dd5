import type { OpenFile } from '../pipeline/chats.ts';
import { safeFileName } from '../pipeline/file-names.ts';
import { answers } from './answers.ts';
import { compact } from './compact.ts';
import { RequestError } from './errors.ts';
import { mayRead } from './identity.ts';
import { refusing } from './key-routes.ts';
import type { RequestSchemas } from './requests.ts';
import { route, type ApiRoute, type FileAnswer } from './route.ts';

/** Messages, calls and chats as people look at them: each look is kept in the audit log. */
export function chatRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/interactions', {
      summary:
        'Messages and calls, newest first; `text` searches in what was written (422 where it is encrypted at rest)',
      query: schemas.interactionFilter,
      answer: answers.interactions,
      handle: (operations, { query, identity }) => {
        if (query.text !== undefined && !mayRead(identity)) {
          throw new RequestError(403, 'forbidden', 'To search by text needs the role "compliance".');
        }
        return refusing(operations.interactions(compact(query)));
      },
      looks: ({ items }) => items.map(({ conversation }) => conversation),
    }),
    route('GET', '/api/interactions/:id', {
      summary: 'One message or call with its revisions, events and receipts',
      params: schemas.keyParams,
      answer: answers.interaction,
      handle: async (operations, { params }) =>
        (await operations.interaction(params.id)) ?? notThere('There is no interaction with this id.'),
      looks: ({ conversation }) => [conversation],
    }),
    route('GET', '/api/interactions/:id/files/:sha256', {
      summary: 'A file that came with a message or call',
      needs: 'compliance',
      params: schemas.fileParams,
      answer: undefined,
      handle: async (operations, { params }): Promise<FileAnswer> => {
        const file = await operations.chats.file(params.id, params.sha256);
        if (file === undefined) return notThere('There is no such file.');
        return { ...fileAnswer(file), conversation: file.conversation };
      },
      looks: ({ conversation }) => (conversation === undefined ? [] : [conversation]),
    }),
    route('GET', '/api/conversations', {
      summary: 'Chats, the one with the newest message first',
      query: schemas.conversationFilter,
      answer: answers.conversations,
      handle: (operations, { query }) => operations.chats.list(compact(query)),
      looks: ({ items }) => items.map(({ id }) => id),
    }),
    route('GET', '/api/conversations/:id', {
      summary: 'One chat; its messages are those of /api/interactions?conversation=',
      params: schemas.conversationParams,
      answer: answers.conversation,
      handle: async (operations, { params }) =>
        (await operations.chats.get(params.id)) ?? notThere('There is no chat with this id.'),
      looks: ({ id }) => [id],
    }),
  ];
}

/** Nothing that could run in a page: no SVG, no HTML, no PDF. */
const shown = /^(audio\/[\w.+-]+|video\/(mp4|webm|3gpp)|image\/(png|jpeg|webp|gif))$/;

/** A file that somebody sent, as it goes out. */
export function fileAnswer({
  stream,
  size,
  mimeType = 'application/octet-stream',
  fileName = '',
}: OpenFile): FileAnswer {
  const isShown = shown.test(mimeType);
  return {
    file: stream,
    size,
    type: isShown ? mimeType : 'application/octet-stream',
    name: safeFileName(fileName) || 'file',
    isShown,
  };
}

function notThere(message: string): never {
  throw new RequestError(404, 'not-found', message);
}
