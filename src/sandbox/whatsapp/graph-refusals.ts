import type { FastifyReply } from 'fastify';

/** Meta's error body (Meta docs, error codes: 190 with HTTP 401). */
export function refuseToken(reply: FastifyReply): FastifyReply {
  const message = 'Invalid OAuth access token - Cannot parse access token';
  return reply.code(401).send(errorBody({ message, type: 'OAuthException', code: 190 }));
}

/** No such object (Graph API: 100 with subcode 33). */
export function refuseObject(reply: FastifyReply, id: string): FastifyReply {
  const message =
    `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, ` +
    'or does not support this operation.';
  return reply
    .code(404)
    .send(errorBody({ message, type: 'GraphMethodException', code: 100, error_subcode: 33 }));
}

/** A parameter or field that is not offered (Graph API: 100). */
export function refuseParameter(reply: FastifyReply, name: string): FastifyReply {
  const message = `(#100) Tried accessing nonexisting field or invalid parameter (${name})`;
  return reply.code(400).send(errorBody({ message, type: 'OAuthException', code: 100 }));
}

/** Too many calls: HTTP 400, not 429, and when to come back is in a header of its own (Meta docs, rate limits). */
export function refuseRate(reply: FastifyReply, minutes: number): FastifyReply {
  const usage = [{ type: 'whatsapp', call_count: 100, estimated_time_to_regain_access: minutes }];
  const message = '(#80007) There have been too many calls to this WhatsApp Business account.';
  return reply
    .code(400)
    .header('x-business-use-case-usage', JSON.stringify({ '102290129340398': usage }))
    .send(errorBody({ message, type: 'OAuthException', code: 80007 }));
}

/** Something of Meta's is down (Meta docs, error codes: 131016). */
export function refuseService(reply: FastifyReply): FastifyReply {
  const message = '(#131016) Service unavailable';
  return reply.code(503).send(errorBody({ message, type: 'OAuthException', code: 131016 }));
}

function errorBody(error: object): object {
  return { error: { ...error, fbtrace_id: 'Asandbox' } };
}
