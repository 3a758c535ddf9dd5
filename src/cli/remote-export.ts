import type { Readable } from 'node:stream';
import { AxiosError, type AxiosInstance } from 'axios';
import { ExportRefused, type ExportRequest } from '../pipeline/export-operations.ts';

/** The zip of an export as a running worker makes it. @throws ExportRefused; what `explain` makes of everything else */
export async function remoteExport(
  client: AxiosInstance,
  { formats, ...choice }: ExportRequest,
  explain: (error: unknown) => Error,
): Promise<AsyncIterable<Uint8Array>> {
  const params = { ...choice, formats: formats.join(','), all: true };
  return remoteZip(client, { url: '/api/export/records.zip', params }, (error) => {
    const answer = error instanceof AxiosError ? error.response : undefined;
    return answer?.status === 404 ? new ExportRefused(messageOf(answer.data)) : explain(error);
  });
}

/** The zip of a backup as a running worker makes it. @throws what `explain` makes of every error */
export function remoteBackup(
  client: AxiosInstance,
  by: string,
  explain: (error: unknown) => Error,
): Promise<AsyncIterable<Uint8Array>> {
  return remoteZip(client, { url: '/api/backup.zip', params: { by } }, explain);
}

async function remoteZip(
  client: AxiosInstance,
  request: { readonly url: string; readonly params: object },
  explain: (error: unknown) => Error,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    const { data } = await client.request<Readable>({
      method: 'GET',
      ...request,
      responseType: 'stream',
      timeout: 0,
      maxContentLength: Infinity,
    });
    return whole(data);
  } catch (error) {
    const answer = error instanceof AxiosError ? error.response : undefined;
    if (answer !== undefined) answer.data = await readAnswer(answer.data as Readable);
    throw explain(error);
  }
}

/** A worker that breaks off sends no end: then there is an error, and no export. */
async function* whole(stream: Readable): AsyncIterable<Uint8Array> {
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch {
    throw new Error('The running worker broke it off; its log says why.');
  }
}

async function readAnswer(stream: Readable): Promise<unknown> {
  let text = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString();
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageOf(answer: unknown): string {
  const { message } = (answer ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : 'There is nothing to export.';
}
