import { describe, expect, it } from '@jest/globals';
import { interactionKey } from '../../src/core/key.ts';
import type { Fact } from '../../src/core/fact.ts';
import { body, business, echo, factOf, incoming, only, text } from '../fixtures/whatsapp/bodies.ts';

function read(json: unknown): Fact {
  return factOf(only(json));
}

function contentOf(json: unknown): { type: string; text: string } & Record<string, unknown> {
  const fact = read(json);
  if (fact.kind !== 'message' && fact.kind !== 'edit') throw new Error(`a ${fact.kind} has no content`);
  return { ...fact.content };
}

const reply = (type: string, answer: object): object => ({
  type: 'interactive',
  interactive: { type, [type]: answer },
});
const form = (json: unknown): object =>
  reply('nfm_reply', { name: 'flow', body: 'Sent', response_json: json });

describe('the text of a message', () => {
  it.each<[string, object, string]>([
    ['a text', text('Hello'), 'Hello'],
    ['a caption', { type: 'image', image: { id: '1', caption: 'Look' } }, 'Look'],
    ['no caption', { type: 'video', video: { id: '1' } }, ''],
    [
      'a location',
      { type: 'location', location: { latitude: 1.5, longitude: -2, name: 'Shop', address: 'Road 1' } },
      'Shop\nRoad 1\n1.5, -2',
    ],
    ['a place without a name', { type: 'location', location: { latitude: 0, longitude: 0 } }, '0, 0'],
    [
      'contact cards',
      {
        type: 'contacts',
        contacts: [
          {
            name: { formatted_name: 'Fabio Conti' },
            org: { company: 'Conti' },
            phones: [{ phone: '+39 02 5550 0104' }],
          },
          {},
        ],
      },
      'Fabio Conti, Conti, +39 02 5550 0104\na contact card without a name',
    ],
    ['a chosen button', reply('button_reply', { id: 'yes', title: 'Yes, please' }), 'Yes, please'],
    [
      'a chosen row',
      reply('list_reply', { id: 'x', title: 'Express', description: 'Next day' }),
      'Express\nNext day',
    ],
    [
      "a template's button",
      { type: 'button', button: { payload: 'STOP', text: 'Unsubscribe' } },
      'Unsubscribe',
    ],
    [
      'a flow',
      form('{"flow_token":"secret","delivery_rating":4,"tags":["a","b"],"newsletter":true,"empty":""}'),
      'Delivery rating: 4\nTags: a, b\nNewsletter: yes',
    ],
    [
      'an address',
      form('{"saved_address_id":"1","values":{"city":"Mumbai","name":"Asha"}}'),
      'City: Mumbai\nName: Asha',
    ],
    ['a flow whose answers are no object', form('"done"'), 'done'],
    ['a flow whose answers are no JSON', form('{broken'), '{broken'],
    [
      'a permission to call',
      reply('call_permission_reply', { response: 'accept', expiration_timestamp: 1780308000 }),
      'Allowed calls until 2026-06-01 10:00 UTC',
    ],
    [
      'a permission for ever',
      reply('call_permission_reply', { response: 'accept', is_permanent: true, expiration_timestamp: '1' }),
      'Allowed calls',
    ],
    ['a refused permission', reply('call_permission_reply', { response: 'reject' }), 'Declined to be called'],
    [
      'an order',
      {
        type: 'order',
        order: {
          text: 'Soon, please',
          product_items: [
            { product_retailer_id: 'lamp', quantity: '2', item_price: 45, currency: 'EUR' },
            {},
          ],
        },
      },
      'Soon, please\n2 × lamp, 45 EUR each\n? × unknown product',
    ],
    [
      'a notice',
      { type: 'system', system: { body: 'User A changed', type: 'customer_identity_changed' } },
      'User A changed',
    ],
    [
      'a poll',
      {
        type: 'unsupported',
        unsupported: { type: 'poll_creation' },
        errors: [{ code: 131051, error_data: { details: 'Not supported.' } }],
      },
      '[unsupported message: poll] Not supported.',
    ],
    [
      'something unsupported',
      { type: 'unsupported', errors: [{ code: 131051, title: 'Unknown' }] },
      '[unsupported message] Unknown',
    ],
    ['a new type with text in it', { type: 'poll', poll: { question: { body: 'Lunch?' } } }, 'Lunch?'],
    [
      'a message that lost its content',
      { type: 'interactive', errors: [{ code: 131000, title: 'Lost' }] },
      '[unsupported message: interactive] Lost',
    ],
  ])('of %s is what a person reads', (_name, delta, expected) => {
    expect(contentOf(incoming(delta)).text).toBe(expected);
  });

  it('takes the type from the content when it is not named', () => {
    expect(
      contentOf(incoming({ interactive: { type: 'button_reply', button_reply: { title: 'Yes' } } })),
    ).toMatchObject({
      type: 'interactive',
      text: 'Yes',
    });
  });

  it('has no NUL and no half characters', () => {
    expect(contentOf(incoming(text('a\0b\ud800c'))).text).toBe('abc');
  });

  it('is what the business offered, in an echo', () => {
    const action = { buttons: [{ type: 'reply', reply: { id: '1', title: 'Yes' } }] };
    const interactive = { type: 'button', body: { text: 'Shall we?' }, footer: { text: 'Demo Ltd' }, action };
    expect(contentOf(echo({ type: 'interactive', interactive })).text).toBe('Shall we?\nDemo Ltd\n[Yes]');
  });

  it('is the filled template, in an echo of a request', () => {
    const parameters = [
      { type: 'text', text: 'Ana' },
      { type: 'currency', currency: { fallback_value: '5 EUR' } },
    ];
    const template = { name: 'order_news', components: [{ type: 'body', parameters }] };
    const definition = { components: [{ type: 'BODY', text: 'Dear {{1}}, it costs {{2}} {{3}}' }] };
    const item = {
      id: 'wamid.t',
      timestamp: '1',
      message: { to: '14155550100', type: 'template', template },
    };
    const standby = (extra: object): object =>
      body('standby', { standby: { message_echoes: [{ ...item, ...extra }] } });
    expect(contentOf(standby({ template: definition })).text).toBe('Dear Ana, it costs 5 EUR {{3}}');
    expect(contentOf(standby({ template: { definition } })).text).toBe('Dear Ana, it costs 5 EUR {{3}}');
    expect(contentOf(standby({})).text).toBe('Template: order_news\nAna\n5 EUR');
  });

  it('is the whole template: header with its file, body by names, footer and buttons', () => {
    const document = { id: '9', filename: 'bill.pdf' };
    const components = [
      { type: 'header', parameters: [{ type: 'document', document }] },
      { type: 'body', parameters: [{ type: 'text', parameter_name: 'name', text: 'Ana $&' }] },
      { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: 'x1' }] },
    ];
    const definition = {
      components: [
        { type: 'HEADER', format: 'DOCUMENT' },
        { type: 'BODY', text: 'Dear {{name}}' },
        { type: 'FOOTER', text: 'Demo Ltd' },
        {
          type: 'BUTTONS',
          buttons: [
            { type: 'URL', text: 'Pay' },
            { type: 'QUICK_REPLY', text: 'Later' },
          ],
        },
      ],
    };
    const message = { recipient: 'US.100', type: 'template', template: { name: 'bill', components } };
    const item = { id: 'wamid.t', timestamp: '1780308000', message, template: { definition } };
    const echoed = body('standby', { standby: { message_echoes: [item] } });
    expect(read(echoed)).toMatchObject({
      direction: 'outbound',
      via: 'standby',
      person: { userId: 'US.100' },
      content: {
        text: '[document bill.pdf]\nDear Ana $&\nDemo Ltd\n[Pay]\n[Later]',
        media: [{ id: '9', fileName: 'bill.pdf' }],
      },
    });
    expect(only(echoed).people).toContainEqual({ userId: 'US.100' });
  });

  it('answers the message that the request of an echo names, and says which form it offers', () => {
    const parameters = { flow_id: '1', flow_cta: 'Book now' };
    const interactive = {
      type: 'flow',
      header: { type: 'image', image: { id: '5' } },
      body: { text: 'When?' },
      action: { name: 'flow', parameters },
    };
    const message = {
      to: '14155550100',
      type: 'interactive',
      interactive,
      context: { message_id: 'wamid.q' },
    };
    const item = { id: 'wamid.t', timestamp: '1780308000', message };
    expect(contentOf(body('standby', { standby: { message_echoes: [item] } }))).toMatchObject({
      text: 'When?\n[Book now]',
      media: [{ id: '5' }],
      replyTo: { providerId: 'wamid.q' },
    });
  });
});

describe('what else a message carries', () => {
  it('names its file without the link, which expires', () => {
    const document = {
      id: '9',
      filename: 'offer.pdf',
      mime_type: 'application/pdf',
      sha256: 'x=',
      url: 'https://a',
    };
    expect(contentOf(incoming({ type: 'document', document }))['media']).toEqual([
      { id: '9', fileName: 'offer.pdf', mimeType: 'application/pdf', sha256: 'x=' },
    ]);
  });

  it('tells voice messages from other audio, in the old shape too', () => {
    const shapes = [
      { type: 'audio', audio: { id: '1', voice: true } },
      { type: 'voice', voice: { id: '1' } },
      { type: 'audio', audio: { id: '1', voice: false } },
    ];
    expect(shapes.map((shape) => contentOf(incoming(shape))['media'])).toEqual([
      [{ id: '1', voice: true }],
      [{ id: '1', voice: true }],
      [{ id: '1' }],
    ]);
  });

  it('names the message it answers by the key of that interaction', () => {
    const context = {
      from: '15550783881',
      id: 'wamid.before',
      referred_product: { product_retailer_id: 'lamp' },
    };
    expect(contentOf(incoming({ ...text('a'), context }))).toMatchObject({
      replyTo: {
        providerId: 'wamid.before',
        key: interactionKey('whatsapp-cloud', business, 'wamid.before'),
      },
      details: { referredProduct: { product_retailer_id: 'lamp' } },
    });
  });

  it('is no answer when it was only forwarded', () => {
    const content = contentOf(incoming({ ...text('a'), context: { frequently_forwarded: true } }));
    expect(content).toMatchObject({ forwarded: true, details: { frequentlyForwarded: true } });
    expect(content).not.toHaveProperty('replyTo');
  });

  it('names the ad it came from', () => {
    const referral = {
      source_url: 'https://fb.example/1',
      headline: 'Chat with us',
      ctwa_clid: 'A-1',
      body: 'Lamps',
    };
    expect(contentOf(incoming({ ...text('a'), referral }))['referral']).toEqual({
      headline: 'Chat with us',
      url: 'https://fb.example/1',
      clickId: 'A-1',
    });
  });

  it('keeps the old and the new number of a change', () => {
    const system = { type: 'user_changed_number', wa_id: '14155550999', body: 'Changed' };
    expect(read(incoming({ type: 'system', system }))).toMatchObject({
      kind: 'message',
      person: { phone: '+14155550100' },
      content: { type: 'system', details: { oldPhone: '14155550100', newPhone: '14155550999' } },
    });
  });

  it('keeps the new content of an edit', () => {
    const edit = {
      original_message_id: 'wamid.before',
      message: { context: { id: 'wamid.x' }, ...text('Better') },
    };
    expect(contentOf(incoming({ type: 'edit', edit }))).toMatchObject({
      text: 'Better',
      replyTo: { providerId: 'wamid.x' },
    });
  });
});
