import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FileResult } from '../../src/core/interaction.ts';
import { demoMedia, startWhatsApp, type WhatsAppSandbox } from '../../src/sandbox/whatsapp/index.ts';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, personNumber, textWebhook } from '../support/traffic.ts';
import { postWebhook, startWorker, until, untilTotals, type WorkerProcess } from '../support/worker.ts';

const sha256 = createHash('sha256').update(demoMedia.voice.data).digest('hex');

/** A webhook of traffic.ts with a file instead of its text. */
function fileWebhook(id: string, type: string, file: object): object {
  const body = JSON.stringify(textWebhook(id, personNumber(0), 'text', 1_790_000_000));
  const text = JSON.stringify({ type: 'text', text: { body: 'text' } }).slice(1, -1);
  return JSON.parse(body.replace(text, JSON.stringify({ type, [type]: file }).slice(1, -1))) as object;
}

interface Seen {
  readonly interaction: { readonly content: { readonly media: readonly { readonly result?: FileResult }[] } };
  readonly events: readonly { readonly kind: string }[];
}

describe('files of messages, with the real worker', () => {
  const folder = makeTempFolder('media-e2e');
  let crms: Crms;
  let whatsapp: WhatsAppSandbox;
  let worker: WorkerProcess;

  const settings = () =>
    settingsFor(crms).replace(
      'verifyToken: verify',
      `verifyToken: verify\n    accessToken: access-token\n    apiUrl: ${whatsapp.url}`,
    );

  beforeAll(async () => {
    crms = await startCrms(1);
    whatsapp = await startWhatsApp({ accessToken: 'access-token', media: [] });
    worker = await startWorker({ folder: folder.path, settings: settings() });
  }, 60_000);

  afterAll(async () => {
    await worker.stop();
    await Promise.all([crms.close(), whatsapp.close()]);
    folder.remove();
  }, 60_000);

  const send = async (body: object) =>
    expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);

  const seen = async (type: string): Promise<Seen> => {
    const list = (await (await fetch(`${worker.url}/api/interactions`)).json()) as {
      items: { interaction: { key: string; content: { type: string } } }[];
    };
    const key = list.items.find(({ interaction }) => interaction.content.type === type)?.interaction.key;
    return (await (await fetch(`${worker.url}/api/interactions/${key}`)).json()) as Seen;
  };

  const resultOf = async (type: string) => (await seen(type)).interaction.content.media[0]?.result;

  test('a voice note is logged before its file is here; the file is kept through a kill -9', async () => {
    let give: (value?: unknown) => void = () => undefined;
    const ready = new Promise((resolve) => (give = resolve));
    whatsapp.addMedia({ ...demoMedia.voice, ready });
    const { id, mimeType } = demoMedia.voice;
    await send(fileWebhook('wamid.voice', 'audio', { id, mime_type: mimeType, voice: true }));
    await untilTotals(worker.url, ({ logged }) => logged === 1);
    await until(async () => whatsapp.requests.download === 1);
    expect(await resultOf('audio')).toBeUndefined();
    await worker.kill();
    give();
    worker = await startWorker({ folder: folder.path, settings: settings() });
    await until(async () => (await resultOf('audio')) !== undefined);
    const { interaction, events } = await seen('audio');
    expect(interaction.content.media[0]?.result).toEqual({
      state: 'stored',
      sha256,
      size: demoMedia.voice.data.length,
      mimeType,
    });
    expect(events.map(({ kind }) => kind)).toEqual(['message', 'media']);
    const place = join(folder.path, 'data', 'media', sha256.slice(0, 2), sha256.slice(2, 4), sha256);
    expect(existsSync(place)).toBe(true);
  }, 120_000);

  test('a file that the provider does not have any more is told in the CRM', async () => {
    await send(
      fileWebhook('wamid.image', 'image', { id: '404', mime_type: 'image/jpeg', caption: 'Corner' }),
    );
    const told = () =>
      crms.salesforce.rows('Task').some((task) => JSON.stringify(task).includes('[Image] not available: '));
    await until(async () => told());
    expect(await resultOf('image')).toMatchObject({ state: 'missing', code: 'media-expired' });
    await untilTotals(worker.url, ({ logged, pending }) => logged === 2 && pending === 0);
    expect(worker.output()).not.toMatch(/access-token|Corner|lookaside/);
  }, 120_000);
});
