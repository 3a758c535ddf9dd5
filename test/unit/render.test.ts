import { describe, expect, it } from '@jest/globals';
import type {
  CallInteraction,
  Interaction,
  MessageContent,
  MessageInteraction,
} from '../../src/core/interaction.ts';
import { render, type RenderContext } from '../../src/mapping/render.ts';

const base = {
  key: 'k'.repeat(64),
  source: 'support',
  sourceKind: 'whatsapp-cloud',
  businessNumber: '+15550783881',
  providerId: 'wamid.one',
  occurredAt: '2026-06-01T10:00:00.000Z',
  direction: 'inbound',
  person: { phone: '+14155550100', name: 'Ana Silva' },
} as const;
const context: RenderContext = { revision: 3, contact: { type: 'Contact', id: '003', ownerId: '005' } };
const text: MessageContent = { type: 'text', text: 'Hello' };

function message(more: Partial<MessageInteraction> = {}): MessageInteraction {
  return { ...base, kind: 'message', earlier: [], reactions: [], via: 'live', content: text, ...more };
}
function call(more: Partial<CallInteraction> = {}): CallInteraction {
  return { ...base, kind: 'call', ...more };
}
/** The text below the line that says who it was. */
function below(interaction: Interaction): string {
  return render(interaction, context).text.split('\n').slice(1).join('\n');
}
const of = (type: string, words: string, more: Partial<MessageContent> = {}): string =>
  below(message({ content: { type, text: words, ...more } }));

describe('an activity', () => {
  it('has everything a mapping may use', () => {
    expect(render(message(), { ...context, ownerEmail: 'rep@example.com' })).toEqual({
      key: base.key,
      revision: 3,
      kind: 'message',
      direction: 'inbound',
      occurredAt: base.occurredAt,
      localTime: '2026-06-01 10:00:00 UTC',
      timeZone: 'UTC',
      title: 'WhatsApp message from Ana Silva',
      text: 'Received from Ana Silva (+1 415 555 0100)\nHello',
      content: 'Hello',
      type: 'text',
      via: 'live',
      edited: false,
      deleted: false,
      files: 0,
      business: { number: '+15550783881', owner: 'rep@example.com' },
      person: { name: 'Ana Silva', phone: '+14155550100' },
      from: '+14155550100',
      to: '+15550783881',
      contact: { type: 'Contact', id: '003', ownerId: '005' },
      source: 'support',
    });
  });

  it('has the two sides swapped when the business wrote', () => {
    const activity = render(
      message({ direction: 'outbound', status: { state: 'read', at: base.occurredAt } }),
      context,
    );
    expect(activity).toMatchObject({
      title: 'WhatsApp message to Ana Silva',
      text: 'Sent by +1 555 078 3881 to Ana Silva (+1 415 555 0100)\nHello',
      from: '+15550783881',
      to: '+14155550100',
      status: 'read',
    });
  });

  it.each<[string, Partial<MessageInteraction>, Partial<RenderContext>, string]>([
    [
      'the user who had the number',
      { direction: 'outbound' },
      { ownerEmail: 'rep@example.com' },
      'Sent by rep@example.com (+1 555 078 3881) to Ana Silva (+1 415 555 0100)',
    ],
    [
      'the firm',
      { direction: 'outbound' },
      { businessName: 'Demo Ltd' },
      'Sent by Demo Ltd (+1 555 078 3881) to Ana Silva (+1 415 555 0100)',
    ],
    [
      'the app it was typed in',
      { direction: 'outbound', via: 'echo' },
      {},
      'Sent by +1 555 078 3881 with the WhatsApp Business app to Ana Silva (+1 415 555 0100)',
    ],
    [
      "the CRM's name before WhatsApp's",
      {},
      { contact: { type: 'c', id: '1', name: 'Ana M. Silva' } },
      'Received from Ana M. Silva (+1 415 555 0100, on WhatsApp "Ana Silva")',
    ],
    [
      'the group',
      { group: { id: 'g', subject: 'Kitchen' } },
      {},
      'Received from Ana Silva (+1 415 555 0100) in the group "Kitchen"',
    ],
    [
      'a group alone, when the firm wrote in it',
      { direction: 'outbound', person: {}, group: { id: 'g', subject: 'Kitchen' } },
      {},
      'Sent by +1 555 078 3881 in the group "Kitchen"',
    ],
    [
      'that it was imported',
      { via: 'import' },
      {},
      'Received from Ana Silva (+1 415 555 0100) (from a chat export)',
    ],
    [
      'nothing of the way through the API',
      { direction: 'outbound', via: 'api' },
      {},
      'Sent by +1 555 078 3881 to Ana Silva (+1 415 555 0100)',
    ],
    ['a number alone', { person: { phone: '+14155550100' } }, {}, 'Received from +1 415 555 0100'],
    ['a user name', { person: { userId: 'US.1', username: 'ana' } }, {}, 'Received from @ana (US.1)'],
    ['a user id alone', { person: { userId: 'US.1' } }, {}, 'Received from US.1'],
    ['nobody known', { person: {} }, {}, 'Received from a WhatsApp user'],
  ])('names %s', (_name, more, about, expected) => {
    expect(render(message(more), { ...context, ...about }).text.split('\n')[0]).toBe(expected);
  });

  it('has no NUL and no half characters anywhere', () => {
    const person = { phone: '+14155550100', name: 'A\0na \ud800', userId: 'US.\u00001' };
    const activity = render(message({ person, content: { type: 't\0', text: 'x\udc00y\0' } }), context);
    expect(JSON.stringify(activity)).not.toMatch(/\\u0000|\\ud[89a-f]/i);
    expect(activity.content).toBe('[t message] xy');
  });
});

describe('the text of a message', () => {
  it('has its files in front of their captions', () => {
    expect(of('image', 'Look')).toBe('[Image] Look');
    expect(of('image', '')).toBe('[Image]');
    expect(of('audio', '', { media: [{ id: '1', voice: true }] })).toBe('[Voice message]');
    expect(of('audio', '', { media: [{ id: '1' }] })).toBe('[Audio]');
    expect(of('document', 'Signed', { media: [{ id: '1', fileName: 'offer.pdf' }] })).toBe(
      '[Document] offer.pdf\nSigned',
    );
    expect(of('location', 'Shop\nRoad 1')).toBe('[Location]\nShop\nRoad 1');
    expect(of('poll_thing', 'Lunch?')).toBe('[poll thing message] Lunch?');
    expect(of('media_placeholder', '')).toBe('[file of an older chat, not handed over]');
    expect(of('unsupported', '[unsupported message: poll] Not supported.')).toBe(
      '[unsupported message: poll] Not supported.',
    );
    expect(of('text', '')).toBe('[empty message]');
  });

  it('says which of its files are there and which will not come', () => {
    const missing = {
      state: 'missing',
      code: 'media-expired',
      text: 'The source does not have it.',
    } as const;
    const stored = { state: 'stored', sha256: 'a', size: 1, fileName: 'plan.png' } as const;
    const file = { id: '1' };
    expect(of('image', '', { media: [{ ...file, result: missing }] })).toBe(
      '[Image] not available: The source does not have it.',
    );
    expect(of('document', 'Signed', { media: [{ ...file, fileName: 'a.pdf', result: missing }] })).toBe(
      '[Document] a.pdf not available: The source does not have it.\nSigned',
    );
    expect(of('image', 'Look', { media: [{ ...file, result: stored }] })).toBe('[Image] plan.png\nLook');
    expect(of('image', 'Look', { media: [file, { id: '2', result: missing }] })).toBe(
      '[Image]\n[Image] not available: The source does not have it.\nLook',
    );
    expect(of('text', 'Look', { media: [{ ...file, mimeType: 'video/mp4' }, file] })).toBe(
      '[Video]\n[File]\nLook',
    );
  });

  it('calls a type that nobody knows unsupported', () => {
    expect(of('hologram', 'Beam', { details: { unsupportedType: 'hologram' } })).toBe(
      '[unsupported message: hologram] Beam',
    );
  });

  it('has its context above it', () => {
    const replyTo = { key: 'k', providerId: 'p' };
    expect(of('text', 'Hi', { replyTo })).toBe('In reply to an earlier message\n\nHi');
    expect(of('text', 'Hi', { forwarded: true })).toBe('Forwarded\n\nHi');
    expect(of('text', 'Hi', { forwarded: true, details: { frequentlyForwarded: true } })).toBe(
      'Forwarded many times\n\nHi',
    );
    expect(of('text', 'Hi', { replyTo, details: { referredProduct: { product_retailer_id: 'lamp' } } })).toBe(
      'About the product lamp\n\nHi',
    );
    expect(of('text', 'Hi', { referral: { headline: 'Chat with us', url: 'https://fb.example/1' } })).toBe(
      'From an ad: Chat with us, https://fb.example/1\n\nHi',
    );
  });

  it('tells of edits, with every former text', () => {
    const earlier = [{ content: { type: 'text', text: 'Helo' }, until: '2026-06-01T10:05:00.000Z' }];
    expect(below(message({ earlier }))).toBe('Hello\n\nEdited on 2026-06-01 10:05 UTC; earlier: Helo');
    expect(below(message({ originalMissing: true }))).toBe(
      'Hello\n\nEdited; what it said at first was not captured',
    );
  });

  it('says what a chat export says of edits and deletions, and no more', () => {
    expect(of('text', 'Now', { details: { edited: true } })).toBe(
      'Now\n\nEdited; what it said at first was not captured',
    );
    expect(of('deleted', '')).toBe('[deleted before the export]');
    expect(of('file', '')).toBe('[File]');
  });

  it('keeps the text of a deleted message', () => {
    const revokedAt = '2026-06-01T10:05:00.000Z';
    expect(below(message({ revokedAt }))).toBe(
      'Deleted by the sender on 2026-06-01 10:05 UTC; the text was:\nHello',
    );
    const { content: _content, ...unseen } = message({ revokedAt });
    expect(below(unseen)).toBe('Deleted by the sender on 2026-06-01 10:05 UTC; the text was never seen');
  });

  it('names who reacted', () => {
    const at = base.occurredAt;
    const reactions = [
      { direction: 'inbound', emoji: '👍', at },
      { direction: 'outbound', emoji: '🎉', at },
      { direction: 'inbound', emoji: '❤', at, by: 'Ben' },
    ] as const;
    expect(below(message({ reactions }))).toBe(
      'Hello\n\nReaction: 👍 from Ana Silva\nReaction: 🎉 from us\nReaction: ❤ from Ben',
    );
  });

  it('says why it did not arrive, or arrived without its file', () => {
    const error = { code: '131026', text: 'Undeliverable' };
    const status = { state: 'failed', at: base.occurredAt, error } as const;
    expect(below(message({ status }))).toBe('Hello\n\nNot delivered: Undeliverable (code 131026)');
    expect(below(message({ status: { state: 'failed', at: base.occurredAt } }))).toBe(
      'Hello\n\nNot delivered',
    );
    expect(of('image', '', { details: { error } })).toBe(
      '[Image]\n\nWhatsApp says: Undeliverable (code 131026)',
    );
  });

  it('says plainly that the content is not there', () => {
    const { content: _content, ...unseen } = message({ direction: 'outbound' });
    const status = { state: 'sent', at: base.occurredAt } as const;
    expect(below({ ...unseen, status })).toBe('[content not captured: only the delivery state was seen]');
    expect(below(unseen)).toBe('[content not captured: only a reaction or a notice about it was seen]');
    expect(render(unseen, context)).toMatchObject({ content: '', type: 'unknown' });
  });
});

describe('a call', () => {
  it.each<[string, Partial<CallInteraction>, string, string]>([
    [
      'answered',
      { result: 'answered', durationSeconds: 125 },
      'WhatsApp call from Ana Silva',
      'Incoming WhatsApp call, answered, 2 min 5 s',
    ],
    [
      'long',
      { result: 'answered', durationSeconds: 3612 },
      'WhatsApp call from Ana Silva',
      'Incoming WhatsApp call, answered, 1 h 12 s',
    ],
    ['missed', { result: 'missed' }, 'Missed WhatsApp call from Ana Silva', 'Missed WhatsApp call'],
    [
      'not answered',
      { direction: 'outbound', result: 'no-answer' },
      'Unanswered WhatsApp call to Ana Silva',
      'Outgoing WhatsApp call, not answered',
    ],
    [
      'declined',
      { direction: 'outbound', result: 'rejected' },
      'Declined WhatsApp call to Ana Silva',
      'Outgoing WhatsApp call, declined',
    ],
    [
      'failed',
      { result: 'failed', error: { code: '138006', text: 'No media' } },
      'Failed WhatsApp call from Ana Silva',
      'Incoming WhatsApp call, failed\nReason: No media (code 138006)',
    ],
    ['not over', {}, 'WhatsApp call from Ana Silva', 'Incoming WhatsApp call, its end has not been seen'],
    [
      'missed, with a voicemail',
      { result: 'missed', voicemail: { id: '1' } },
      'Missed WhatsApp call from Ana Silva',
      'Missed WhatsApp call\n[Voicemail]',
    ],
    [
      'recorded, and the recording is lost',
      {
        result: 'answered',
        recording: { id: '1', result: { state: 'missing', code: 'media-expired', text: 'It is gone.' } },
        transcript: { id: '2' },
      },
      'WhatsApp call from Ana Silva',
      'Incoming WhatsApp call, answered\n[Recording] not available: It is gone.\n[Transcript]',
    ],
  ])('that was %s says so', (_name, more, title, words) => {
    expect(render(call(more), context).title).toBe(title);
    expect(below(call(more))).toBe(words);
  });

  it("has result, times and duration for the CRM's own fields", () => {
    const times = { startedAt: base.occurredAt, endedAt: '2026-06-01T10:02:05.000Z' };
    expect(render(call({ result: 'answered', durationSeconds: 125, ...times }), context)).toMatchObject({
      kind: 'call',
      type: 'call',
      content: '',
      call: { result: 'answered', durationSeconds: 125, ...times },
      text: expect.stringContaining('Ana Silva (+1 415 555 0100) called +1 555 078 3881'),
    });
    expect(render(call({ result: 'missed' }), context).call).toEqual({
      result: 'missed',
      durationSeconds: 0,
    });
  });
});

describe('a text for the one who owns the record', () => {
  const at = '2026-06-01T22:30:00.000Z';
  const berlin: RenderContext = { ...context, timeZone: 'Europe/Berlin' };

  it('says times in the time zone of the owner, in winter and in summer', () => {
    const { text: words, localTime } = render(message({ revokedAt: at }), berlin);
    expect(words).toContain('Deleted by the sender on 2026-06-02 00:30 UTC+2');
    expect(localTime).toBe('2026-06-01 12:00:00 UTC+2');
    expect(render(message({ occurredAt: '2026-01-05T10:00:00.000Z' }), berlin).localTime).toBe(
      '2026-01-05 11:00:00 UTC+1',
    );
    const india = { ...context, timeZone: 'Asia/Kolkata' };
    expect(render(message(), india).localTime).toBe('2026-06-01 15:30:00 UTC+5:30');
  });

  it('names the holder of the number, and not a fallback who was not there', () => {
    const sent = message({ direction: 'outbound' });
    const holder = { id: '005', email: 'Ben@example.com', name: 'Ben Braun' };
    const words = (owner: RenderContext['owner']) =>
      render(sent, { ...context, ownerEmail: 'ben@example.com', ...(owner && { owner }) }).text;
    expect(words(holder)).toContain('Sent by Ben Braun (+1 555');
    expect(words({ id: '006', email: 'desk@example.com', name: 'Desk' })).toContain(
      'Sent by ben@example.com',
    );
  });
});

describe('a reply', () => {
  const replyTo = { key: 'q'.repeat(64), providerId: 'wamid.zero' };
  const reply = message({ content: { type: 'text', text: 'Yes', replyTo } });
  const first = (quoted: Interaction) => render(reply, { ...context, quoted }).text.split('\n')[1];

  it('shows what it answers, whose it was, and when', () => {
    const question = message({ content: { type: 'text', text: 'Can you send\nthe offer?' } });
    expect(first(question)).toBe('In reply to Ana Silva, 2026-06-01 10:00 UTC: "Can you send the offer?"');
    expect(first({ ...question, direction: 'outbound' })).toMatch(/^In reply to us, /);
  });

  it('cuts a long one with a mark, and names a file', () => {
    const long = message({ content: { type: 'text', text: '😀'.repeat(200) } });
    expect(first(long)).toMatch(/"(😀){79}…"$/u);
    const file = message({ content: { type: 'image', text: '', media: [{ id: '1' }] } });
    expect(first(file)).toMatch(/: "\[Image\]"$/);
  });

  it('says no words that were never seen', () => {
    const { content: _content, ...unseen } = message();
    expect(first(unseen)).toBe('In reply to Ana Silva, 2026-06-01 10:00 UTC');
  });
});

describe('a further record of the same message', () => {
  const later = '2026-06-01T11:00:00.000Z';
  const earlier = [{ content: text, until: '2026-06-01T10:30:00.000Z' }];
  const cases: readonly [string, Partial<MessageInteraction>][] = [
    ['Edited', { earlier }],
    ['Deleted', { earlier, revokedAt: later }],
    ['Reaction', { earlier, reactions: [{ direction: 'inbound', emoji: '👍', at: later }] }],
    ['Not delivered', { status: { state: 'failed', at: later } }],
  ];

  it.each(cases)('says "%s" first, whatever happened last', (word, more) => {
    const { title } = render(message(more), { ...context, isChange: true });
    expect(title).toBe(`${word}: WhatsApp message from Ana Silva`);
  });
});
