import { createPublicKey, randomBytes } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import { Refusal } from './refusal.ts';

/** The one client that the org knows (an External Client App) and the user it may act for. */
export interface ClientApp {
  clientId: string;
  clientSecret: string;
  username: string;
  /** PEM of the public key or certificate key that JWTs must be signed for; none: the JWT flow is refused */
  publicKey?: string;
  /** accepted `aud` of a JWT */
  audiences: readonly string[];
}

/** Refusal of the token endpoint: `{"error", "error_description"}`. */
export class TokenRefusal extends Error {
  readonly error: string;
  constructor(error: string, description: string) {
    super(description);
    this.name = 'TokenRefusal';
    this.error = error;
  }
}

/** `exp` of a JWT may be at most so far ahead (OAuth JWT bearer flow: 3 minutes). */
const furthestExpiry = 180_000;
const clockTolerance = 5_000;

/** Access tokens of one org. */
export class Tokens {
  readonly app: ClientApp;
  readonly #now: () => Date;
  readonly #valid = new Set<string>();

  constructor(app: ClientApp, now: () => Date) {
    this.app = app;
    this.#now = now;
  }

  /** All tokens are void from now on. */
  expireAll(): void {
    this.#valid.clear();
  }

  knows(token: string): boolean {
    return this.#valid.has(token);
  }

  /** @throws Refusal INVALID_SESSION_ID, INVALID_AUTH_HEADER */
  check(header: string | undefined): void {
    const token = /^(?:Bearer|OAuth) (\S+)$/.exec(header ?? '')?.[1];
    if (token === undefined) throw new Refusal(401, 'INVALID_AUTH_HEADER', 'INVALID_HEADER_TYPE');
    if (!this.knows(token)) throw new Refusal(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
  }

  /** Answers a token request of either server flow. @throws TokenRefusal */
  async grant(form: URLSearchParams): Promise<string> {
    const type = form.get('grant_type');
    if (type === 'client_credentials') this.#checkSecret(form);
    else if (type === 'urn:ietf:params:oauth:grant-type:jwt-bearer')
      await this.#checkJwt(form.get('assertion') ?? '');
    else throw new TokenRefusal('unsupported_grant_type', 'grant type not supported');
    const token = `00D5g000000sand!${randomBytes(36).toString('base64url')}`;
    this.#valid.add(token);
    return token;
  }

  #checkSecret(form: URLSearchParams): void {
    if (form.get('client_id') !== this.app.clientId) {
      throw new TokenRefusal('invalid_client_id', 'client identifier invalid');
    }
    if (form.get('client_secret') !== this.app.clientSecret) {
      throw new TokenRefusal('invalid_client', 'invalid client credentials');
    }
  }

  async #checkJwt(assertion: string): Promise<void> {
    const { publicKey, audiences, clientId, username } = this.app;
    if (publicKey === undefined)
      throw new TokenRefusal('invalid_grant', 'user hasn’t approved this consumer');
    const now = this.#now();
    try {
      const { payload } = await jwtVerify(assertion, createPublicKey(publicKey), {
        algorithms: ['RS256'],
        audience: [...audiences],
        currentDate: now,
        requiredClaims: ['iss', 'sub', 'aud', 'exp'],
      });
      if (payload.iss !== clientId) throw new TokenRefusal('invalid_client_id', 'client identifier invalid');
      if (payload.sub !== username) {
        throw new TokenRefusal('invalid_grant', 'user hasn’t approved this consumer');
      }
      if ((payload.exp ?? 0) * 1_000 > now.getTime() + furthestExpiry + clockTolerance) {
        throw new TokenRefusal('invalid_grant', 'expiration date is too far in the future');
      }
    } catch (error) {
      if (error instanceof TokenRefusal) throw error;
      throw new TokenRefusal('invalid_grant', jwtProblem(error));
    }
  }
}

function jwtProblem(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'expired authorization code';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') return 'audience is invalid';
  return 'invalid assertion';
}
