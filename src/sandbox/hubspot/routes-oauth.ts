import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { endpoint } from './account.ts';
import { TokenRefusal, type OAuthApp } from './tokens.ts';

/**
 * The token endpoint. A form body only; on dated versions client secret and refresh token may not stand in the query
 * either (HubSpot docs, OAuth; map of v3 to dated paths).
 */
export async function addOAuthRoutes(app: FastifyInstance, oauth: OAuthApp): Promise<void> {
  await app.register(async (own) => {
    own.removeContentTypeParser('application/json');
    own.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    );
    endpoint(
      own,
      'POST',
      { v3: '/oauth/v1/token', dated: (version) => `/oauth/${version}/token` },
      { operation: 'oauth.token', limit: 'none' },
      ({ query, body }, reply, version) => {
        const fields = new URLSearchParams(body instanceof URLSearchParams ? body : {});
        if (version === 'v3')
          for (const [name, value] of Object.entries(query)) {
            if (!fields.has(name)) fields.set(name, value);
          }
        try {
          return oauth.grant(fields);
        } catch (error) {
          if (error instanceof TokenRefusal) return refuse(reply, error);
          throw error;
        }
      },
    );
  });
}

/** Both dialects are seen in the field, so both are there: HubSpot's own status, and the words of OAuth. */
function refuse(reply: FastifyReply, { status, message }: TokenRefusal): object {
  void reply.code(400);
  const error = status === 'BAD_REFRESH_TOKEN' ? 'invalid_grant' : 'invalid_request';
  return { status, message, correlationId: randomUUID(), error, error_description: message };
}
