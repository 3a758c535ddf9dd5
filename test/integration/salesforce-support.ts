import { generateKeyPairSync } from 'node:crypto';
import type { DeliveryItem, Destination } from '../../src/destinations/destination.ts';
import { createSalesforce, type SalesforceOptions } from '../../src/destinations/salesforce/index.ts';
import {
  startSalesforce,
  type SalesforceOptions as SandboxOptions,
  type SalesforceSandbox,
} from '../../src/sandbox/salesforce/index.ts';

export const keyField = 'WhatsApp_Key__c';

export const secretAuth = { flow: 'client-credentials', clientId: 'client', clientSecret: 'secret' } as const;

export const keys = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

export interface Pair {
  readonly sandbox: SalesforceSandbox;
  readonly destination: Destination;
  /** `operation status` of every request the adapter counted */
  readonly counted: string[];
}

/** A look-alike and the adapter that talks to it. */
export async function startPair(
  sandboxOptions: SandboxOptions = {},
  options: Partial<SalesforceOptions> = {},
): Promise<Pair & { close(): Promise<void> }> {
  const sandbox = await startSalesforce({ keyField, ...sandboxOptions });
  const counted: string[] = [];
  const destination = createSalesforce({
    id: 'sales',
    loginUrl: sandbox.url,
    auth: secretAuth,
    apiVersion: '67.0',
    keyField,
    count: (operation, status) => counted.push(`${operation} ${status}`),
    ...options,
  });
  return {
    sandbox,
    destination,
    counted,
    async close() {
      await destination.close();
      await sandbox.close();
    },
  };
}

/** A key like the real ones, from a word. */
export const keyOf = (word: string) => Buffer.from(word).toString('hex').padStart(64, '0');

export function makeItem(word: string, contactId: string, more: Partial<DeliveryItem> = {}): DeliveryItem {
  return {
    key: keyOf(word),
    kind: 'message',
    occurredAt: '2026-11-20T10:00:00.000Z',
    contact: { type: 'Contact', id: contactId },
    fields: { Subject: 'WhatsApp message', Description: `the text of ${word}`, Status: 'Completed' },
    createOnly: {},
    ...more,
  };
}
