import { hashKey } from '../../src/core/key.ts';
import type { DeliveryItem, Destination } from '../../src/destinations/destination.ts';
import { createHubSpot, type HubSpotOptions } from '../../src/destinations/hubspot/index.ts';
import {
  startHubSpot,
  type HubSpotSandbox,
  type HubSpotSandboxOptions,
} from '../../src/sandbox/hubspot/index.ts';

export const keyField = 'whatsapp_key';

/** A sandbox account with the key field and an adapter on it. */
export interface HubSpotStage {
  readonly sandbox: HubSpotSandbox;
  readonly hubspot: Destination;
  /** every HTTP request that was counted: `operation status` */
  readonly counted: string[];
  readonly contact: string;
  item(text: string, over?: Partial<DeliveryItem>): DeliveryItem;
  close(): Promise<void>;
}

export async function hubSpotStage(
  sandboxOptions: HubSpotSandboxOptions = {},
  options: Partial<HubSpotOptions> = {},
  { warm = true }: { readonly warm?: boolean } = {},
): Promise<HubSpotStage> {
  const sandbox = await startHubSpot({ keyField, ...sandboxOptions });
  const counted: string[] = [];
  const hubspot = createHubSpot({
    id: 'marketing',
    apiUrl: sandbox.url,
    accessToken: sandbox.accessToken,
    apiVersion: '2026-09',
    keyField,
    timeoutMs: 5_000,
    count: (operation, status) => void counted.push(`${operation} ${status}`),
    ...options,
  });
  // The definition of the key is looked at before the first delivery; tests count what comes after.
  if (warm) for (const kind of ['message', 'call'] as const) await hubspot.describe(kind);
  counted.length = 0;
  const contact = sandbox.addContact({ firstname: 'Ana', lastname: 'Silva', phone: '+14155550100' });
  return {
    sandbox,
    hubspot,
    counted,
    contact,
    item: (text, over = {}) => ({
      key: hashKey(text),
      kind: 'message',
      occurredAt: '2026-11-20T10:00:00.000Z',
      contact: { type: 'contact', id: contact },
      fields: {
        hs_timestamp: '2026-11-20T10:00:00.000Z',
        hs_communication_channel_type: 'WHATS_APP',
        hs_communication_logged_from: 'CRM',
        hs_communication_body: text,
      },
      createOnly: {},
      ...over,
    }),
    async close() {
      await hubspot.close();
      await sandbox.close();
    },
  };
}
