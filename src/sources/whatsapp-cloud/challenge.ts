import { createHash, timingSafeEqual } from 'node:crypto';

type Query = Readonly<Record<string, string | undefined>>;

/**
 * Answer to Meta's verification request: the challenge verbatim when the token is ours, else undefined (Meta docs,
 * "Create a webhook endpoint").
 */
export function answerChallenge(query: Query, verifyToken: string): string | undefined {
  const token = query['hub.verify_token'];
  const challenge = query['hub.challenge'];
  if (query['hub.mode'] !== 'subscribe' || verifyToken === '' || !challenge) return undefined;
  if (typeof token !== 'string' || typeof challenge !== 'string') return undefined;
  // hashed first, because timingSafeEqual wants equal lengths and the length is a secret too
  return timingSafeEqual(digest(token), digest(verifyToken)) ? challenge : undefined;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
