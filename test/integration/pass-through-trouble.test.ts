import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  itemsOf,
  messagesPath,
  numberId,
  ownNumber,
  post,
  startSetting,
  textTo,
  until,
  type Setting,
} from './pass-through-support.ts';

let setting: Setting;

beforeEach(async () => {
  setting = await startSetting();
});

afterEach(() => setting.close());

const hello = textTo('14155550100', 'Your table is booked.');
const outcomes = () => itemsOf(setting.recorded).flatMap(({ outcome }) => outcome ?? []);

describe('when Meta has trouble', () => {
  it('that keeps the request from being sent, the sender is told to send it again', async () => {
    await post(setting, hello);
    await setting.meta.sends.down();
    const answer = await post(setting, hello);
    expect([answer.status, answer.json]).toMatchObject([503, { error: { is_transient: true } }]);
    await until(() => outcomes().length === 2);
    expect(outcomes()).toEqual(['sent', 'not-sent']);
    await setting.meta.sends.up();
    expect((await post(setting, hello)).status).toBe(200);
    expect(setting.meta.sends.sent).toHaveLength(2);
  });

  it('after the request was taken, the sender is told that nobody knows', async () => {
    setting.meta.sends.behave('cut');
    const answer = await post(setting, hello);
    expect([answer.status, answer.json]).toMatchObject([504, { error: { is_transient: false } }]);
    expect(JSON.stringify(answer.json)).toContain('may have been sent');
    expect(answer.headers['x-wcs-outcome']).toBe('unknown');
    await until(() => outcomes().length === 1);
    expect(outcomes()).toEqual(['unknown']);
    expect(setting.meta.sends.sent).toHaveLength(1);
  });

  it('and does not answer in time, the sender is told that nobody knows', async () => {
    await setting.close();
    setting = await startSetting({ timeoutMs: 200 });
    setting.meta.sends.behave('hold');
    expect((await post(setting, hello)).status).toBe(504);
    setting.meta.sends.release();
    await until(() => outcomes().length === 1);
    expect(outcomes()).toEqual(['unknown']);
  });

  it('and says so, its words come back', async () => {
    setting.meta.sends.behave('error');
    expect(await post(setting, hello)).toMatchObject({ status: 500, json: { error: { code: 131000 } } });
    await until(() => outcomes().length === 1);
    expect(outcomes()).toEqual(['unknown']);
  });
});

describe('the number that a message is sent from', () => {
  it('is learnt from Meta, so that another one is forwarded and left to the privacy gate', async () => {
    const path = messagesPath.replace(numberId, '999');
    expect((await post(setting, hello, { path })).status).toBe(200);
    await until(() => setting.recorded.length === 3);
    expect(setting.recorded.map(({ businessNumber }) => businessNumber)).toEqual(
      Array(3).fill('+15550009999'),
    );
  });

  it('is the only one configured when Meta cannot be asked, and with several nothing is sent', async () => {
    const { url, server } = await stubMeta((incoming, outgoing) => {
      if (incoming.method === 'GET') return void outgoing.writeHead(500).end();
      outgoing.writeHead(200).end('{"messages":[{"id":"wamid.one"}]}');
      return undefined;
    });
    await setting.close();
    setting = await startSetting({ apiUrl: url });
    expect((await post(setting, hello)).status).toBe(200);
    await until(() => setting.recorded.length === 3);
    await setting.close();
    setting = await startSetting({ apiUrl: url, businessNumbers: [ownNumber, '+15550009999'] });
    expect(await post(setting, hello)).toMatchObject({
      status: 503,
      json: { error: { is_transient: true } },
    });
    expect(setting.recorded).toEqual([]);
    server.close();
  });

  it('must be readable for the token where several are configured', async () => {
    const { url, server } = await stubMeta((_incoming, outgoing) => {
      outgoing.writeHead(403).end('{"error":{"code":10,"message":"(#10) no permission"}}');
    });
    await setting.close();
    setting = await startSetting({ apiUrl: url, businessNumbers: 'all' });
    expect(await post(setting, hello)).toMatchObject({
      status: 403,
      json: { error: { is_transient: false } },
    });
    server.close();
  });
});

async function stubMeta(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createHttp(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}
