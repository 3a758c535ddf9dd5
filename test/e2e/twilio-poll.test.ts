import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { openLedger } from '../../src/ledger/open.ts';
import {
  startTwilio,
  type TwilioSandbox,
  type TwilioSandboxOptions,
} from '../../src/sandbox/twilio/index.ts';
import { doubles, recordsPerKey, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import { personNumber } from '../support/traffic.ts';
import { accountSid, authToken, twilioNumber } from '../support/twilio.ts';
import { startWorker, until, untilTotals, type WorkerProcess } from '../support/worker.ts';

const people = 10;
const hour = 3_600_000;

let folder: TempFolder;
let crms: Crms;
let twilio: TwilioSandbox;
let worker: WorkerProcess | undefined;

beforeEach(async () => {
  folder = makeTempFolder('twilio');
  crms = await startCrms(people);
});

afterEach(async () => {
  await worker?.stop();
  await Promise.all([crms.close(), twilio.close()]);
  folder.remove();
}, 60_000);

async function startAccount(options: Partial<TwilioSandboxOptions> = {}): Promise<void> {
  twilio = await startTwilio({ accountSid, authToken, number: twilioNumber, ...options });
}

async function start(): Promise<string> {
  const { salesforce, hubspot } = crms;
  const settings = `
sources:
  - id: emea
    type: twilio
    accountSid: ${accountSid}
    authToken: ${authToken}
    apiUrl: ${twilio.url}
    conversationsUrl: ${twilio.conversationsUrl}
    pollEvery: 500ms
    businessNumbers: ['${twilioNumber}']
destinations:
  - id: sales
    type: salesforce
    loginUrl: ${salesforce.url}
    auth: { flow: client-credentials, clientId: client, clientSecret: secret }
    window: 100ms
  - id: marketing
    type: hubspot
    apiUrl: ${hubspot.url}
    accessToken: ${hubspot.accessToken}
    window: 100ms
routes:
  - { source: emea, destinations: [sales, marketing] }
media: { fetch: false }
`;
  worker = await startWorker({ folder: folder.path, settings });
  return worker.url;
}

/** Every one of them is logged, and one record of each is in both CRMs. */
async function loggedOnce(url: string, count: number): Promise<void> {
  const totals = await untilTotals(url, ({ logged }) => logged >= count, 40_000);
  expect(totals).toMatchObject({ received: count, logged: count, failed: 0, withoutContent: 0 });
  const { salesforce, hubspot } = recordsPerKey(crms);
  expect([salesforce.size, hubspot.size, doubles(crms)]).toEqual([count, count, []]);
}

/** Resolves when a poll has read this list to its end and found something new in it. */
async function pollFound(stream: 'messages' | 'calls'): Promise<void> {
  const found = (line: string) =>
    line.includes(`"stream":"${stream}"`) && line.includes('the poll found events');
  await until(async () => worker?.output().split('\n').some(found) ?? false, 20_000);
}

/** Resolves when both lists are asked for once more. */
async function askedAgain(): Promise<void> {
  const asked = () => (['messages.list', 'calls.list'] as const).map((name) => twilio.requests[name] ?? 0);
  const before = asked();
  await until(async () => asked().every((count, index) => count > before[index]!), 20_000);
}

/** Codes of the alerts that a worker left when it was stopped. */
async function stopAndReadAlerts(): Promise<string[]> {
  await worker?.stop();
  const { ledger } = await openLedger({ dataDir: join(folder.path, 'data') });
  const alerts = await ledger.alerts();
  await ledger.close();
  return alerts.map(({ source, code }) => `${source} ${code}`);
}

interface Shown {
  readonly interaction: {
    readonly kind: string;
    readonly providerId: string;
    readonly direction: string;
    readonly person: { readonly name?: string; readonly phone?: string };
    readonly content?: { readonly text: string; readonly replyTo?: { readonly providerId: string } };
    readonly status?: { readonly state: string };
    readonly result?: string;
    readonly durationSeconds?: number;
  };
}

async function shown(url: string): Promise<Shown['interaction'][]> {
  const answer = await fetch(`${url}/api/interactions?limit=100`);
  return ((await answer.json()) as { items: Shown[] }).items.map(({ interaction }) => interaction);
}

/** `count` messages over the last day, in both directions, one every few minutes. */
async function aDayOfMessages(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const at = new Date(Date.now() - 24 * hour + (index * 24 * hour) / count);
    const person = personNumber(index % people);
    if (index % 3 === 2) await twilio.send({ to: person, body: `answer ${index}`, status: 'read', at });
    else await twilio.receive({ from: person, body: `question ${index}`, at });
  }
}

describe('a Twilio account', () => {
  test('with webhooks and polls gives each message and call once, as rich as the webhook', async () => {
    await startAccount();
    const url = await start();
    twilio.webhooks(`${url}/webhooks/emea`);
    const sent = await twilio.send({ to: personNumber(0), body: 'How may we help?' });
    await twilio.setStatus(sent, 'delivered');
    await twilio.setStatus(sent, 'read');
    const [ana, ben] = [personNumber(0), personNumber(1)];
    const reply = await twilio.receive({ from: ana, body: 'a reply', profileName: 'Ana', replyTo: sent });
    for (let index = 0; index < 5; index += 1) await twilio.receive({ from: ben, body: `${index}` });
    const talk = { direction: 'inbound', person: ana, answered: true, duration: 42, legs: 2 } as const;
    const answered = await twilio.call({ ...talk, at: new Date(Date.now() - hour) });
    const missed = await twilio.call({ ...talk, answered: false, at: new Date(Date.now() - 2 * hour) });
    const made = await twilio.call({ direction: 'outbound', person: ben, answered: true, legs: 2 });
    expect(twilio.webhookCounts).toMatchObject({ failed: 0, dropped: 0 });
    await pollFound('messages');
    await pollFound('calls');
    await loggedOnce(url, 10);
    const all = new Map((await shown(url)).map((one) => [one.providerId, one]));
    expect(all.get(sent)).toMatchObject({
      direction: 'outbound',
      person: { phone: ana },
      content: { text: 'How may we help?' },
      status: { state: 'read' },
    });
    expect(all.get(reply)).toMatchObject({
      direction: 'inbound',
      person: { name: 'Ana', phone: ana },
      content: { text: 'a reply', replyTo: { providerId: sent } },
    });
    expect(all.get(answered)).toMatchObject({
      direction: 'inbound',
      result: 'answered',
      durationSeconds: 42,
    });
    expect(all.get(missed)).toMatchObject({ direction: 'inbound', result: 'missed', person: { phone: ana } });
    expect(all.get(made)).toMatchObject({
      direction: 'outbound',
      result: 'answered',
      person: { phone: ben },
    });
  }, 60_000);

  test('whose webhooks were dead for a day is filled by the poll, once', async () => {
    await startAccount();
    const url = await start();
    twilio.webhooks(`${url}/webhooks/emea`);
    await twilio.receive({ from: personNumber(0), body: 'before' });
    twilio.webhooksDown(true);
    await aDayOfMessages(60);
    await twilio.call({ direction: 'inbound', person: personNumber(3), answered: false });
    await loggedOnce(url, 62);
    twilio.webhooksDown(false);
    await askedAgain();
    await loggedOnce(url, 62);
    expect(twilio.webhookCounts.dropped).toBeGreaterThan(60);
  }, 60_000);

  test('loses and doubles nothing when the worker is killed at random moments of a poll', async () => {
    await startAccount({ maxPageSize: 10 });
    await aDayOfMessages(90);
    twilio.faults.add({ kind: 'slow', ms: 60 }, { operation: 'messages.list', times: 40 });
    let asked = 0;
    for (let kills = 0; kills < 3; kills += 1) {
      await start();
      await until(async () => (twilio.requests['messages.list'] ?? 0) > asked, 20_000);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
      await worker?.kill();
      asked = twilio.requests['messages.list'] ?? 0;
    }
    const url = await start();
    await loggedOnce(url, 90);
  }, 60_000);

  test('that asks to slow down in the middle of a poll is left alone so long, and read to the end then', async () => {
    await startAccount({ maxPageSize: 20 });
    await aDayOfMessages(60);
    const plan = { operation: 'messages.list', after: 1, retryAfterSeconds: 3 } as const;
    twilio.faults.throttle(plan);
    const url = await start();
    await until(async () => worker?.output().includes('source-throttled') ?? false, 20_000);
    const throttledAt = Date.now();
    const asked = twilio.requests['messages.list'] ?? 0;
    await until(async () => (twilio.requests['messages.list'] ?? 0) > asked, 20_000);
    expect(Date.now() - throttledAt).toBeGreaterThan(2_500);
    await loggedOnce(url, 60);
  }, 60_000);

  test('that refuses the credentials raises an alert, which ends when they are mended', async () => {
    await startAccount();
    await aDayOfMessages(5);
    twilio.denyCredentials(true);
    await start();
    await until(async () => worker?.output().includes('source-auth-failed') ?? false, 20_000);
    expect(await stopAndReadAlerts()).toEqual(['emea source-auth-failed']);
    expect(worker?.output()).not.toContain(authToken);
    twilio.denyCredentials(false);
    const url = await start();
    await loggedOnce(url, 5);
    expect(await stopAndReadAlerts()).toEqual([]);
  }, 60_000);
});
