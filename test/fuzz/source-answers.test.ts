import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, test } from '@jest/globals';
import fc from 'fast-check';
import { SourceError } from '../../src/core/source-errors.ts';
import type { SourceAudit } from '../../src/sources/source-audit.ts';
import type { PollSource } from '../../src/sources/source.ts';
import { createTwilioAudit } from '../../src/sources/twilio/audit.ts';
import { createTwilio, type TwilioOptions } from '../../src/sources/twilio/index.ts';
import { createAuditCheck, createCloudAudit } from '../../src/sources/whatsapp-cloud/audit.ts';
import { createWhatsAppMedia } from '../../src/sources/whatsapp-cloud/media-client.ts';
import { createTokenCheck, createTokenWatch } from '../../src/sources/whatsapp-cloud/token-check.ts';
import { factOf, foldDrafts, options } from '../fixtures/twilio/events.ts';
import { mutate, mutations, tell, toJson, type Mutation } from './mutate.ts';
import { fuzz, timeFor } from './run.ts';
import { stopWatching } from './watchdog.ts';

const date = 'Mon, 01 Jun 2026 10:00:00 +0000';
const iso = '2026-06-01T10:00:00Z';
const ends = { from: 'whatsapp:+6285100000001', to: 'whatsapp:+14155238886' };
const sid = (kind: string, nth = 1) => `${kind}${String(nth).padStart(32, '0')}`;
const message = {
  sid: sid('SM'),
  ...ends,
  body: 'Hi',
  direction: 'inbound',
  status: 'received',
  num_media: '1',
  date_sent: date,
};
const sent = {
  ...message,
  sid: sid('SM', 2),
  direction: 'outbound-api',
  status: 'failed',
  error_code: 63016,
};
const call = {
  sid: sid('CA'),
  ...ends,
  direction: 'inbound',
  status: 'completed',
  duration: '12',
  start_time: date,
  end_time: date,
};
const binding = { type: 'whatsapp', address: ends.from, proxy_address: ends.to };
const meta = { next_page_url: null };

/** What each address answers, by a part of its path; the first that fits. */
const twilioAnswers: readonly (readonly [string, object])[] = [
  ['Media.json', { media_list: [{ sid: sid('ME'), content_type: 'image/png' }], next_page_uri: null }],
  [
    'Recordings',
    {
      recordings: [{ sid: sid('RE'), call_sid: sid('CA'), status: 'completed', date_created: date }],
      next_page_uri: null,
    },
  ],
  ['Messages.json', { messages: [message, sent], next_page_uri: null }],
  [
    'Calls.json',
    { calls: [call, { ...call, sid: sid('CA', 2), parent_call_sid: sid('CA') }], next_page_uri: null },
  ],
  [
    'Receipts',
    { delivery_receipts: [{ sid: sid('DY'), status: 'failed', error_code: 1, date_updated: iso }], meta },
  ],
  ['Participants', { participants: [{ sid: sid('MB'), messaging_binding: binding }], meta }],
  [
    `Conversations/${sid('CH')}/Messages`,
    {
      messages: [{ sid: sid('IM'), index: 0, author: 'x', body: 'x', delivery: {}, date_created: iso }],
      meta,
    },
  ],
  [
    'Conversations',
    {
      conversations: [{ sid: sid('CH'), chat_service_sid: sid('IS'), date_updated: iso, date_created: iso }],
      meta,
    },
  ],
  ['', { ...call }],
];
const metaAnswers: readonly (readonly [string, object])[] = [
  [
    'debug_token',
    { data: { is_valid: true, expires_at: 1_800_000_000, scopes: ['whatsapp_business_messaging'] } },
  ],
  ['phone_numbers', { data: [{ id: '106', display_phone_number: '+1 555-078-3881' }] }],
  [
    'message_history',
    {
      data: [{ message_id: 'wamid.x', events: { data: [{ timestamp: 1_780_308_000 }] } }],
      paging: { cursors: { after: 'a' } },
    },
  ],
  [
    '/42',
    {
      analytics: { data_points: [{ start: 1_780_308_000, sent: 3 }] },
      call_analytics: { data: [{ data_points: [{ start: 1_780_308_000, count: 2 }] }] },
    },
  ],
  ['', { url: 'http://127.0.0.1:9/file', mime_type: 'image/png', sha256: 'x', file_size: '12', id: '1' }],
];

/** A provider that answers in the right shape, and once in a changed one. */
interface Provider {
  readonly url: string;
  /** the nth answer from now on is changed */
  harm(edits: Mutation['edits'], nth: number): void;
  close(): Promise<void>;
}

async function startProvider(answers: typeof twilioAnswers): Promise<Provider> {
  let [edits, left] = [[] as Mutation['edits'], 0];
  const server = createServer((incoming, outgoing) => {
    const answer = answers.find(([part]) => incoming.url?.includes(part))?.[1] ?? {};
    const bytes = toJson(left === 0 ? mutate(answer, edits) : answer);
    left -= 1;
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    harm: (next, nth) => void ([edits, left] = [next, nth]),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

let twilio: Provider;
let graph: Provider;
beforeAll(async () => {
  twilio = await startProvider(twilioAnswers);
  graph = await startProvider(metaAnswers);
});
afterAll(async () => {
  await twilio.close();
  await graph.close();
  await stopWatching();
});

const signal = () => AbortSignal.timeout(20_000);

/** What the port says it throws; everything else is a crash. */
async function refusing(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof SourceError)) throw error;
  });
}

async function poll(source: PollSource, stream: string): Promise<void> {
  const context = {
    cursor: undefined,
    now: new Date('2026-06-02T00:00:00Z'),
    signal: signal(),
    known: async () => new Set<string>(),
  };
  let pages = 0;
  for await (const { drafts, cursor } of source.pages(stream, context)) {
    if (typeof cursor !== 'string') throw new Error('the cursor is no text');
    for (const draft of drafts) {
      if (new Date(draft.occurredAt).toISOString() !== draft.occurredAt) throw new Error('its time is none');
      factOf(draft);
    }
    foldDrafts(drafts);
    if ((pages += 1) > 100) throw new Error('it goes round in a circle');
  }
}

async function audit({ questions }: SourceAudit, businessNumber: string): Promise<void> {
  const context = {
    day: '2026-06-01',
    businessNumbers: [businessNumber],
    signal: signal(),
    samples: async () => [],
  };
  for (const question of questions) {
    if (question.by === 'counts') {
      await refusing(question.counts(context));
      continue;
    }
    await refusing(
      (async () => {
        for await (const items of question.pages(context)) await question.drafts?.(items, context);
        await question.has?.(sid('SM'), 'message', context.signal);
      })(),
    );
  }
}

interface Case {
  readonly edits: Mutation['edits'];
  readonly nth: number;
  readonly act: number;
}
const cases: fc.Arbitrary<Case> = fc.record({
  edits: mutations(1, 3).map(({ edits }) => edits),
  nth: fc.nat(4),
  act: fc.nat(4),
});
const shown = ({ edits, nth, act }: Case) => `act ${act}, answer ${nth}: ${tell({ base: 0, edits })}`;

test(
  'lists of Twilio are read or refused',
  () =>
    fuzz<Case>({
      name: 'twilio answers',
      cases,
      check: async ([one]) => {
        const { edits, nth, act } = one as Case;
        const own: TwilioOptions = {
          ...options,
          apiUrl: twilio.url,
          conversationsUrl: twilio.url,
          conversations: act === 2,
        };
        twilio.harm(edits, act === 2 ? nth : nth % 3);
        if (act === 4) await audit(createTwilioAudit(own), '+14155238886');
        else
          for (const stream of createTwilio(own).poll.streams)
            await refusing(poll(createTwilio(own).poll, stream));
      },
      tell: shown,
    }),
  timeFor('twilio answers'),
);

test(
  'answers of the Graph API are read or refused',
  () =>
    fuzz<Case>({
      name: 'meta answers',
      cases,
      check: async ([one]) => {
        const { edits, nth, act } = one as Case;
        const own = {
          id: 'support',
          apiUrl: graph.url,
          apiVersion: 'v25.0',
          accessToken: 'token',
          wabaId: '42',
        };
        graph.harm(edits, act < 3 ? 0 : nth % 4);
        if (act === 0) await createTokenCheck(own).check(signal());
        else if (act === 1) await refusing(poll(createTokenWatch(own), 'token'));
        else if (act === 2) await refusing(fetchFile());
        else if (act === 3) await createAuditCheck(own).check(signal());
        else await audit(createCloudAudit(own), '+15550783881');
      },
      tell: shown,
    }),
  timeFor('meta answers'),
);

async function fetchFile(): Promise<void> {
  const media = createWhatsAppMedia({
    id: 'support',
    kind: 'whatsapp-cloud',
    apiUrl: graph.url,
    apiVersion: 'v25.0',
    secret: 'token',
  });
  const request = { media: { id: '1' }, businessNumber: '+15550783881', providerId: 'wamid.x' };
  const { stream } = await media.fetchMedia(request, { maxBytes: 1_000_000, signal: signal() });
  for await (const chunk of stream) void chunk;
}
