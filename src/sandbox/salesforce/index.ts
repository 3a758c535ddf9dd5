import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { registerTimeline, type TimelineView } from '../timeline.ts';
import { bulkRoutes, type BulkSwitches } from './bulk-jobs.ts';
import { route, type Context } from './context.ts';
import { Faults } from './faults.ts';
import {
  addCustomObject,
  addPerson,
  addPersonAccounts,
  shareActivities,
  type CustomFields,
} from './extensions.ts';
import { addFaultHooks, checkCall, limitInfo, listVersions } from './gate.ts';
import { fileRoutes } from './file-routes.ts';
import { fullId } from './ids.ts';
import { answerMetadata } from './metadata.ts';
import { Org, type Row, type ValidationRule, type Value } from './org.ts';
import { queryRoutes } from './query-routes.ts';
import { recordRoutes, sendRefusal } from './record-routes.ts';
import { notFound, Refusal } from './refusal.ts';
import { hideFiles, storageLimit } from './files.ts';
import { field, type FieldType } from './schema.ts';
import { timelineOf } from './timeline.ts';
import { TokenRefusal, Tokens, type ClientApp } from './tokens.ts';

export type { Row, Value } from './org.ts';

/** How the look-alike is started; everything has a default that works. */
export interface SalesforceOptions {
  /** default: a free one */
  readonly port?: number;
  readonly now?: () => Date;
  /** the client that may ask for tokens; default `client` with secret `secret`, no JWT */
  readonly app?: Partial<ClientApp>;
  /** a key field (Text 64, unique, external id, case-sensitive) that is there and visible from the start */
  readonly keyField?: string;
  /** further custom text fields, there and visible: `Contact.WhatsApp_Id__c` */
  readonly customFields?: readonly string[];
  /** API calls a day; default 100,000 */
  readonly dailyLimit?: number;
  /** rows of one page of a query; default 2,000 */
  readonly pageSize?: number;
  /** milliseconds until a changed record is found by search; default 0 */
  readonly searchDelayMs?: number;
  /** milliseconds that a write holds its parents' locks; default 0 */
  readonly writeMs?: number;
  /** may the user use the Metadata API? default yes */
  readonly mayModifyMetadata?: boolean;
  /** bytes that all files together may have; default: no end */
  readonly fileStorage?: number;
  /** tasks may have several people; default no */
  readonly sharedActivities?: boolean;
  /** accounts may be persons; default no */
  readonly personAccounts?: boolean;
}

/** A running look-alike of one Salesforce org. */
export interface SalesforceSandbox extends Omit<TimelineView, 'product'> {
  readonly url: string;
  close(): Promise<void>;
  readonly faults: Faults;
  /** requests since the start, per operation and in all */
  readonly calls: { readonly total: number; readonly byOperation: Readonly<Record<string, number>> };
  /** id of the user as whom the integration runs */
  readonly runAs: string;
  /** Makes a record as an org's own user would, unchecked. @returns its id */
  add(object: string, values: Record<string, Value>): string;
  /** `add` for a contact or a lead; needs a LastName. */
  addContact(values: Record<string, Value>): string;
  addLead(values: Record<string, Value>): string;
  /** An account that is a person; values of its contact. @returns the contact's id */
  addPerson(values: Record<string, Value>): string;
  /** Makes a custom field that everybody sees, as an admin would; `values`: of a restricted picklist. */
  addField(object: string, name: string, type: FieldType, values?: readonly string[]): void;
  /** Makes a custom object that everybody sees, as an admin would. */
  addObject(name: string, fields: CustomFields): void;
  /** Changes a record as an org's own user would. */
  change(id: string, values: Record<string, Value>): void;
  /** Moves a record to the recycle bin. */
  remove(id: string): void;
  /** Deletes a contact or lead in favour of another one. */
  merge(losing: string, master: string): void;
  /** Makes a contact of a lead. @returns the contact's id */
  convertLead(id: string): string;
  /** Live records of an object, oldest first. */
  rows(object: string): Row[];
  /** Live tasks by the value of a field (the key field). */
  records(field: string): Map<string, Row>;
  /** All access tokens are void from now on. */
  expireTokens(): void;
  /** The key that JWTs must be signed for is another one from now on; PEM. */
  changeKey(publicKey: string): void;
  /** The client secret is another one from now on. */
  changeSecret(secret: string): void;
  /** A validation rule of an admin's: its message for a record that may not be saved. */
  addRule(object: string, rule: ValidationRule): void;
  /** The user does not see this field from now on. */
  hideField(object: string, name: string): void;
  /** The user may not make such records, or not even see them, from now on. */
  forbid(right: 'create' | 'read', object: string): void;
  /** How jobs of the Bulk API behave. */
  readonly bulk: BulkSwitches;
  /** The user may not see and make files from now on. */
  forbidFiles(): void;
  /** Every request is answered 503, or no more. */
  down(on: boolean): void;
  /** Resolves when nobody is connected any more. */
  disconnected(): Promise<void>;
  /** Runs the nightly job that archives closed tasks of 365 days and more. */
  archive(): number;
}

/** Starts a look-alike of Salesforce's API on 127.0.0.1: an org in memory that refuses what the real one refuses. */
export async function startSalesforce(options: SalesforceOptions = {}): Promise<SalesforceSandbox> {
  const now = options.now ?? (() => new Date());
  const app: ClientApp = {
    clientId: 'client',
    clientSecret: 'secret',
    username: 'integration@example.com',
    audiences: ['https://login.salesforce.com', 'https://test.salesforce.com'],
    ...options.app,
  };
  const org = new Org(now, app.username);
  addCustomFields(org, options);
  if (options.personAccounts === true) addPersonAccounts(org);
  if (options.sharedActivities === true) shareActivities(org);
  org.fileStorage = options.fileStorage ?? Infinity;
  const closing = new AbortController();
  const context: Context = {
    org,
    tokens: new Tokens(app, now),
    faults: new Faults(),
    faultOf: new WeakMap(),
    dailyLimit: options.dailyLimit ?? 100_000,
    used: 0,
    down: false,
    pageSize: options.pageSize ?? 2_000,
    searchDelayMs: options.searchDelayMs ?? 0,
    writeMs: options.writeMs ?? 0,
    locks: new Set(),
    mayModifyMetadata: options.mayModifyMetadata ?? true,
    bulk: { allowed: true, stepMs: 5, failAfter: undefined },
    wait: (ms) => sleep(ms, undefined, { signal: closing.signal }).catch(() => undefined),
  };
  const calls: Record<string, number> = {};
  const server = await build(context, calls);
  await server.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  return {
    ...access(context, calls),
    url,
    disconnected: () => disconnected(server),
    async close() {
      closing.abort();
      await server.close();
    },
  };
}

function disconnected({ server }: FastifyInstance): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () =>
      server.getConnections((error, count) => {
        if (error) reject(error);
        else if (count === 0) resolve();
        else setTimeout(look, 5);
      });
    look();
  });
}

function addCustomFields(org: Org, { keyField, customFields = [] }: SalesforceOptions): void {
  const key = { length: 64, unique: true, externalId: true, caseSensitive: true };
  if (keyField !== undefined) org.addField('Task', field(keyField, 'string', key));
  const shown = keyField === undefined ? [] : [`Task.${keyField}`];
  for (const name of customFields) {
    const [object = '', fieldName = ''] = name.split('.');
    org.addField(object, field(fieldName, fieldName.includes('Time') ? 'datetime' : 'string'));
    shown.push(name);
  }
  org.grant('', shown);
}

async function build(context: Context, calls: Record<string, number>): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: 50 * 1_048_576,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 5_000 },
  });
  server.setErrorHandler((error, _request, reply) => sendRefusal(reply, error));
  server.addHook('onRequest', async (request) => {
    const { operation } = request.routeOptions.config;
    if (operation !== undefined) calls[operation] = (calls[operation] ?? 0) + 1;
    if (context.down) throw new Refusal(503, 'SERVER_UNAVAILABLE', 'Server is unavailable.');
  });
  addFaultHooks(server, context);
  const { org } = context;
  registerTimeline(server, { product: 'Salesforce', ...timelineOf(org) });
  await server.register(async (scope) => tokenRoute(scope, context));
  await server.register(async (scope) => metadataRoute(scope, context));
  await server.register(async (scope) => restRoutes(scope, context));
  return server;
}

function restRoutes(scope: FastifyInstance, context: Context): void {
  scope.removeContentTypeParser('text/plain');
  // The token is looked at before the body is read, as the real one does; faults come after it.
  scope.addHook('onRequest', async (request) => {
    if (request.url.startsWith('/services/data/')) checkCall(context, request);
  });
  scope.addHook('onSend', async (_request, reply, payload) => {
    reply.header('Sforce-Limit-Info', limitInfo(context));
    return payload;
  });
  scope.setNotFoundHandler((_request, reply) => sendRefusal(reply, notFound()));
  route(scope, 'GET', '/services/data/:version/limits', 'limits', async () => ({
    DailyApiRequests: { Max: context.dailyLimit, Remaining: context.dailyLimit - context.used },
    FileStorageMB: storageLimit(context.org),
  }));
  fileRoutes(scope, context);
  recordRoutes(scope, context);
  queryRoutes(scope, context);
  bulkRoutes(scope, context);
}

function tokenRoute(scope: FastifyInstance, context: Context): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
  route(scope, 'GET', '/services/data', 'versions', async () => listVersions());
  route(scope, 'POST', '/services/oauth2/token', 'token', async (request, reply) => {
    const origin = `http://${request.headers.host ?? '127.0.0.1'}`;
    try {
      const token = await context.tokens.grant(
        (request.body as URLSearchParams | undefined) ?? new URLSearchParams(),
      );
      return {
        access_token: token,
        scope: 'api',
        instance_url: origin,
        id: `${origin}/id/00D5g000000sandEAA/${context.org.runAs}`,
        token_type: 'Bearer',
        issued_at: String(context.org.now().getTime()),
      };
    } catch (error) {
      if (!(error instanceof TokenRefusal)) throw error;
      return reply.code(400).send({ error: error.error, error_description: error.message });
    }
  });
}

function metadataRoute(scope: FastifyInstance, context: Context): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('text/xml', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  route(scope, 'POST', '/services/Soap/m/:version', 'metadata', async (request, reply) => {
    const { status, xml } = answerMetadata(
      context.org,
      String(request.body),
      (token) => context.tokens.knows(token),
      context.mayModifyMetadata,
    );
    return reply.code(status).type('text/xml; charset=utf-8').send(xml);
  });
}

function access(
  context: Context,
  calls: Record<string, number>,
): Omit<SalesforceSandbox, 'url' | 'close' | 'disconnected'> {
  const { org, faults, tokens } = context;
  const rowOf = (id: string): Row => {
    const found = org.find(fullId(id) ?? id);
    if (found === undefined) throw new Error(`there is no record ${id}`);
    return found.row;
  };
  const live = (object: string) => [...org.table(object).values()].filter((row) => row.IsDeleted !== true);
  return {
    faults,
    runAs: org.runAs,
    calls: {
      get total() {
        return Object.values(calls).reduce((sum, count) => sum + count, 0);
      },
      byOperation: calls,
    },
    add: (object, values) => org.insert(object, values).Id,
    addContact: (values) => org.insert('Contact', values).Id,
    addLead: (values) => org.insert('Lead', { Company: 'Unknown', ...values }).Id,
    addPerson: (values) => addPerson(org, values),
    addObject: (name, fields) => addCustomObject(org, name, fields),
    change: (id, values) => org.change(rowOf(id), values),
    remove: (id) => org.change(rowOf(id), { IsDeleted: true }),
    merge: (losing, master) =>
      org.change(rowOf(losing), { IsDeleted: true, MasterRecordId: rowOf(master).Id }),
    convertLead(id) {
      const lead = rowOf(id);
      const { LastName = null, FirstName = null, Phone = null, MobilePhone = null } = lead;
      const contact = org.insert('Contact', { LastName, FirstName, Phone, MobilePhone });
      org.change(lead, { IsConverted: true, ConvertedContactId: contact.Id, Status: 'Closed - Converted' });
      return contact.Id;
    },
    rows: live,
    records: (name) => new Map(live('Task').flatMap((row) => (row[name] ? [[String(row[name]), row]] : []))),
    expireTokens: () => tokens.expireAll(),
    changeKey(publicKey) {
      tokens.app.publicKey = publicKey;
    },
    changeSecret(secret) {
      tokens.app.clientSecret = secret;
    },
    addRule: (object, rule) => void org.rules.set(object, [...(org.rules.get(object) ?? []), rule]),
    addField: (object, name, type, values) => {
      org.addField(object, field(name, type, values === undefined ? {} : { restricted: true, values }));
      org.grant('', [`${object}.${name}`]);
    },
    hideField: (object, name) => org.hide(object, name),
    forbid(right, name) {
      const def = org.objects.get(name);
      if (right === 'read') org.objects.delete(name);
      else if (def !== undefined) org.objects.set(name, { ...def, createable: false });
    },
    bulk: context.bulk,
    forbidFiles: () => hideFiles(org),
    down(on) {
      context.down = on;
    },
    archive: () => org.archiveOldTasks(),
    ...timelineOf(org),
  };
}
