import type { CrmField, Destination } from '../destination.ts';
import { attach } from './attach.ts';
import { check } from './check.ts';
import { Client } from './client.ts';
import { batchSize, deliver } from './deliver.ts';
import { pullContacts } from './directory.ts';
import { crmErrorOf } from './errors.ts';
import { toCrmField } from './fields.ts';
import { lookup } from './lookup.ts';
import type { SalesforceOptions } from './options.ts';
import { People } from './people.ts';
import { readBack } from './read-back.ts';
import { Session } from './session.ts';
import { setup } from './setup.ts';
import { openTransport } from './transport.ts';

export type { SalesforceOptions, SalesforceTarget } from './options.ts';

/**
 * One Salesforce org as a destination: messages and calls become completed tasks, upserted by the key field. Nothing is
 * loaded and no call is made before the first method is called.
 */
export function createSalesforce(options: SalesforceOptions): Destination {
  const { id, keyField, timeoutMs = 30_000, flights = 1, count = () => undefined } = options;
  const transport = openTransport({ timeoutMs, count });
  const session = new Session(options, transport);
  const client = new Client(session);
  const people = new People(client, options.userIdField);
  const reading = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw crmErrorOf(error, 'read', keyField);
    }
  };
  return {
    id,
    type: 'salesforce',
    batchSize,
    flights,
    objects: { message: 'Task', call: 'Task' },
    deliver: (items) => deliver({ client, keyField }, items),
    readBack: (items) =>
      reading(() =>
        readBack(
          { client, keyField },
          items.map((item) => item.key),
        ),
      ),
    attach: (items) => attach({ client, keyField }, items),
    lookup: (addresses) => reading(() => lookup(client, people, addresses)),
    async *pullContacts(cursor) {
      try {
        yield* pullContacts(client, people, cursor);
      } catch (error) {
        throw crmErrorOf(error, 'read', keyField);
      }
    },
    users: () => Promise.reject(new Error('unfinished')),
    relate: () => Promise.reject(new Error('unfinished')),
    updateContacts: () => Promise.reject(new Error('unfinished')),
    describe: (): Promise<CrmField[]> => reading(async () => (await client.describe('Task')).map(toCrmField)),
    check: () => check(client, options),
    setup: () => setup({ client, session, keyField }),
    recordUrl: (kind, recordId) => recordUrl(session.instanceUrl ?? options.loginUrl, kind, recordId),
    close: async () => transport.close(),
  };
}

/** Lightning's page of a record; the login hosts that serve every org show none. */
function recordUrl(base: string, kind: 'message' | 'call' | 'contact', id: string): string | undefined {
  const { hostname, origin } = new URL(base);
  if (hostname === 'login.salesforce.com' || hostname === 'test.salesforce.com') return undefined;
  const object = kind === 'contact' ? (id.startsWith('00Q') ? 'Lead' : 'Contact') : 'Task';
  return `${origin}/lightning/r/${object}/${encodeURIComponent(id)}/view`;
}
