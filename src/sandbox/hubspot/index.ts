import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { registerTimeline, type TimelineView } from '../timeline.ts';
import type { Account, AccountDetails, Owner, ValidationRule } from './account.ts';
import { byHand, type ByHand } from './by-hand.ts';
import { Faults } from './faults.ts';
import { addGate } from './gate.ts';
import { Limiter, professional, type Limits } from './limiter.ts';
import { addAccountRoutes } from './routes-account.ts';
import { addAssociationRoutes } from './routes-associations.ts';
import { addBatchRoutes } from './routes-batch.ts';
import { addFileRoutes, type StoredFile } from './routes-files.ts';
import { addOAuthRoutes } from './routes-oauth.ts';
import { addObjectRoutes } from './routes-objects.ts';
import { addSettingsRoutes } from './routes-settings.ts';
import { Schema } from './schema.ts';
import { Store, type StoredRecord } from './store.ts';
import { OAuthApp, type OAuthCredentials, type Token } from './tokens.ts';
import { timelineView } from './view.ts';

export interface HubSpotSandboxOptions {
  readonly port?: number;
  readonly now?: () => Date;
  readonly accessToken?: string;
  /** of an OAuth app that is installed in the account */
  readonly oauth?: Partial<OAuthCredentials>;
  /** HubSpot's own by default: 190 in ten seconds, 650,000 a day, 5 searches a second (Professional) */
  readonly limits?: Partial<Limits>;
  /** milliseconds until search sees a change */
  readonly indexDelayMs?: number;
  /** country of numbers without a country code */
  readonly region?: string;
  /** names of object types on which properties with unique values are refused, such as `communications` */
  readonly uniqueRefusedOn?: readonly string[];
  /** how a duplicate of a unique value is refused: 409 CONFLICT (the default) or 400 CONFLICTING_UNIQUE_VALUE */
  readonly conflictShape?: Store['conflictShape'];
  /** how the association endpoints say that something is not there; default `whole` */
  readonly associationErrors?: Store['associationErrors'];
  /** default: number 62515, UTC, a host that is none of HubSpot's, so that no link leads to somebody's account */
  readonly details?: Partial<AccountDetails>;
  /** makes a text property of this name on communications and calls, unique where that is taken, as after setup */
  readonly keyField?: string;
}

/** All scopes that the sandbox asks for (HubSpot docs, scopes). */
export const allScopes = [
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.objects.companies.read',
  'crm.objects.companies.write',
  'crm.objects.deals.read',
  'crm.objects.deals.write',
  'crm.objects.owners.read',
  'crm.schemas.contacts.write',
  'files',
] as const;

/** A strict look-alike of one HubSpot account, in memory, on 127.0.0.1. */
export interface HubSpotSandbox extends ByHand {
  readonly url: string;
  readonly accessToken: string;
  readonly faults: Faults;
  readonly calls: { readonly total: number; readonly byOperation: Readonly<Record<string, number>> };
  readonly schema: Schema;
  readonly store: Store;
  /** tokens and their scopes; take one out and it is unknown, mark it expired and it is refused as such */
  readonly tokens: Map<string, Token>;
  readonly oauth: OAuthApp;
  /** may be changed while it runs */
  readonly limits: Limits;
  readonly rules: ValidationRule[];
  readonly owners: Owner[];
  readonly files: readonly StoredFile[];
  readonly view: TimelineView;
  /** From now on this token, or all of them, are refused as expired. */
  expireToken(token?: string): void;
  /** From now on this token, or all of them, lack a scope. */
  takeScope(scope: string, token?: string): void;
  /** Other apps of the account make so many calls of the day. */
  useUp(calls: number): void;
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

/** Starts the sandbox; the address is in `url`, contacts' timelines under `/timeline`. */
export async function startHubSpot(options: HubSpotSandboxOptions = {}): Promise<HubSpotSandbox> {
  const now = options.now ?? (() => new Date());
  const region = options.region ?? 'US';
  const schema = new Schema();
  const store = new Store(schema, {
    now,
    region,
    indexDelayMs: options.indexDelayMs ?? 0,
  });
  store.conflictShape = options.conflictShape ?? 'conflict';
  store.associationErrors = options.associationErrors ?? 'whole';
  for (const name of options.uniqueRefusedOn ?? []) schema.uniqueRefusedOn.add(name);
  const details = { portalId: 62_515, timeZone: 'UTC', uiDomain: 'app.hubspot.example', ...options.details };
  const account: Account = { schema, store, faults: new Faults(), rules: [], owners: [], details };
  const accessToken = options.accessToken ?? 'pat-na1-sandbox';
  const tokens = new Map<string, Token>([[accessToken, { scopes: allScopes, expired: false }]]);
  const oauth = new OAuthApp({ ...sampleApp, ...options.oauth }, allScopes, tokens, now);
  const calls = { total: 0, byOperation: {} };
  const limits: Limits = { ...professional, ...options.limits };
  const limiter = new Limiter(limits, now, details.timeZone);
  const files: StoredFile[] = [];

  const app = fastify({
    forceCloseConnections: true,
    bodyLimit: 16 * 1024 * 1024,
    exposeHeadRoutes: false,
    // The SDK asks for owners with a slash at the end.
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.removeContentTypeParser('text/plain');
  addGate(app, { now, limiter, tokens, faults: account.faults, calls });
  for (const add of [
    addBatchRoutes,
    addObjectRoutes,
    addSettingsRoutes,
    addAccountRoutes,
    addAssociationRoutes,
  ]) {
    add(app, account);
  }
  addFileRoutes(app, { files, faults: account.faults, now });
  await addOAuthRoutes(app, oauth);
  const view = timelineView(account, files);
  registerTimeline(app, view);
  if (options.keyField !== undefined) addKeyField(schema, options.keyField);
  const watched = watchConnections(app.server);
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });

  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    accessToken,
    faults: account.faults,
    calls,
    schema,
    store,
    tokens,
    oauth,
    limits,
    rules: account.rules,
    owners: account.owners,
    files,
    view,
    ...byHand(account, region),
    ...tokenSwitches(tokens),
    useUp: (count) => limiter.useUp(count),
    records: (type) => store.all(schema.type(type)),
    contactsOf: (type, id) => store.linked({ type: schema.type(type), id }, schema.type('contacts')),
    ...watched,
    close: async () => void (await app.close()),
  };
}

/** What the OAuth app of the sandbox identifies itself with, unless it is told otherwise. */
const sampleApp: OAuthCredentials = {
  clientId: 'sandbox-client',
  clientSecret: 'sandbox-secret',
  refreshToken: 'sandbox-refresh-token',
};

function tokenSwitches(tokens: Map<string, Token>): Pick<HubSpotSandbox, 'expireToken' | 'takeScope'> {
  const named = (one: string | undefined) =>
    [...tokens].filter(([name]) => one === undefined || name === one);
  return {
    expireToken(one) {
      for (const [, token] of named(one)) token.expired = true;
    },
    takeScope(scope, one) {
      for (const [name, token] of named(one))
        tokens.set(name, { ...token, scopes: token.scopes.filter((each) => each !== scope) });
    },
  };
}

/** A text property on both kinds of activity, unique where the account takes that. */
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
      hasUniqueValue: !schema.uniqueRefusedOn.has(type.name),
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
