import { createHmac } from 'node:crypto';

/** One secret for each purpose, out of one. */
export function derive(secret: string, purpose: string): Buffer {
  return createHmac('sha256', secret).update(`whatsapp-crm-sync ${purpose}`).digest();
}
