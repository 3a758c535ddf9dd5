import { createSalesforce } from '../../src/destinations/salesforce/index.ts';
import { KnownFields } from '../../src/directory/known-fields.ts';
import { readMapping } from '../../src/mapping/mapping.ts';
import { Brake } from '../../src/pipeline/brake.ts';
import { deliver, type DeliverDeps } from '../../src/pipeline/deliver.ts';
import { startSalesforce } from '../../src/sandbox/salesforce/index.ts';
import { openOwnLedger } from './ledger.ts';
import { eventOf, foldAll } from './ledger-data.ts';

/** Deliveries of a ledger into a Salesforce, without a worker around them. */
export type SalesforceDelivery = Awaited<ReturnType<typeof openSalesforceDelivery>>;

/** What a delivery needs besides: no owners, nothing related, no waiting for more. */
export function deliveryOf(
  own: Pick<DeliverDeps, 'destination' | 'ledger' | 'currentMapping' | 'knownFields'>,
  by: 'message' | 'day' = 'message',
): DeliverDeps {
  return {
    ...own,
    onFieldRefused: () => undefined,
    owners: { holderOn: () => undefined, activeUser: async () => undefined },
    related: { find: async (subjects) => subjects.map(() => []) },
    timeZone: 'UTC',
    rules: { changes: () => 'update', granularity: () => ({ by }), isDryRun: () => false },
    owner: 'one',
    windowMs: 0,
    leaseMs: 60_000,
    brake: new Brake(async () => undefined),
    metrics: { delivered: () => undefined, lag: () => undefined },
    log: { info: () => undefined, warn: () => undefined },
  };
}

/** @param people by their numbers, with the last name of each */
export async function openSalesforceDelivery(
  people: Readonly<Record<string, string>>,
  by: 'message' | 'day',
) {
  const keyField = 'WhatsApp_Key__c';
  const [store, sandbox] = await Promise.all([openOwnLedger(), startSalesforce({ keyField })]);
  const contacts = new Map(
    Object.entries(people).map(([phone, LastName]) => [phone, sandbox.addContact({ LastName })]),
  );
  const destination = createSalesforce({
    id: 'sales',
    loginUrl: sandbox.url,
    auth: { flow: 'client-credentials', clientId: 'client', clientSecret: 'secret' },
    apiVersion: '67.0',
    keyField,
  });
  const known = new KnownFields(destination);
  const { ledger } = store;
  const deps = deliveryOf(
    {
      destination,
      ledger,
      currentMapping: async () => readMapping('config/mappings/salesforce.yaml'),
      knownFields: (kind) => known.get(kind),
    },
    by,
  );
  return {
    ledger,
    sql: store.sql,
    sandbox,
    contacts,
    deps,
    /** Appends, folds, and matches by the number. */
    async say(name: string, phone: string, step = 'message'): Promise<void> {
      await ledger.append([eventOf(name, { phone, step, text: `${step}: words of ${name}` })], []);
      await foldAll(ledger);
      for (const { key, interaction } of await ledger.matchSubjects(100)) {
        const contact = { type: 'Contact', id: contacts.get(interaction.person.phone ?? '') ?? '' };
        await ledger.settleMatches([{ destination: 'sales', key, to: 'ready', contact, reason: 'test' }]);
      }
    },
    /** Until nothing is left. @param more in the place of what is usual */
    deliver: (more: Partial<DeliverDeps> = {}) => deliver({ ...deps, ...more }, new AbortController().signal),
    async close(): Promise<void> {
      await destination.close();
      await sandbox.close();
      await store.close();
    },
  };
}
