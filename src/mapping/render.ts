import type { ChatLink } from '../core/chat-link.ts';
import type { Activity, ContactRef } from '../core/activity.ts';
import type { CallInteraction, Interaction, MessageInteraction, Person } from '../core/interaction.ts';
import { cleanText, readablePhone } from '../core/text.ts';
import { readableTime } from './readable-time.ts';
import { personName, unknownPerson } from './render-person.ts';
import { bodyOf, callBody, messageBody } from './render-body.ts';

/** What an interaction does not know of itself: its contact in the destination, and whose number it came through. */
export interface RenderContext {
  readonly revision: number;
  readonly contact: ContactRef & { readonly ownerId?: string; readonly name?: string };
  /** user who had the firm's number at that time */
  readonly ownerEmail?: string;
  /** the CRM user who shall own the record */
  readonly owner?: { readonly id: string; readonly email: string; readonly name: string };
  readonly businessName?: string;
  /** IANA name, of all times in the text; default UTC */
  readonly timeZone?: string;
  /** the message that this one answers, where it was captured */
  readonly quoted?: Interaction;
  /** the record is a further one: the title says what changed */
  readonly isChange?: true;
  readonly chatLink?: ChatLink | undefined;
}

/** Makes what people shall read of an interaction: plain text, CRM-neutral, without NUL and unpaired surrogates. */
export function render(interaction: Interaction, context: RenderContext): Activity {
  const name = personName(interaction.person, context.contact.name);
  const address = addressOf(interaction.person) ?? name;
  const inbound = interaction.direction === 'inbound';
  const { phone, userId, username } = interaction.person;
  const { owner, quoted, timeZone = 'UTC' } = context;
  const body =
    interaction.kind === 'call'
      ? callBody(interaction)
      : messageBody(interaction, { name, timeZone, ...(quoted && { quoted }) });
  const title = titleOf(interaction, name);
  return {
    key: interaction.key,
    revision: context.revision,
    kind: interaction.kind,
    direction: interaction.direction,
    occurredAt: interaction.occurredAt,
    localTime: readableTime(interaction.occurredAt, timeZone, 'second'),
    timeZone,
    title: cleanText(context.isChange ? `${changeOf(interaction)}: ${title}` : title),
    text: cleanText(`${headline(interaction, name, context)}\n${body}`),
    content:
      interaction.kind === 'message' && interaction.content ? cleanText(bodyOf(interaction.content)) : '',
    type: interaction.kind === 'call' ? 'call' : cleanText(interaction.content?.type ?? 'unknown'),
    ...factsOf(interaction),
    business: {
      number: interaction.businessNumber,
      ...(context.ownerEmail && { owner: context.ownerEmail }),
    },
    ...(owner && { owner: { id: owner.id, email: owner.email, name: cleanText(owner.name) } }),
    person: {
      name: cleanText(name),
      ...(phone && { phone }),
      ...(userId && { userId: cleanText(userId) }),
      ...(username && { username: cleanText(username) }),
    },
    from: cleanText(inbound ? address : interaction.businessNumber),
    to: cleanText(inbound ? interaction.businessNumber : address),
    contact: {
      type: context.contact.type,
      id: context.contact.id,
      ...(context.contact.ownerId && { ownerId: context.contact.ownerId }),
    },
    ...(interaction.kind === 'call' && { call: callOf(interaction) }),
    ...(context.chatLink && { chatLink: context.chatLink(interaction) }),
    source: interaction.source,
  };
}

/** What a mapping may want to know and the text says in words. */
function factsOf(
  interaction: Interaction,
): Pick<Activity, 'via' | 'edited' | 'deleted' | 'files' | 'group' | 'referral' | 'status'> {
  const { group } = interaction;
  const named = group && {
    group: { id: cleanText(group.id), ...(group.subject && { subject: cleanText(group.subject) }) },
  };
  if (interaction.kind === 'call') {
    const { recording, transcript, voicemail } = interaction;
    const files = [recording, transcript, voicemail].filter((file) => file !== undefined).length;
    return { edited: false, deleted: false, files, ...named };
  }
  const { content, earlier, revokedAt, status, via } = interaction;
  return {
    via,
    edited: earlier.length > 0 || interaction.originalMissing === true,
    deleted: revokedAt !== undefined,
    files: content?.media?.length ?? 0,
    ...named,
    ...(content?.referral && { referral: cleanReferral(content.referral) }),
    ...(status && { status: status.state }),
  };
}

function cleanReferral({
  headline,
  url,
  clickId,
}: NonNullable<NonNullable<MessageInteraction['content']>['referral']>): NonNullable<Activity['referral']> {
  return {
    ...(headline && { headline: cleanText(headline) }),
    ...(url && { url: cleanText(url) }),
    ...(clickId && { clickId: cleanText(clickId) }),
  };
}

function addressOf(person: Person): string | undefined {
  return person.phone ?? person.userId ?? (person.username ? `@${person.username}` : undefined);
}

function titleOf(interaction: Interaction, name: string): string {
  const side = interaction.direction === 'inbound' ? 'from' : 'to';
  if (interaction.kind === 'message') return `WhatsApp message ${side} ${name}`;
  return `${callTitle(interaction)} ${side} ${name}`;
}

/** What happened last to an interaction, in a word or two for the front of a title. */
function changeOf(interaction: Interaction): string {
  if (interaction.kind === 'call') return 'Updated';
  const { earlier, revokedAt, reactions, status } = interaction;
  const changes: (readonly [string, string | undefined])[] = [
    ['Edited', earlier.at(-1)?.until],
    ['Deleted', revokedAt],
    ...reactions.map(({ at }) => ['Reaction', at] as const),
    ['Not delivered', status?.state === 'failed' ? status.at : undefined],
  ];
  const seen = changes.filter(([, at]) => at !== undefined);
  return seen.toSorted(([, a = ''], [, b = '']) => a.localeCompare(b)).at(-1)?.[0] ?? 'Updated';
}

function callTitle({ result }: CallInteraction): string {
  switch (result) {
    case 'missed':
      return 'Missed WhatsApp call';
    case 'no-answer':
      return 'Unanswered WhatsApp call';
    case 'rejected':
      return 'Declined WhatsApp call';
    case 'failed':
      return 'Failed WhatsApp call';
    default:
      return 'WhatsApp call';
  }
}

/** Who to whom, in full: the line that tells on its own what the record is about. */
function headline(interaction: Interaction, name: string, context: RenderContext): string {
  const person = withAddress(interaction, name);
  const group = groupText(interaction);
  const business = businessText(interaction, context);
  if (interaction.kind === 'call') {
    return interaction.direction === 'inbound'
      ? `${person} called ${business}`
      : `${business} called ${person}`;
  }
  const origin = interaction.via === 'import' ? ' (from a chat export)' : '';
  if (interaction.direction === 'inbound') return `Received from ${person}${group}${origin}`;
  // What the firm writes in a group has no one person it is to.
  const toWhom = group !== '' && person === unknownPerson ? group : ` to ${person}${group}`;
  return `Sent by ${business}${channelText(interaction)}${toWhom}${origin}`;
}

/** `Ana Silva (+1 415 555 0100, on WhatsApp "ana")`: the second name only where it differs from the first. */
function withAddress({ person }: Interaction, name: string): string {
  const address = person.phone ? readablePhone(person.phone) : person.userId;
  const alias = [person.name, person.username && `@${person.username}`].find((each) => each && each !== name);
  const facts = [address !== name && address, alias && `on WhatsApp "${alias}"`].filter(Boolean);
  return facts.length > 0 ? `${name} (${facts.join(', ')})` : name;
}

function businessText(
  { businessNumber }: Interaction,
  { owner, ownerEmail, businessName }: RenderContext,
): string {
  const number = readablePhone(businessNumber);
  // A fallback owner did not hold the number.
  const holder = owner?.email.toLowerCase() === ownerEmail?.toLowerCase() ? owner?.name : undefined;
  const who = holder ?? ownerEmail ?? businessName;
  return who ? `${who} (${number})` : number;
}

function channelText({ via }: MessageInteraction): string {
  if (via === 'echo') return ' with the WhatsApp Business app';
  return via === 'standby' ? ' by another connected app' : '';
}

function groupText({ group }: Interaction): string {
  if (!group) return '';
  return group.subject ? ` in the group "${group.subject}"` : ' in a group';
}

function callOf({
  result,
  durationSeconds,
  startedAt,
  endedAt,
}: CallInteraction): NonNullable<Activity['call']> {
  return {
    ...(result && { result }),
    durationSeconds: durationSeconds ?? 0,
    ...(startedAt && { startedAt }),
    ...(endedAt && { endedAt }),
  };
}
