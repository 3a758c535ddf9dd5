import { CrmError } from '../../core/errors.ts';

import { codeWithoutAnswer, type Answer } from './transport.ts';
import { text } from './json.ts';

/** Posts fields to the token endpoint, without a token. */
export type AskForToken = (path: string, fields: Readonly<Record<string, string>>) => Promise<Answer>;

/** Who gives the token of each request. */
export interface Tokens {
  /** @throws CrmError when there is none */
  current(ask: AskForToken): Promise<string>;
  /** Another one after `refused` was refused; undefined: there is no other. @throws CrmError */
  renew(refused: string, ask: AskForToken): Promise<string | undefined>;
}

/** A service key or a private app's token: what is refused stays refused. */
export function staticToken(accessToken: string): Tokens {
  return { current: async () => accessToken, renew: async () => undefined };
}

export interface OAuthCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

interface Held {
  readonly token: string;
  /** our clock, milliseconds */
  readonly until: number;
}

/** Before a token ends (30 minutes; HubSpot docs, OAuth) a new one is asked for. */
const reserveMs = 60_000;

/** Tokens of an OAuth app, one request for a new one at a time; since 2026-09 secrets travel in the body only. */
export class OAuthTokens implements Tokens {
  readonly #credentials: OAuthCredentials;
  readonly #path: string;
  readonly #now: () => number;
  #held: Held | undefined;
  #asking: Promise<Held> | undefined;

  constructor(credentials: OAuthCredentials, apiVersion: string, now: () => number) {
    this.#credentials = credentials;
    this.#path = `/oauth/${apiVersion}/token`;
    this.#now = now;
  }

  async current(ask: AskForToken): Promise<string> {
    if (this.#held !== undefined && this.#now() < this.#held.until - reserveMs) return this.#held.token;
    return (await this.#fetch(ask)).token;
  }

  async renew(refused: string, ask: AskForToken): Promise<string> {
    if (this.#held !== undefined && this.#held.token !== refused) return this.#held.token;
    return (await this.#fetch(ask)).token;
  }

  #fetch(ask: AskForToken): Promise<Held> {
    this.#asking ??= this.#request(ask).finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #request(ask: AskForToken): Promise<Held> {
    const { clientId, clientSecret, refreshToken } = this.#credentials;
    const answer = await ask(this.#path, {
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
    });
    if (answer.kind !== 'answer') {
      const code = codeWithoutAnswer(answer, 'unavailable');
      throw new CrmError(code, `No token could be asked for. ${answer.reason}`);
    }
    if (answer.status === 429) throw new CrmError('rate-limited', 'The token endpoint asks to slow down.');
    if (answer.status >= 500)
      throw new CrmError('unavailable', `The token endpoint says HTTP ${answer.status}.`);
    const token = text(answer.body['access_token']);
    if (answer.status !== 200 || token === '') {
      const word = text(answer.body['status']) || text(answer.body['error']) || `HTTP ${answer.status}`;
      throw new CrmError('auth-failed', `The refresh token was not accepted (${word.slice(0, 60)}).`);
    }
    const seconds = Number(answer.body['expires_in'] ?? 1_800);
    this.#held = { token, until: this.#now() + seconds * 1_000 };
    return this.#held;
  }
}
