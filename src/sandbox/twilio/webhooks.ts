import { createHmac } from 'node:crypto';

export type Params = Readonly<Record<string, string | undefined>>;

/** Base64 HMAC-SHA1 over the address and all parameters, sorted by name (Twilio docs, webhook security). */
export function signForm(authToken: string, url: string, params: Readonly<Record<string, string>>): string {
  const signed = Object.keys(params)
    .toSorted()
    .reduce((text, name) => text + name + (params[name] ?? ''), url);
  return createHmac('sha1', authToken).update(signed).digest('base64');
}

/** What became of the webhooks. `failed`: not answered with success; Twilio does not send them again. */
export interface WebhookCounts {
  readonly delivered: number;
  readonly failed: number;
  /** nobody was to be told: no address, or down */
  readonly dropped: number;
}

/** Posts signed forms to one address. */
export class Webhooks {
  /** where to; undefined: nowhere */
  url: string | undefined;
  down = false;
  readonly counts = { delivered: 0, failed: 0, dropped: 0 };
  readonly #authToken: () => string;

  constructor(authToken: () => string) {
    this.#authToken = authToken;
  }

  /** Resolves when it was answered, or not; never throws and never repeats (Twilio docs, webhooks). */
  async post(params: Params): Promise<void> {
    const { url } = this;
    if (url === undefined || this.down) {
      this.counts.dropped += 1;
      return;
    }
    const given = Object.fromEntries(
      Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'x-twilio-signature': signForm(this.#authToken(), url, given) },
      // 15 s is Twilio's own limit.
      signal: AbortSignal.timeout(15_000),
      body: new URLSearchParams(given),
    }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.ok) this.counts.delivered += 1;
    else this.counts.failed += 1;
  }
}
