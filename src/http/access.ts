import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from './errors.ts';

/** How the API and the pages know who may use them. */
export interface AccessRule {
  /** unset: only this machine may ask */
  readonly adminToken: string | undefined;
  /** `basic`: a browser may send the token as the password of a login box. Only for pages that change nothing. */
  readonly scheme: 'bearer' | 'basic';
}

/**
 * A hook that lets a request pass or throws 401. With a token configured, only those who send it. Without one, only
 * requests from this machine, made to a name of this machine (or a page elsewhere could reach us by a name that it points
 * here, "DNS rebinding"), not made by a page from elsewhere, and not handed on by a proxy, behind which everybody is local.
 */
export function requireAccess(rule: AccessRule) {
  const expected = rule.adminToken === undefined ? undefined : digest(rule.adminToken);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (expected === undefined) {
      if (isFromThisMachine(request)) return;
      throw unauthorised('Without ADMIN_TOKEN this is answered on this machine only.');
    }
    const given = tokenOf(request.headers.authorization, rule.scheme);
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    const challenge = rule.scheme === 'basic' ? 'Basic' : 'Bearer';
    void reply.header('www-authenticate', `${challenge} realm="whatsapp-crm-sync"`);
    throw unauthorised('The ADMIN_TOKEN is missing or wrong.');
  };
}

function unauthorised(message: string): RequestError {
  return new RequestError(401, 'unauthorised', message);
}

// Digests have the same length whatever was sent, which timingSafeEqual needs.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function tokenOf(header: string | undefined, scheme: AccessRule['scheme']): string | undefined {
  const [, kind, value] = /^(bearer|basic) +(\S+) *$/i.exec(header ?? '') ?? [];
  if (kind === undefined || value === undefined) return undefined;
  if (kind.toLowerCase() === 'bearer') return value;
  if (scheme !== 'basic') return undefined;
  const login = Buffer.from(value, 'base64').toString('utf8');
  return login.includes(':') ? login.slice(login.indexOf(':') + 1) : undefined;
}

const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

function isFromThisMachine(request: FastifyRequest): boolean {
  const { headers } = request;
  if (!isLoopbackAddress(request.socket.remoteAddress ?? '')) return false;
  if (proxyHeaders.some((name) => headers[name] !== undefined)) return false;
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
