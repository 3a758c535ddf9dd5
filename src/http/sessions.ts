import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { derive } from '../core/derive.ts';
import type { EndedSessions } from './ended-sessions.ts';
import { roles, type Identity } from './identity.ts';

export const sessionCookie = 'wcs_session';

const claims = z.object({
  sub: z.string().min(1),
  jti: z.string().min(1),
  roles: z.array(z.enum(roles)).min(1),
});

export interface SessionRules {
  readonly lastsMs: number;
  /** by what people were let in, and which roles that gave: sessions of another time are none */
  readonly restsOn: string;
  readonly ended: EndedSessions;
}

/**
 * Sessions of browsers: signed, not kept here, so that every process knows them and a restart ends none. They end by
 * time, by signing out, or all at once when the secret or what they rest on is changed.
 */
export class Sessions {
  readonly #signing: Uint8Array;
  readonly #csrf: Buffer;
  readonly #lastsMs: number;
  readonly #ended: EndedSessions;

  constructor(secret: string, { lastsMs, restsOn, ended }: SessionRules) {
    this.#signing = derive(secret, `session ${createHash('sha256').update(restsOn).digest('hex')}`);
    this.#csrf = derive(secret, 'csrf');
    this.#lastsMs = lastsMs;
    this.#ended = ended;
  }

  /** seconds */
  get maxAge(): number {
    return Math.floor(this.#lastsMs / 1_000);
  }

  /** @returns the cookie's value */
  async begin(actor: string, granted: Identity['roles']): Promise<string> {
    return new SignJWT({ roles: granted })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(actor)
      .setJti(randomBytes(16).toString('base64url'))
      .setIssuedAt()
      .setExpirationTime(new Date(Date.now() + this.#lastsMs))
      .sign(this.#signing);
  }

  /** Undefined: it is no session of ours, or it is over. @throws when nobody knows whether it was ended */
  async read(cookie: string | undefined): Promise<Identity | undefined> {
    const identity = await this.#verify(cookie);
    return identity === undefined || (await this.#ended.has(identity.session)) ? undefined : identity;
  }

  /** Ends it in this process; the audit log tells the others. */
  end(session: string): void {
    this.#ended.end(session);
  }

  async #verify(cookie: string | undefined): Promise<(Identity & { session: string }) | undefined> {
    if (cookie === undefined) return undefined;
    try {
      const { payload } = await jwtVerify(cookie, this.#signing, { algorithms: ['HS256'] });
      const { sub, jti, roles: granted } = claims.parse(payload);
      return { actor: sub, roles: granted, via: 'session', session: jti };
    } catch {
      return undefined;
    }
  }

  /** What a page of this session sends with each change, and a page from elsewhere cannot know. */
  csrfOf(session: string): string {
    return createHmac('sha256', this.#csrf).update(session).digest('base64url');
  }

  isCsrfOf(session: string, given: string | undefined): boolean {
    const expected = Buffer.from(this.csrfOf(session));
    const actual = Buffer.from(given ?? '');
    return expected.length === actual.length && timingSafeEqual(expected, actual);
  }
}
