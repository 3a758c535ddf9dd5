import { createHash, createHmac } from 'node:crypto';
import type { ReportRecipient } from './recipient.ts';

export interface WebhookRecipientOptions {
  readonly url: string;
  /** signs what is sent: `x-wcs-signature: sha256=<hex>` */
  readonly secret?: string;
  readonly timeoutMs?: number;
}

/** Sends each report as JSON, with its hash as the key by which the same one is known again. */
export function createWebhookRecipient({
  url,
  secret,
  timeoutMs = 30_000,
}: WebhookRecipientOptions): ReportRecipient {
  const { host } = new URL(url);
  return {
    // An address may hold a secret: two on one host are told apart by a hash.
    name: `webhook ${host} (${createHash('sha256').update(url).digest('hex').slice(0, 6)})`,
    async send({ body, hash }) {
      const answer = await fetch(url, {
        method: 'POST',
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'content-type': 'application/json',
          'idempotency-key': hash,
          ...(secret !== undefined && {
            'x-wcs-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
          }),
        },
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`${host} answered ${answer.status}`);
    },
  };
}
