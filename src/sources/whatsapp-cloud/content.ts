import type { Media, MessageContent } from '../../core/interaction.ts';
import { cleanJson } from '../../core/text.ts';
import { cardText } from './contact-card.ts';
import { isIncomplete, keyOf } from './drafts.ts';
import { readInteractive } from './interactive.ts';
import { readMedia } from './media.ts';
import {
  asArray,
  asObject,
  readError,
  readReason,
  word,
  words,
  type Json,
  type MessageView,
} from './payload.ts';
import { phoneOf, userIdOf } from './people.ts';
import { readTemplate } from './template.ts';

/** What a type's own object says: text for people, files, and what else a mapping may want. */
export interface Part {
  readonly text?: string | undefined;
  readonly media?: Media | undefined;
  readonly details?: Json | undefined;
}

type Reader = (part: Json, view: MessageView) => Part;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['text', (part) => ({ text: words(part['body']) })],
  ['image', readFile],
  ['video', readFile],
  ['audio', readFile],
  ['voice', (part) => ({ media: readMedia({ ...part, voice: true }) })],
  ['document', readFile],
  ['sticker', readFile],
  ['location', (part) => ({ text: placeText(part), details: part })],
  ['interactive', (part) => readInteractive(part)],
  ['template', (part, view) => readTemplate(part, view.item)],
  ['button', (part) => ({ text: words(part['text']) ?? words(part['payload']), details: part })],
  ['order', (part) => ({ text: orderText(part), details: part })],
  ['system', (part, view) => ({ text: systemText(part, view), details: systemDetails(part, view) })],
  ['reaction', (part) => ({ text: words(part['emoji']) })],
]);

/**
 * Content of a message object of any type (Meta docs, messages reference). Types this version does not know keep
 * their name, whatever text can be found in them, and the whole object as details.
 */
export function readContent(view: MessageView, businessNumber: string, sourceKind?: string): MessageContent {
  const part = isIncomplete(view) ? readUnsupported(view) : readPart(view);
  const details = detailsOf(view, part.details);
  return {
    type: isIncomplete(view) ? 'unsupported' : view.type,
    text: part.text?.trim() ?? '',
    ...(part.media && { media: [part.media] }),
    ...contextOf(view, businessNumber, sourceKind),
    ...referralOf(view),
    ...(details && { details: cleanJson(details) as Json }),
  };
}

function readPart(view: MessageView): Part {
  const raw = view.body[view.type];
  if (view.type === 'contacts')
    return { text: asArray(raw).map(cardText).join('\n'), details: { contacts: raw } };
  const part = asObject(raw);
  const read = readers.get(view.type);
  if (read && part) return read(part, view);
  const isKnown = read !== undefined || view.type === 'media_placeholder';
  if (!part) return { text: words(raw), details: isKnown ? undefined : { unsupportedType: view.type } };
  return { text: anyText(part), media: readMedia(part), details: { unsupportedType: view.type, ...part } };
}

function readFile(part: Json): Part {
  return { text: words(part['caption']), media: readMedia(part) };
}

/** First text under one of the names that Meta's objects use for text. */
function anyText(part: Json): string | undefined {
  const names = ['body', 'text', 'caption', 'title', 'name', 'question'];
  return names
    .map((name) => words(part[name]) ?? words(asObject(part[name])?.['body']))
    .find((text) => text !== undefined);
}

const unsupportedNames: ReadonlyMap<string, string> = new Map([
  ['poll_creation', 'poll'],
  ['poll_update', 'vote in a poll'],
  ['pin', 'pinned message'],
]);

/** A message WhatsApp does not hand out is still a touch of the customer: what it was, and why it is not there. */
function readUnsupported(view: MessageView): Part {
  const given = view.type === 'unsupported' ? word(asObject(view.body['unsupported'])?.['type']) : view.type;
  const what = given === undefined ? '' : `: ${unsupportedNames.get(given) ?? given.replaceAll('_', ' ')}`;
  const details = readReason(view.errors);
  const reason = details === undefined ? '' : ` ${details}`;
  return {
    text: `[unsupported message${what}]${reason}`,
    details: given ? { unsupportedType: given } : undefined,
  };
}

function placeText(part: Json): string {
  const lines = [words(part['name']), words(part['address'])];
  const latitude = word(part['latitude']);
  const longitude = word(part['longitude']);
  if (latitude !== undefined && longitude !== undefined) lines.push(`${latitude}, ${longitude}`);
  lines.push(words(part['url']));
  return lines.filter((line) => line !== undefined).join('\n');
}

/** The note that came with the order, then one line for each product. */
function orderText(part: Json): string {
  const lines = asArray(part['product_items']).map((raw) => {
    const item = asObject(raw) ?? {};
    const price = [word(item['item_price']), word(item['currency'])]
      .filter((each) => each !== undefined)
      .join(' ');
    const product = word(item['product_retailer_id']) ?? 'unknown product';
    return `${word(item['quantity']) ?? '?'} × ${product}${price ? `, ${price} each` : ''}`;
  });
  return [words(part['text']), ...lines, totalText(part)].filter((line) => line !== undefined).join('\n');
}

/** `Total: 85 USD`, when every price is known and all are of one currency; one piece of one product needs none. */
function totalText(part: Json): string | undefined {
  const items = asArray(part['product_items']).map((raw) => asObject(raw) ?? {});
  const currencies = new Set(items.map((item) => word(item['currency'])));
  const [currency] = currencies;
  const amounts = items.map((item) => Number(word(item['quantity'])) * Number(word(item['item_price'])));
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  const isSingle = items.length === 1 && Number(word(items[0]?.['quantity'])) === 1;
  if (items.length === 0 || isSingle || currencies.size !== 1 || !currency || !Number.isFinite(total)) {
    return undefined;
  }
  return `Total: ${Number(total.toFixed(2))} ${currency}`;
}

const systemTexts: ReadonlyMap<string, string> = new Map([
  ['user_changed_number', 'changed the phone number'],
  ['user_changed_user_id', 'changed the WhatsApp user id'],
  ['customer_identity_changed', 'has a new security code: the phone or the app was changed'],
]);

function systemText(part: Json, view: MessageView): string | undefined {
  const body = words(part['body']);
  const what = systemTexts.get(word(part['type']) ?? '');
  if (body !== undefined || what === undefined) return body;
  const old = view.from ?? view.from_user_id;
  const now = word(part['wa_id']) ?? word(part['user_id']);
  const changed = old && now && old !== now ? ` from ${old} to ${now}` : '';
  return `This person ${what}${changed}`;
}

/** System messages: `from` is the old number or id, the object holds the new ones (Meta docs, system messages). */
function systemDetails(part: Json, view: MessageView): Json {
  const systemType = word(part['type']);
  const changed = systemType === 'user_changed_number' || systemType === 'user_changed_user_id';
  if (!changed)
    return { systemType, ...(view.item['identity'] !== undefined && { identity: view.item['identity'] }) };
  return {
    systemType,
    oldPhone: numberIn(view.from),
    newPhone: numberIn(word(part['wa_id'])),
    oldUserId: view.from_user_id ?? userIdOf(view.from),
    newUserId: word(part['user_id']) ?? userIdOf(part['wa_id']),
    newParentUserId: word(part['parent_user_id']),
  };
}

/** The number as it was given; undefined for a user id in its place. */
function numberIn(text: string | undefined): string | undefined {
  return phoneOf(text) === undefined ? undefined : text;
}

function contextOf(
  view: MessageView,
  businessNumber: string,
  sourceKind: string | undefined,
): Partial<MessageContent> {
  const context = view.context;
  const id = word(context?.['id']) ?? word(context?.['message_id']);
  const forwarded = context?.['forwarded'] === true || context?.['frequently_forwarded'] === true;
  return {
    ...(id !== undefined && { replyTo: { key: keyOf(businessNumber, id, sourceKind), providerId: id } }),
    ...(forwarded && { forwarded }),
  };
}

/** A click-to-WhatsApp ad (Meta docs, text messages): headline, link, click id; the whole object is in the details. */
function referralOf(view: MessageView): Pick<MessageContent, 'referral'> {
  if (!view.referral) return {};
  const headline = words(view.referral['headline']) ?? words(view.referral['body']);
  const url = words(view.referral['source_url']);
  const clickId = word(view.referral['ctwa_clid']);
  return { referral: { ...(headline && { headline }), ...(url && { url }), ...(clickId && { clickId }) } };
}

function detailsOf(view: MessageView, own: Json | undefined): Json | undefined {
  const error = readError(view.errors);
  const details = {
    ...own,
    ...(asObject(view.context?.['referred_product']) && {
      referredProduct: view.context?.['referred_product'],
    }),
    ...(view.context?.['frequently_forwarded'] === true && { frequentlyForwarded: true }),
    ...(view.referral && { referral: view.referral }),
    ...(error && { error }),
  };
  return Object.values(details).some((value) => value !== undefined) ? details : undefined;
}
