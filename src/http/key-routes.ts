import { EncryptionOffError, TextSearchOffError } from '../pipeline/key-operations.ts';
import { RequestError } from './errors.ts';
import { keyAnswers, keyRequest } from './key-answers.ts';
import { route, type ApiRoute } from './route.ts';

/** The keys of encryption at rest. */
export function keyRoutes(): ApiRoute[] {
  return [
    route('GET', '/api/keys', {
      summary: 'How content is encrypted at rest, by which master keys, and how much is still in clear',
      answer: keyAnswers.status,
      handle: (operations) => operations.keys.status(),
    }),
    route('POST', '/api/keys/rotate', {
      summary:
        'Wraps a part of the keys with the first master key; again with `after` until there is no `next`',
      body: keyRequest,
      answer: keyAnswers.step,
      handle: (operations, { body }) => refusing(operations.keys.rotate(body)),
    }),
    route('POST', '/api/keys/encrypt', {
      summary: 'Encrypts a part of what is in clear; again with `after` until there is no `next`',
      body: keyRequest,
      answer: keyAnswers.step,
      handle: (operations, { body }) => refusing(operations.keys.encrypt(body)),
    }),
  ];
}

/** Answers 409 and 422 for what encryption at rest, or its absence, does not allow. */
export async function refusing<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (error instanceof EncryptionOffError) throw new RequestError(409, 'encryption-off', error.message);
    if (error instanceof TextSearchOffError) throw new RequestError(422, 'text-search-off', error.message);
    throw error;
  });
}
