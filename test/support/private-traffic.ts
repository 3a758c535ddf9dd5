import { createHmac } from 'node:crypto';
import { interactionKey } from '../../src/core/key.ts';
import { signForm } from '../../src/sandbox/twilio/webhooks.ts';
import { appSecret, businessNumber, personNumber } from './traffic.ts';
import { accountSid, authToken, twilioNumber } from './twilio.ts';

/** Webhooks of people who are never recorded, between those of everybody else. People, numbers and ids are invented. */

/** Somebody who is never recorded. */
interface Hidden {
  /** as WhatsApp writes it, in each form that the line has */
  readonly forms: readonly string[];
  readonly userId?: string;
  readonly name: string;
}

/** By a number of the settings, in another form there; with a user id under which he writes alone later. */
const xaver: Hidden = { forms: ['15550001111'], userId: 'US.90000000000001', name: 'Xaver Ungenannt' };
/** By a number of the settings; WhatsApp has the old form of it, too. */
const bruna: Hidden = { forms: ['551187654321', '5511987654321'], name: 'Bruna Sombra' };
/** By a field of the CRM. */
const quentin: Hidden = { forms: [personNumber(50).slice(1)], name: 'Quentin Optout' };
/** By a user id of the settings. */
const ida: Hidden = { forms: [], userId: 'US.47110000000001', name: 'Ida Geheim' };

export const hiddenPeople = { xaver, bruna, quentin, ida };
/** what the settings say */
export const excludedSetting = ['+1 555-000-1111', '+55 (11) 98765-4321', 'US.47110000000001'];

/** Begin texts of whom nobody may record, of numbers that are not the firm's, of what is nobody's, and of all others. */
export const words = { hidden: 'zz-geheim', foreign: 'zz-fremd', nobodys: 'zz-herrenlos', open: 'offen' };

interface Webhook {
  readonly source: 'support' | 'emea';
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface PrivateTraffic {
  /** to be sent first: by these it is known who writes under a user id alone */
  readonly first: readonly Webhook[];
  readonly webhooks: readonly Webhook[];
  /** keys of what must be logged, with what its record says */
  readonly expected: ReadonlyMap<string, string>;
  /** interactions that are dropped */
  readonly excluded: ReadonlySet<string>;
  /** events that must be in quarantine */
  readonly quarantined: number;
}

const foreignNumber = '15559990000';
const known = 40;
const start = Math.floor(Date.now() / 1_000) - 86_400;

/** An id as WhatsApp makes them: the other side's number is in it. */
function wamid(digits: string, nth: number): string {
  const bytes = `\x1c\x18${String.fromCharCode(digits.length)}${digits}\x15\x02\x00\x12\x18\x20${`${nth}`.padStart(20, 'A')}`;
  return `wamid.${Buffer.from(bytes, 'latin1').toString('base64')}`;
}

interface Change {
  readonly field: string;
  readonly value: object;
}

const metadata = (digits: string) => ({
  messaging_product: 'whatsapp',
  metadata: { display_phone_number: digits, phone_number_id: '106540352242922' },
});
const own = metadata(businessNumber.slice(1));
const webhook = (...changes: readonly Change[]): Webhook => ({
  source: 'support',
  body: JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1022', changes }] }),
});
const profile = (name: string, digits: string | undefined, userId?: string) => ({
  profile: { name },
  ...(digits !== undefined && { wa_id: digits }),
  ...(userId !== undefined && { user_id: userId }),
});
const textOf = (body: string) => ({ type: 'text', text: { body } });

/** Makes so many webhooks, most of them of people or numbers that are not recorded. The same count gives the same. */
export function privateTraffic(count: number): PrivateTraffic {
  const traffic = new Traffic();
  const first = [traffic.introduce()];
  const webhooks = Array.from({ length: count - first.length }, (_, nth) => traffic.make(nth));
  return { ...traffic, first, webhooks };
}

class Traffic {
  readonly expected = new Map<string, string>();
  readonly excluded = new Set<string>();
  quarantined = 0;

  introduce(): Webhook {
    return webhook(this.#hidden(xaver, 1_000_000, 0));
  }

  make(nth: number): Webhook {
    switch (nth % 10) {
      case 0:
      case 1:
      case 2:
      case 9:
        return webhook(this.#hiddenOne(nth));
      case 3:
        return webhook(this.#open(nth), this.#hiddenOne(nth));
      case 4:
        return this.#twilio(nth);
      case 5:
        return this.#unknown(nth);
      case 6:
        return webhook(this.#foreign(nth));
      case 7:
        return webhook(nth % 20 === 7 ? this.#mention(nth) : this.#hiddenOne(nth));
      default:
        return webhook(nth % 20 === 8 ? this.#open(nth) : this.#foreign(nth));
    }
  }

  #hiddenOne(nth: number): Change {
    const who = [xaver, bruna, quentin, ida][Math.floor(nth / 10) % 4] as Hidden;
    return this.#hidden(who, nth, Math.floor(nth / 40));
  }

  /** Something of a person who is never recorded, in one of many shapes. */
  #hidden(who: Hidden, nth: number, shape: number): Change {
    const said = `${words.hidden}-${nth}`;
    const { forms, userId, name } = who;
    const digits = forms[nth % Math.max(1, forms.length)];
    // Every second time under the user id alone.
    const phone = userId !== undefined && nth % 2 === 1 ? undefined : digits;
    const id = phone === undefined ? `wamid.alone${nth}` : wamid(phone, nth);
    const from = { ...(phone && { from: phone }), ...(userId && { from_user_id: userId }) };
    const to = { ...(phone && { to: phone }), ...(userId && { to_user_id: userId }) };
    const contacts = [profile(name, phone, userId)];
    const timestamp = String(start + (nth % 80_000));
    const received = (item: object): Change => ({
      field: 'messages',
      value: { ...own, contacts, messages: [{ ...from, id, timestamp, ...item }] },
    });
    const shapes: readonly (() => Change)[] = [
      () => received(textOf(said)),
      () => received({ type: 'image', image: { id: '1', mime_type: 'image/jpeg', caption: said } }),
      () => received({ ...textOf(said), group_id: 'G1' }),
      () => received({ type: 'edit', edit: { original_message_id: id, message: textOf(said) } }),
      () => received({ type: 'reaction', reaction: { message_id: id, emoji: said } }),
      () => received({ type: 'brand_new', brand_new: { words: said } }),
      () => ({
        field: 'smb_message_echoes',
        value: {
          ...own,
          message_echoes: [{ from: businessNumber.slice(1), ...to, id, timestamp, ...textOf(said) }],
        },
      }),
      () => ({
        field: 'messages',
        value: {
          ...own,
          contacts,
          statuses: [
            {
              id,
              status: 'read',
              timestamp,
              ...(phone && { recipient_id: phone }),
              ...(userId && { recipient_user_id: userId }),
            },
          ],
        },
      }),
      () => ({
        field: 'calls',
        value: {
          ...own,
          contacts,
          calls: [
            {
              id,
              ...from,
              to: businessNumber.slice(1),
              event: 'terminate',
              direction: 'USER_INITIATED',
              timestamp,
              status: 'COMPLETED',
            },
          ],
        },
      }),
      () => ({
        field: 'history',
        value: {
          ...own,
          history: [
            {
              metadata: { phase: 0, chunk_order: 1, progress: 50 },
              threads: [{ id: phone ?? userId, messages: [{ ...from, id, timestamp, ...textOf(said) }] }],
            },
          ],
        },
      }),
    ];
    this.excluded.add(interactionKey('whatsapp-cloud', businessNumber, id));
    return (shapes[shape % shapes.length] as () => Change)();
  }

  /** Something of somebody who is recorded. */
  #open(nth: number, more: object = {}, says?: string): Change {
    const digits = personNumber(nth % known).slice(1);
    const id = wamid(digits, nth);
    const said = `${words.open}-${nth}-ende`;
    const message = { from: digits, id, timestamp: String(start + (nth % 80_000)), ...textOf(said), ...more };
    this.expected.set(interactionKey('whatsapp-cloud', businessNumber, id), says ?? said);
    return {
      field: 'messages',
      value: { ...own, contacts: [profile(`Person ${digits.slice(-4)}`, digits)], messages: [message] },
    };
  }

  /** Somebody who is recorded names somebody who is not: the message is there, the other one is not. */
  #mention(nth: number): Change {
    const who = [xaver, bruna, quentin][Math.floor(nth / 20) % 3] as Hidden;
    const digits = who.forms[nth % who.forms.length] as string;
    const said = `${words.open}-${nth}-ende`;
    const card = {
      name: { formatted_name: who.name, first_name: who.name },
      phones: [{ phone: `+${digits.slice(0, 2)} ${digits.slice(2)}`, wa_id: digits, type: 'CELL' }],
    };
    const shape = Math.floor(nth / 60) % 3;
    if (shape === 0) return this.#open(nth, { type: 'contacts', contacts: [card] }, '[excluded]');
    const spoken = `${said} call +${digits}`;
    if (shape === 1) return this.#open(nth, textOf(spoken));
    return this.#open(nth, { group_id: 'G1', context: { from: digits, id: wamid(digits, nth + 1) } });
  }

  #foreign(nth: number): Change {
    const digits = personNumber(nth % known).slice(1);
    const id = wamid(digits, nth);
    this.excluded.add(interactionKey('whatsapp-cloud', `+${foreignNumber}`, id));
    const message = { from: digits, id, timestamp: String(start), ...textOf(`${words.foreign}-${nth}`) };
    return { field: 'messages', value: { ...metadata(foreignNumber), messages: [message] } };
  }

  /** Shapes that nobody knows, and bodies that name no number. */
  #unknown(nth: number): Webhook {
    const { xaver: one, quentin: other } = hiddenPeople;
    const said = `${words.hidden}-${nth}`;
    const shapes: readonly (() => Webhook)[] = [
      () => webhook({ field: 'brand_new_field', value: { ...own, who: `+${one.forms[0]}`, said } }),
      () =>
        webhook({ field: 'brand_new_field', value: { ...own, see: wamid(other.forms[0] ?? '', nth), said } }),
      () =>
        webhook({
          field: 'smb_app_state_sync',
          value: {
            ...own,
            state_sync: [
              {
                type: 'contact',
                contact: { full_name: one.name, phone_number: one.forms[0] },
                action: 'add',
              },
            ],
          },
        }),
      () =>
        webhook({
          field: 'messages',
          value: { messages: [{ from: one.forms[0], id: `wamid.n${nth}`, timestamp: '1', ...textOf(said) }] },
        }),
      () => ({ source: 'support', body: `not json ${nth}: +1 (555) 000-1111 ${said}` }),
      () => ({ source: 'support', body: JSON.stringify({ odd: [said, ida.userId, nth] }) }),
      () => this.#nobodys(JSON.stringify({ odd: `${words.nobodys}-${nth}` })),
      () => this.#nobodys(`no json: ${words.nobodys}-${nth}`),
    ];
    return (shapes[Math.floor(nth / 10) % shapes.length] as () => Webhook)();
  }

  #nobodys(body: string): Webhook {
    this.quarantined += 1;
    return { source: 'support', body };
  }

  #twilio(nth: number): Webhook {
    const at = Math.floor(nth / 10);
    const who = [xaver, bruna, quentin][at % 3] as Hidden;
    const isOpen = at % 4 === 3;
    const digits = isOpen
      ? personNumber(nth % known).slice(1)
      : (who.forms[nth % who.forms.length] as string);
    const said = isOpen ? `${words.open}-${nth}-ende` : `${words.hidden}-${nth}`;
    const sid = `SM${String(nth).padStart(32, '0')}`;
    const ends = { From: `whatsapp:+${digits}`, To: `whatsapp:${twilioNumber}` };
    const message = {
      MessageSid: sid,
      SmsStatus: 'received',
      AccountSid: accountSid,
      ...ends,
      Body: said,
      NumMedia: '0',
      ProfileName: isOpen ? 'Somebody' : who.name,
      WaId: digits,
    };
    const key = interactionKey('twilio', twilioNumber, sid);
    if (isOpen) {
      this.expected.set(key, said);
      return { source: 'emea', form: message };
    }
    this.excluded.add(key);
    const state = {
      MessageSid: sid,
      MessageStatus: 'delivered',
      AccountSid: accountSid,
      From: ends.To,
      To: ends.From,
    };
    return { source: 'emea', form: at % 2 === 0 ? message : state };
  }
}

/** Posts one as its provider does. @returns the status */
export async function postPrivate(url: string, { source, form, body = '' }: Webhook): Promise<number> {
  const address = `${url}/webhooks/${source}`;
  const answer = await fetch(address, {
    method: 'POST',
    ...(form === undefined
      ? {
          headers: {
            'x-hub-signature-256': `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`,
          },
          body,
        }
      : {
          headers: { 'x-twilio-signature': signForm(authToken, address, form) },
          body: new URLSearchParams(form),
        }),
    signal: AbortSignal.timeout(20_000),
  });
  await answer.arrayBuffer();
  return answer.status;
}
