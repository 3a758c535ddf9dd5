import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Admission, Place } from './admission.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** its share of the room */
    place?: Place | undefined;
  }
}

/** Seconds after which to come again. Meta sends again by its own clock; senders through the pass-through may heed it. */
const retryAfter = '10';

/** Shorter bodies are read past, which keeps the connection; with a longer or endless one the connection is closed. */
const shortBody = 64 * 1024;

/**
 * Asks for the request's place, at its head. Whatever happens to it, the place is left when its connection is done with
 * it, unless it waits for its commit: then whoever called `wait` leaves. @returns false: it is to be answered 503, unread
 */
export function letIn(
  admission: Admission,
  source: string,
  request: FastifyRequest,
  reply: FastifyReply,
): boolean {
  const announced = Number(request.headers['content-length'] ?? 0);
  const place = admission.enter(source, Number.isFinite(announced) ? announced : 0);
  if (place === undefined) {
    turnAway(request, reply);
    return false;
  }
  request.place = place;
  reply.raw.once('close', () => place.abandon());
  return true;
}

/** The heads of an answer to one who is to come again. Its connection ends where more is to come than is worth reading. */
export function turnAway(request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('retry-after', retryAfter);
  const announced = request.headers['content-length'];
  if (announced === undefined || !(Number(announced) <= shortBody)) void reply.header('connection', 'close');
}
