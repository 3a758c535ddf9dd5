import { createHmac } from 'node:crypto';

/** Value of `X-Hub-Signature-256` for exactly these bytes (Meta docs, "Create a webhook endpoint"). */
export function sign(body: Buffer | string, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}
