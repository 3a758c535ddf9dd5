import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { derive } from '../core/derive.ts';
import { roles, type Identity } from './identity.ts';

export const sessionCookie = 'wcs_session';

const claims = z.object({
  sub: z.string().min(1),
  jti: z.string().min(1),
  roles: z.array(z.enum(roles)).min(1),
});

/**
 * Sessions of browsers: signed, not kept here, so that every process knows them and a restart ends none. They end by
 * time, or all at once when the secret is changed.
 */
export class Sessions {
  readonly #signing: Uint8Array;
  readonly #csrf: Buffer;
  readonly #lastsMs: number;

  constructor(secret: string, lastsMs: number) {
    this.#signing = derive(secret, 'session');
    this.#csrf = derive(secret, 'csrf');
    this.#lastsMs = lastsMs;
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

  /** Undefined: it is no session of ours, or it is over. */
  async read(cookie: string | undefined): Promise<Identity | undefined> {
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
