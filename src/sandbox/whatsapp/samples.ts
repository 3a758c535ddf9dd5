import { callSamples } from './samples-calls.ts';
import { demoMedia } from './media.ts';
import { demoPeople, excludedPerson, gilUserId, unknownPerson } from './people.ts';
import { contact, ends, file, messageId, sender, webhook, type Party, type Sample } from './samples-shape.ts';

const [ana, ben, chiara, dana, gil] = demoPeople;

/**
 * About twenty webhooks of one invented afternoon, in Meta's shapes (Meta docs, webhooks reference; 2026 forms for
 * user ids, edit and revoke). The same `now` gives the same webhooks; all lie within the three hours before it.
 */
export function demoWebhooks(now: Date): Sample[] {
  const at = (minutesAgo: number): string => String(Math.floor(now.getTime() / 1000) - minutesAgo * 60);
  return [
    ...conversation(at),
    ...choices(at),
    ...changes(at),
    ...outgoing(at),
    ...strangers(at),
    ...group(at),
    ...callSamples(at),
  ];
}

type Clock = (minutesAgo: number) => string;

function conversation(at: Clock): Sample[] {
  return [
    incoming('text', ana, 1, at(170), {
      type: 'text',
      text: { body: 'Hello! Is the blue lamp still available?' },
    }),
    incoming('reply', ana, 2, at(168), {
      context: { from: '15550783881', id: messageId(1) },
      type: 'text',
      text: { body: 'And would you ship it to Porto?' },
    }),
    incoming('image', ana, 3, at(166), {
      type: 'image',
      image: { caption: 'This is the corner it is for', ...file(demoMedia.photo) },
    }),
    incoming('voice', ben, 4, at(160), { type: 'audio', audio: { ...file(demoMedia.voice), voice: true } }),
    incoming('document', ben, 5, at(158), {
      type: 'document',
      document: { filename: 'offer.pdf', caption: 'Signed', ...file(demoMedia.offer) },
    }),
    incoming('location', chiara, 6, at(150), {
      type: 'location',
      location: { latitude: 45.4642, longitude: 9.19, name: 'Showroom', address: 'Via Inventata 5, Milano' },
    }),
    incoming('contact-card', chiara, 7, at(148), {
      type: 'contacts',
      contacts: [
        {
          name: { first_name: 'Fabio', last_name: 'Conti', formatted_name: 'Fabio Conti' },
          org: { company: 'Conti Arredi' },
          phones: [{ phone: '+39 02 5550 0104', type: 'WORK' }],
        },
      ],
    }),
  ];
}

function choices(at: Clock): Sample[] {
  return [
    incoming('list-reply', ana, 8, at(140), {
      context: { from: '15550783881', id: messageId(30) },
      type: 'interactive',
      interactive: {
        type: 'list_reply',
        list_reply: { id: 'express', title: 'Express delivery', description: 'Next day' },
      },
    }),
    incoming('order', chiara, 9, at(138), {
      type: 'order',
      order: {
        catalog_id: '300000000000001',
        text: 'For the new office',
        product_items: [
          { product_retailer_id: 'lamp-blue', quantity: 2, item_price: 45, currency: 'EUR' },
          { product_retailer_id: 'shade-white', quantity: 2, item_price: 12.5, currency: 'EUR' },
        ],
      },
    }),
    incoming('unsupported', ben, 10, at(130), {
      errors: [
        {
          code: 131051,
          title: 'Message type unknown',
          message: 'Message type unknown',
          error_data: { details: 'Message type is currently not supported.' },
        },
      ],
      type: 'unsupported',
      unsupported: { type: 'poll_creation' },
    }),
  ];
}

function changes(at: Clock): Sample[] {
  const wrong = { type: 'text', text: { body: 'My order number is 1243' } };
  return [
    incoming('reaction', ben, 11, at(120), {
      type: 'reaction',
      reaction: { message_id: messageId(20), emoji: '👍' },
    }),
    incoming('text-to-edit', chiara, 12, at(118), wrong),
    incoming('edit', chiara, 13, at(116), {
      type: 'edit',
      edit: {
        original_message_id: messageId(12),
        message: { type: 'text', text: { body: 'My order number is 1234' } },
      },
    }),
    incoming('text-to-revoke', ben, 14, at(110), {
      type: 'text',
      text: { body: 'Please call me on my other number' },
    }),
    incoming('revoke', ben, 15, at(108), { type: 'revoke', revoke: { original_message_id: messageId(14) } }),
  ];
}

/** Typed on the phone by the firm, and how the deliveries went. */
function outgoing(at: Clock): Sample[] {
  const text = (body: string): object => ({ type: 'text', text: { body } });
  return [
    echo('echo', ben, 20, at(125), text('Thank you, we have your documents.')),
    echo('echo-that-fails', ana, 21, at(100), text('Your lamp is on its way.')),
    status('status-delivered', ben, 20, at(124), { status: 'delivered' }),
    status('status-read', ben, 20, at(123), { status: 'read' }),
    status('status-failed', ana, 21, at(99), {
      status: 'failed',
      errors: [
        {
          code: 131026,
          title: 'Message undeliverable',
          message: 'Message undeliverable',
          error_data: { details: 'Message Undeliverable.' },
        },
      ],
    }),
  ];
}

/** A person without a phone number, one who is in no CRM, and one who must not be recorded. */
function strangers(at: Clock): Sample[] {
  const text = (body: string): object => ({ type: 'text', text: { body } });
  return [
    incoming(
      'user-id-only',
      { name: dana.name, userId: dana.userId },
      16,
      at(90),
      text('Do you have this in green?'),
    ),
    incoming(
      'user-id-of-a-known-number',
      { name: gil.name, userId: gilUserId },
      19,
      at(88),
      text('Can I pick the lamp up on Friday?'),
    ),
    addressBook(at(86)),
    incoming('unknown-person', unknownPerson, 17, at(80), text('I got your number from a friend.')),
    incoming('excluded-person', excludedPerson, 18, at(70), text('Dinner at eight?')),
  ];
}

/** A group of the Groups API: it is named once, messages carry its id (Meta docs, groups webhooks). */
function group(at: Clock): Sample[] {
  const id = 'Y2FwaV9ncm91cDoxMjM0NTY3ODkw';
  const created = {
    timestamp: at(66),
    group_id: id,
    type: 'group_create',
    request_id: 'r1',
    subject: 'Office move',
  };
  return [
    incoming('group-message', chiara, 24, at(64), {
      group_id: id,
      type: 'text',
      text: { body: 'The new office has four windows.' },
    }),
    webhook('group-created', 'group_lifecycle_update', { groups: [created] }),
  ];
}

/** The address book of the WhatsApp Business app says whose user id it is (Meta docs, smb_app_state_sync). */
function addressBook(timestamp: string): Sample {
  const person = { full_name: gil.name, phone_number: gil.phone.slice(1), user_id: gilUserId };
  const entry = { type: 'contact', contact: person, action: 'add', metadata: { timestamp } };
  return webhook('address-book', 'smb_app_state_sync', { state_sync: [entry] });
}

function incoming(name: string, person: Party, number: number, timestamp: string, message: object): Sample {
  const item = { ...sender(person), id: messageId(number), timestamp, ...message };
  return webhook(name, 'messages', { contacts: [contact(person)], messages: [item] });
}

function echo(name: string, person: Party, number: number, timestamp: string, message: object): Sample {
  const item = { from: '15550783881', ...ends('to', person), id: messageId(number), timestamp, ...message };
  return webhook(name, 'smb_message_echoes', { contacts: [contact(person)], message_echoes: [item] });
}

/** A failed status comes without contacts (Meta docs, status webhooks). */
function status(
  name: string,
  person: Party,
  number: number,
  timestamp: string,
  state: { status: string; errors?: object[] },
): Sample {
  const item = { id: messageId(number), timestamp, ...ends('recipient', person), ...state };
  const contacts = state.status === 'failed' ? {} : { contacts: [contact(person)] };
  return webhook(name, 'messages', { ...contacts, statuses: [item] });
}
