import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { registerTimeline, type TimelineView } from '../timeline.ts';
import type { Account, Owner, ValidationRule } from './account.ts';
import { Faults } from './faults.ts';
import { addGate, type Limits, type Token } from './gate.ts';
import { addAssociationRoutes } from './routes-associations.ts';
import { addBatchRoutes } from './routes-batch.ts';
import { addFileRoutes, type StoredFile } from './routes-files.ts';
import { addObjectRoutes } from './routes-objects.ts';
import { addSettingsRoutes } from './routes-settings.ts';
import { Schema } from './schema.ts';
import { Store, type StoredRecord } from './store.ts';
import { timelineView } from './view.ts';

export interface HubSpotSandboxOptions {
  readonly port?: number;
  readonly now?: () => Date;
  readonly accessToken?: string;
  /** HubSpot's own by default: 190 in ten seconds, 650,000 a day, 5 searches a second (Professional) */
  readonly limits?: Partial<Limits>;
  /** milliseconds until search sees a change */
  readonly indexDelayMs?: number;
  /** country of numbers without a country code */
  readonly region?: string;
  /** makes a unique text property of this name on communications and calls, as after setup */
  readonly keyField?: string;
}

/** Scopes that the worker needs (HubSpot docs, scopes). */
export const allScopes = [
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.objects.owners.read',
  'crm.schemas.contacts.write',
  'files',
] as const;

/** A strict look-alike of one HubSpot account, in memory, on 127.0.0.1. */
export interface HubSpotSandbox {
  readonly url: string;
  readonly accessToken: string;
  readonly faults: Faults;
  readonly calls: { readonly total: number; readonly byOperation: Readonly<Record<string, number>> };
  readonly schema: Schema;
  readonly store: Store;
  /** tokens and their scopes; take one out and it is unknown, mark it expired and it is refused as such */
  readonly tokens: Map<string, Token>;
  readonly rules: ValidationRule[];
  readonly owners: Owner[];
  readonly files: readonly StoredFile[];
  readonly view: TimelineView;
  /** Adds a contact from its properties and gives its id. */
  addContact(properties: Readonly<Record<string, string>>): string;
  /** Adds somebody who can own records, or once could. @returns the owner's id */
  addOwner(owner: { readonly name: string; readonly email: string; readonly archived?: boolean }): string;
  /** @returns the company's id */
  addCompany(properties: Readonly<Record<string, string>>, links?: CompanyLinks): string;
  /** @returns the deal's id */
  addDeal(properties: Readonly<Record<string, string>>, links?: Pick<CompanyLinks, 'contactIds'>): string;
  archiveContact(id: string): void;
  mergeContacts(primaryId: string, otherId: string): void;
  /** Records of a type that are not archived. */
  records(type: string): readonly StoredRecord[];
  /** Ids of the contacts a record hangs on. */
  contactsOf(type: string, id: string): readonly string[];
  /** connections made so far */
  connections(): number;
  /** Resolves when no connection is open any more. */
  disconnected(): Promise<void>;
  close(): Promise<void>;
}

/** Contacts of a company, and whether it is their primary one. */
export interface CompanyLinks {
  readonly contactIds: readonly string[];
  readonly primary?: boolean;
}

/** Starts the sandbox; the address is in `url`, contacts' timelines under `/timeline`. */
export async function startHubSpot(options: HubSpotSandboxOptions = {}): Promise<HubSpotSandbox> {
  const now = options.now ?? (() => new Date());
  const schema = new Schema();
  const store = new Store(schema, {
    now,
    region: options.region ?? 'US',
    indexDelayMs: options.indexDelayMs ?? 0,
  });
  const account: Account = { schema, store, faults: new Faults(), rules: [], owners: [] };
  const accessToken = options.accessToken ?? 'pat-na1-sandbox';
  const tokens = new Map<string, Token>([[accessToken, { scopes: allScopes, expired: false }]]);
  const calls = { total: 0, byOperation: {} };
  const limits: Limits = { burst: 190, daily: 650_000, searchPerSecond: 5, ...options.limits };
  const files: StoredFile[] = [];

  const app = fastify({ forceCloseConnections: true, bodyLimit: 16 * 1024 * 1024, exposeHeadRoutes: false });
  app.removeContentTypeParser('text/plain');
  addGate(app, { now, limits, tokens, faults: account.faults, calls }, (word) => {
    try {
      return schema.type(word).name;
    } catch {
      return word;
    }
  });
  addBatchRoutes(app, account);
  addObjectRoutes(app, account);
  addSettingsRoutes(app, account);
  addAssociationRoutes(app, account);
  addFileRoutes(app, { files, faults: account.faults, now });
  const view = timelineView(store, files);
  registerTimeline(app, view);
  if (options.keyField !== undefined) addKeyField(schema, options.keyField);
  const watched = watchConnections(app.server);
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });

  const contacts = schema.type('contacts');
  const contact = (id: string): StoredRecord => {
    const found = store.get(contacts, id);
    if (!found) throw new Error(`no contact ${id}`);
    return found;
  };
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    accessToken,
    faults: account.faults,
    calls,
    schema,
    store,
    tokens,
    rules: account.rules,
    owners: account.owners,
    files,
    view,
    addContact: (properties) => store.create(contacts, properties).id,
    addOwner({ name, email, archived = false }) {
      const [firstName = '', ...rest] = name.split(' ');
      const userId = 5_000_001 + account.owners.length;
      const id = String(70_000_001 + account.owners.length);
      account.owners.push({ id, email, firstName, lastName: rest.join(' '), userId, archived });
      return id;
    },
    addCompany(properties, { contactIds, primary = false } = { contactIds: [] }) {
      const company = store.create(schema.type('companies'), properties);
      for (const id of contactIds) {
        const ends = [{ type: contacts, id }, company] as const;
        if (primary) store.associations.setPrimary(...ends);
        else store.associations.link(...ends);
      }
      return company.id;
    },
    addDeal({ createdate, ...properties }, { contactIds } = { contactIds: [] }) {
      const deal = store.create(schema.type('deals'), properties);
      if (createdate !== undefined) deal.values = { ...deal.values, createdate };
      for (const id of contactIds) store.associations.link({ type: contacts, id }, deal);
      return deal.id;
    },
    archiveContact: (id) => store.archive(contact(id)),
    mergeContacts: (primaryId, otherId) => store.merge(contact(primaryId), contact(otherId)),
    records: (type) => store.all(schema.type(type)),
    contactsOf: (type, id) => store.associations.linked({ type: schema.type(type), id }, 'contacts'),
    ...watched,
    close: async () => void (await app.close()),
  };
}

/** A unique text property on both kinds of activity. */
function addKeyField(schema: Schema, name: string): void {
  for (const word of ['communications', 'calls']) {
    const type = schema.type(word);
    schema.addProperty(type, {
      name,
      label: name,
      groupName: schema.groups(type)[0]?.name ?? '',
      type: 'string',
      fieldType: 'text',
      options: [],
      description: '',
      hasUniqueValue: true,
      calculated: false,
      hubspotDefined: false,
      readOnly: false,
      externalOptions: false,
    });
  }
}

function watchConnections(server: Server): Pick<HubSpotSandbox, 'connections' | 'disconnected'> {
  let made = 0;
  let open = 0;
  let waiting: (() => void)[] = [];
  server.on('connection', (socket) => {
    made += 1;
    open += 1;
    socket.once('close', () => {
      open -= 1;
      if (open > 0) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    });
  });
  return {
    connections: () => made,
    disconnected: () =>
      open === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve)),
  };
}
