import { readFileSync } from 'node:fs';
import type { ContactRef } from '../../src/core/activity.ts';
import { unlimited, type QuotaUse } from '../../src/core/budget.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { createSalesforce } from '../../src/destinations/salesforce/index.ts';
import { KnownFields } from '../../src/directory/known-fields.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { CallMeter } from '../../src/limits/call-meter.ts';
import { parseMapping } from '../../src/mapping/mapping.ts';
import { Brake, type BrakeNews } from '../../src/pipeline/brake.ts';
import type { CheckRules } from '../../src/pipeline/check-records.ts';
import { deliver, type DeliverDeps } from '../../src/pipeline/deliver.ts';
import { driftOperations } from '../../src/pipeline/drift-operations.ts';
import type { Mappings } from '../../src/pipeline/mappings.ts';
import type { Granularity, RecordRules } from '../../src/pipeline/record-rules.ts';
import type { ReconcileDeps } from '../../src/pipeline/reconcile.ts';
import { startHubSpot, type HubSpotSandbox } from '../../src/sandbox/hubspot/index.ts';
import { startSalesforce, type SalesforceSandbox } from '../../src/sandbox/salesforce/index.ts';
import { eventOf, foldAll, keyOf } from './ledger-data.ts';

const day = 86_400_000;

/** What both CRMs have, as their people use them. */
export interface CrmByHand {
  readonly destination: Destination;
  /** how many calls were made */
  calls(): number;
  addContact(name: string): ContactRef;
  /** ids of the records that have this key */
  ids(key: string): string[];
  remove(id: string): void;
  /** writes another text into the record */
  write(id: string, text: string): void;
  text(id: string): string;
  /** field of that text */
  readonly field: string;
  move(id: string, from: ContactRef, to: ContactRef): void;
  merge(losing: ContactRef, into: ContactRef): void;
  down(on: boolean): void;
  close(): Promise<void>;
}

export async function salesforceByHand(): Promise<CrmByHand & { readonly sandbox: SalesforceSandbox }> {
  const sandbox = await startSalesforce({ keyField: 'WhatsApp_Key__c' });
  const destination = createSalesforce({
    id: 'sales',
    loginUrl: sandbox.url,
    auth: { flow: 'client-credentials', clientId: 'client', clientSecret: 'secret' },
    apiVersion: '67.0',
    keyField: 'WhatsApp_Key__c',
    count: () => meter.count(),
  });
  const tasks = () => sandbox.rows('Task');
  return {
    sandbox,
    destination,
    calls: () => sandbox.calls.total,
    addContact: (name) => ({ type: 'Contact', id: sandbox.addContact({ LastName: name }) }),
    ids: (key) => tasks().flatMap((row) => (row['WhatsApp_Key__c'] === key ? [row.Id] : [])),
    remove: (id) => sandbox.remove(id),
    write: (id, text) => sandbox.change(id, { Description: text }),
    text: (id) => String(tasks().find((row) => row.Id === id)?.['Description']),
    field: 'Description',
    move: (id, _from, to) => sandbox.change(id, { WhoId: to.id }),
    merge(losing, into) {
      sandbox.merge(losing.id, into.id);
      // What hangs on a contact goes with it.
      for (const row of tasks()) if (row['WhoId'] === losing.id) sandbox.change(row.Id, { WhoId: into.id });
    },
    down: (on) => sandbox.down(on),
    close: async () => void (await Promise.all([destination.close(), sandbox.close()])),
  };
}

/** Without limits by the second: what is counted is how many calls there are. */
export async function hubSpotByHand(
  options: Parameters<typeof startHubSpot>[0] = {},
): Promise<CrmByHand & { readonly sandbox: HubSpotSandbox }> {
  const limits = { burst: 1e6, searchPerSecond: 1e6, associations: 1e6 };
  const sandbox = await startHubSpot({ keyField: 'whatsapp_key', limits, ...options });
  const destination = createHubSpot({
    id: 'sales',
    apiUrl: sandbox.url,
    accessToken: sandbox.accessToken,
    apiVersion: '2026-09',
    keyField: 'whatsapp_key',
    budget: unlimited,
    count: () => meter.count(),
  });
  const type = sandbox.schema.type('communications');
  const contacts = sandbox.schema.type('contacts');
  const records = () => sandbox.records('communications');
  return {
    sandbox,
    destination,
    calls: () => sandbox.calls.total,
    addContact: (name) => ({ type: 'contact', id: sandbox.addContact({ lastname: name }) }),
    ids: (key) => records().flatMap(({ id, values }) => (values['whatsapp_key'] === key ? [id] : [])),
    remove: (id) => sandbox.store.archive(sandbox.store.get(type, id)!),
    write: (id, text) => sandbox.change('communications', id, { hs_communication_body: text }),
    text: (id) => records().find((one) => one.id === id)?.values['hs_communication_body'] ?? '',
    field: 'hs_communication_body',
    move(id, from, to) {
      sandbox.store.associations.unlink({ type, id }, { type: contacts, id: from.id });
      sandbox.store.associations.link({ type, id }, { type: contacts, id: to.id });
    },
    merge: (losing, into) => sandbox.mergeContacts(into.id, losing.id),
    down(on) {
      if (on) sandbox.faults.status(503, Infinity);
      else sandbox.faults.clear();
    },
    close: async () => void (await Promise.all([destination.close(), sandbox.close()])),
  };
}

const meter = new CallMeter();

export const rules: CheckRules = {
  schedule: { afterMs: [day], everyMs: 30 * day },
  missing: 'log-again',
  changed: 'report',
  share: 0.05,
  ignored: new Set(),
};

export interface BenchOptions {
  readonly rules?: Partial<CheckRules>;
  readonly changes?: 'update' | 'insert-only';
  readonly by?: 'message' | 'day';
  readonly quota?: QuotaUse;
  readonly owner?: string;
}

const mappingOf = (type: string) => readFileSync(`config/mappings/${type}.yaml`, 'utf8');

/** Deliveries and checks of one CRM over a ledger. */
export function reconcileBench(store: OpenLedger, { destination }: CrmByHand) {
  const { ledger, sql } = store;
  const known = new KnownFields(destination);
  const news: BrakeNews[] = [];
  const brake = new Brake(async (told) => void news.push(told));
  const log = { info: () => undefined, warn: () => undefined };
  let mapping = parseMapping(mappingOf(destination.type));

  const recordRules = ({ changes = 'update', by = 'message' }: BenchOptions): RecordRules => ({
    changes: () => changes,
    granularity: () => ({ by }) as Granularity,
    isDryRun: () => false,
  });
  const deliverDeps = (options: BenchOptions): DeliverDeps => ({
    destination,
    ledger,
    currentMapping: async () => mapping,
    knownFields: (kind) => known.get(kind),
    onFieldRefused: () => known.forget(),
    owners: { holderOn: () => undefined, activeUser: async () => undefined },
    related: { find: async (subjects) => subjects.map(() => []) },
    timeZone: 'UTC',
    rules: recordRules(options),
    owner: 'deliver',
    windowMs: 0,
    leaseMs: 60_000,
    brake,
    metrics: { delivered: () => undefined, lag: () => undefined },
    log,
  });
  const send = (options: BenchOptions = {}) => deliver(deliverDeps(options), new AbortController().signal);

  const checks = (options: BenchOptions = {}): ReconcileDeps => ({
    destination,
    ledger,
    knownFields: (kind) => known.get(kind),
    forgetFields: () => known.forget(),
    recordRules: recordRules(options),
    rules: { ...rules, ...options.rules },
    brake,
    owner: options.owner ?? 'one',
    wake: () => undefined,
    log,
    quota: async () => options.quota ?? { ours: 0, allowed: 1_000_000 },
    measure: (work, spent) => meter.measure(work, spent),
  });

  const matchAndSend = async (contact: ContactRef, options: BenchOptions) => {
    await foldAll(ledger);
    const subjects = await ledger.matchSubjects(100);
    await ledger.settleMatches(
      subjects.map(({ key }) => ({ destination: 'sales', key, to: 'ready', contact, reason: 'test' })),
    );
    await send(options);
  };

  return {
    news,
    checks,
    /** Puts a message on a contact, or a change of it; delivers it. @returns its key */
    async say(
      name: string,
      contact: ContactRef,
      text = name,
      options: BenchOptions & { step?: string } = {},
    ) {
      await ledger.append([eventOf(name, { text, step: options.step ?? 'message' })], []);
      await matchAndSend(contact, options);
      return keyOf(name);
    },
    /** Several at once. */
    async sayAll(names: readonly string[], contact: ContactRef) {
      await ledger.append(
        names.map((name) => eventOf(name)),
        [],
      );
      await matchAndSend(contact, {});
    },
    /** What people ask of drift. */
    operations: (options: BenchOptions = {}) =>
      driftOperations({
        ledger,
        destinations: new Map([['sales', destination]]),
        checks: new Map([['sales', checks(options)]]),
        wake: () => undefined,
        webhooks: new Map(),
        normalize: new Map(),
        mappings: { current: async () => mapping } as unknown as Mappings,
        ownerOn: () => undefined,
        granularityOf: () => ({ by: options.by ?? 'message' }) as Granularity,
        timeZoneOf: () => 'UTC',
      }),
    send,
    useMapping: (change: (text: string) => string) => {
      mapping = parseMapping(change(mappingOf(destination.type)));
    },
    daysPass: (days = 1) => sql.exec(`update wcs.record_checks set since = since - interval '${days} days'`),
    open: async () =>
      (await ledger.drift({ limit: 100 })).items.map(({ kind, key, fields, detail }) => ({
        kind,
        key,
        fields,
        detail,
      })),
  };
}
