import { Agent } from 'node:http';
import axios, { AxiosError, type AxiosInstance, type AxiosRequestConfig } from 'axios';
import { remoteRetention } from './remote-retention.ts';
import { remoteBackup, remoteExport } from './remote-export.ts';
import type { ImportOutcome } from '../pipeline/import.ts';
import type { Finding } from '../core/finding.ts';
import type { MappingHistoryEntry } from '../pipeline/mappings.ts';
import type { ReportView } from '../pipeline/reports.ts';
import type { MappingFields, MappingOperations, MappingView, Operations } from '../pipeline/operations.ts';

/** The running worker refused or could not answer; the message is a sentence. */
export class RemoteError extends Error {
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.name = 'RemoteError';
    this.status = status;
  }
}

/** Does a worker answer there? */
export async function isReachable(url: string): Promise<boolean> {
  try {
    await clientFor(url, undefined).get('/health/live', { timeout: 3_000 });
    return true;
  } catch {
    return false;
  }
}

/** {@link Operations} of a running worker, over its API. Everything throws {@link RemoteError}. */
export function remoteOperations(url: string, adminToken: string | undefined): Operations {
  const client = clientFor(url, adminToken);
  const get = <T>(path: string, params: object = {}) => call<T>(client, { method: 'GET', url: path, params });
  const post = <T>(path: string, data: object) => call<T>(client, { method: 'POST', url: path, data });
  const decide = async (keys: readonly string[], verb: string, data: object) => {
    let changed = 0;
    for (const key of keys) {
      const answer = await orNothing(post<{ changed: number }>(`/api/parked/${key}/${verb}`, data));
      changed += answer?.changed ?? 0;
    }
    return changed;
  };
  return {
    status: () => get('/api/status'),
    report: (range) => get('/api/report', range),
    interactions: (filter) => get('/api/interactions', filter),
    interaction: (key) => orNothing(get(`/api/interactions/${key}`)),
    parked: (filter) => get('/api/parked', filter),
    failed: (filter) => get('/api/failed', filter),
    assign: (destination, keys, contact, by) => decide(keys, 'assign', { destination, contact, by }),
    ignore: (destination, keys, reason, by) => decide(keys, 'ignore', { destination, reason, by }),
    audit: (filter) => get('/api/audit', filter),
    replay: async (filter, by) => {
      const everything = Object.keys(filter).length === 0;
      const what = everything ? { all: true } : filter;
      return (await post<{ changed: number }>('/api/failed/replay', { ...what, by })).changed;
    },
    preview: (destination, { mapping, ...request } = {}) =>
      post(`${mappingPath(destination)}/preview`, {
        ...request,
        ...(mapping !== undefined && { text: mapping }),
      }),
    mappings: remoteMappings((method, path, data) => call(client, { method, url: path, data })),
    reports: {
      missing: (filter) => get('/api/report/missing', filter),
      list: async (filter) => (await get<{ items: ReportView[] }>('/api/reports/daily', filter)).items,
      get: (day) => orNothing(get(`/api/reports/daily/${day}`)),
      make: (day) => post(`/api/reports/daily/${day}`, {}),
    },
    seals: {
      state: () => get('/api/seals'),
      verify: () => call(client, { method: 'GET', url: '/api/seals/verify', timeout: 0 }),
      proofs: (key) => orNothing(get(`/api/interactions/${key}/proofs`)),
    },
    keys: {
      status: () => get('/api/keys'),
      rotate: (request) => post('/api/keys/rotate', request),
      encrypt: (request) => post('/api/keys/encrypt', request),
    },
    retention: remoteRetention(
      (method, path, data = {}, patient = false) =>
        call(client, {
          method,
          url: path,
          ...(method === 'GET' ? { params: data } : { data }),
          ...(patient && { timeout: 0 }),
        }),
      orNothing,
    ),
    versions: (key) => orNothing(get(`/api/interactions/${key}/versions`)),
    quarantine: {
      list: (filter) => get('/api/quarantine', filter),
      open: (id, by) => orNothing(post(`/api/quarantine/${id}/open`, { by })),
      release: (id, number, by) => orNothing(post(`/api/quarantine/${id}/release`, { number, by })),
      discard: async (ids, by) =>
        (await post<{ changed: number }>('/api/quarantine/discard', { ids, by })).changed,
    },
    noteSetup: async (destination, findings, by) =>
      void (await post('/api/setups', { destination, findings, by })),
    importDrafts: async (source, drafts, check = false, by) =>
      (await post<{ outcomes: ImportOutcome[] }>('/api/import', { source, drafts, check, by })).outcomes,
    records: { zip: (request) => remoteExport(client, request, toRemoteError) },
    backup: { zip: (by) => remoteBackup(client, by, toRemoteError) },
    drift: remoteDrift(client),
    putFile: (stream) =>
      call(client, {
        method: 'POST',
        url: '/api/files',
        data: stream,
        headers: { 'content-type': 'application/octet-stream' },
        maxBodyLength: Infinity,
        // A stream cannot be sent twice.
        maxRedirects: 0,
      }),
    check: (destination) => get('/api/check', destination === undefined ? {} : { destination }),
  };
}

const mappingPath = (destination: string) => `/api/mappings/${encodeURIComponent(destination)}`;

type Ask = <T>(method: 'GET' | 'POST' | 'PUT', path: string, data?: object) => Promise<T>;

function remoteMappings(ask: Ask): MappingOperations {
  return {
    get: async (destination) => {
      const {
        text,
        mapping: _object,
        ...view
      } = await ask<Omit<MappingView, 'body'> & { text: string; mapping: object }>(
        'GET',
        mappingPath(destination),
      );
      return { ...view, body: text } as MappingView;
    },
    history: async (destination) =>
      (await ask<{ items: MappingHistoryEntry[] }>('GET', `${mappingPath(destination)}/versions`)).items,
    fields: async (destination) =>
      (await ask<{ items: MappingFields[] }>('GET', `${mappingPath(destination)}/fields`)).items,
    check: async (destination, text) =>
      (await ask<{ findings: Finding[] }>('POST', `${mappingPath(destination)}/check`, { text })).findings,
    publish: (destination, request) => ask('PUT', mappingPath(destination), request),
    rollBack: (destination, request) => ask('POST', `${mappingPath(destination)}/rollback`, request),
    rewrite: async (destination, range, by) =>
      (await ask<{ changed: number }>('POST', `${mappingPath(destination)}/rewrite`, { ...range, by }))
        .changed,
  };
}

function remoteDrift(client: AxiosInstance): Operations['drift'] {
  const path = (destination: string, key: string) => `/api/drift/${encodeURIComponent(destination)}/${key}`;
  const decide = async (destination: string, key: string, verb: string, by: string) => {
    const config = { method: 'POST', url: `${path(destination, key)}/${verb}`, data: { by } };
    return (await orNothing(call(client, config))) !== undefined;
  };
  return {
    list: (filter) => call(client, { method: 'GET', url: '/api/drift', params: filter }),
    show: (destination, key) => orNothing(call(client, { method: 'GET', url: path(destination, key) })),
    restore: (destination, key, by) => decide(destination, key, 'restore', by),
    accept: (destination, key, by) => decide(destination, key, 'accept', by),
    reconcile: (destination, request) =>
      call(client, { method: 'POST', url: '/api/reconcile', data: { destination, ...request }, timeout: 0 }),
  };
}

function clientFor(url: string, adminToken: string | undefined): AxiosInstance {
  return axios.create({
    baseURL: url,
    // Long enough for a check against slow CRMs.
    timeout: 120_000,
    // To this machine, never through a proxy that the environment names, and never on to another one.
    proxy: false,
    maxRedirects: 0,
    httpAgent: new Agent({ keepAlive: false }),
    headers: adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` },
  });
}

async function call<T>(client: AxiosInstance, config: AxiosRequestConfig): Promise<T> {
  try {
    return (await client.request<T>(config)).data;
  } catch (error) {
    throw toRemoteError(error);
  }
}

// Never the error itself: it carries the request with its token.
function toRemoteError(error: unknown): RemoteError {
  const answer = error instanceof AxiosError ? error.response : undefined;
  if (answer === undefined) return new RemoteError('The running worker does not answer.');
  if (answer.status === 401) {
    return new RemoteError('The running worker asks for its ADMIN_TOKEN; set the same one here.', 401);
  }
  const { message } = (answer.data ?? {}) as { message?: unknown };
  const said = typeof message === 'string' ? message : `it answered ${answer.status}`;
  return new RemoteError(`The running worker refused: ${said}`, answer.status);
}

async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof RemoteError && error.status === 404) return undefined;
    throw error;
  });
}
