import axios from 'axios';
import type { z } from 'zod';
import { SourceError } from '../../core/source-errors.ts';
import { graphError } from './graph-errors.ts';
import type { TokenOptions } from './token-check.ts';

const answerMs = 30_000;

/** Asks the Graph API with the source's token; nothing else is ever asked. @throws SourceError */
export async function askGraph<T>(
  { apiUrl, apiVersion, accessToken }: TokenOptions,
  path: string,
  params: Readonly<Record<string, string | number>>,
  shape: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T> {
  const { status, data, headers } = await axios
    .get<unknown>(`${apiUrl}/${apiVersion}/${path}`, {
      params,
      headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
      maxRedirects: 0,
      maxContentLength: 20 * 1_048_576,
      proxy: false,
      timeout: answerMs,
      validateStatus: () => true,
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    })
    .catch((error: unknown) => {
      signal.throwIfAborted();
      const code = axios.isAxiosError(error) ? error.code : undefined;
      throw new SourceError('source-unavailable', code ?? 'The connection failed.');
    });
  if (status !== 200) throw refusalOf(status, data, headers);
  const answer = shape.safeParse(data);
  if (answer.success) return answer.data;
  const where = answer.error.issues[0]?.path.join('.') ?? '';
  throw new SourceError('source-answer-unreadable', `At ${where}.`);
}

/** What an account does not offer is refused as an object or a field that does not exist (Graph API: 100). */
function refusalOf(status: number, data: unknown, headers: object): SourceError {
  const error = graphError(status, data, { ...headers });
  return error.code === 'media-expired' || (status >= 400 && error.code === 'source-answer-unreadable')
    ? new SourceError('source-cannot-be-asked', `HTTP ${status}`)
    : error;
}
