import type { Connection } from 'jsforce';
import { createForm } from '../multipart.ts';
import { CallError } from './call-error.ts';
import type { Session } from './session.ts';

export type Json = Record<string, unknown>;

/** One page of a query (REST guide, Query). */
export interface QueryPage {
  readonly records: readonly Json[];
  readonly nextRecordsUrl?: string;
}

export type PicklistValue = { readonly value: string; readonly active?: boolean } | null;

/** A field of describe, as far as it is used; what an answer leaves out is undefined. */
export interface DescribedField {
  readonly name: string;
  readonly label?: string;
  readonly type?: string;
  readonly length?: number;
  readonly createable?: boolean;
  readonly updateable?: boolean;
  readonly nillable?: boolean;
  readonly defaultedOnCreate?: boolean;
  readonly unique?: boolean;
  readonly externalId?: boolean;
  readonly restrictedPicklist?: boolean;
  readonly picklistValues?: readonly PicklistValue[] | null;
}

/** What describe tells of an object itself, and its fields as this user sees them. */
export interface DescribedObject {
  readonly createable?: boolean;
  readonly deletable?: boolean;
  readonly fields: readonly DescribedField[];
}

/** One component of an answer of the Metadata API. */
export interface MetadataResult {
  readonly fullName: string;
  readonly success: boolean;
  readonly errors: readonly string[];
}

/** One method per endpoint, each one HTTP request, through jsforce. All throw CallError or, from the login, CrmError. */
export class Client {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Upserts up to 200 records by an external id; each row stands for itself. The answer is as Salesforce sent it. */
  upsert(object: string, records: readonly Json[], keyField: string): Promise<unknown> {
    return this.#session.use(async (connection) =>
      // The array form: the key travels in the body. For a single record jsforce puts it into the path unescaped.
      connection.sobject(object).upsert(records as never, keyField as never, { allOrNone: false }),
    );
  }

  query(soql: string): Promise<QueryPage> {
    return this.#page(`/query?q=${encodeURIComponent(soql)}`);
  }

  /** With deleted and archived records. */
  queryAll(soql: string): Promise<QueryPage> {
    return this.#page(`/queryAll?q=${encodeURIComponent(soql)}`);
  }

  /** The next page; `url` is what the page before it named. */
  queryMore(url: string): Promise<QueryPage> {
    if (!url.startsWith('/')) throw new CallError('lost', 'the next page of a query has a strange address');
    return this.#page(url);
  }

  async search(sosl: string): Promise<readonly Json[]> {
    const answer = await this.#get(`/search?q=${encodeURIComponent(sosl)}`);
    return listOf((answer as Json | null)?.searchRecords ?? answer);
  }

  async describe(object: string): Promise<readonly DescribedField[]> {
    return (await this.describeObject(object)).fields;
  }

  async describeObject(object: string): Promise<DescribedObject> {
    const answer = (await this.#get(`/sobjects/${object}/describe`)) as Json | null;
    return { ...answer, fields: listOf(answer?.fields) as unknown as DescribedField[] };
  }

  async limits(): Promise<Json> {
    return ((await this.#get('/limits')) ?? {}) as Json;
  }

  /** Versions of the API that the org has, like `67.0`. */
  async versions(): Promise<string[]> {
    return listOf(await this.#get('/services/data')).map((one) => String(one.version));
  }

  async create(object: string, record: Json): Promise<void> {
    await this.#session.use((connection) => connection.requestPost(`/sobjects/${object}`, record));
  }

  /** Creates up to 200 records, each for itself (REST guide, sObject Collections). The answer is as Salesforce sent it. */
  createAll(object: string, records: readonly Json[]): Promise<unknown> {
    const typed = records.map((record) => ({ attributes: { type: object }, ...record }));
    return this.#session.use((connection) =>
      connection.requestPost('/composite/sobjects', { allOrNone: false, records: typed }),
    );
  }

  /** Changes up to 200 records by their ids, each for itself. The answer is as Salesforce sent it. */
  updateAll(object: string, records: readonly Json[]): Promise<unknown> {
    const typed = records.map((record) => ({ attributes: { type: object }, ...record }));
    return this.#session.use((connection) =>
      connection.requestPatch('/composite/sobjects', { allOrNone: false, records: typed }),
    );
  }

  async remove(object: string, id: string): Promise<void> {
    await this.#session.use((connection) => connection.requestDelete(`/sobjects/${object}/${id}`));
  }

  /** Creates one file of up to 2 GB, by a form (REST guide, Insert or Update Blob Data). */
  createFile(record: Json, content: Buffer, file: { name: string; mimeType: string }): Promise<unknown> {
    const form = createForm([
      { name: 'entity_content', content: JSON.stringify(record), contentType: 'application/json' },
      { name: 'VersionData', content, contentType: file.mimeType, fileName: file.name },
    ]);
    return this.#session.use((connection) =>
      connection.request({
        method: 'POST',
        url: '/sobjects/ContentVersion',
        headers: { 'content-type': form.contentType, 'content-length': String(form.length) },
        body: form.stream(),
      }),
    );
  }

  /** Custom fields by their full names; those that do not exist are left out. */
  async readFields(fullNames: readonly string[]): Promise<Json[]> {
    const read = await this.#session.use((connection) =>
      connection.metadata.read('CustomField', [...fullNames]),
    );
    return (read as unknown as (Json | null)[]).flatMap((one) =>
      typeof one?.fullName === 'string' && one.fullName !== '' ? [one] : [],
    );
  }

  upsertMetadata(
    type: 'CustomField' | 'PermissionSet',
    components: readonly Json[],
  ): Promise<MetadataResult[]> {
    return this.#session.use(async (connection) => {
      const results = await connection.metadata.upsert(type, components as never);
      return listOf(results).map((one) => ({
        fullName: String(one.fullName ?? ''),
        success: one.success === true,
        errors: [one.errors ?? []]
          .flat()
          .map((error) => String((error as Json | null)?.message ?? 'unknown error')),
      }));
    });
  }

  async #page(path: string): Promise<QueryPage> {
    const answer = (await this.#get(path)) as Json | null;
    const { nextRecordsUrl, done } = answer ?? {};
    const records = listOf(answer?.records);
    return typeof nextRecordsUrl === 'string' && done !== true ? { records, nextRecordsUrl } : { records };
  }

  #get(path: string): Promise<unknown> {
    return this.#session.use(async (connection: Connection) =>
      connection.request({ method: 'GET', url: path }),
    );
  }
}

/** @throws CallError when the answer has no list in this place: it is not taken for an empty one */
function listOf(value: unknown): Json[] {
  const isList = Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null);
  if (!isList) throw new CallError('lost', 'the answer has not the documented form');
  return value as Json[];
}
