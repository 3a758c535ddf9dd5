import { describe, expect, it } from '@jest/globals';
import { interactionKey } from '../../src/core/key.ts';
import {
  ana,
  body,
  business,
  call,
  change,
  echo,
  incoming,
  message,
  only,
  received,
  sentAt,
  source,
  split,
  status,
  text,
} from '../fixtures/whatsapp/bodies.ts';

const key = (id: string): string => interactionKey('whatsapp-cloud', business, id);

describe('splitting a webhook', () => {
  it('makes one event of each item of each change of each entry', () => {
    const value = { messages: [message(text('a')), message({ ...text('b'), id: 'wamid.two' })] };
    const json = {
      entry: [
        {
          id: '1',
          changes: [
            change('messages', value),
            change('messages', { statuses: [{ id: 'wamid.x', status: 'read' }] }),
          ],
        },
        { id: '2', changes: [change('calls', { calls: [{ id: 'wacid.y', event: 'connect' }] })] },
      ],
    };
    expect(split(json).map((draft) => [draft.kind, draft.providerId])).toEqual([
      ['message', 'wamid.one'],
      ['message', 'wamid.two'],
      ['status', 'wamid.x'],
      ['call', 'wacid.y'],
    ]);
  });

  it("reads the firm's number however it is written", () => {
    const metadata = { display_phone_number: '+1 555-078-3881' };
    expect(only(body('messages', { metadata, messages: [message(text('a'))] })).businessNumber).toBe(
      business,
    );
  });

  it('keeps the item verbatim with its own contact only', () => {
    const other = { profile: { name: 'Ben' }, wa_id: '14155550101' };
    const extra = { ...text('a'), brand_new: { deep: [1] } };
    const drafts = split(
      body('messages', {
        contacts: [other, ana],
        messages: [message(extra), message({ ...text('b'), id: 'wamid.two', from: '14155550101' })],
      }),
    );
    expect(drafts.map(({ payload }) => payload)).toMatchObject([
      { field: 'messages', list: 'messages', contacts: [ana], item: { brand_new: { deep: [1] } } },
      { contacts: [other] },
    ]);
  });

  it("does not give one person's contact to another", () => {
    const two = [message(text('a')), message({ ...text('b'), id: 'wamid.two', from: '14155550101' })];
    const drafts = split(body('messages', { contacts: [ana], messages: two }));
    expect(drafts[1]?.payload).not.toHaveProperty('contacts');
  });

  it('lets live, standby, echo and history copies of one message be events of one interaction', () => {
    const item = message(text('a'));
    const thread = { id: '14155550100', messages: [item] };
    const copies = [
      incoming(text('a')),
      body('standby', { standby: { messages: [item] } }),
      body('history', { history: [{ metadata: { phase: 0 }, threads: [thread] }] }),
      body('smb_message_echoes', { message_echoes: [item] }),
    ];
    // each way knows something of its own; the same way again is the same event
    const drafts = [...copies, ...copies].map(only);
    expect(new Set(drafts.map(({ dedupeKey }) => dedupeKey)).size).toBe(4);
    expect(new Set(drafts.map(({ interactionKey: each }) => each))).toEqual(new Set([key('wamid.one')]));
  });

  it('lets a placeholder or an unsupported copy not keep the real message out', () => {
    const bodies = [
      incoming({ type: 'media_placeholder' }, 'history'),
      incoming({ type: 'unsupported', errors: [{ code: 131060 }] }),
      incoming({ type: 'image', image: { id: '5' } }, 'history'),
    ];
    const drafts = bodies.map(only);
    expect(new Set(drafts.map(({ dedupeKey }) => dedupeKey)).size).toBe(3);
    expect(new Set(drafts.map((draft) => draft.interactionKey)).size).toBe(1);
  });

  it.each([
    ['edit', { type: 'edit', edit: { original_message_id: 'wamid.original', message: text('b') } }],
    ['revoke', { type: 'revoke', revoke: { original_message_id: 'wamid.original' } }],
    ['reaction', { type: 'reaction', reaction: { message_id: 'wamid.original', emoji: '👍' } }],
  ])('gives an %s to the message it is about', (kind, delta) => {
    const first = only(incoming(delta));
    const second = only(incoming({ ...delta, id: 'wamid.other' }));
    expect(first).toMatchObject({
      kind,
      providerId: 'wamid.original',
      interactionKey: key('wamid.original'),
    });
    expect(second.interactionKey).toBe(first.interactionKey);
    expect(second.dedupeKey).not.toBe(first.dedupeKey);
  });

  it('shows an edit that names no original as a message of its own', () => {
    expect(only(incoming({ type: 'edit', edit: {} }))).toMatchObject({
      kind: 'message',
      providerId: 'wamid.one',
    });
  });

  it('tells delivery states apart by state and participant', () => {
    const group = { recipient_type: 'group', recipient_id: 'Z3JvdXA', status: 'read' };
    const keys = [
      status({}),
      status({ status: 'read' }),
      status({ ...group, recipient_participant_id: '14155550100' }),
      status({ ...group, participant_recipient_id: '14155550101' }),
      status({ ...group, recipient_participant_user_id: 'US.1' }),
    ].map((each) => only(each).dedupeKey);
    expect(new Set(keys).size).toBe(5);
  });

  it('keeps a state it does not know as an event of its message', () => {
    expect(only(status({ status: 'warmed_up' }))).toMatchObject({
      kind: 'status',
      interactionKey: key('wamid.out'),
    });
  });

  it('makes the steps of a call events of the call, voicemail included', () => {
    const audio = { type: 'audio', audio: { id: '7' } };
    const drafts = [
      call({ event: 'connect' }),
      call({ event: 'terminate', status: 'COMPLETED' }),
      body('calls', { statuses: [{ id: 'wacid.one', type: 'call', status: 'RINGING' }] }),
      incoming({ id: 'wacid.one', ...audio }),
    ].map(only);
    expect(drafts.map(({ kind }) => kind)).toEqual(['call', 'call', 'call', 'call']);
    expect(new Set(drafts.map((draft) => draft.interactionKey))).toEqual(new Set([key('wacid.one')]));
    expect(new Set(drafts.map(({ dedupeKey }) => dedupeKey)).size).toBe(4);
  });

  it('makes one event of a call step that came twice in another spelling', () => {
    const keys = ['COMPLETED', 'Completed'].map(
      (each) => only(call({ event: 'terminate', status: each })).dedupeKey,
    );
    expect(keys[0]).toBe(keys[1]);
  });

  it.each([
    [
      'group_lifecycle_update',
      { groups: [{ type: 'group_create', added_participants: [{ wa_id: 14155550100 }] }] },
    ],
    ['smb_app_state_sync', { state_sync: [{ contact: { phone_number: '14155550100', full_name: 'Ana' } }] }],
    [
      'user_preferences',
      { user_preferences: [{ wa_id: '14155550100', value: 'stop', timestamp: 1780308000 }] },
    ],
    ['messaging_handovers', { sender: { phone_number: '14155550100' }, type: 'control_passed' }],
  ])('keeps %s as a notice that names its people and no interaction', (field, value) => {
    const draft = only(body(field, value));
    expect(draft).toMatchObject({ kind: 'notice', people: [{ phone: '+14155550100' }] });
    expect(draft).not.toHaveProperty('interactionKey');
  });

  it('keeps account events of any shape, with the time of their entry', () => {
    const value = { event: 'PARTNER_REMOVED', waba_info: { waba_id: '1' } };
    const json = { entry: [{ id: '1', time: 1780308000, changes: [{ field: 'account_update', value }] }] };
    expect(only(json)).toMatchObject({ kind: 'notice', occurredAt: '2026-06-01T10:00:00.000Z' });
  });

  it("keeps the firm's number of a handover, which has no metadata", () => {
    const value = { recipient: { display_phone_number: '15550783881' }, type: 'control_taken' };
    expect(only({ entry: [{ changes: [{ field: 'messaging_handovers', value }] }] }).businessNumber).toBe(
      business,
    );
  });

  it('takes history as it comes: bare, wrapped by 360dialog, declined', () => {
    const value = { metadata: { display_phone_number: '15550783881' } };
    const threads = [{ id: '14155550100', messages: [message(text('a'))] }];
    const declined = { ...value, history: [{ errors: [{ code: 2593109 }] }] };
    expect(only({ id: 'e', event: 'history', data: { ...value, history: [{ threads }] } }).kind).toBe(
      'message',
    );
    expect(only(declined)).toMatchObject({ kind: 'notice', businessNumber: business });
  });

  it('names everyone a message concerns, the firm left out', () => {
    const delta = {
      ...text('a'),
      to: '15550783881',
      from_user_id: 'US.100',
      from_parent_user_id: 'US.ENT.1',
    };
    const people = only(incoming(delta)).people.map((person) => Object.values(person)[0]);
    expect(people.toSorted()).toEqual(['+14155550100', 'US.100', 'US.ENT.1']);
  });

  it('names both sides of a change of number', () => {
    const system = { type: 'user_changed_number', wa_id: '14155550999', body: 'User changed' };
    const draft = only(incoming({ type: 'system', system }));
    expect(draft).toMatchObject({ kind: 'number-change', interactionKey: key('wamid.one') });
    expect(draft.people).toContainEqual({ phone: '+14155550999' });
  });

  it("takes a group's id for no phone number", () => {
    const draft = only(status({ recipient_type: 'group', recipient_id: 'Y2FwaV9ncm91cDoxOTUwNTU1' }));
    expect(draft.people).toEqual([{ phone: '+14155550100' }, { userId: 'US.100' }]);
  });

  it('reads times as text, as number and in milliseconds, and uses the time of receipt for anything else', () => {
    const times = [
      sentAt,
      Number(sentAt),
      `${sentAt}000`,
      '0',
      -5,
      'soon',
      {},
      9e15,
      '99999999999999999999',
    ].map((timestamp) => only(incoming({ ...text('a'), timestamp })).occurredAt);
    const given = '2026-06-01T10:00:00.000Z';
    const fallback = received.toISOString();
    expect(times).toEqual([given, given, given, fallback, fallback, fallback, fallback, fallback, fallback]);
  });

  it.each([
    ['not JSON', 'hello'],
    ['empty', ''],
    ['a number', '5'],
    ['a list', '[{}]'],
    ['null', 'null'],
    ['an envelope without entries', '{"entry":[]}'],
    ['an entry that is none', '{"entry":[7]}'],
    ['a change without field', '{"entry":[{"changes":[{"value":{}}]}]}'],
    ['nested too deep', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ])('keeps a body that is %s as one unrecognised event', (_name, raw) => {
    const drafts = source.split(Buffer.from(raw), received);
    expect(drafts.map(({ kind, dedupeKey }) => [kind, dedupeKey.length])).toEqual([['unrecognised', 64]]);
    expect(drafts[0]?.payload).toHaveProperty('item');
  });

  it('keeps an unknown field whole, with the people named anywhere in it', () => {
    const draft = only(body('brand_new', { things: [{ deep: { wa_id: '14155550100' } }] }));
    expect(draft).toMatchObject({
      kind: 'unrecognised',
      businessNumber: business,
      people: [{ phone: '+14155550100' }],
    });
  });

  it('keeps unknown lists and items beside known ones', () => {
    const value = { messages: [message(text('a')), 7, { type: 'text' }], novelties: [{ a: 1 }, { a: 2 }] };
    expect(split(body('messages', value)).map(({ kind }) => kind)).toEqual([
      'message',
      'unrecognised',
      'unrecognised',
      'unrecognised',
      'unrecognised',
    ]);
  });

  it("keeps a message whose firm's number is not given as unrecognised", () => {
    const draft = only(body('messages', { metadata: {}, messages: [message(text('a'))] }));
    expect(draft).toMatchObject({ kind: 'unrecognised', people: [{ phone: '+14155550100' }] });
  });

  it('takes an id that no database could index for no id', () => {
    expect(only(incoming({ ...text('a'), id: 'x'.repeat(5000) })).kind).toBe('unrecognised');
  });

  it('attaches errors that came beside a lone item, and keeps them as a notice too', () => {
    const errors = [{ code: 138000, title: 'Call failed' }];
    const drafts = split(call({ event: 'terminate', status: 'FAILED' }, { errors }));
    expect(drafts.map(({ kind }) => kind).toSorted()).toEqual(['call', 'notice']);
    expect(drafts.find(({ kind }) => kind === 'call')?.payload).toMatchObject({ errors });
  });

  it('makes outgoing echoes events of the same kind', () => {
    expect(only(echo(text('a')))).toMatchObject({ kind: 'message', people: [{ phone: '+14155550100' }] });
  });

  it('splits 3 MB with a thousand updates in well under the time of a request', () => {
    const messages = Array.from({ length: 1000 }, (_, index) =>
      message({ ...text('x'.repeat(2800)), id: `wamid.${index}` }),
    );
    const raw = Buffer.from(JSON.stringify(body('messages', { contacts: [ana], messages })));
    const times = Array.from({ length: 5 }, () => {
      const start = process.cpuUsage();
      expect(source.split(raw, received)).toHaveLength(1000);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    });
    expect(raw.length).toBeGreaterThan(2.8e6);
    // Milliseconds of the processor, the best of five; some 50 on a quiet machine, and a mistake costs seconds.
    expect(Math.min(...times)).toBeLessThan(500);
  });
});
