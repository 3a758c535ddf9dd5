import { unlimited } from '../../core/budget.ts';
import type { CrmField, Destination, RecordKind } from '../destination.ts';
import { attach } from './attach.ts';
import { BulkClient } from './client-bulk.ts';
import { bulkLeaseMs, deliverInBulk } from './bulk.ts';
import { check } from './check.ts';
import { Client } from './client.ts';
import { createPeople } from './create-people.ts';
import { batchSize, deliver } from './deliver.ts';
import { pullContacts } from './directory.ts';
import { crmErrorOf } from './errors.ts';
import { toCrmField } from './fields.ts';
import { inspect, inspectSize } from './inspect.ts';
import { lookup, searchPeople } from './lookup.ts';
import type { SalesforceOptions } from './options.ts';
import { People } from './people.ts';
import { PersonAccounts } from './person-accounts.ts';
import { readBack, readRecords } from './read-back.ts';
import { Session } from './session.ts';
import { setup } from './setup.ts';
import { openTransport } from './transport.ts';
import { relate } from './relate.ts';
import { updateContacts } from './update-contacts.ts';
import { users } from './users.ts';

export type { SalesforceOptions, SalesforceTarget } from './options.ts';

/**
 * One Salesforce org as a destination: messages and calls become completed tasks, upserted by the key field. Nothing is
 * loaded and no call is made before the first method is called.
 */
export function createSalesforce(options: SalesforceOptions): Destination {
  const { id, keyField, target, timeoutMs = 30_000, flights = 1, count = () => undefined } = options;
  const activity = target?.object ?? 'Task';
  const transport = openTransport({ timeoutMs, count, budget: options.budget ?? unlimited });
  const session = new Session(options, transport);
  const client = new Client(session);
  const deps = { client, keyField, ...(target !== undefined && { target }) };
  const { bulkAtLeast = 10_000, personKeyField = 'WhatsApp_Person_Key__c', creates = [] } = options;
  const bulkDeps = { ...deps, bulk: new BulkClient(session), smallest: bulkAtLeast / 10 };
  const people = new People(
    client,
    options.userIdField,
    target === undefined || target.leadField !== undefined,
    options.markFields,
  );
  const persons = new PersonAccounts(client);
  const reserved = new Set([keyField, personKeyField, ...relationFields(options)]);
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
    markFields: options.markFields ?? [],
    objects: { message: activity, call: activity },
    deliver: (items) => deliver(deps, items),
    bulk: {
      atLeast: bulkAtLeast,
      leaseMs: bulkLeaseMs,
      deliver: (items, signal) => deliverInBulk(bulkDeps, items, signal),
    },
    readBack: (items) =>
      reading(() =>
        readBack(
          deps,
          items.map((item) => item.key),
        ),
      ),
    readRecords: (_kind, ids, fields) => reading(() => readRecords(client, activity, ids, fields)),
    inspectSize,
    inspect: (records) => reading(() => inspect(deps, records)),
    attach: (items) => attach({ client, keyField }, items),
    lookup: (addresses) => reading(() => lookup({ client, people, persons }, addresses)),
    searchPeople: (text) => reading(() => searchPeople({ client, people, persons }, text)),
    async *pullContacts(cursor) {
      try {
        yield* pullContacts(client, people, cursor);
      } catch (error) {
        throw crmErrorOf(error, 'read', keyField);
      }
    },
    users: () => reading(() => users(client)),
    relate: (subjects, rule) => reading(() => relate(client, target, subjects, rule)),
    createPeople: (newPeople, as) =>
      reading(() => createPeople({ client, personKeyField, userIdField: people.userIdField }, newPeople, as)),
    updateContacts: (updates) => reading(() => updateContacts(client, keyField, updates)),
    describe: (kind): Promise<CrmField[]> =>
      reading(async () => {
        const fields = (await client.describe(personObjects[kind] ?? activity)).map(toCrmField);
        return fields.map((field) => (reserved.has(field.name) ? { ...field, reserved: true } : field));
      }),
    check: () => check(client, session, options),
    setup: () =>
      setup({ client, session, keyField, personKeyField, creates, ...(target !== undefined && { target }) }),
    recordUrl: (kind, recordId) =>
      recordUrl(session.instanceUrl ?? options.loginUrl, kind === 'contact' ? undefined : activity, recordId),
    close: async () => transport.close(),
  };
}

/** Fields that say whose record it is: the worker's own. */
function relationFields({ target }: SalesforceOptions): string[] {
  if (target === undefined) return ['WhoId', 'WhatId'];
  const { object: _object, ...lookups } = target;
  return Object.values(lookups);
}

const personObjects: Partial<Record<RecordKind, string>> = { contact: 'Contact', lead: 'Lead' };

/** Lightning's page of a record; the login hosts that serve every org show none. */
function recordUrl(base: string, activity: string | undefined, id: string): string | undefined {
  const { hostname, origin } = new URL(base);
  if (hostname === 'login.salesforce.com' || hostname === 'test.salesforce.com') return undefined;
  const object = activity ?? (id.startsWith('00Q') ? 'Lead' : 'Contact');
  return `${origin}/lightning/r/${object}/${encodeURIComponent(id)}/view`;
}
