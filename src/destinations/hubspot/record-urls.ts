import type { HubSpotClient } from './client.ts';
import { text } from './json.ts';

/** Object type ids (HubSpot docs, object type ids). */
const typeIds = { contact: '0-1', message: '0-18', call: '0-48' } as const;
/** After a failure the account is not asked again for so long. */
const pauseMs = 300_000;

/** Addresses of records in the browser: they hold the account's number and host, which HubSpot is asked for once. */
export class RecordUrls {
  readonly #client: HubSpotClient;
  readonly #now: () => number;
  #base: string | undefined;
  #asking: Promise<void> | undefined;
  #askedAt = -Infinity;

  constructor(client: HubSpotClient, now: () => number) {
    this.#client = client;
    this.#now = now;
  }

  /** Undefined until the account is known; asks for it. */
  of(kind: keyof typeof typeIds, id: string): string | undefined {
    if (this.#base === undefined) void this.learn();
    else return `${this.#base}/record/${typeIds[kind]}/${encodeURIComponent(id)}`;
    return undefined;
  }

  /** Asks for the account (HubSpot docs, account information), unless it is known or was asked just now. Never throws. */
  learn(): Promise<void> {
    if (this.#base !== undefined || this.#now() - this.#askedAt < pauseMs)
      return this.#asking ?? Promise.resolve();
    this.#askedAt = this.#now();
    this.#asking = this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const answer = await this.#client.accountInfo();
    if (answer.kind !== 'answer' || answer.status !== 200) return;
    const portalId = text(answer.body['portalId']);
    const domain = text(answer.body['uiDomain']);
    // What stands in an answer becomes a link on a page: only a HubSpot address does.
    if (!/^\d+$/.test(portalId) || !/^([a-z0-9-]+\.)*hubspot\.com$/.test(domain)) return;
    this.#base = `https://${domain}/contacts/${portalId}`;
  }
}
