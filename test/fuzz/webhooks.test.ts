import { createHash, createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { interactionKey } from '../../src/core/key.ts';
import { callStep, callback, incoming } from '../fixtures/twilio/events.ts';
import { Raw } from './ingredients.ts';
import { mutate, mutations, tell, toJson, toText, type Mutation } from './mutate.ts';
import { closeConnections, send, type Posted } from './post.ts';
import { Recorded } from './recorded.ts';
import { fuzz, timeFor } from './run.ts';
import { stopWatching } from './watchdog.ts';
import { bases, webhookOf } from './whatsapp-bodies.ts';
import { accountSid, businessNumber, secrets, startFuzzWorker, type FuzzWorker } from './worker.ts';

let worker: FuzzWorker;
let recorded: Recorded;
let nth = 0;

beforeAll(async () => {
  worker = await startFuzzWorker();
  recorded = new Recorded(worker);
}, 120_000);
afterAll(async () => {
  closeConnections();
  await worker.close();
  await stopWatching();
});

/** Each webhook is answered, all are folded, and each neighbour says what it said. */
async function deliver(
  webhooks: readonly { bytes: Buffer; neighbour?: { key: string; said: string } }[],
  post: (body: Buffer) => Promise<Posted>,
): Promise<void> {
  const answers = await Promise.all(webhooks.map(({ bytes }) => post(bytes)));
  answers.forEach(({ status, text }, at) => {
    const isTooLarge = (webhooks[at]?.bytes.length ?? 0) > 3 * 1024 * 1024;
    if (status !== (isTooLarge ? 413 : 200)) throw new Error(`it is answered ${status}: ${text}`);
  });
  const texts = await recorded.follow();
  for (const { neighbour } of webhooks) {
    if (neighbour === undefined) continue;
    const said = texts.get(neighbour.key);
    if (!said?.includes(neighbour.said)) throw new Error(`its neighbour is lost: it says ${said}`);
  }
}

const mend = () => recorded.clear();

test(
  'webhooks of the Cloud API: 200, and no neighbour is lost',
  () =>
    fuzz<Mutation>({
      name: 'whatsapp webhooks',
      cases: mutations(bases.length),
      together: 25,
      check: (cases) =>
        deliver(
          cases.map((one) => webhookOf(one, (nth += 1), 'whatsapp-cloud')),
          (body) =>
            send(
              worker.port,
              'POST',
              '/webhooks/support',
              {
                'x-hub-signature-256': `sha256=${createHmac('sha256', secrets.app).update(body).digest('hex')}`,
              },
              body,
            ),
        ),
      tell,
      mend,
    }),
  timeFor('whatsapp webhooks'),
);

test(
  'webhooks of 360dialog: 200, and no neighbour is lost',
  () =>
    fuzz<Mutation>({
      name: '360dialog webhooks',
      cases: mutations(bases.length),
      together: 25,
      check: (cases) =>
        deliver(
          cases.map((one) => webhookOf(one, (nth += 1), '360dialog')),
          (body) =>
            send(
              worker.port,
              'POST',
              '/webhooks/partner',
              { authorization: `Bearer ${secrets.partner}` },
              body,
            ),
        ),
      tell,
      mend,
    }),
  timeFor('360dialog webhooks'),
);

const whatsapp = `whatsapp:${businessNumber}`;
const forms: readonly Record<string, string>[] = [
  incoming({ To: whatsapp }),
  incoming({
    To: whatsapp,
    NumMedia: '1',
    MediaUrl0: 'https://x/Messages/SM1/Media/ME1',
    MediaContentType0: 'image/png',
  }),
  incoming({
    To: whatsapp,
    Latitude: '1.5',
    Longitude: '2',
    Label: 'Here',
    Address: 'Street',
    MessageType: 'location',
  }),
  incoming({
    To: whatsapp,
    ButtonText: 'Yes',
    ButtonPayload: 'y',
    OriginalRepliedMessageSid: 'SM9',
    Forwarded: 'true',
  }),
  incoming({
    To: whatsapp,
    ChannelMetadata: '{"type":"whatsapp","data":{"context":{"ProfileName":"P","WaId":"1415"}}}',
  }),
  incoming({
    To: whatsapp,
    ReferralHeadline: 'Ad',
    ReferralSourceUrl: 'https://example.com',
    ExternalUserId: 'whatsapp:US.1',
  }),
  callback({ From: whatsapp, ErrorCode: '63016', MessageStatus: 'failed' }),
  callStep({ To: whatsapp, Timestamp: 'Mon, 01 Jun 2026 10:00:00 +0000' }),
  callStep({
    To: whatsapp,
    ParentCallSid: 'CA0',
    CallStatus: 'completed',
    CallDuration: '12',
    RecordingSid: 'RE1',
  }),
  {
    EventType: 'onMessageAdded',
    AccountSid: accountSid,
    ConversationSid: 'CH1',
    MessageSid: 'IM1',
    Author: 'whatsapp:+6285100000001',
    Body: 'Hi',
    DateCreated: '2026-06-01T10:00:00.000Z',
    Media: '[{"Sid":"ME1","ContentType":"image/png","Filename":"a.png"}]',
  },
];

/** A form, or JSON in its place: the address then has the body's hash. */
function twilioBody({ base, edits }: Mutation, own: number): Buffer {
  const sids = Object.entries(forms[base] as object).map(([name, value]) => [
    name,
    /^(SM|CA|IM)/.test(String(value)) ? `${String(value)}${own}` : String(value),
  ]);
  const hostile = mutate(Object.fromEntries(sids), edits);
  if (own % 5 === 0 || typeof hostile !== 'object' || hostile === null || hostile instanceof Raw)
    return toJson(hostile);
  const pairs = Object.entries(hostile)
    .slice(0, 5_000)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value.slice(0, 500) : [value]).map((each): [string, string] => [
        name,
        toText(each),
      ]),
    );
  const form = new URLSearchParams(pairs).toString();
  // Bytes that are no UTF-8, and escapes that are none.
  return Buffer.from(own % 7 === 0 ? `${form}&Broken=%ff%fe%zz&=&&Body=%ED%A0%80` : form);
}

/** What Twilio signs of a form: names and values, by name, a repeated value once. */
function joined(body: Buffer): string {
  const pairs = new Set([...new URLSearchParams(body.toString('utf8'))].map((pair) => JSON.stringify(pair)));
  const read = [...pairs].map((pair) => JSON.parse(pair) as [string, string]);
  const before = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  return read
    .sort((one, other) => before(one[0], other[0]) || before(one[1], other[1]))
    .map((pair) => pair.join(''))
    .join('');
}

function postTwilio(body: Buffer): Promise<Posted> {
  const isJson = /^\s*[[{"]/.test(body.toString('latin1', 0, 10));
  const hash = createHmac('sha1', secrets.twilio);
  const query = isJson ? `?bodySHA256=${createHash('sha256').update(body).digest('hex')}` : '';
  const address = `http://127.0.0.1:${worker.port}/webhooks/emea${query}`;
  const signature = hash.update(address + (isJson ? '' : joined(body))).digest('base64');
  return send(worker.port, 'POST', `/webhooks/emea${query}`, { 'x-twilio-signature': signature }, body);
}

test(
  'webhooks of Twilio: 200, and the next one is recorded',
  () =>
    fuzz<Mutation>({
      name: 'twilio webhooks',
      cases: mutations(forms.length),
      together: 25,
      check: async (cases) => {
        const bodies = cases.map((one) => twilioBody(one, (nth += 1)));
        const sid = `SMgood${(nth += 1)}`;
        const said = `nothing is wrong with ${sid};`;
        const good = Buffer.from(
          new URLSearchParams(incoming({ To: whatsapp, MessageSid: sid, Body: said })).toString(),
        );
        await deliver(
          [
            ...bodies.map((bytes) => ({ bytes })),
            { bytes: good, neighbour: { key: interactionKey('twilio', businessNumber, sid), said } },
          ],
          postTwilio,
        );
      },
      tell,
      mend,
    }),
  timeFor('twilio webhooks'),
);

test('the console shows all this, and nothing of it is in a prototype', async () => {
  await recorded.look();
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
