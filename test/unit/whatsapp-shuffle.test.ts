import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../../src/core/fold.ts';
import type { Interaction } from '../../src/core/interaction.ts';
import { interactionKey } from '../../src/core/key.ts';
import type { EventDraft } from '../../src/sources/source.ts';
import { ana, business, change, foldEvents, sentAt, split, text } from '../fixtures/whatsapp/bodies.ts';

/** An item of a webhook with the place where it stands: field, list, and whether `standby` or `history` holds it. */
interface Item {
  readonly field: string;
  readonly list: string;
  readonly item: object;
  /** counterpart of the history's thread */
  readonly thread?: string;
}

const person = '14155550100';
const firm = '15550783881';
const at = (seconds: number): string => String(Number(sentAt) + seconds);

const inbound = (item: object): Item => ({
  field: 'messages',
  list: 'messages',
  item: { from: person, ...item },
});
const echoed = (item: object): Item => ({
  field: 'smb_message_echoes',
  list: 'message_echoes',
  item: { from: firm, to: person, ...item },
});
const state = (id: string, status: string, seconds: number, more: object = {}): Item => ({
  field: 'messages',
  list: 'statuses',
  item: { id, status, timestamp: at(seconds), recipient_id: person, recipient_user_id: 'US.100', ...more },
});
const call = (item: object): Item => ({
  field: 'calls',
  list: 'calls',
  item: { id: 'wacid.c', from: person, ...item },
});
const standby = (list: string, item: object): Item => ({ field: 'standby', list, item });
const past = (item: object): Item => ({ field: 'history', list: 'history', item, thread: person });
const pastFile = (item: object): Item => ({
  field: 'history',
  list: 'messages',
  item: { from: person, ...item },
});

const reaction = (message_id: string, emoji: string): object => ({
  type: 'reaction',
  reaction: { message_id, emoji },
});
const edit = (original_message_id: string, words: string): object => ({
  type: 'edit',
  edit: { original_message_id, message: text(words) },
});
const revoke = (original_message_id: string): object => ({ type: 'revoke', revoke: { original_message_id } });
const sdp = { direction: 'USER_INITIATED', event: 'connect' };
const talked = { start_time: at(205), end_time: at(260), duration: 55 };

/** One conversation, with every kind of thing that can happen in it. */
const conversation: readonly Item[] = [
  inbound({ id: 'wamid.1', timestamp: at(0), ...text('Helo') }),
  inbound({ id: 'wamid.1e', timestamp: at(10), ...edit('wamid.1', 'Hello') }),
  inbound({ id: 'wamid.1f', timestamp: at(20), ...edit('wamid.1', 'Hello!') }),
  past({
    id: 'wamid.1',
    from: person,
    timestamp: at(1),
    ...text('Helo'),
    history_context: { status: 'READ' },
  }),
  echoed({ id: 'wamid.1r', timestamp: at(25), ...reaction('wamid.1', '👍') }),
  echoed({ id: 'wamid.1s', timestamp: at(26), ...reaction('wamid.1', '') }),
  echoed({ id: 'wamid.2', timestamp: at(30), ...text('Good day') }),
  echoed({ id: 'wamid.2e', timestamp: at(35), ...edit('wamid.2', 'Good evening') }),
  echoed({ id: 'wamid.2x', timestamp: at(36), ...revoke('wamid.2') }),
  inbound({ id: 'wamid.2r', timestamp: at(34), ...reaction('wamid.2', '🎉') }),
  past({
    id: 'wamid.2',
    from: firm,
    timestamp: at(29),
    ...text('Good day'),
    history_context: { status: 'DELIVERED' },
  }),
  state('wamid.2', 'sent', 31),
  state('wamid.2', 'read', 33),
  state('wamid.2', 'delivered', 32),
  state('wamid.3', 'sent', 41),
  state('wamid.3', 'failed', 42, { errors: [{ code: 131026, title: 'Message undeliverable' }] }),
  standby('message_echoes', {
    id: 'wamid.3',
    timestamp: at(40),
    message: { to: person, ...text('From the bot') },
  }),
  standby('messages', { id: 'wamid.4', from: person, timestamp: at(50), ...text('To the bot') }),
  inbound({ id: 'wamid.4', timestamp: at(50), ...text('To the bot') }),
  inbound({
    id: 'wamid.5',
    timestamp: at(60),
    type: 'unsupported',
    errors: [{ code: 131060, title: 'Waiting' }],
  }),
  inbound({ id: 'wamid.5', timestamp: at(60), type: 'image', image: { id: '5', caption: 'Here' } }),
  inbound({ id: 'wamid.5x', timestamp: at(65), ...revoke('wamid.5') }),
  past({
    id: 'wamid.6',
    from: firm,
    timestamp: at(-900),
    type: 'media_placeholder',
    history_context: { status: 'READ' },
  }),
  pastFile({ id: 'wamid.6', timestamp: at(-800), type: 'image', image: { id: '6', caption: 'Plan' } }),
  inbound({
    id: 'wamid.7',
    timestamp: at(70),
    type: 'system',
    system: { type: 'user_changed_number', wa_id: '14155550999', body: 'Changed' },
  }),
  state('wamid.8', 'delivered', 80),
  call({ ...sdp, timestamp: at(200) }),
  call({ ...sdp, event: 'terminate', status: 'COMPLETED', timestamp: at(260), ...talked }),
  call({ event: 'call_recording_available', timestamp: at(300), call_recording: { audio: { id: '9' } } }),
  call({
    event: 'call_transcription_available',
    timestamp: at(320),
    call_transcript: { document: { id: '10' } },
  }),
  call({ ...sdp, id: 'wacid.m', timestamp: at(400) }),
  call({ ...sdp, id: 'wacid.m', event: 'terminate', status: 'COMPLETED', timestamp: at(430) }),
  inbound({ id: 'wacid.m', timestamp: at(600), type: 'audio', audio: { id: '11' } }),
  {
    field: 'calls',
    list: 'statuses',
    item: { id: 'wacid.o', type: 'call', status: 'RINGING', timestamp: at(700), recipient_id: person },
  },
  {
    field: 'calls',
    list: 'statuses',
    item: { id: 'wacid.o', type: 'call', status: 'REJECTED', timestamp: at(710), recipient_id: person },
  },
  {
    field: 'calls',
    list: 'calls',
    item: {
      id: 'wacid.o',
      to: person,
      direction: 'BUSINESS_INITIATED',
      event: 'terminate',
      status: 'COMPLETED',
      timestamp: at(711),
    },
  },
];

/** Items in one body: neighbours of one field share a change, as Meta aggregates them. */
function bodyOf(items: readonly Item[]): object {
  const changes: { field: string; value: Record<string, unknown> }[] = [];
  for (const { field, list, item, thread } of items) {
    const last = changes.at(-1);
    const value = last?.field === field ? last.value : { contacts: [ana] };
    if (last?.field !== field) changes.push({ field, value });
    if (thread !== undefined) append(value, 'history', { threads: [{ id: thread, messages: [item] }] });
    else if (field === 'standby') append((value['standby'] ??= { contacts: [ana] }) as object, list, item);
    else append(value, list, item);
  }
  const entry = changes.map(({ field, value }) => ({ id: '1', changes: [change(field, value)] }));
  return { object: 'whatsapp_business_account', entry };
}

function append(holder: object, list: string, item: object): void {
  const lists = holder as Record<string, unknown[]>;
  lists[list] = [...(lists[list] ?? []), item];
}

/** What the ledger does with the events of these bodies: each once, the first that came; then the fold. */
function interactionsOf(bodies: readonly object[]): Map<string, Interaction> {
  const kept = new Map<string, EventDraft>();
  for (const draft of bodies.flatMap(split)) {
    if (!kept.has(draft.dedupeKey)) kept.set(draft.dedupeKey, draft);
  }
  const byKey = new Map<string, EventDraft[]>();
  for (const draft of kept.values()) {
    const key = draft.interactionKey ?? '';
    byKey.set(key, [...(byKey.get(key) ?? []), draft]);
  }
  return new Map([...byKey].map(([key, drafts]) => [key, fold(key, foldEvents(drafts))]));
}

/** All of a conversation and some of it again, in any order, cut anywhere into bodies. */
const deliveries = fc
  .tuple(
    fc.shuffledSubarray([...conversation], { minLength: conversation.length }),
    fc.array(fc.constantFrom(...conversation), { maxLength: 20 }),
    fc.array(fc.nat(60), { maxLength: 12 }),
    fc.nat(),
  )
  .map(([items, again, cuts, shift]) => {
    const all = [...items];
    again.forEach((item, index) => all.splice((shift + index * 7) % (all.length + 1), 0, item));
    const places = [...new Set(cuts.map((cut) => 1 + (cut % all.length)))].toSorted((a, b) => a - b);
    const parts = [0, ...places].map((start, index) => all.slice(start, places[index]));
    return parts.filter((part) => part.length > 0).map(bodyOf);
  });

describe('a conversation', () => {
  const expected = interactionsOf(conversation.map((item) => bodyOf([item])));

  it('is what a person would expect', () => {
    const brief = (id: string): unknown => expected.get(interactionKey('whatsapp-cloud', business, id));
    expect(expected.size).toBe(11);
    expect(brief('wamid.1')).toMatchObject({
      via: 'live',
      content: { text: 'Hello!' },
      earlier: [{}, {}],
      reactions: [],
    });
    expect(brief('wamid.2')).toMatchObject({
      direction: 'outbound',
      via: 'echo',
      content: { text: 'Good evening' },
      revokedAt: '2026-06-01T10:00:36.000Z',
      reactions: [{ direction: 'inbound', emoji: '🎉' }],
      status: { state: 'read' },
    });
    expect(brief('wamid.3')).toMatchObject({
      direction: 'outbound',
      via: 'standby',
      status: { state: 'failed' },
    });
    expect(brief('wamid.4')).toMatchObject({ direction: 'inbound', content: { text: 'To the bot' } });
    expect(brief('wamid.5')).toMatchObject({ content: { type: 'image', text: 'Here' } });
    expect(brief('wamid.6')).toMatchObject({
      direction: 'outbound',
      occurredAt: '2026-06-01T09:45:00.000Z',
      content: { text: 'Plan' },
    });
    expect(brief('wamid.8')).toMatchObject({ direction: 'outbound', via: 'unknown' });
    expect(brief('wacid.c')).toMatchObject({
      result: 'answered',
      durationSeconds: 55,
      recording: { id: '9' },
      transcript: { id: '10' },
    });
    expect(brief('wacid.m')).toMatchObject({ result: 'missed', voicemail: { id: '11' } });
    expect(brief('wacid.o')).toMatchObject({ direction: 'outbound', result: 'rejected' });
    for (const interaction of expected.values()) {
      expect(interaction.person).toMatchObject({ phone: '+14155550100' });
    }
  });

  it('is the same in any order, with any repetition, cut into any number of bodies', () => {
    fc.assert(
      fc.property(deliveries, (bodies) => {
        expect(interactionsOf(bodies)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });
});
