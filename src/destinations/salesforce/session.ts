import type { Connection } from 'jsforce';
import { requestToken, type Token } from './auth.ts';
import { CallError } from './call-error.ts';
import type { SalesforceOptions } from './options.ts';
import type { Transport } from './transport.ts';

interface Open {
  readonly connection: Connection;
  readonly token: Token;
}

/** A connection of jsforce with a token that is renewed when Salesforce says it is no longer good. */
export class Session {
  readonly #options: SalesforceOptions;
  readonly #transport: Transport;
  #open: Promise<Open> | undefined;
  #instanceUrl: string | undefined;

  constructor(options: SalesforceOptions, transport: Transport) {
    this.#options = options;
    this.#transport = transport;
  }

  /** Where the org answers, once a token was given. */
  get instanceUrl(): string | undefined {
    return this.#instanceUrl;
  }

  /** Id of the user as whom we work, when Salesforce tells. @throws CrmError */
  async userId(): Promise<string | undefined> {
    return (await this.#connect()).token.userId;
  }

  /**
   * Does a piece of work; after a 401, which changed nothing, once more with a new token.
   * @throws CrmError from the login, CallError from the work
   */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const opening = this.#connect();
    const { connection } = await opening;
    try {
      return await work(connection);
    } catch (error) {
      if (!isExpired(error)) throw error;
    }
    if (this.#open === opening) this.#open = undefined;
    return work((await this.#connect()).connection);
  }

  #connect(): Promise<Open> {
    if (this.#open !== undefined) return this.#open;
    const opening = this.#login();
    this.#open = opening;
    opening.catch(() => {
      if (this.#open === opening) this.#open = undefined;
    });
    return opening;
  }

  async #login(): Promise<Open> {
    const { loginUrl, auth, apiVersion } = this.#options;
    const token = await requestToken(loginUrl, auth, this.#transport);
    const { Connection } = await import('jsforce');
    const { instanceUrl, accessToken } = token;
    const connection = new Connection({
      loginUrl,
      instanceUrl,
      accessToken,
      version: apiVersion,
      logLevel: 'NONE',
    });
    connection._transport = this.#transport.forJsforce;
    this.#instanceUrl = instanceUrl;
    return { connection, token };
  }
}

function isExpired(error: unknown): boolean {
  return error instanceof CallError && (error.status === 401 || error.code === 'INVALID_SESSION_ID');
}
