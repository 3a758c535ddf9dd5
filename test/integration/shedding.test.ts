import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Admission, type RoomLimits } from '../../src/http/admission.ts';
import { webhookRoom } from '../../src/http/webhooks.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { readiness } from '../../src/pipeline/readiness.ts';
import type { WebhookSource } from '../../src/sources/source.ts';
import { ask, sign, signedSource, startServer, stopServers, type Answer } from '../support/http.ts';
import { status } from '../support/operations.ts';
import { messagesPath, post, startSetting, textTo, until } from './pass-through-support.ts';

const body = '{"object":"whatsapp_business_account","entry":[]}';

/** A receiver for two sources whose ledger commits when it is told to, on a clock that is set by hand. */
async function slowReceiver(limits: Partial<RoomLimits>) {
  const clock = { now: 1_000 };
  const waiting: { source: string; commit(): void; fail(): void }[] = [];
  const verified: string[] = [];
  const told: { source: string; count: number }[] = [];
  const shed: string[] = [];
  const source = (id: string): [string, WebhookSource] => [
    id,
    {
      ...signedSource,
      id,
      verify: (request) => {
        verified.push(id);
        return signedSource.verify(request);
      },
    },
  ];
  const webhooks = new Map([source('support'), source('emea')]);
  const admission = new Admission(
    webhooks.keys(),
    { ...webhookRoom, ...limits },
    { shed: (id) => shed.push(id), overloaded: (id, count) => told.push({ source: id, count }) },
    () => clock.now,
  );
  const running = await startServer({
    webhooks,
    admission,
    capture: ({ id }) =>
      new Promise<void>((resolve, reject) =>
        waiting.push({ source: id, commit: resolve, fail: () => reject(new Error('no ledger')) }),
      ),
  });
  const send = (id = 'support'): Promise<Answer> =>
    ask(running.port, `/webhooks/${id}`, {
      method: 'POST',
      body,
      headers: { 'x-hub-signature-256': sign(body) },
    });
  /** Sends so many and waits until they wait for the ledger. */
  const fill = async (count: number, id = 'support') => {
    const before = waiting.length;
    const answers = Array.from({ length: count }, () => send(id));
    await until(() => waiting.length === before + count);
    return answers;
  };
  const commitAll = () => waiting.splice(0).forEach(({ commit }) => commit());
  const inside = () => admission.inside('support').requests;
  return {
    ...running,
    admission,
    holding: inside,
    clock,
    waiting,
    verified,
    told,
    shed,
    send,
    fill,
    commitAll,
  };
}

/** A request's head and begin over a connection of its own, never ended. */
async function open(
  port: number,
  head: string,
  begin = '',
): Promise<{ socket: Socket; said: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const said = (async () => {
    let text = '';
    try {
      for await (const chunk of socket) text += String(chunk);
    } catch {
      // The test ended it.
    }
    return text;
  })();
  socket.write(`POST /webhooks/support HTTP/1.1\r\nhost: localhost\r\n${head}\r\n\r\n${begin}`);
  return { socket, said };
}

afterEach(stopServers);

// Of two sources each has a quarter of the room for itself, and half is for whoever comes.
const room = { requests: 8, bytes: 8_000, largest: 1_000 };

describe('when more waits than there is room for', () => {
  test('a webhook is answered 503 with Retry-After, and nothing of it is looked at', async () => {
    const { send, fill, commitAll, verified, shed } = await slowReceiver(room);
    const inside = await fill(6);
    const before = verified.length;
    const answer = await send();
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '10']);
    expect([verified.length, shed]).toEqual([before, ['support']]);
    commitAll();
    expect((await Promise.all(inside)).map((one) => one.status)).toEqual(Array(6).fill(200));
  });

  test('it is answered at its head: no body has to come, and a long one ends its connection', async () => {
    const { port, fill, commitAll } = await slowReceiver(room);
    const inside = await fill(6);
    const { said } = await open(port, 'content-length: 1000000');
    expect(await said).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 10\r\n[^]*connection: close/i);
    commitAll();
    await Promise.all(inside);
  });

  test('the other source has its own room still, and both are let in again when there is room', async () => {
    const { send, fill, commitAll, admission, holding } = await slowReceiver(room);
    const inside = [...(await fill(6)), ...(await fill(2, 'emea'))];
    expect([(await send()).status, (await send('emea')).status]).toEqual([503, 503]);
    expect([holding(), admission.inside('emea').requests]).toEqual([6, 2]);
    commitAll();
    expect((await Promise.all(inside)).every((one) => one.status === 200)).toBe(true);
    const again = [...(await fill(2)), ...(await fill(6, 'emea'))];
    commitAll();
    expect((await Promise.all(again)).every((one) => one.status === 200)).toBe(true);
    expect([holding(), admission.inside('emea').requests]).toEqual([0, 0]);
  });

  test('what the ledger refuses leaves its room too', async () => {
    const { send, fill, waiting, commitAll } = await slowReceiver(room);
    const inside = await fill(6);
    waiting.splice(0).forEach(({ fail }) => fail());
    expect((await Promise.all(inside)).map((one) => one.status)).toEqual(Array(6).fill(503));
    const [again] = await fill(1);
    commitAll();
    expect((await again)?.status).toBe(200);
    expect((await Promise.all([send(), until(() => waiting.length === 1).then(commitAll)]))[0].status).toBe(
      200,
    );
  });

  test('of a sender who is gone, what waits for its commit is held until then', async () => {
    const { port, holding, waiting, commitAll } = await slowReceiver(room);
    const head = `content-length: ${body.length}\r\nx-hub-signature-256: ${sign(body)}`;
    const { socket, said } = await open(port, head, body);
    await until(() => waiting.length === 1);
    socket.destroy();
    await said.catch(() => undefined);
    expect(holding()).toBe(1);
    commitAll();
    await until(() => holding() === 0);
  });

  test('a source whose oldest one waits for too long is turned away, until that one is committed', async () => {
    const { send, fill, commitAll, clock } = await slowReceiver({ ...room, ageMs: 5_000 });
    const [first] = await fill(1);
    clock.now += 5_001;
    expect((await send()).status).toBe(503);
    const [other] = await fill(1, 'emea');
    commitAll();
    expect([(await first)?.status, (await other)?.status]).toEqual([200, 200]);
    const [again] = await fill(1);
    commitAll();
    expect((await again)?.status).toBe(200);
  });
});

describe('of bodies', () => {
  test('no more is held than there is room for, whether announced or not', async () => {
    const limits = { requests: 100, bytes: 4_000, largest: 1_000 };
    const { port, admission, holding, shed } = await slowReceiver(limits);
    // Three quarters of the bytes are for one source: 1,000 of its own and 2,000 of all.
    const { socket } = await open(port, 'content-length: 100000', 'x'.repeat(2_900));
    await until(() => admission.inside('support').bytes === 2_900);
    expect(admission.enter('support', 101)).toBeUndefined();
    const late = await open(port, 'transfer-encoding: chunked', `c8\r\n${'x'.repeat(200)}\r\n`);
    expect(await late.said).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 10/i);
    expect(shed.length).toBeGreaterThan(1);
    socket.destroy();
    await until(() => holding() === 0);
    const place = admission.enter('support', 1_000);
    expect([place?.grow(3_000), place?.grow(1)]).toEqual([true, false]);
    expect(holding()).toBe(0);
  });

  test('those that trickle make room when others come, the slowest first', async () => {
    const { port, fill, commitAll, clock, holding, send } = await slowReceiver(room);
    const slow = [];
    for (let count = 0; count < 6; count += 1) {
      slow.push(await open(port, 'content-length: 900', 'x'));
      await until(() => holding() === count + 1);
      clock.now += 1;
    }
    expect((await send()).status).toBe(503);
    clock.now += 5_000;
    const [let_in] = await fill(1);
    expect(await slow[0]?.said).toMatch(/^HTTP\/1\.1 408 [^]*connection: close/i);
    expect(holding()).toBe(6);
    commitAll();
    expect((await let_in)?.status).toBe(200);
    slow.forEach(({ socket }) => socket.destroy());
    await until(() => holding() === 0);
  });
});

describe('who looks after it', () => {
  test('is told once a minute, by an alert that is no reason to send nothing more here, and by a count', async () => {
    const { fill, send, commitAll, clock, told, admission } = await slowReceiver(room);
    const inside = await fill(6);
    for (const wait of [0, 10_000, 51_000]) {
      clock.now += wait;
      await send();
    }
    expect(told).toEqual([
      { source: 'support', count: 1 },
      { source: 'support', count: 2 },
    ]);
    commitAll();
    await Promise.all(inside);
    const ready = () =>
      readiness({
        ledger: {
          ping: async () => undefined,
          backlog: async () => status.backlog,
          destinationHealth: async () => [],
          alerts: async () => [],
        },
        queue: { ping: async () => undefined },
        maxBacklogAgeMs: 900_000,
        shedding: () => admission.shedding(),
      });
    expect(await ready()).toMatchObject({ ok: true, alerts: [{ source: 'support', code: 'overloaded' }] });
    clock.now += 60_001;
    expect(await ready()).toMatchObject({ ok: true, alerts: [] });
    const metrics = createMetrics();
    metrics.shed('support');
    metrics.setInFlight('support', 3);
    const text = await metrics.text();
    expect(text).toContain('wcs_shed_total{source="support"} 1');
    expect(text).toContain('wcs_requests_in_flight{source="support"} 3');
  });
});

describe('what is passed on to Meta', () => {
  test('is turned away in the shape of the Graph API when too much is on its way', async () => {
    const setting = await startSetting({}, { requests: 2 });
    setting.meta.sends.behave('hold');
    const hello = textTo('14155550100', 'Your table is booked.');
    const inside = [post(setting, hello), post(setting, textTo('14155550101', 'So is yours.'))];
    await until(() => setting.recorded.length === 2);
    const answer = await ask(setting.port, messagesPath, { method: 'POST', body: '{}' });
    expect([answer.status, answer.headers['retry-after'], answer.headers['x-wcs-outcome']]).toEqual([
      503,
      '10',
      'not-sent',
    ]);
    expect(answer.json()).toMatchObject({ error: { is_transient: true } });
    setting.meta.sends.release();
    expect((await Promise.all(inside)).map((one) => one.status)).toEqual([200, 200]);
    expect((await post(setting, hello)).status).toBe(200);
    await setting.close();
  });
});
