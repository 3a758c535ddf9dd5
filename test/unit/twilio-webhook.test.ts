import { describe, expect, it } from '@jest/globals';
import { interactionKey } from '../../src/core/key.ts';
import {
  business,
  callback,
  draftOf,
  factOf,
  incoming,
  person,
  received,
  source,
  split,
} from '../fixtures/twilio/events.ts';

const link = (sid: string, host = 'api.twilio.com') =>
  `https://${host}/2010-04-01/Accounts/AC1/Messages/SM1111/Media/${sid}`;

describe('a message that came in', () => {
  it('is an event of its number and sid, told by receipt because webhooks have no time', () => {
    expect(draftOf(incoming())).toMatchObject({
      kind: 'message',
      businessNumber: business,
      providerId: 'SM1111',
      interactionKey: interactionKey('twilio', business, 'SM1111'),
      occurredAt: received.toISOString(),
    });
  });

  it('says who wrote what', () => {
    expect(factOf(draftOf(incoming()))).toEqual({
      kind: 'message',
      at: received.toISOString(),
      direction: 'inbound',
      person: { phone: person, name: 'Sari' },
      content: { type: 'text', text: 'Is it in stock?' },
      via: 'live',
    });
  });

  it.each(['SmsMessageSid', 'SmsSid'])('is known by %s too', (name) => {
    const { MessageSid: _sid, ...rest } = incoming();
    expect(draftOf({ ...rest, [name]: 'SM1111' }).providerId).toBe('SM1111');
  });

  it('may be from somebody without a number', () => {
    const draft = draftOf(
      incoming({ From: 'whatsapp:ID.4500001', ExternalUserId: 'whatsapp:ID.4500001', WaId: '' }),
    );
    expect(draft.people).toEqual([{ userId: 'ID.4500001' }]);
    expect(factOf(draft)).toMatchObject({ person: { userId: 'ID.4500001', name: 'Sari' } });
    expect(factOf(draft)).not.toMatchObject({ person: { phone: expect.anything() } });
  });

  it('has a user id beside the number', () => {
    const draft = draftOf(incoming({ ExternalUserId: 'whatsapp:ID.4500001' }));
    expect(draft.people).toEqual([{ phone: person }, { userId: 'ID.4500001' }]);
    expect(factOf(draft)).toMatchObject({ person: { phone: person, userId: 'ID.4500001' } });
  });

  it.each([
    [
      'a location',
      { Body: '', Latitude: '1.5', Longitude: '2.5', Label: 'Shop', MessageType: 'location' },
      'location',
      'Shop\n1.5, 2.5',
    ],
    ['a button', { Body: 'Yes', ButtonText: 'Yes', ButtonPayload: 'yes', MessageType: '' }, 'button', 'Yes'],
    [
      'a choice of a list',
      { Body: '', ListTitle: 'Blue', ListId: 'b', MessageType: 'interactive' },
      'interactive',
      'Blue',
    ],
    [
      'a voice note',
      { Body: '', MediaUrl0: link('ME1'), MediaContentType0: 'audio/ogg', MessageType: 'audio' },
      'audio',
      '',
    ],
    [
      'a picture by its file',
      { MediaUrl0: link('ME1'), MediaContentType0: 'image/png' },
      'image',
      'Is it in stock?',
    ],
    [
      'a contact card',
      { Body: '', MediaUrl0: link('ME1'), MediaContentType0: 'text/vcard', MessageType: '' },
      'contacts',
      '',
    ],
    ['an unknown kind', { MessageType: 'hologram' }, 'hologram', 'Is it in stock?'],
  ])('may be %s', (_what, delta, type, text) => {
    expect(factOf(draftOf(incoming(delta as Record<string, string>)))).toMatchObject({
      content: { type, text },
    });
  });

  it('names its files by ids and never by their links', () => {
    const fact = factOf(
      draftOf(incoming({ MediaUrl0: link('ME1'), MediaContentType0: 'image/png', MediaUrl1: link('ME2') })),
    );
    expect(fact).toMatchObject({
      content: { media: [{ id: 'SM1111/ME1', mimeType: 'image/png' }, { id: 'SM1111/ME2' }] },
    });
    expect(JSON.stringify(fact)).not.toContain('https:');
  });

  it('tells of files that are not of Twilio without an id to fetch them by', () => {
    const fact = factOf(
      draftOf(incoming({ MediaUrl0: 'https://evil.example/x.png', MediaContentType0: 'image/png' })),
    );
    expect(fact).toMatchObject({ content: { type: 'image', details: { filesElsewhere: 1 } } });
    expect(fact).not.toMatchObject({ content: { media: expect.anything() } });
  });

  it('knows what it answers, that it was forwarded, and the ad that it came from', () => {
    const fact = factOf(
      draftOf(
        incoming({
          OriginalRepliedMessageSid: 'MM9',
          Forwarded: 'true',
          ReferralHeadline: 'Sale',
          ReferralSourceUrl: 'https://fb.example/ad',
          ReferralCtwaClid: 'click',
        }),
      ),
    );
    expect(fact).toMatchObject({
      content: {
        replyTo: { key: interactionKey('twilio', business, 'MM9'), providerId: 'MM9' },
        forwarded: true,
        referral: { headline: 'Sale', url: 'https://fb.example/ad', clickId: 'click' },
      },
    });
  });

  it('of another channel is kept when it is pushed here, and says so', () => {
    const fact = factOf(draftOf(incoming({ From: person, To: business })));
    expect(fact).toMatchObject({ kind: 'message', content: { details: { channel: 'sms' } } });
  });

  it('keeps all its parameters, repeated and unknown ones too', () => {
    const draft = draftOf({ ...incoming(), Extra: ['a', 'b'] });
    expect(draft.payload).toMatchObject({
      form: 'webhook',
      params: { Extra: ['a', 'b'], MessageSid: 'SM1111' },
    });
  });

  it('without a receiver belongs to the one number that is configured, else to none', () => {
    const { To: _to, ...rest } = incoming();
    expect(draftOf(rest).businessNumber).toBe(business);
    const two = draftOf(rest, { businessNumbers: [business, '+15550000002'] });
    expect(two).toMatchObject({ kind: 'unrecognised' });
    expect(two.businessNumber).toBeUndefined();
    expect(draftOf(rest, { businessNumbers: 'all' }).businessNumber).toBeUndefined();
  });

  it('to a number that is not configured names that number, so that the gate drops it', () => {
    expect(draftOf(incoming({ To: 'whatsapp:+15550000002' })).businessNumber).toBe('+15550000002');
  });
});

describe('a status callback', () => {
  it.each([
    ['sent', 'sent'],
    ['delivered', 'delivered'],
    ['read', 'read'],
    ['failed', 'failed'],
    ['undelivered', 'failed'],
  ])('%s means %s', (word, state) => {
    const draft = draftOf(callback({ MessageStatus: word }));
    expect(draft).toMatchObject({ kind: 'status', businessNumber: business, providerId: 'SM2222' });
    expect(factOf(draft)).toMatchObject({ kind: 'status', state, person: { phone: person } });
  });

  it.each(['queued', 'accepted', 'scheduled', 'sending', 'canceled'])('%s is no event', (word) => {
    expect(split(callback({ MessageStatus: word }))).toEqual([]);
  });

  it('of a state that nobody knows is kept and shown as such', () => {
    const draft = draftOf(callback({ MessageStatus: 'teleported' }));
    expect(factOf(draft)).toMatchObject({
      kind: 'unrecognised',
      topic: 'status.teleported',
      direction: 'outbound',
    });
  });

  it('says in words why a message failed, or the code', () => {
    const known = factOf(draftOf(callback({ MessageStatus: 'undelivered', ErrorCode: '63016' })));
    expect(known).toMatchObject({
      error: { code: '63016', text: expect.stringContaining('24-hour window') },
    });
    const other = factOf(draftOf(callback({ MessageStatus: 'failed', ErrorCode: '99999' })));
    expect(other).toMatchObject({ error: { code: '99999' } });
  });

  it('is one event however often it comes, and each state another', () => {
    const keys = ['sent', 'sent', 'delivered'].map(
      (word) => draftOf(callback({ MessageStatus: word })).dedupeKey,
    );
    expect(new Set(keys).size).toBe(2);
  });
});

describe('what is no message', () => {
  it.each([
    ['parameters of no known kind', Buffer.from('Hello=World')],
    ['a sid without ends', Buffer.from('MessageSid=SM1')],
    ['JSON of another shape', Buffer.from('[{"specversion":"1.0"}]')],
    ['broken JSON', Buffer.from('{"a":')],
    ['nothing', Buffer.alloc(0)],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
    ['deep JSON', Buffer.from('['.repeat(50_000) + ']'.repeat(50_000))],
  ])('%s is kept as unrecognised', (_what, body) => {
    const drafts = source().webhook.split(body, received);
    expect(drafts.map(({ kind, interactionKey: key }) => [kind, key])).toEqual([['unrecognised', undefined]]);
    expect(factOf(drafts[0]!).kind).toBe('unrecognised');
  });

  it('stored events that nobody can read are unrecognised facts', () => {
    for (const payload of [
      null,
      7,
      'x',
      [],
      {},
      { form: 'webhook' },
      { form: 'message', item: {} },
      { form: 'call' },
    ]) {
      for (const kind of ['message', 'status', 'call', 'edit'] as const) {
        const draft = { ...draftOf(incoming()), kind, payload };
        expect(factOf(draft).kind).toMatch(/unrecognised|message|call/);
      }
    }
  });
});
