import { afterEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { fold } from '../../src/core/fold.ts';
import { render } from '../../src/mapping/render.ts';
import {
  demoMedia,
  demoPeople,
  demoWebhooks,
  sign,
  startWhatsApp,
  type WhatsAppSandbox,
} from '../../src/sandbox/whatsapp/index.ts';
import { foldEvents, source, split } from '../fixtures/whatsapp/bodies.ts';

const now = new Date('2026-06-01T12:00:00.000Z');
let running: WhatsAppSandbox | undefined;
let clock = now.getTime();

afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function get(path: string, token?: string): Promise<Response> {
  running ??= await startWhatsApp({ accessToken: 'good', now: () => clock });
  const url = path.startsWith('http') ? path : `${running.url}${path}`;
  return fetch(url, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
}

describe("the look-alike of Meta's media", () => {
  it('hands out a link and then the file, to the bearer alone', async () => {
    const media = demoMedia.photo;
    const described = (await (await get(`/v26.0/${media.id}`, 'good')).json()) as Record<string, string>;
    expect(described).toMatchObject({
      messaging_product: 'whatsapp',
      id: media.id,
      mime_type: 'image/png',
      file_size: String(media.data.length),
      sha256: createHash('sha256').update(media.data).digest('base64'),
    });
    const link = described['url'] ?? '';
    const file = await get(link, 'good');
    expect(Buffer.from(await file.arrayBuffer())).toEqual(media.data);
    expect((await get(link)).status).toBe(401);
  });

  it('lets a link end after five minutes', async () => {
    const { url } = (await (await get(`/v26.0/${demoMedia.voice.id}`, 'good')).json()) as { url: string };
    clock += 5 * 60 * 1000 + 1;
    expect((await get(url, 'good')).status).toBe(404);
  });

  it('refuses a wrong token as Meta does', async () => {
    const answer = await get(`/v26.0/${demoMedia.photo.id}`, 'bad');
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { type: 'OAuthException', code: 190 } });
  });

  it('does not know other objects', async () => {
    const answer = await get('/v26.0/12345', 'good');
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { error: { code: 100, error_subcode: 33 } },
    ]);
  });

  it('serves files that were added, and counts what was asked', async () => {
    await get('/v26.0/1', 'good');
    running?.addMedia({ id: '1', mimeType: 'text/plain', data: Buffer.from('a') });
    expect((await get('/v26.0/1', 'good')).status).toBe(200);
    expect(running?.requests).toEqual({ media: 2, download: 0, token: 0 });
  });
});

describe("the look-alike of Meta's tokens", () => {
  it('tells a good token from a bad one', async () => {
    const ask = async (token: string): Promise<unknown> =>
      (await get(`/v26.0/debug_token?input_token=${token}`, 'good')).json();
    expect(await ask('good')).toMatchObject({
      data: { is_valid: true, scopes: expect.arrayContaining(['whatsapp_business_messaging']) },
    });
    expect(await ask('bad')).toMatchObject({ data: { is_valid: false } });
    expect((await get('/debug_token?input_token=good')).status).toBe(401);
  });
});

describe('the sample webhooks', () => {
  const samples = demoWebhooks(now);
  const drafts = samples.flatMap(({ body }) => split(body));

  it('are signed the way the receiver checks', () => {
    const raw = Buffer.from(JSON.stringify(samples[0]?.body));
    expect(
      source.verify({
        body: raw,
        headers: { 'x-hub-signature-256': sign(raw, 'secret') },
        url: '/webhooks/support',
      }),
    ).toBe(true);
  });

  it('are the same for the same time, and lie before it', () => {
    expect(demoWebhooks(now)).toEqual(samples);
    expect(drafts.every(({ occurredAt }) => occurredAt < now.toISOString())).toBe(true);
    expect(new Set(samples.map(({ name }) => name)).size).toBe(samples.length);
  });

  it('are all read, each event of its own', () => {
    expect(drafts.filter(({ kind }) => kind === 'unrecognised')).toEqual([]);
    expect(new Set(drafts.map(({ dedupeKey }) => dedupeKey)).size).toBe(drafts.length);
  });

  it('become what a rep shall see', () => {
    const keys = [...new Set(drafts.flatMap(({ interactionKey }) => interactionKey ?? []))];
    const lines = keys.map((key) => {
      const interaction = fold(key, foldEvents(drafts.filter((draft) => draft.interactionKey === key)));
      const { title, text } = render(interaction, { revision: 1, contact: { type: 'contact', id: '1' } });
      return `${title} | ${text.split('\n').slice(1).join(' / ')}`;
    });
    expect(lines).toEqual(expected);
  });

  it('come from the people of the demo, one of them without a number anywhere', () => {
    const phones = drafts.flatMap(({ people }) => people.map(({ phone }) => phone));
    expect(demoPeople.map(({ phone }) => phones.includes(phone))).toEqual([true, true, true, false, true]);
  });
});

const expected = [
  'WhatsApp message from Ana Silva | Hello! Is the blue lamp still available?',
  'WhatsApp message from Ana Silva | In reply to an earlier message /  / And would you ship it to Porto?',
  'WhatsApp message from Ana Silva | [Image] This is the corner it is for',
  'WhatsApp message from Ben Okafor | [Voice message]',
  'WhatsApp message from Ben Okafor | [Document] offer.pdf / Signed',
  'WhatsApp message from Chiara Rossi | [Location] / Showroom / Via Inventata 5, Milano / 45.4642, 9.19',
  'WhatsApp message from Chiara Rossi | [Contact card] Fabio Conti, Conti Arredi, +39 02 5550 0104',
  'WhatsApp message from Ana Silva | In reply to an earlier message /  / Express delivery / Next day',
  'WhatsApp message from Chiara Rossi | [Order] / For the new office / 2 × lamp-blue, 45 EUR each / 2 × shade-white, 12.5 EUR each / Total: 115 EUR',
  'WhatsApp message from Ben Okafor | [unsupported message: poll] Message type is currently not supported.',
  'WhatsApp message to Ben Okafor | Thank you, we have your documents. /  / Reaction: 👍 from Ben Okafor',
  'WhatsApp message from Chiara Rossi | My order number is 1234 /  / Edited on 2026-06-01 10:04 UTC; earlier: My order number is 1243',
  'WhatsApp message from Ben Okafor | Deleted by the sender on 2026-06-01 10:12 UTC; the text was: / Please call me on my other number',
  'WhatsApp message to Ana Silva | Your lamp is on its way. /  / Not delivered: Message Undeliverable. (code 131026)',
  'WhatsApp message from Dana Levi | Do you have this in green?',
  'WhatsApp message from Gil Haddad | Can I pick the lamp up on Friday?',
  'WhatsApp message from Emil Novak | I got your number from a friend.',
  'WhatsApp message from Private Person | Dinner at eight?',
  'WhatsApp message from Chiara Rossi | The new office has four windows.',
  'Missed WhatsApp call from Ana Silva | Missed WhatsApp call / [Voicemail]',
  'WhatsApp call from Ben Okafor | Incoming WhatsApp call, answered, 3 min / [Recording] / [Transcript]',
  'Unanswered WhatsApp call to Chiara Rossi | Outgoing WhatsApp call, not answered',
];
