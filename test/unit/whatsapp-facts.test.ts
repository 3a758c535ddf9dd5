import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/core/fact.ts';
import { body, echo, factOf, incoming, message, only, status, text } from '../fixtures/whatsapp/bodies.ts';

function read(json: unknown): Fact {
  return factOf(only(json));
}

describe('who it was', () => {
  const personOf = (json: unknown): unknown => {
    const fact = read(json);
    return 'person' in fact ? fact.person : undefined;
  };

  it('is known by number, user id and both names', () => {
    expect(personOf(incoming(text('a')))).toEqual({
      phone: '+14155550100',
      userId: 'US.100',
      name: 'Ana Silva',
      username: 'ana',
    });
  });

  it('may have no number at all', () => {
    const contacts = [
      { profile: { username: '@ana' }, wa_id: '', user_id: 'US.100', parent_user_id: 'US.ENT.1' },
    ];
    const item = { from_user_id: 'US.100', id: 'wamid.one', timestamp: '1', ...text('a') };
    expect(personOf(body('messages', { contacts, messages: [item] }))).toEqual({
      userId: 'US.100',
      parentUserId: 'US.ENT.1',
      username: 'ana',
    });
  });

  it('is known by the user id that stands in the place of the number', () => {
    expect(
      personOf(body('messages', { messages: [message({ ...text('a'), from: 'US.13491208655302741918' })] })),
    ).toEqual({ userId: 'US.13491208655302741918' });
  });

  it('is the other side of an echo, even when its ends are swapped', () => {
    expect(read(echo({ ...text('a'), from: '14155550100', to: '15550783881' }))).toMatchObject({
      direction: 'outbound',
      via: 'echo',
      person: { phone: '+14155550100' },
    });
  });

  it('is the participant of a group', () => {
    expect(read(incoming({ ...text('a'), group_id: 'Z3JvdXA=' }))).toMatchObject({
      person: { phone: '+14155550100' },
      group: { id: 'Z3JvdXA=' },
    });
    const group = {
      recipient_type: 'group',
      recipient_id: 'Z3JvdXA=',
      participant_recipient_id: '14155550100',
    };
    expect(read(status(group))).toMatchObject({
      person: { phone: '+14155550100' },
      group: { id: 'Z3JvdXA=' },
    });
  });

  it("is the thread's counterpart in history, where the sender's number gives the direction", () => {
    const context = { wa_id: '14155550100', user_id: 'US.100', username: 'ana' };
    const from = (number: string, state: string): Fact => {
      const item = message({ ...text('a'), from: number, history_context: { status: state } });
      return read(
        body('history', { history: [{ threads: [{ id: '14155550100', context, messages: [item] }] }] }),
      );
    };
    const person = { phone: '+14155550100', userId: 'US.100', username: 'ana' };
    expect(from('15550783881', 'ERROR')).toMatchObject({
      direction: 'outbound',
      via: 'history',
      status: 'failed',
      person,
    });
    expect(from('14155550100', 'READ')).toMatchObject({ direction: 'inbound', person });
    expect(from('14155550100', 'READ')).not.toHaveProperty('status');
  });
});

describe('who it was, in odd places', () => {
  const history = (thread: object, delta: object): object => {
    const item = { id: 'wamid.h', timestamp: '1780308000', ...text('a'), ...delta };
    return body('history', { history: [{ threads: [{ ...thread, messages: [item] }] }] });
  };

  it.each<[string, object, object]>([
    [
      'a user id as the name of a thread, with the number beside it',
      history({ id: 'US.100', context: { wa_id: '14155550100' } }, { from: '15550783881' }),
      { phone: '+14155550100', userId: 'US.100' },
    ],
    [
      'a thread without a name',
      history({}, { from: '15550783881', to: '14155550100', from_user_id: 'US.100' }),
      { phone: '+14155550100', userId: 'US.100' },
    ],
    [
      'a thread of a person without a number',
      history(
        { context: { user_id: 'US.100', parent_user_id: 'US.ENT.1', username: '@ana' } },
        { from: '15550783881' },
      ),
      { userId: 'US.100', parentUserId: 'US.ENT.1', username: 'ana' },
    ],
    [
      'an echo to nobody but a user id',
      echo({ ...text('a'), to: undefined, to_user_id: 'US.100', to_parent_user_id: 'US.ENT.1' }),
      { userId: 'US.100', parentUserId: 'US.ENT.1' },
    ],
    ['an echo with a user id as its end', echo({ ...text('a'), to: 'US.100' }), { userId: 'US.100' }],
    [
      'empty strings',
      status({ recipient_id: '', recipient_user_id: '' }),
      { phone: '+14155550100', userId: 'US.100' },
    ],
  ])('is read from %s', (_name, json, person) => {
    expect(read(json)).toMatchObject({ person });
  });

  it('is the participant of a group, whose state names no type of recipient', () => {
    const group = { recipient_id: 'Z3JvdXA=', recipient_participant_user_id: 'US.7' };
    expect(read(status(group))).toMatchObject({ person: { userId: 'US.7' }, group: { id: 'Z3JvdXA=' } });
  });
});

describe('other facts', () => {
  it("say why a delivery failed, in the provider's words", () => {
    const errors = [{ code: 131049, title: 'Not delivered', error_data: { details: 'To keep it healthy.' } }];
    expect(read(status({ status: 'failed', errors }))).toMatchObject({
      kind: 'status',
      state: 'failed',
      error: { code: '131049', text: 'Not delivered: To keep it healthy.' },
    });
  });

  it('leave a state nobody knows unrecognised', () => {
    expect(read(status({ status: 'warmed_up' }))).toMatchObject({
      kind: 'unrecognised',
      topic: 'status.warmed_up',
    });
  });

  it('tell a reaction from one taken away', () => {
    const reaction = (emoji?: string): Fact =>
      read(incoming({ type: 'reaction', reaction: { message_id: 'wamid.x', emoji } }));
    expect(reaction('👍')).toMatchObject({ kind: 'reaction', direction: 'inbound', emoji: '👍' });
    expect(reaction('')).not.toHaveProperty('emoji');
    expect(reaction()).not.toHaveProperty('emoji');
  });

  it('join the two user ids of one person', () => {
    const user_id_update = [{ wa_id: '14155550100', user_id: { previous: 'US.1', current: 'US.2' } }];
    expect(read(body('user_id_update', { user_id_update }))).toMatchObject({
      kind: 'number-change',
      from: { phone: '+14155550100', userId: 'US.1' },
      to: { phone: '+14155550100', userId: 'US.2' },
    });
  });

  it('name the topic of a notice and whom it is about', () => {
    const contact = { full_name: 'Ana S.', phone_number: '14155550100', user_id: 'US.100' };
    expect(
      read(body('smb_app_state_sync', { state_sync: [{ type: 'contact', action: 'add', contact }] })),
    ).toMatchObject({
      kind: 'notice',
      topic: 'smb_app_state_sync.contact',
      person: { phone: '+14155550100', userId: 'US.100', name: 'Ana S.' },
    });
    expect(read(body('messages', { errors: [{ code: 130429, title: 'Rate limit hit' }] }))).toMatchObject({
      topic: 'messages.error',
    });
  });
});
