import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from './errors.ts';
import type { Guesses } from './guesses.ts';
import { roles, type Identity } from './identity.ts';
import { sessionCookie, type Sessions } from './sessions.ts';

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | undefined;
  }
}

/** How the API and the pages know who may use them. */
export interface AccessRule {
  readonly adminToken: string | undefined;
  /** people sign in with an identity provider */
  readonly hasProvider: boolean;
  readonly sessions: Sessions | undefined;
  /** of the token, wherever it is given */
  readonly guesses: Guesses;
}

/** Nobody can sign in: then only this machine may ask. */
export function isLocalOnly({ adminToken, hasProvider }: AccessRule): boolean {
  return adminToken === undefined && !hasProvider;
}

/**
 * A hook that finds out who asks, or throws 401 (403 for a change that no page of ours sent). With a token or an identity
 * provider configured: the token, or a session. Without, only requests from this machine, made to a name of this machine
 * (or a page elsewhere could reach us by a name that it points here, "DNS rebinding"), not made by a page from elsewhere,
 * and not handed on by a proxy, behind which everybody is local.
 */
export function requireAccess(rule: AccessRule) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const identity = await identify(rule, request);
    if (identity === undefined) {
      if (isLocalOnly(rule)) {
        throw new RequestError(
          401,
          'unauthorised',
          'Without ADMIN_TOKEN this is answered on this machine only.',
        );
      }
      void reply.header('www-authenticate', 'Bearer realm="whatsapp-crm-sync"');
      throw new RequestError(
        401,
        'unauthorised',
        'The ADMIN_TOKEN is missing or wrong, and nobody is signed in.',
      );
    }
    refuseForged(rule, request, identity);
    request.identity = identity;
  };
}

/** Who asks; undefined: nobody we know. */
export async function identify(rule: AccessRule, request: FastifyRequest): Promise<Identity | undefined> {
  if (isLocalOnly(rule)) {
    return isFromThisMachine(request) ? { actor: 'admin', roles, via: 'local' } : undefined;
  }
  const bearer = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) {
    await refuseGuesses(rule, request.ip);
    if (isToken(rule, bearer)) return { actor: 'admin', roles, via: 'token' };
    await rule.guesses.note(request.ip);
    return undefined;
  }
  return rule.sessions?.read(request.cookies[sessionCookie]);
}

/** @throws RequestError 429 to whoever was wrong too often */
export async function refuseGuesses(
  { guesses }: Pick<AccessRule, 'guesses'>,
  address: string,
): Promise<void> {
  if (await guesses.areOver(address)) {
    throw new RequestError(429, 'too-many', 'Too many tries. Wait a minute.');
  }
}

/** Is it the configured token? Takes as long for a wrong one as for the right one. */
export function isToken({ adminToken }: Pick<AccessRule, 'adminToken'>, given: string): boolean {
  return adminToken !== undefined && timingSafeEqual(digest(given), digest(adminToken));
}

/**
 * A browser asks us also for pages from elsewhere, with the cookie, or as this machine. It says so of itself; and for a
 * change there has to be the session's own token, which those do not know.
 */
function refuseForged(
  { sessions }: AccessRule,
  { method, headers }: FastifyRequest,
  identity: Identity,
): void {
  const site = headers['sec-fetch-site'];
  const isElsewhere = identity.via !== 'token' && (site === 'cross-site' || site === 'same-site');
  if (!isElsewhere && (identity.session === undefined || ['GET', 'HEAD'].includes(method))) return;
  const given = headers['x-csrf-token'];
  const isOwn = sessions?.isCsrfOf(identity.session ?? '', typeof given === 'string' ? given : undefined);
  if (!isElsewhere && isOwn) return;
  throw new RequestError(
    403,
    'forbidden',
    'The request was not made by a page of this console. Reload the page.',
  );
}

// Digests have the same length whatever was sent, which timingSafeEqual needs.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What proxies say of themselves. One that says nothing mostly speaks HTTP 1.0, which no browser does. */
const proxyHeaders =
  /^(forwarded|via|x-forwarded(-.*)?|x-original-.*|x-real-ip|x-client-ip|x-cluster-client-ip|x-envoy-.*|x-amzn-trace-id|true-client-ip|cf-connecting-ip|fastly-client-ip)$/;

function isFromThisMachine(request: FastifyRequest): boolean {
  const { headers } = request;
  if (!isLoopbackAddress(request.socket.remoteAddress ?? '')) return false;
  if (request.raw.httpVersionMajor === 1 && request.raw.httpVersionMinor === 0) return false;
  if (Object.keys(headers).some((name) => proxyHeaders.test(name))) return false;
  const host = headers.host ?? '';
  if (!isLoopbackHost(host)) return false;
  return headers.origin === undefined || headers.origin.toLowerCase() === `http://${host.toLowerCase()}`;
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

function isLoopbackHost(host: string): boolean {
  return /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d+)?$/i.test(host);
}
