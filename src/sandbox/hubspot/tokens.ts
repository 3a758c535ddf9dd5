import { randomUUID } from 'node:crypto';

export interface Token {
  readonly scopes: readonly string[];
  expired: boolean;
  /** milliseconds; tokens of an OAuth app end by the clock */
  readonly expiresAt?: number;
  /** an OAuth app's: other limits, no daily headers (HubSpot docs, usage guidelines) */
  readonly oauth?: boolean;
}

/** What an OAuth app identifies itself with. */
export interface OAuthCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

/** Milliseconds that an OAuth app's token lasts: 1800 s (HubSpot docs, OAuth). */
const lifetimeMs = 1_800_000;

/** A refusal of the token endpoint, in HubSpot's words. */
export class TokenRefusal extends Error {
  readonly status: string;

  constructor(status: string, message: string) {
    super(message);
    this.name = 'TokenRefusal';
    this.status = status;
  }
}

export interface TokenAnswer {
  readonly token_type: 'bearer';
  readonly access_token: string;
  readonly refresh_token: string;
  /** seconds */
  readonly expires_in: number;
}

/** One OAuth app that is installed in the account. */
export class OAuthApp {
  readonly credentials: OAuthCredentials;
  /** what the account granted at installation; tokens that are out keep theirs */
  scopes: readonly string[];
  /** taken away in the account: no token is given any more */
  revoked = false;
  readonly #tokens: Map<string, Token>;
  readonly #now: () => Date;

  constructor(
    credentials: OAuthCredentials,
    scopes: readonly string[],
    tokens: Map<string, Token>,
    now: () => Date,
  ) {
    this.credentials = credentials;
    this.scopes = scopes;
    this.#tokens = tokens;
    this.#now = now;
  }

  /** The refresh token grant. @throws TokenRefusal */
  grant(fields: URLSearchParams): TokenAnswer {
    const { clientId, clientSecret, refreshToken } = this.credentials;
    if (fields.get('grant_type') !== 'refresh_token')
      throw new TokenRefusal('BAD_GRANT_TYPE', 'missing or unknown grant type');
    if (fields.get('client_id') !== clientId)
      throw new TokenRefusal('BAD_CLIENT_ID', 'missing or unknown client id');
    if (fields.get('client_secret') !== clientSecret)
      throw new TokenRefusal('BAD_CLIENT_SECRET', 'missing or invalid client secret');
    if (fields.get('refresh_token') !== refreshToken || this.revoked)
      throw new TokenRefusal('BAD_REFRESH_TOKEN', 'missing or invalid refresh token');
    const token = `oauth-${randomUUID()}`;
    const expiresAt = this.#now().getTime() + lifetimeMs;
    this.#tokens.set(token, { scopes: this.scopes, expired: false, expiresAt, oauth: true });
    return {
      token_type: 'bearer',
      access_token: token,
      refresh_token: refreshToken,
      expires_in: lifetimeMs / 1_000,
    };
  }
}
