import { createForm } from '../multipart.ts';
import type { Answer, Transport } from './transport.ts';
import type { Json } from './json.ts';

export type ObjectName = 'communications' | 'calls';

export interface CreateInput {
  readonly objectWriteTraceId: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly associations: readonly {
    readonly to: { readonly id: string };
    readonly types: readonly AssociationType[];
  }[];
}

export interface UpdateInput {
  readonly id: string;
  readonly objectWriteTraceId: string;
  readonly properties: Readonly<Record<string, string>>;
}

export interface Upload {
  readonly content: Buffer;
  readonly name: string;
  readonly mimeType: string;
  readonly folderPath: string;
  readonly options: Json;
}

export interface AssociationType {
  readonly associationCategory: 'HUBSPOT_DEFINED';
  readonly associationTypeId: number;
}

export interface AssociationInput {
  readonly from: { readonly id: string };
  readonly to: { readonly id: string };
  readonly types: readonly AssociationType[];
}

/** One method per endpoint, on the dated paths (HubSpot docs, date-based versions). No method decides anything. */
export interface HubSpotClient {
  /** at most 100 */
  create(object: ObjectName, inputs: readonly CreateInput[]): Promise<Answer>;
  /** at most 100 */
  update(object: ObjectName, inputs: readonly UpdateInput[]): Promise<Answer>;
  /** by a unique property, at most 100 */
  read(
    object: ObjectName,
    idProperty: string,
    ids: readonly string[],
    properties: readonly string[],
  ): Promise<Answer>;
  /** by record id, at most 100 */
  readRecords(object: ObjectName, ids: readonly string[], properties: readonly string[]): Promise<Answer>;
  /** those of these ids that are in the recycle bin, at most 100 */
  archivedRecords(object: ObjectName, ids: readonly string[]): Promise<Answer>;
  upload(file: Upload): Promise<Answer>;
  /** any file at all: whether the token may see files */
  anyFile(): Promise<Answer>;
  /** at most 2,000 */
  associate(object: ObjectName, inputs: readonly AssociationInput[]): Promise<Answer>;
  search(object: 'contacts' | ObjectName, body: Json): Promise<Answer>;
  /** at most 100 */
  contacts(properties: readonly string[], after: string | undefined): Promise<Answer>;
  archivedContacts(properties: readonly string[], after: string | undefined): Promise<Answer>;
  properties(object: ObjectName | 'contacts'): Promise<Answer>;
  property(object: ObjectName | 'contacts', name: string): Promise<Answer>;
  createProperty(object: ObjectName | 'contacts', body: Json): Promise<Answer>;
  propertyGroups(object: ObjectName): Promise<Answer>;
  createPropertyGroup(object: ObjectName, body: Json): Promise<Answer>;
  owners(limit: number, page?: { readonly archived: boolean; readonly after?: string }): Promise<Answer>;
  /** what hangs on contacts; at most 1,000 */
  relatedOf(
    to: 'companies' | 'deals' | ObjectName,
    contacts: readonly { readonly id: string; readonly after?: string }[],
  ): Promise<Answer>;
  /** contacts that records hang on; at most 1,000 */
  contactsOf(
    object: ObjectName,
    records: readonly { readonly id: string; readonly after?: string }[],
  ): Promise<Answer>;
  /** by record id, at most 100 */
  readContacts(ids: readonly string[], properties: readonly string[]): Promise<Answer>;
  /** by record id, at most 100 */
  readDeals(ids: readonly string[], properties: readonly string[]): Promise<Answer>;
  /** at most 100 */
  updateContacts(inputs: readonly UpdateInput[]): Promise<Answer>;
  /** by a unique property, at most 100 */
  readContactsBy(idProperty: string, ids: readonly string[], properties: readonly string[]): Promise<Answer>;
  /** by a unique property, at most 100 */
  upsertContacts(inputs: readonly (UpdateInput & { readonly idProperty: string })[]): Promise<Answer>;
  archive(object: ObjectName, ids: readonly string[]): Promise<Answer>;
  accountInfo(): Promise<Answer>;
}

export function createClient(
  { send, warm }: Transport,
  apiVersion: string,
  searchTurn: () => Promise<void>,
): HubSpotClient {
  const objects = `/crm/objects/${apiVersion}`;
  const properties = `/crm/properties/${apiVersion}`;
  const post = (operation: string, path: string, body: Json): Promise<Answer> =>
    send({ operation, method: 'POST', path, body });
  const get = (operation: string, path: string, query?: Record<string, string>): Promise<Answer> =>
    send({ operation, method: 'GET', path, ...(query && { query }) });
  const listContacts = (archived: boolean, wanted: readonly string[], after: string | undefined) =>
    get('contacts.list', `${objects}/contacts`, {
      archived: String(archived),
      limit: '100',
      properties: wanted.join(','),
      ...(after !== undefined && { after }),
    });
  return {
    create: (object, inputs) =>
      post(`${object}.batch.create`, `${objects}/${object}/batch/create`, { inputs }),
    update: (object, inputs) =>
      post(`${object}.batch.update`, `${objects}/${object}/batch/update`, { inputs }),
    read: (object, idProperty, ids, wanted) =>
      post(`${object}.batch.read`, `${objects}/${object}/batch/read`, {
        idProperty,
        inputs: ids.map((id) => ({ id })),
        properties: wanted,
        propertiesWithHistory: [],
      }),
    readRecords: (object, ids, wanted) =>
      post(`${object}.batch.read`, `${objects}/${object}/batch/read`, {
        inputs: ids.map((id) => ({ id })),
        properties: wanted,
        propertiesWithHistory: [],
      }),
    archivedRecords: (object, ids) =>
      send({
        operation: `${object}.batch.read`,
        method: 'POST',
        path: `${objects}/${object}/batch/read`,
        query: { archived: 'true' },
        body: { inputs: ids.map((id) => ({ id })), properties: [], propertiesWithHistory: [] },
      }),
    upload: ({ content, name, mimeType, folderPath, options }) =>
      send({
        operation: 'files.upload',
        method: 'POST',
        path: `/files/${apiVersion}/files`,
        form: createForm([
          { name: 'folderPath', content: folderPath },
          { name: 'fileName', content: name },
          { name: 'options', content: JSON.stringify(options) },
          { name: 'file', content, contentType: mimeType, fileName: name },
        ]),
      }),
    anyFile: () => get('files.search', `/files/${apiVersion}/files/search`, { limit: '1' }),
    associate: (object, inputs) =>
      post('associations.batch.create', `/crm/associations/${apiVersion}/${object}/contacts/batch/create`, {
        inputs,
      }),
    search: async (object, body) => {
      await warm();
      await searchTurn();
      return post(`${object}.search`, `${objects}/${object}/search`, body);
    },
    contacts: (wanted, after) => listContacts(false, wanted, after),
    archivedContacts: (wanted, after) => listContacts(true, wanted, after),
    properties: (object) => get('properties.list', `${properties}/${object}`),
    property: (object, name) => get('properties.get', `${properties}/${object}/${encodeURIComponent(name)}`),
    createProperty: (object, body) => post('properties.create', `${properties}/${object}`, body),
    propertyGroups: (object) => get('properties.groups.list', `${properties}/${object}/groups`),
    createPropertyGroup: (object, body) =>
      post('properties.groups.create', `${properties}/${object}/groups`, body),
    owners: (limit, { archived, after } = { archived: false }) =>
      get('owners.list', `/crm/owners/${apiVersion}`, {
        limit: String(limit),
        archived: String(archived),
        ...(after !== undefined && { after }),
      }),
    relatedOf: (to, inputs) =>
      post('associations.batch.read', `/crm/associations/${apiVersion}/contacts/${to}/batch/read`, {
        inputs,
      }),
    contactsOf: (object, inputs) =>
      post('associations.batch.read', `/crm/associations/${apiVersion}/${object}/contacts/batch/read`, {
        inputs,
      }),
    readContacts: (ids, wanted) =>
      post('contacts.batch.read', `${objects}/contacts/batch/read`, {
        inputs: ids.map((id) => ({ id })),
        properties: wanted,
        propertiesWithHistory: [],
      }),
    readDeals: (ids, wanted) =>
      post('deals.batch.read', `${objects}/deals/batch/read`, {
        inputs: ids.map((id) => ({ id })),
        properties: wanted,
        propertiesWithHistory: [],
      }),
    updateContacts: (inputs) => post('contacts.batch.update', `${objects}/contacts/batch/update`, { inputs }),
    readContactsBy: (idProperty, ids, wanted) =>
      post('contacts.batch.read', `${objects}/contacts/batch/read`, {
        idProperty,
        inputs: ids.map((id) => ({ id })),
        properties: wanted,
        propertiesWithHistory: [],
      }),
    upsertContacts: (inputs) => post('contacts.batch.upsert', `${objects}/contacts/batch/upsert`, { inputs }),
    archive: (object, ids) =>
      post(`${object}.batch.archive`, `${objects}/${object}/batch/archive`, {
        inputs: ids.map((id) => ({ id })),
      }),
    accountInfo: () => get('account-info', `/account-info/${apiVersion}/details`),
  };
}

/** Turns that come at most so often, in order: HubSpot takes 5 searches a second from a whole account. */
export function everyMs(intervalMs: number): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = performance.now();
    const wait = Math.max(0, next - now);
    next = Math.max(now, next) + intervalMs;
    if (wait > 0) await new Promise((resolve) => void setTimeout(resolve, wait));
  };
}
