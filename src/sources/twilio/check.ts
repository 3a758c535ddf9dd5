import { z } from 'zod';
import { SourceError } from '../../core/source-errors.ts';
import type { SourceCheck } from '../source.ts';
import { createClient, query } from './client.ts';
import type { TwilioOptions } from './index.ts';

type CheckOptions = Pick<
  TwilioOptions,
  'id' | 'accountSid' | 'authToken' | 'apiKeySid' | 'apiKeySecret' | 'apiUrl' | 'calls'
>;

/** May the lists be read with these credentials? One question for each list that is polled. */
export function createTwilioCheck(options: CheckOptions): SourceCheck {
  const { id, accountSid, authToken, apiKeySid, apiKeySecret, apiUrl, calls } = options;
  const client = createClient({
    baseUrl: apiUrl,
    username: apiKeySid ?? accountSid,
    password: apiKeySecret ?? authToken,
  });
  const ask = async (subject: string, list: string, signal: AbortSignal) => {
    try {
      const path = `/2010-04-01/Accounts/${accountSid}/${list}.json${query({ PageSize: 1 })}`;
      await client.get(path, z.looseObject({}), signal);
      return { level: 'ok' as const, subject, text: 'can be read' };
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      return { level: 'error' as const, subject, text: error.message, code: error.code };
    }
  };
  return {
    id,
    check: (signal) =>
      Promise.all([
        ask('list of messages', 'Messages', signal),
        ...(calls === 'none' ? [] : [ask('list of calls', 'Calls', signal)]),
      ]),
  };
}
