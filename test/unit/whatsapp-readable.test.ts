import { describe, expect, it } from '@jest/globals';
import {
  ana,
  body,
  factOf,
  incoming,
  interactionOf,
  message,
  only,
  readable,
  split,
  text,
} from '../fixtures/whatsapp/bodies.ts';

const reply = (type: string, answer: object): object => ({
  type: 'interactive',
  interactive: { type, [type]: answer },
});
const form = (answers: unknown): object =>
  reply('nfm_reply', { name: 'flow', body: 'Sent', response_json: JSON.stringify(answers) });
const permission = (more: object): object =>
  reply('call_permission_reply', { response: 'accept', expiration_timestamp: 1780308000, ...more });
const card = (more: object): object => ({
  type: 'contacts',
  contacts: [{ name: { formatted_name: 'Ana Silva' }, ...more }],
});
const product = (more: object = {}): object => ({
  product_retailer_id: 'lamp',
  quantity: 2,
  item_price: '12.25',
  currency: 'EUR',
  ...more,
});
const order = (...product_items: object[]): object => ({
  type: 'order',
  order: { catalog_id: '1', product_items },
});

/** One message of a person, as a rep reads it. */
function read(delta: object, rest: object = {}): string {
  return readable(interactionOf(body('messages', { contacts: [ana], messages: [message(delta)], ...rest })));
}

describe('a message, as a rep reads it', () => {
  it.each<[string, object, string]>([
    ['a text', text('Hello\nthere'), 'Hello\nthere'],
    ['an image with its caption', { type: 'image', image: { id: '1', caption: 'Look' } }, '[Image] Look'],
    ['a video', { type: 'video', video: { id: '1' } }, '[Video]'],
    ['a voice note', { type: 'audio', audio: { id: '1', voice: true } }, '[Voice message]'],
    [
      'a document with its caption',
      { type: 'document', document: { id: '1', filename: 'offer.pdf', caption: 'Signed' } },
      '[Document] offer.pdf\nSigned',
    ],
    ['a sticker', { type: 'sticker', sticker: { id: '1', animated: true } }, '[Sticker]'],
    [
      'a file that WhatsApp could not get',
      { type: 'video', video: { caption: 'See' }, errors: [{ code: 131052, title: 'Media download error' }] },
      '[Video] See\n\nWhatsApp says: Media download error (code 131052)',
    ],
    [
      'a place with its page',
      {
        type: 'location',
        location: { latitude: 1, longitude: 2, name: 'Shop', url: 'https://shop.example' },
      },
      '[Location]\nShop\n1, 2\nhttps://shop.example',
    ],
    ['a card', card({ phones: [{ phone: '+1 415 555 0199' }] }), '[Contact card] Ana Silva, +1 415 555 0199'],
    [
      'an own number that was asked for',
      card({ origin: 'contact_request', phones: [{ wa_id: '14155550100' }] }),
      "[Contact card] Ana Silva, 14155550100 (shared on request: the person's own)",
    ],
    [
      'a card that is a vCard alone',
      {
        type: 'contacts',
        contacts: [
          {
            vcard: 'BEGIN:VCARD\r\nFN:Ben Okafor\r\nitem1.TEL;waid=14155550101:+1 415 555 0101\r\nEND:VCARD',
          },
        ],
      },
      '[Contact card] Ben Okafor, +1 415 555 0101',
    ],
    ['a reply by button', reply('button_reply', { id: 'y', title: 'Yes' }), 'Yes'],
    [
      'a form with lists and parts',
      form({ screen_0_Size_1: 'L', days: ['Mon', 'Tue'], home: { city: 'Rome' } }),
      'Size 1: L\nDays: Mon, Tue\nCity: Rome',
    ],
    [
      'a form with a list of parts',
      form({ items: [{ name: 'Lamp', count: 2 }] }),
      'Items: Name: Lamp; Count: 2',
    ],
    ['a form that says nothing', form({ flow_token: 'x', note: null }), 'Sent'],
    ['a form whose answer is a list', form(['a', 'b']), 'a\nb'],
    ['a form whose answer is a number', form(7), '7'],
    ['a form whose answer is nothing', form(null), 'Sent'],
    [
      'an address',
      reply('nfm_reply', {
        name: 'address_message',
        response_json: '{"values":{"in_pin_code":"400063","city":"Mumbai"}}',
      }),
      'In pin code: 400063\nCity: Mumbai',
    ],
    ['a permission for a time', permission({}), 'Allowed calls until 2026-06-01 10:00 UTC'],
    [
      'a permission that a call gave',
      permission({ response_source: 'automatic' }),
      'Allowed calls until 2026-06-01 10:00 UTC (automatically)',
    ],
    ['a permission without end', permission({ is_permanent: true }), 'Allowed calls'],
    [
      'an order with its total',
      order(product(), product({ quantity: '1', item_price: 10 })),
      '[Order]\n2 × lamp, 12.25 EUR each\n1 × lamp, 10 EUR each\nTotal: 34.5 EUR',
    ],
    ['an order of one piece', order(product({ quantity: 1 })), '[Order] 1 × lamp, 12.25 EUR each'],
    [
      'an order in two currencies',
      order(product(), product({ currency: 'USD' })),
      '[Order]\n2 × lamp, 12.25 EUR each\n2 × lamp, 12.25 USD each',
    ],
    ['an order without a price', order(product({ item_price: undefined })), '[Order] 2 × lamp, EUR each'],
    ['an order without products', order(), '[Order]'],
    [
      'a change of number without words',
      { type: 'system', system: { type: 'user_changed_number', wa_id: '14155550999' } },
      '[Notice by WhatsApp] This person changed the phone number from 14155550100 to 14155550999',
    ],
    [
      'a new security code',
      { type: 'system', system: { type: 'customer_identity_changed' }, identity: { hash: 'x' } },
      '[Notice by WhatsApp] This person has a new security code: the phone or the app was changed',
    ],
    [
      'a poll',
      {
        type: 'unsupported',
        unsupported: { type: 'poll_creation' },
        errors: [{ code: 131051, title: 'Unknown', error_data: { details: 'Not supported.' } }],
      },
      '[unsupported message: poll] Not supported.',
    ],
    ['nothing but that it was', { type: 'unsupported' }, '[unsupported message]'],
    ['a type nobody knows', { type: 'hologram', hologram: { beam: 1 } }, '[unsupported message: hologram]'],
    [
      'a type nobody knows, with words',
      { type: 'poll', poll: { question: 'Lunch?' } },
      '[unsupported message: poll] Lunch?',
    ],
    [
      'a type nobody names or knows',
      { hologram: { caption: 'Beam' } },
      '[unsupported message: hologram] Beam',
    ],
    ['no content at all', {}, '[unsupported message: unknown]'],
    ['a forwarded one', { ...text('Hi'), context: { forwarded: true } }, 'Forwarded\n\nHi'],
    [
      'one that was forwarded often',
      { ...text('Hi'), context: { frequently_forwarded: true } },
      'Forwarded many times\n\nHi',
    ],
    [
      'a question about a product',
      { ...text('Hi'), context: { id: 'wamid.x', referred_product: { product_retailer_id: 'lamp' } } },
      'About the product lamp\n\nHi',
    ],
    [
      'an answer',
      { ...text('Hi'), context: { id: 'wamid.x', from: '15550783881' } },
      'In reply to an earlier message\n\nHi',
    ],
    [
      'what an ad brought',
      {
        ...text('Hi'),
        referral: {
          source_type: 'ad',
          headline: 'Chat with us',
          body: 'New lamps\nare here',
          source_url: 'https://fb.example/1',
        },
      },
      'From an ad: Chat with us, New lamps are here, https://fb.example/1\n\nHi',
    ],
    [
      'what a post brought',
      { ...text('Hi'), referral: { source_type: 'post', body: 'Lamps' } },
      'From a post: Lamps\n\nHi',
    ],
  ])('can be %s', (_name, delta, expected) => {
    expect(read(delta)).toBe(expected);
  });

  it('says why it has no content, with the error that stands beside it', () => {
    const errors = [
      { code: 131000, title: 'Something went wrong', error_data: { details: 'Lost on the way.' } },
    ];
    expect(read({ type: 'interactive' }, { errors })).toBe(
      '[unsupported message: interactive] Lost on the way.',
    );
    expect(read(text('Hi'), { errors })).toBe('Hi');
  });

  it('finds the only one of several that such an error can be about', () => {
    const errors = [{ code: 131060, title: 'Unavailable' }];
    const messages = [message(text('a')), message({ id: 'wamid.two', type: 'unsupported' })];
    const facts = split(body('messages', { messages, errors })).map((draft) => factOf(draft));
    const texts = facts.flatMap((fact) => ('content' in fact ? [fact.content.text] : []));
    expect(texts).toEqual(['a', '[unsupported message] Unavailable']);
  });

  it('keeps what a known message has beside its content', () => {
    const draft = only(incoming({ ...text('Hi'), hologram: { beam: 1 } }));
    expect(draft.payload).toMatchObject({ item: { hologram: { beam: 1 } } });
  });

  it('keeps the whole of an unknown one for the mapping', () => {
    expect(factOf(only(incoming({ type: 'hologram', hologram: { beam: 1 } })))).toMatchObject({
      content: { type: 'hologram', details: { unsupportedType: 'hologram', beam: 1 } },
    });
  });
});
