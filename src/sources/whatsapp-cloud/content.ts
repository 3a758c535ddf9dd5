import type { Media, MessageContent } from '../../core/interaction.ts';
import { cleanJson } from '../../core/text.ts';
import { isIncomplete, keyOf } from './drafts.ts';
import { readInteractive, readTemplate } from './interactive.ts';
import { readMedia } from './media.ts';
import { asArray, asObject, readError, word, words, type Json, type MessageView } from './payload.ts';

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
  ['system', (part, view) => ({ text: words(part['body']), details: systemDetails(part, view) })],
  ['reaction', (part) => ({ text: words(part['emoji']) })],
]);

/**
 * Content of a message object of any type (Meta docs, messages reference). Types this version does not know keep
 * their name, whatever text can be found in them, and the whole object as details.
 */
export function readContent(view: MessageView, businessNumber: string): MessageContent {
  const part = isIncomplete(view) ? readUnsupported(view) : readPart(view);
  const details = detailsOf(view, part.details);
  return {
    type: isIncomplete(view) ? 'unsupported' : view.type,
    text: part.text?.trim() ?? '',
    ...(part.media && { media: [part.media] }),
    ...contextOf(view, businessNumber),
    ...referralOf(view),
    ...(details && { details: cleanJson(details) as Json }),
  };
}

function readPart(view: MessageView): Part {
  const raw = view.body[view.type];
  if (view.type === 'contacts')
    return { text: asArray(raw).map(cardText).join('\n'), details: { contacts: raw } };
  const part = asObject(raw);
  if (!part) return { text: words(raw) };
  return (
    readers.get(view.type)?.(part, view) ?? { text: anyText(part), media: readMedia(part), details: part }
  );
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
  const error = readError(view.errors);
  const reason = error ? ` ${error.text}` : '';
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

/** One contact card: name, firm, numbers, addresses of e-mail. */
function cardText(raw: unknown): string {
  const card = asObject(raw) ?? {};
  const name = asObject(card['name']);
  const given = [words(name?.['first_name']), words(name?.['last_name'])].filter(
    (each) => each !== undefined,
  );
  const values = [
    words(name?.['formatted_name']) ?? (given.length > 0 ? given.join(' ') : undefined),
    words(asObject(card['org'])?.['company']),
    ...asArray(card['phones']).map(
      (phone) => words(asObject(phone)?.['phone']) ?? word(asObject(phone)?.['wa_id']),
    ),
    ...asArray(card['emails']).map((email) => words(asObject(email)?.['email'])),
  ];
  return values.filter((value) => value !== undefined).join(', ') || 'a contact card without a name';
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
  return [words(part['text']), ...lines].filter((line) => line !== undefined).join('\n');
}

/** System messages: `from` is the old number or id, the object holds the new ones (Meta docs, system messages). */
function systemDetails(part: Json, view: MessageView): Json {
  const systemType = word(part['type']);
  const changed = systemType === 'user_changed_number' || systemType === 'user_changed_user_id';
  if (!changed)
    return { systemType, ...(view.item['identity'] !== undefined && { identity: view.item['identity'] }) };
  return {
    systemType,
    oldPhone: view.from,
    newPhone: word(part['wa_id']),
    oldUserId: view.from_user_id,
    newUserId: word(part['user_id']),
    newParentUserId: word(part['parent_user_id']),
  };
}

function contextOf(view: MessageView, businessNumber: string): Partial<MessageContent> {
  const context = view.context;
  const id = word(context?.['id']) ?? word(context?.['message_id']);
  const forwarded = context?.['forwarded'] === true || context?.['frequently_forwarded'] === true;
  return {
    ...(id !== undefined && { replyTo: { key: keyOf(businessNumber, id), providerId: id } }),
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
