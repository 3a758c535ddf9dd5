import { describe, expect, it } from '@jest/globals';
import {
  body,
  echo,
  factOf,
  incoming,
  interactionOf,
  only,
  readable,
  status,
  text,
} from '../fixtures/whatsapp/bodies.ts';

const card = (more: object): object => ({
  type: 'contacts',
  contacts: [{ name: { formatted_name: 'Ana Silva' }, ...more }],
});

describe('a person without a number', () => {
  const item = (delta: object): object => ({
    id: 'wamid.one',
    from_user_id: 'US.100',
    timestamp: '1',
    ...delta,
  });
  const personOf = (delta: object): unknown =>
    factOf(only(body('messages', { contacts: [{ user_id: 'US.100', wa_id: '' }], messages: [item(delta)] })));

  it.each<[string, object]>([
    ['by its WhatsApp id', { phones: [{ wa_id: '14155550100', phone: '0415 555 0100' }] }],
    ['by an international number', { phones: [{ phone: '+1 (415) 555-0100' }] }],
    ['in a vCard', { vcard: 'FN:Ana\nTEL;type=CELL;waid=14155550100:415 555 0100' }],
  ])('is known by the own number that was asked for, %s', (_name, more) => {
    const delta = card({ origin: 'contact_request', ...more });
    expect(personOf(delta)).toMatchObject({ person: { phone: '+14155550100', userId: 'US.100' } });
    expect(only(body('messages', { messages: [item(delta)] })).people).toContainEqual({
      phone: '+14155550100',
    });
  });

  it.each<[string, object]>([
    ["somebody else's card", { origin: 'other', phones: [{ wa_id: '14155550100' }] }],
    ['a card of no known origin', { phones: [{ wa_id: '14155550100' }] }],
    ['a number of no known country', { origin: 'contact_request', phones: [{ phone: '0415 555 0100' }] }],
  ])('is not taken for %s', (_name, more) => {
    expect(personOf(card(more))).toMatchObject({ person: { userId: 'US.100' } });
    expect(personOf(card(more))).not.toHaveProperty('person.phone');
  });

  it('keeps the number it was known by, whatever it shares', () => {
    const delta = card({ origin: 'contact_request', phones: [{ wa_id: '14155550199' }] });
    expect(factOf(only(incoming(delta)))).toMatchObject({ person: { phone: '+14155550100' } });
  });

  it('changes its user id, which stands in the place of the number', () => {
    const system = { type: 'user_changed_user_id', user_id: 'US.200', body: 'User changed' };
    const delta = { from: 'US.100', from_user_id: undefined, type: 'system', system };
    expect(personOf(delta)).toMatchObject({
      person: { userId: 'US.100' },
      content: { details: { oldUserId: 'US.100', newUserId: 'US.200' } },
    });
    expect(personOf(delta)).not.toHaveProperty('content.details.oldPhone', 'US.100');
  });
});

describe('what became of a message', () => {
  it.each<[string, object, object, string]>([
    [
      'an edited caption, with the new file',
      { type: 'image', image: { id: '1', caption: 'Old' } },
      {
        type: 'edit',
        edit: {
          original_message_id: 'wamid.one',
          message: { type: 'image', image: { id: '2', caption: 'New' } },
        },
      },
      '[Image] New\n\nEdited on 2026-06-01 10:00 UTC; earlier: [Image] Old',
    ],
    [
      'an edit whose words did not come',
      text('Old'),
      { type: 'edit', edit: { original_message_id: 'wamid.one' } },
      '[edited; the new text was not handed over]\n\nEdited on 2026-06-01 10:00 UTC; earlier: Old',
    ],
    [
      'a deletion',
      text('Old'),
      { type: 'revoke', revoke: { original_message_id: 'wamid.one' } },
      'Deleted by the sender on 2026-06-01 10:00 UTC; the text was:\nOld',
    ],
    [
      'a reaction',
      text('Old'),
      { type: 'reaction', reaction: { message_id: 'wamid.one', emoji: '👍' } },
      'Old\n\nReaction: 👍 from Ana Silva',
    ],
    [
      'a reaction taken away',
      text('Old'),
      { type: 'reaction', reaction: { message_id: 'wamid.one', emoji: '' } },
      'Old',
    ],
  ])('shows %s, before and after the original', (_name, original, change, expected) => {
    const bodies = [incoming(original), incoming({ ...change, id: 'wamid.change' })];
    expect(readable(interactionOf(...bodies))).toBe(expected);
    expect(readable(interactionOf(...bodies.toReversed()))).toBe(expected);
  });

  it('shows what the firm edited and deleted on the phone, even with the ends swapped', () => {
    const swapped = { from: '14155550100', to: '15550783881' };
    const edit = { original_message_id: 'wamid.echo', message: text('Better') };
    const revoke = { original_message_id: 'wamid.echo' };
    const bodies = [
      echo({ ...swapped, type: 'revoke', revoke, id: 'wamid.r' }),
      echo({ ...swapped, type: 'edit', edit, id: 'wamid.e' }),
      echo(text('Good')),
    ];
    const interaction = interactionOf(...bodies);
    expect(interaction).toMatchObject({
      direction: 'outbound',
      person: { phone: '+14155550100' },
      via: 'echo',
    });
    expect(readable(interaction)).toBe(
      'Deleted by the sender on 2026-06-01 10:00 UTC; the text was:\nBetter\n\nEdited on 2026-06-01 10:00 UTC; earlier: Good',
    );
    expect(interactionOf(...bodies.slice(0, 2))).toMatchObject({
      direction: 'outbound',
      originalMissing: true,
    });
  });

  it('says why it failed, in words', () => {
    const error = {
      code: 131047,
      title: 'Re-engagement message',
      error_data: { details: 'More than 24 hours.' },
    };
    const failed = status({ id: 'wamid.echo', status: 'failed', errors: [error] });
    expect(readable(interactionOf(failed, echo(text('Hi'))))).toBe(
      'Hi\n\nNot delivered: Re-engagement message: More than 24 hours. (code 131047)',
    );
  });

  it('does not change with states that come late or that nobody knows', () => {
    const states = ['played', 'sent', 'deleted', 'delivered'].map((each) =>
      status({ id: 'wamid.echo', status: each }),
    );
    expect(interactionOf(echo(text('Hi')), ...states)).toMatchObject({ status: { state: 'played' } });
  });
});
