import type { MediaSource, Normalize, PollSource, WebhookSource } from '../source.ts';

/** A Twilio account as the settings describe it; times in milliseconds. */
export interface TwilioOptions {
  readonly id: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly secondaryAuthToken?: string;
  readonly apiKeySid?: string;
  readonly apiKeySecret?: string;
  readonly apiUrl: string;
  readonly conversationsUrl: string;
  readonly publicUrl?: string;
  readonly pollEvery: number;
  readonly lookBack: number;
  readonly calls: 'whatsapp' | 'all' | 'none';
  readonly conversations: boolean;
  /** E.164: tells which side of a message or call is ours */
  readonly businessNumbers: readonly string[] | 'all';
}

/** A Twilio account: pushed webhooks, lists that can be asked, and files. */
export interface TwilioSource {
  readonly webhook: WebhookSource;
  readonly poll: PollSource;
  readonly media: MediaSource;
}

export const twilioKind = 'twilio';

/** The ways in of a Twilio account. */
export function createTwilio(_options: TwilioOptions): TwilioSource {
  throw new Error('unfinished');
}

/** Reads one stored event of this source kind. Total: what it cannot read is an `unrecognised` fact. */
export const normalizeTwilio: Normalize = (event) => ({
  kind: 'unrecognised',
  at: event.occurredAt,
  topic: 'unfinished',
});
