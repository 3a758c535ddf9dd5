import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { openLedger } from '../../src/ledger/open.ts';
import { startWhatsApp, type WhatsAppSandbox } from '../../src/sandbox/whatsapp/index.ts';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, businessNumber, personNumber } from '../support/traffic.ts';
import {
  postWebhook,
  startWorker,
  untilDirectoryPulled,
  untilTotals,
  type WorkerProcess,
} from '../support/worker.ts';

const token = 'EAAsenderstoken';
const numberId = '106540352242922';
const metadata = { display_phone_number: businessNumber.slice(1), phone_number_id: numberId };
const to = personNumber(0).slice(1);

function sendTo(url: string, words: string): Promise<Response> {
  return fetch(`${url}/graph/support/v23.0/${numberId}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messaging_product: 'whatsapp', to, type: 'text', text: { body: words } }),
  });
}

/** The webhook that says that a message was delivered: without its text, as always. */
function deliveredWebhook(id: string): object {
  const status = {
    id,
    status: 'delivered',
    timestamp: String(Math.floor(Date.now() / 1_000)),
    recipient_id: to,
  };
  const value = { messaging_product: 'whatsapp', metadata, statuses: [status] };
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [{ field: 'messages', value }] }],
  };
}

interface Notice {
  readonly event: 'intent' | 'outcome';
  readonly attempt: string;
  readonly outcome?: string;
  readonly request?: { readonly text: { readonly body: string } };
}

/** What the ledger of a worker that has ended says of requests, and of messages by id. */
async function ledgerOf(folder: string): Promise<{ notices: Notice[]; messages: string[] }> {
  const { ledger, sql } = await openLedger({ dataDir: join(folder, 'data') });
  try {
    const rows = await sql.query<{ kind: string; provider_id: string | null; payload: unknown }>(
      "select kind, provider_id, payload from wcs.events where kind in ('notice', 'message') order by id",
    );
    const notices = rows.filter(({ kind }) => kind === 'notice');
    return {
      notices: notices.map(({ payload }) => {
        const { item } = (typeof payload === 'string' ? JSON.parse(payload) : payload) as { item: Notice };
        return item;
      }),
      messages: rows.filter(({ kind }) => kind === 'message').flatMap((row) => row.provider_id ?? []),
    };
  } finally {
    await ledger.close();
  }
}

describe('a worker that others send through', () => {
  const folder = makeTempFolder('pass-through');
  let crms: Crms;
  let meta: WhatsAppSandbox;
  let worker!: WorkerProcess;

  const start = () => {
    const settings = settingsFor(crms).replace(
      'verifyToken: verify',
      `verifyToken: verify\n    apiUrl: ${meta.url}`,
    );
    return startWorker({ folder: folder.path, settings });
  };

  beforeAll(async () => {
    [crms, meta] = await Promise.all([startCrms(1), startWhatsApp({ accessToken: token })]);
    worker = await start();
    await untilDirectoryPulled(worker.url, ['sales', 'marketing']);
  }, 60_000);

  afterAll(async () => {
    // it may not have started
    await (worker as WorkerProcess | undefined)?.stop();
    await Promise.all([crms.close(), meta.close()]);
    folder.remove();
  }, 60_000);

  test('logs the text of what they send, and its statuses belong to it', async () => {
    const answer = await sendTo(worker.url, 'Your table is booked.');
    expect(answer.status).toBe(200);
    const { messages } = (await answer.json()) as { messages: { id: string }[] };
    expect(messages[0]?.id).toBe(meta.sends.sent[0]?.id);
    expect(await postWebhook(worker.url, 'support', deliveredWebhook(messages[0]?.id ?? ''), appSecret)).toBe(
      200,
    );
    const totals = await untilTotals(worker.url, ({ logged }) => logged === 1);
    expect(totals).toMatchObject({ received: 1, logged: 1, withoutContent: 0 });
    expect(JSON.stringify(crms.salesforce.rows('Task'))).toContain('Your table is booked.');
    expect(worker.output()).not.toMatch(/table is booked|EAAsenders/);
  }, 60_000);

  test('that is told to stop first answers and records what is on its way', async () => {
    meta.sends.behave('hold');
    const answer = sendTo(worker.url, 'Sent while it stopped.');
    await meta.sends.untilSent(2);
    const stopped = worker.stop();
    meta.sends.release();
    expect((await answer).status).toBe(200);
    expect(await stopped).toBe(0);
    const { messages } = await ledgerOf(folder.path);
    expect(messages).toEqual(meta.sends.sent.map(({ id }) => id));
    worker = await start();
  }, 60_000);

  test('that is killed between sending and recording has kept what it was about to send, and sends nothing twice', async () => {
    meta.sends.behave('hold');
    const lost = sendTo(worker.url, 'Sent before the power cut.').then(
      () => false,
      () => true,
    );
    await meta.sends.untilSent(3);
    await worker.kill();
    expect(await lost).toBe(true);
    meta.sends.release();
    worker = await start();
    const id = meta.sends.sent[2]?.id ?? '';
    expect(await postWebhook(worker.url, 'support', deliveredWebhook(id), appSecret)).toBe(200);
    const totals = await untilTotals(worker.url, ({ logged }) => logged === 3);
    expect(totals).toMatchObject({ received: 3, withoutContent: 1 });
    expect(await worker.stop()).toBe(0);
    const { notices, messages } = await ledgerOf(folder.path);
    expect(messages).toEqual(meta.sends.sent.slice(0, 2).map((one) => one.id));
    const intents = notices.filter(({ event }) => event === 'intent');
    const ended = new Set(notices.filter(({ event }) => event === 'outcome').map(({ attempt }) => attempt));
    expect(intents.filter(({ attempt }) => !ended.has(attempt))).toMatchObject([
      { request: { text: { body: 'Sent before the power cut.' } } },
    ]);
    expect(meta.sends.sent).toHaveLength(3);
  }, 60_000);
});
