import type { Readable } from 'node:stream';
import { AxiosError, type AxiosInstance } from 'axios';
import { ExportRefused, type ExportRequest } from '../pipeline/export-operations.ts';

/** The zip of an export as a running worker makes it. @throws ExportRefused; what `explain` makes of everything else */
export async function remoteExport(
  client: AxiosInstance,
  { formats, ...choice }: ExportRequest,
  explain: (error: unknown) => Error,
): Promise<AsyncIterable<Uint8Array>> {
  try {
    const { data } = await client.request<Readable>({
      method: 'GET',
      url: '/api/export/records.zip',
      params: { ...choice, formats: formats.join(','), all: true },
      responseType: 'stream',
      timeout: 0,
      maxContentLength: Infinity,
    });
    return whole(data);
  } catch (error) {
    const answer = error instanceof AxiosError ? error.response : undefined;
    if (answer !== undefined) answer.data = await readAnswer(answer.data as Readable);
    if (answer?.status === 404) throw new ExportRefused(messageOf(answer.data));
    throw explain(error);
  }
}

/** A worker that breaks off sends no end: then there is an error, and no export. */
async function* whole(stream: Readable): AsyncIterable<Uint8Array> {
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch {
    throw new Error('The running worker broke the export off; its log says why.');
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
