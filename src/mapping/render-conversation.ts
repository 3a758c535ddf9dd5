import type { ChatLink } from '../core/chat-link.ts';
import type { Activity, ContactRef } from '../core/activity.ts';
import type { Interaction } from '../core/interaction.ts';
import { cleanText, readablePhone } from '../core/text.ts';
import { dayIn, readableTime, timeIn } from './readable-time.ts';
import { callBody, messageBody } from './render-body.ts';
import { personName } from './render-person.ts';

/** What a record of several interactions is about; see {@link renderConversation}. */
export interface ConversationContext {
  /** of the record */
  readonly key: string;
  readonly granularity: 'day' | 'conversation';
  readonly contact: ContactRef & { readonly ownerId?: string; readonly name?: string };
  /** 1, and more where one record was not enough */
  readonly part: number;
  readonly ownerEmail?: string;
  readonly owner?: { readonly id: string; readonly email: string; readonly name: string };
  /** IANA name */
  readonly timeZone: string;
  readonly chatLink?: ChatLink | undefined;
}

/** One line of a chat, with what it answers. */
export interface ConversationEntry {
  readonly interaction: Interaction;
  readonly quoted?: Interaction;
}

/**
 * Many messages and calls as one activity, whose text reads like the chat: who, when (in the zone of the record), what,
 * with edits, deletions and reactions. `entries`: at least one, in the order in which they happened.
 */
export function renderConversation(
  entries: readonly [ConversationEntry, ...ConversationEntry[]],
  context: ConversationContext,
): Activity {
  const { timeZone, owner, part } = context;
  const [{ interaction: first }] = entries;
  const last = (entries.at(-1) ?? entries[0]).interaction;
  const name = cleanText(nameIn(entries, context));
  const calls = entries.filter(({ interaction }) => interaction.kind === 'call').length;
  const conversation = {
    messages: entries.length - calls,
    calls,
    startedAt: first.occurredAt,
    endedAt: last.occurredAt,
    part,
  };
  const { phone, userId, username } = last.person;
  const address = phone ?? userId ?? name;
  const inbound = last.direction === 'inbound';
  return {
    key: context.key,
    revision: 1,
    kind: 'conversation',
    direction: last.direction,
    occurredAt: first.occurredAt,
    localTime: readableTime(first.occurredAt, timeZone, 'second'),
    timeZone,
    title: titleOf(name, context, first.occurredAt),
    text: cleanText(
      [heading(name, first, conversation, context), ...chatLines(entries, name, context)].join('\n'),
    ),
    content: cleanText(chatLines(entries, name, context).join('\n')),
    type: 'conversation',
    edited: entries.some(({ interaction: one }) => one.kind === 'message' && one.earlier.length > 0),
    deleted: false,
    files: entries.reduce((sum, { interaction: one }) => sum + filesOf(one), 0),
    business: {
      number: first.businessNumber,
      ...(context.ownerEmail && { owner: context.ownerEmail }),
    },
    ...(owner && { owner: { ...owner, name: cleanText(owner.name) } }),
    person: {
      name,
      ...(phone && { phone }),
      ...(userId && { userId: cleanText(userId) }),
      ...(username && { username: cleanText(username) }),
    },
    from: cleanText(inbound ? address : first.businessNumber),
    to: cleanText(inbound ? first.businessNumber : address),
    contact: {
      type: context.contact.type,
      id: context.contact.id,
      ...(context.contact.ownerId && { ownerId: context.contact.ownerId }),
    },
    conversation,
    ...(context.chatLink && { chatLink: context.chatLink(first) }),
    source: first.source,
  };
}

function nameIn(entries: readonly ConversationEntry[], { contact }: ConversationContext): string {
  const named =
    entries.findLast(({ interaction }) => interaction.person.name !== undefined) ?? entries.at(-1);
  return personName(named?.interaction.person ?? {}, contact.name);
}

function titleOf(name: string, { granularity, timeZone, part }: ConversationContext, at: string): string {
  const when = granularity === 'day' ? dayIn(at, timeZone) : readableTime(at, timeZone);
  return `WhatsApp chat with ${name}, ${when}${part > 1 ? ` (part ${part})` : ''}`;
}

function heading(
  name: string,
  first: Interaction,
  { messages, calls }: NonNullable<Activity['conversation']>,
  context: ConversationContext,
): string {
  const { timeZone, part } = context;
  const person = first.person.phone ? `${name} (${readablePhone(first.person.phone)})` : name;
  const parts = [counted(messages, 'message'), counted(calls, 'call')].filter(Boolean).join(', ');
  const zone = readableTime(first.occurredAt, timeZone).split(' ').at(-1) ?? 'UTC';
  const before = part > 1 ? ' It goes on from the record before.' : '';
  return `WhatsApp chat of ${firm(first, context)} with ${person}: ${parts}. Times are ${zone}.${before}`;
}

function firm(first: Interaction, { owner, ownerEmail }: ConversationContext): string {
  const holder = owner?.email.toLowerCase() === ownerEmail?.toLowerCase() ? owner?.name : undefined;
  const who = holder ?? ownerEmail;
  const number = readablePhone(first.businessNumber);
  return who ? `${who} (${number})` : number;
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`;
}

function chatLines(
  entries: readonly ConversationEntry[],
  name: string,
  context: ConversationContext,
): string[] {
  const us = cleanText(
    (context.owner?.email.toLowerCase() === context.ownerEmail?.toLowerCase()
      ? context.owner?.name
      : undefined) ??
      context.ownerEmail ??
      'We',
  );
  let day = '';
  return entries.flatMap(({ interaction, quoted }) => {
    const today = dayIn(interaction.occurredAt, context.timeZone);
    const head = today === day ? [] : ['', today];
    day = today;
    const time = timeIn(interaction.occurredAt, context.timeZone);
    if (interaction.kind === 'call') return [...head, `${time} ${indented(callBody(interaction))}`];
    const who = interaction.direction === 'inbound' ? speaker(interaction, name) : us;
    const body = messageBody(interaction, { name, timeZone: context.timeZone, ...(quoted && { quoted }) });
    return [...head, `${time} ${who}: ${indented(body)}`];
  });
}

/** In a group several people write. */
function speaker({ group, person }: Interaction, name: string): string {
  return group === undefined ? name : cleanText(person.name ?? name);
}

/** Further lines stand under the first one, without empty ones between. */
function indented(text: string): string {
  return text.replace(/\n+/g, '\n  ');
}

function filesOf(interaction: Interaction): number {
  return interaction.kind === 'message' ? (interaction.content?.media?.length ?? 0) : 0;
}
