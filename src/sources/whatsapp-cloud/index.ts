import type { WebhookSource } from '../source.ts';
import { answerChallenge } from './challenge.ts';
import { dialog360Kind, sourceKind } from './drafts.ts';
import { readAs } from './read-as.ts';
import { hasSecret } from './shared-secret.ts';
import { verifySignature } from './signature.ts';
import { split } from './split.ts';

export { normalizeWhatsAppCloud } from './normalize.ts';

/** A WhatsApp Cloud API app: its settings id, and the secrets of its webhook. */
export interface WhatsAppCloudOptions {
  readonly id: string;
  /** signs every webhook (Meta docs, "Create a webhook endpoint") */
  readonly appSecret: string;
  /** what Meta repeats in the verification request */
  readonly verifyToken: string;
}

/** The way in of a WhatsApp Cloud API app. */
export function createWhatsAppCloud({ id, appSecret, verifyToken }: WhatsAppCloudOptions): WebhookSource {
  return {
    id,
    kind: sourceKind,
    challenge: (query) => answerChallenge(query, verifyToken),
    verify: ({ body, headers }) => verifySignature(body, headers, appSecret),
    split: (body, receivedAt) => split(body, receivedAt, sourceKind),
    readAs: (payload, number, receivedAt) => readAs(payload, number, receivedAt, sourceKind),
  };
}

/** A 360dialog channel: the Cloud API's shapes, secured by a secret that comes with each request. */
export interface Dialog360Options {
  readonly id: string;
  readonly webhookSecret: string;
}

/**
 * The way in of a 360dialog channel, and of a partner's webhook there (coexistence history and address book). It signs
 * nothing and asks no challenge: a header that we set there, or the address, carries the secret (360dialog docs,
 * webhooks).
 */
export function createDialog360({ id, webhookSecret }: Dialog360Options): WebhookSource {
  return {
    id,
    kind: dialog360Kind,
    challenge: () => undefined,
    verify: (request) => hasSecret(request, webhookSecret),
    split: (body, receivedAt) => split(body, receivedAt, dialog360Kind),
    readAs: (payload, number, receivedAt) => readAs(payload, number, receivedAt, dialog360Kind),
  };
}
