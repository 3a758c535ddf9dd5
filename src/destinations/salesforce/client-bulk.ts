import { CallError } from './call-error.ts';
import type { Json } from './client.ts';
import type { Session } from './session.ts';

/** What a job says of itself (Bulk API 2.0 guide, Get Job Info). */
export interface JobInfo {
  readonly id: string;
  readonly state: string;
}

/** The ingest jobs of Bulk API 2.0, one method per endpoint, each one HTTP request. All throw CallError or CrmError. */
export class BulkClient {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Opens an upsert job. @returns its id */
  async create(object: string, keyField: string): Promise<string> {
    const job = await this.#call('POST', '', {
      object,
      externalIdFieldName: keyField,
      operation: 'upsert',
      contentType: 'CSV',
      lineEnding: 'LF',
    });
    return jobOf(job).id;
  }

  /** The whole content, at most 100 MB before its encoding (guide, Upload Job Data). */
  async upload(id: string, csv: string): Promise<void> {
    await this.#session.use((connection) =>
      connection.request({
        method: 'PUT',
        url: `/jobs/ingest/${id}/batches`,
        headers: { 'content-type': 'text/csv', 'content-length': String(Buffer.byteLength(csv)) },
        body: csv,
      }),
    );
  }

  async close(id: string): Promise<void> {
    await this.#call('PATCH', `/${id}`, { state: 'UploadComplete' });
  }

  async abort(id: string): Promise<void> {
    await this.#call('PATCH', `/${id}`, { state: 'Aborted' });
  }

  async info(id: string): Promise<JobInfo> {
    return jobOf(await this.#call('GET', `/${id}`));
  }

  /** The CSV as Salesforce wrote it. */
  async results(
    id: string,
    which: 'successfulResults' | 'failedResults' | 'unprocessedrecords',
  ): Promise<string> {
    const text = await this.#call('GET', `/${id}/${which}`);
    return typeof text === 'string' ? text : '';
  }

  async remove(id: string): Promise<void> {
    await this.#call('DELETE', `/${id}`);
  }

  #call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: Json): Promise<unknown> {
    return this.#session.use((connection) =>
      connection.request({
        method,
        url: `/jobs/ingest${path}`,
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
  }
}

/** @throws CallError when the answer names no job: it is not taken for one */
function jobOf(answer: unknown): JobInfo {
  const { id, state } = (answer ?? {}) as Json;
  if (typeof id !== 'string' || typeof state !== 'string') {
    throw new CallError('lost', 'the answer names no job');
  }
  return { id, state };
}
