import type { MediaSource, PollSource, WebhookSource } from '../source.ts';
import { twilioKind } from './drafts.ts';
import { createMedia } from './media.ts';
import type { TwilioOptions } from './options.ts';
import { createPoll } from './poll.ts';
import { verifySignature } from './signature.ts';
import { readWebhookAs, splitWebhook } from './webhook.ts';

export { twilioKind } from './drafts.ts';
export { normalizeTwilio } from './normalize.ts';
export type { TwilioOptions } from './options.ts';

/** A Twilio account: pushed webhooks, lists that can be asked, and files. */
export interface TwilioSource {
  readonly webhook: WebhookSource;
  readonly poll: PollSource;
  readonly media: MediaSource;
}

/** The ways in of a Twilio account. */
export function createTwilio(options: TwilioOptions): TwilioSource {
  const { id, authToken, secondaryAuthToken, publicUrl } = options;
  const tokens = [authToken, secondaryAuthToken].filter((token) => token !== undefined);
  const signature = { tokens, ...(publicUrl !== undefined && { publicUrl }) };
  return {
    webhook: {
      id,
      kind: twilioKind,
      // any other answer is taken for words to be sent to the person (Twilio docs, "TwiML for messages")
      reply: { type: 'text/xml', text: '<Response/>' },
      challenge: () => undefined,
      verify: (request) => verifySignature(request, signature),
      split: (body, receivedAt) => splitWebhook(body, receivedAt, options),
      readAs: (payload, number, receivedAt) => readWebhookAs(payload, number, receivedAt, options),
    },
    poll: createPoll(options),
    media: createMedia(options),
  };
}
