import type { Fact } from '../../core/fact.ts';
import type { Media, MessageContent, Person } from '../../core/interaction.ts';
import { readContent } from './content.ts';
import { targetOf } from './drafts.ts';
import { readMedia } from './media.ts';
import type { Opened } from './opened.ts';
import { asArray, asObject, readMessage, word, words, type Json, type MessageView } from './payload.ts';
import { readContacts, toPerson, userIdOf } from './people.ts';

/** A request to send a message in the shape of its echo on `standby`: the same message must have the same key. */
export function asEcho(request: Json, id: string): Json {
  return { id, message: request };
}

/**
 * A message that went out through the recording pass-through: the request that was sent and what the provider answered
 * (Meta's OpenAPI, "Send Message"). Undefined without an id.
 *
 * `item` is `{id, request, response}`.
 */
export function readSent({
  item,
  at,
  businessNumber,
  sourceKind,
}: Pick<Opened, 'item' | 'at' | 'businessNumber' | 'sourceKind'>): Fact | undefined {
  const id = word(item['id']);
  const request = asObject(item['request']);
  const view = id !== undefined && request ? readMessage(asEcho(request, id)) : undefined;
  if (!request || !view) return undefined;
  const groupId = request['recipient_type'] === 'group' ? word(request['to']) : undefined;
  const group = groupId === undefined ? {} : { group: { id: groupId } };
  const person = groupId === undefined ? personOf(request, asObject(item['response'])) : {};
  const base = { at, direction: 'outbound', person, ...group } as const;
  if (targetOf(view)?.kind === 'reaction') {
    const emoji = words(asObject(view.body['reaction'])?.['emoji'])?.trim();
    return { ...base, kind: 'reaction', ...(emoji && { emoji }) };
  }
  return { ...base, kind: 'message', content: contentOf(view, businessNumber, sourceKind), via: 'api' };
}

/** WhatsApp's own id of the person goes before what the sender wrote: webhooks name that one. */
function personOf(request: Json, response: Json | undefined): Person {
  const to = word(request['to']);
  const recipient = userIdOf(request['recipient']) ?? userIdOf(to);
  const [contact] = readContacts(asArray(response?.['contacts']));
  return toPerson({ number: contact?.wa_id ?? to, userId: recipient }, contact);
}

function contentOf(view: MessageView, businessNumber: string, sourceKind: string): MessageContent {
  const content = readContent(view, businessNumber, sourceKind);
  const files = filesOf(view);
  const text = view.type === 'template' ? templateText(asObject(view.body['template']) ?? {}) : content.text;
  const lines = [text, ...files.flatMap(linkText)].filter((line) => line !== '');
  const media = files.flatMap(({ part }) => readMedia(part) ?? []);
  return { ...content, text: lines.join('\n'), ...mediaOf(content, media) };
}

function mediaOf(content: MessageContent, found: readonly Media[]): Pick<MessageContent, 'media'> {
  const all = [...(content.media ?? []), ...found];
  const each = [...new Map(all.map((media) => [media.id, media])).values()];
  return each.length > 0 ? { media: each } : {};
}

interface SentFile {
  readonly type: string;
  readonly part: Json;
}

const fileTypes = ['image', 'video', 'audio', 'document', 'sticker'];

/** The files of a message: its own, its header's, those in a template's parameters. */
function filesOf(view: MessageView): SentFile[] {
  const own = asObject(view.body[view.type]);
  const components = view.type === 'template' ? asArray(own?.['components']) : [];
  const holders = [
    view.body,
    ...(view.type === 'interactive' ? [asObject(own?.['header'])] : []),
    ...components.flatMap((component) => asArray(asObject(component)?.['parameters']).map(asObject)),
  ];
  return holders.flatMap((holder) =>
    fileTypes.flatMap((type) => {
      const part = asObject(holder?.[type]);
      return part ? [{ type, part }] : [];
    }),
  );
}

/** Files that WhatsApp was told to get from the sender's own server: not fetched here, and the text says so. */
function linkText({ type, part }: SentFile): string[] {
  const link = words(part['link']);
  if (link === undefined) return [];
  // what follows may be a key to the file
  const [address = ''] = link.split(/[?#]/, 1);
  return [`[${type} sent as a link, not kept here: ${address}]`];
}

/** A request names the template and fills it in: its wording is kept at Meta. */
function templateText(template: Json): string {
  const lines = asArray(template['components']).flatMap((component) =>
    asArray(asObject(component)?.['parameters']).flatMap((raw) => parameterText(asObject(raw) ?? {})),
  );
  return [`[Template ${word(template['name']) ?? 'without a name'}]`, ...lines].join('\n');
}

function parameterText(parameter: Json): string[] {
  const kind = word(parameter['type']) ?? '';
  const inner = asObject(parameter[kind]);
  const value =
    words(parameter['text']) ??
    words(inner?.['fallback_value']) ??
    words(inner?.['name']) ??
    words(parameter['coupon_code']) ??
    words(parameter['payload']);
  const name = words(parameter['parameter_name']);
  if (value === undefined) return [];
  return [name === undefined ? value : `${name}: ${value}`];
}
