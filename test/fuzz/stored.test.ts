import { afterAll, test } from '@jest/globals';
import fc from 'fast-check';
import { applyGate, addressesMentioned, idsMentioned } from '../../src/pipeline/gate.ts';
import { fold } from '../../src/core/fold.ts';
import { contentHash } from '../../src/core/fold-hash.ts';
import { fromCursor } from '../../src/ledger/cursor.ts';
import { boxKey, openBox } from '../../src/core/secret-box.ts';
import { EndedSessions } from '../../src/http/ended-sessions.ts';
import { maxWebhookBytes } from '../../src/http/webhooks.ts';
import { Sessions } from '../../src/http/sessions.ts';
import { phonesIn } from '../../src/core/phone.ts';
import { wordsOf } from '../../src/core/words.ts';
import { render } from '../../src/mapping/render.ts';
import { normalizeChatExport } from '../../src/sources/chat-export/index.ts';
import type { EventDraft, StoredEvent } from '../../src/sources/source.ts';
import { normalizeTwilio } from '../../src/sources/twilio/index.ts';
import { createWhatsAppCloud, normalizeWhatsAppCloud } from '../../src/sources/whatsapp-cloud/index.ts';
import { createTwilio } from '../../src/sources/twilio/index.ts';
import { received } from '../fixtures/whatsapp/bodies.ts';
import { form, incoming, callStep, options } from '../fixtures/twilio/events.ts';
import { heavy, light } from './ingredients.ts';
import { ingredient, mutate, mutations, tell, toJson, toText, type Mutation } from './mutate.ts';
import { fuzz, timeFor } from './run.ts';
import { stopWatching } from './watchdog.ts';
import { bases } from './whatsapp-bodies.ts';

afterAll(stopWatching);

const cloud = createWhatsAppCloud({ id: 'support', appSecret: 'secret', verifyToken: 'verify' });
const { webhook: twilio } = createTwilio(options);
const day = '2026-06-01T10:00:00.000Z';
const at = {
  occurredAt: day,
  people: [],
  dedupeKey: 'd',
  businessNumber: '+15550783881',
  providerId: 'p',
  interactionKey: 'i',
};
const listed = {
  sid: 'SM1',
  from: 'whatsapp:+14155550100',
  to: 'whatsapp:+14155238886',
  body: 'x',
  date_sent: 'Mon, 01 Jun 2026 10:00:00 +0000',
};
const leg = {
  sid: 'CA1',
  from: 'whatsapp:+1',
  to: 'whatsapp:+2',
  status: 'completed',
  duration: '3',
  start_time: listed.date_sent,
};
const line = {
  text: 'x',
  local: '2026-06-01 10:00',
  zone: 'UTC',
  sender: 'Ana',
  direction: 'inbound',
  person: { phone: '+1' },
};

/** One stored event of each reader. */
const stored: readonly (EventDraft & { sourceKind: string })[] = [
  ...bases
    .flatMap((body) => cloud.split(toJson(body), received))
    .map((one) => ({ ...one, sourceKind: 'whatsapp-cloud' })),
  ...[incoming(), callStep()]
    .flatMap((one) => twilio.split(form(one), received))
    .map((one) => ({ ...one, sourceKind: 'twilio' })),
  {
    ...at,
    kind: 'message',
    sourceKind: 'twilio',
    payload: { form: 'message', item: listed, media: [{ sid: 'ME1', content_type: 'image/png' }] },
  },
  {
    ...at,
    kind: 'status',
    sourceKind: 'twilio',
    payload: { form: 'message', item: { ...listed, status: 'failed', error_code: 63016 } },
  },
  {
    ...at,
    kind: 'call',
    sourceKind: 'twilio',
    payload: { form: 'call', parent: leg, children: [leg], recordings: [{ sid: 'RE1', call_sid: 'CA1' }] },
  },
  {
    ...at,
    kind: 'call',
    sourceKind: 'twilio',
    payload: { form: 'recording', item: { sid: 'RE1', call_sid: 'CA1', status: 'completed' } },
  },
  {
    ...at,
    kind: 'message',
    sourceKind: 'twilio',
    payload: {
      form: 'conversation',
      service: 'IS1',
      participant: {},
      item: { sid: 'IM1', index: 1, author: 'x', body: 'x', media: [{ sid: 'ME1' }] },
    },
  },
  {
    ...at,
    kind: 'status',
    sourceKind: 'twilio',
    payload: { form: 'receipt', participant: {}, item: { sid: 'DY1', status: 'failed', error_code: 1 } },
  },
  { ...at, kind: 'message', sourceKind: 'chat-export', payload: line },
  { ...at, kind: 'call', sourceKind: 'chat-export', payload: { ...line, text: 'Voice call, 1 hr 3 min' } },
  {
    ...at,
    kind: 'media',
    sourceKind: 'whatsapp-cloud',
    payload: { mediaId: '1', result: { state: 'stored', sha256: 'x', size: 1 } },
  },
];
const readers = {
  'whatsapp-cloud': normalizeWhatsAppCloud,
  twilio: normalizeTwilio,
  'chat-export': normalizeChatExport,
} as const;
const rules = {
  source: 'support',
  sourceKind: 'whatsapp-cloud',
  businessNumbers: new Set(['+15550783881']),
  excluded: new Set(['+15550001111', 'US.999']),
  hashSecret: 'secret',
};

/** What stands in the ledger may be older, newer or stranger than the reader: it is read all the same. */
function read({ base, edits }: Mutation): void {
  const { people: _people, dedupeKey: _key, ...draft } = stored[base] as (typeof stored)[number];
  const payload = JSON.parse(toJson(mutate(draft.payload, edits)).toString('utf8')) as unknown;
  const event: StoredEvent = { ...draft, payload, id: 1, source: 'support', receivedAt: day };
  if (draft.kind === 'media') return;
  const fact = readers[draft.sourceKind as keyof typeof readers](event);
  if (fact.at !== draft.occurredAt) throw new Error('its time is another one');
  if (draft.interactionKey === undefined) return;
  const interaction = fold(draft.interactionKey, [{ event, fact }]);
  contentHash(interaction, 'failed');
  render(interaction, { revision: 1, contact: { type: 'contact', id: '1' } });
  JSON.stringify(interaction);
}

/** The gate looks for people everywhere; nested deeper than this nothing is let in (envelope.ts). */
function gate({ base, edits }: Mutation): void {
  const body = toJson(mutate(stored[base]?.payload, edits));
  if (body.length > maxWebhookBytes) return;
  const kinds = cloud.split(
    Buffer.from(`{"entry":[{"changes":[{"field":"new","value":${body.toString('utf8')}}]}]}`),
    received,
  );
  const drafts = [...kinds, ...twilio.split(body, received)];
  // One thing at a time: together they are more than a webhook ever asks for.
  const turn = (base + (edits[0]?.at ?? 0)) % 4;
  if (turn === 0) applyGate(drafts, rules);
  else if (turn === 1) applyGate(drafts, { ...rules, businessNumbers: 'all' });
  else if (turn === 2) addressesMentioned(drafts);
  else idsMentioned(drafts, rules);
  const [first] = drafts;
  if (turn === 3) cloud.readAs(first?.payload, '+15550783881', received);
  if (turn === 2) twilio.readAs(first?.payload, '+15550783881', received);
}

test(
  'stored payloads are read, and the gate looks through them',
  () =>
    fuzz<Mutation>({
      name: 'stored payloads',
      cases: mutations(stored.length),
      check: ([one]) => {
        read(one as Mutation);
        gate(one as Mutation);
      },
      tell,
    }),
  timeFor('stored payloads'),
);

const sessions = new Sessions('secret-of-the-console', {
  lastsMs: 60_000,
  restsOn: '',
  ended: new EndedSessions({ audit: async () => ({ items: [] }) }, 60_000),
});
const key = boxKey('secret', 'fuzz');
const cursors = ['WyIyMDI2LTA2LTAxVDEwOjAwOjAwWiIsImEiXQ', 'eyJhbGciOiJIUzI1NiJ9.e30.x', '', 'not a cursor'];

interface Small {
  readonly base: number;
  readonly at: number;
  readonly what: number;
}
const smalls: fc.Arbitrary<Small> = fc.record({
  base: fc.nat(cursors.length - 1),
  at: fc.nat(60),
  what: fc.oneof(
    { weight: 100, arbitrary: fc.nat(light.length - 1) },
    { weight: 1, arbitrary: fc.integer({ min: light.length, max: light.length + heavy.length - 1 }) },
  ),
});

test(
  'cursors, cookies, boxes, phone fields and searched words never throw',
  () =>
    fuzz<Small>({
      name: 'small readers',
      cases: smalls,
      check: async ([one]) => {
        const { base, at: place, what } = one as Small;
        const brought = toText(ingredient(what).make()).slice(0, 1_000_000);
        const text =
          (cursors[base] as string).slice(0, place) + brought + (cursors[base] as string).slice(place);
        const whole = Buffer.from(JSON.stringify([brought, 'key'])).toString('base64url');
        fromCursor(text);
        fromCursor(whole);
        if ((await sessions.read(text)) !== undefined) throw new Error('a made-up session is taken');
        if (sessions.isCsrfOf('session', text)) throw new Error('a made-up token is taken');
        if (openBox(key, text, 'x') !== undefined) throw new Error('a made-up box is opened');
        phonesIn(brought, 'US');
        wordsOf(brought);
      },
      tell: ({ base, at: place, what }) =>
        `${JSON.stringify(cursors[base])} with ${ingredient(what).name} at ${place}`,
    }),
  timeFor('small readers'),
);
