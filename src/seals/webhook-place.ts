import { createHmac } from 'node:crypto';
import { sealText, type SealPlace } from './place.ts';

export interface WebhookPlaceOptions {
  readonly url: string;
  /** signs what is sent: `x-wcs-signature: sha256=<hex>` */
  readonly secret?: string;
  readonly timeoutMs?: number;
}

/** Sends each seal to an address. Whatever is there keeps it: it cannot be asked for it again. */
export function createWebhookPlace({ url, secret, timeoutMs = 30_000 }: WebhookPlaceOptions): SealPlace {
  const { host } = new URL(url);
  return {
    name: `webhook ${host}`,
    async put(seal) {
      const body = sealText(seal);
      const answer = await fetch(url, {
        method: 'POST',
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'content-type': 'application/json',
          'idempotency-key': seal.hash,
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
