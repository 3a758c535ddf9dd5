import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWhatsApp, type WhatsAppSandbox } from '../../src/sandbox/whatsapp/index.ts';
import { createTokenCheck, createTokenWatch } from '../../src/sources/whatsapp-cloud/token-check.ts';
import { freePort } from '../support/ports.ts';

const signal = new AbortController().signal;
let sandbox: WhatsAppSandbox;

beforeAll(async () => {
  sandbox = await startWhatsApp({ accessToken: 'good' });
});
afterAll(() => sandbox.close());

const optionsWith = (accessToken: string, apiUrl = sandbox.url) => ({
  id: 'support',
  apiUrl,
  apiVersion: 'v25.0',
  accessToken,
});

describe('the access token of a Cloud API app', () => {
  test('is said to be good, and for how long', async () => {
    const findings = await createTokenCheck(optionsWith('good')).check(signal);
    expect(findings).toEqual([
      { level: 'ok', subject: 'access token', text: 'is valid and does not expire' },
    ]);
  });

  test('is said to be dead when Meta refuses it, without the token in the words', async () => {
    const findings = await createTokenCheck(optionsWith('dead-token')).check(signal);
    expect(findings).toMatchObject([{ level: 'error', code: 'source-auth-failed' }]);
    expect(JSON.stringify(findings)).not.toContain('dead-token');
  });

  test('is not called dead when Meta cannot be reached', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await createTokenCheck(optionsWith('good', url)).check(signal)).toMatchObject([
      { level: 'error', code: 'source-unavailable' },
    ]);
  });

  test('is watched: the stream has no events and fails when the token is dead', async () => {
    const drain = async (token: string): Promise<number> => {
      let pages = 0;
      const watch = createTokenWatch(optionsWith(token));
      const context = { cursor: undefined, now: new Date(), signal, known: async () => new Set<string>() };
      for await (const _page of watch.pages('token', context)) pages += 1;
      return pages;
    };
    expect(await drain('good')).toBe(0);
    await expect(drain('dead-token')).rejects.toMatchObject({ code: 'source-auth-failed' });
  });
});
