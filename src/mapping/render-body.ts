import type {
  CallInteraction,
  Interaction,
  Media,
  MessageContent,
  MessageInteraction,
} from '../core/interaction.ts';
import { readableTime } from './readable-time.ts';

/** The words in front of a file's caption, by type of message. */
const fileLabels: ReadonlyMap<string, string> = new Map([
  ['image', 'Image'],
  ['video', 'Video'],
  ['audio', 'Audio'],
  ['voice', 'Voice message'],
  ['document', 'Document'],
  ['sticker', 'Sticker'],
  ['file', 'File'],
]);

const otherLabels: ReadonlyMap<string, string> = new Map([
  ['location', 'Location'],
  ['contacts', 'Contact card'],
  ['order', 'Order'],
  ['system', 'Notice by WhatsApp'],
]);

/** Types whose text says everything. */
const plainTypes = new Set(['text', 'button', 'interactive', 'template', 'unsupported']);

/** What was said, as a person reads it: `[Image] caption`, `[Document] offer.pdf`, a text as it is. */
export function bodyOf(content: MessageContent): string {
  const { type, text, media = [] } = content;
  if (type === 'media_placeholder') return '[file of an older chat, not handed over]';
  if (type === 'deleted') return '[deleted before the export]';
  const label = labelOf(content);
  if (label === undefined) {
    return [...media.map((file) => fileLine(file)), text].filter(Boolean).join('\n') || '[empty message]';
  }
  const head = media.length > 0 ? media.map((file) => fileLine(file, label)).join('\n') : `[${label}]`;
  // several lines stand better under their label than beside it
  const separator = text.includes('\n') || head !== `[${label}]` ? '\n' : ' ';
  return text === '' ? head : `${head}${separator}${text}`;
}

function labelOf({ type, media = [], details = {} }: MessageContent): string | undefined {
  if (type === 'audio' && media.some((file) => file.voice)) return 'Voice message';
  const label = fileLabels.get(type) ?? otherLabels.get(type);
  if (label !== undefined || plainTypes.has(type)) return label;
  const name = type.replaceAll('_', ' ');
  return details['unsupportedType'] === undefined ? `${name} message` : `unsupported message: ${name}`;
}

/**
 * `[Document] offer.pdf`; `[Image] not available: …`, with the reason, for a file that will not come. Without a label it
 * is called by its MIME type.
 */
export function fileLine(file: Media, label: string = labelOfFile(file)): string {
  const { fileName, result } = file;
  const name = fileName ?? (result?.state === 'stored' ? result.fileName : undefined);
  const missing = result?.state === 'missing' ? `not available: ${result.text}` : undefined;
  return [`[${label}]`, name, missing].filter(Boolean).join(' ');
}

/** What a file is called that has no name: `Voice message`, `Image`. */
export function labelOfFile({ mimeType = '', voice }: Media): string {
  return voice ? 'Voice message' : (fileLabels.get(mimeType.split('/', 1)[0] ?? '') ?? 'File');
}

/** What a message's text is made with, besides the message. */
export interface BodyContext {
  /** of the person on the other side */
  readonly name: string;
  /** IANA name */
  readonly timeZone: string;
  /** the message that this one answers, where it was captured */
  readonly quoted?: Interaction;
}

/** A message in its parts, each a text of one or several lines. */
export interface MessageParts {
  /** what it answers, where it came from */
  readonly before: readonly string[];
  readonly spoken: string;
  readonly edits: readonly string[];
  readonly reactions: readonly string[];
  readonly failures: readonly string[];
}

/** Everything of a message but who sent it: context, content, what became of it. */
export function messageBody(message: MessageInteraction, context: BodyContext): string {
  const { before, spoken, edits, reactions, failures } = messageParts(message, context);
  return [before.join('\n'), spoken, [...edits, ...reactions, ...failures].join('\n')]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The parts of {@link messageBody}. */
export function messageParts(message: MessageInteraction, context: BodyContext): MessageParts {
  return {
    before: message.content ? contextLines(message.content, context) : [],
    spoken: spokenOf(message, context),
    edits: editLines(message, context),
    reactions: reactionLines(message, context.name),
    failures: failureLines(message),
  };
}

function spokenOf(message: MessageInteraction, { timeZone }: BodyContext): string {
  const { content, revokedAt, purged } = message;
  if (purged)
    return `[content destroyed by the rule "${purged.rule}" on ${readableTime(purged.at, timeZone)}]`;
  if (revokedAt !== undefined) {
    const deleted = `Deleted by the sender on ${readableTime(revokedAt, timeZone)}`;
    return content ? `${deleted}; the text was:\n${bodyOf(content)}` : `${deleted}; the text was never seen`;
  }
  if (content) return bodyOf(content);
  return message.status
    ? '[content not captured: only the delivery state was seen]'
    : '[content not captured: only a reaction or a notice about it was seen]';
}

function contextLines(content: MessageContent, context: BodyContext): string[] {
  const { forwarded, replyTo, referral, details = {} } = content;
  const product = asRecord(details['referredProduct'])['product_retailer_id'];
  const often = details['frequentlyForwarded'] === true;
  return [
    forwarded && (often ? 'Forwarded many times' : 'Forwarded'),
    typeof product === 'string' ? `About the product ${product}` : replyTo && replyLine(context),
    referral && adLine(referral, asRecord(details['referral'])),
  ].filter((line) => typeof line === 'string');
}

/** Characters of a quoted message that are shown. */
const quotedLength = 80;

/** `In reply to Ana Silva, 2026-06-01 10:00 UTC: "Can you send the offer?"`. */
function replyLine({ quoted, name, timeZone }: BodyContext): string {
  if (quoted === undefined) return 'In reply to an earlier message';
  const who = quoted.direction === 'inbound' ? (quoted.person.name ?? name) : 'us';
  const words = quoted.kind === 'message' && quoted.content ? excerpt(bodyOf(quoted.content)) : undefined;
  const said = words === undefined ? '' : `: "${words}"`;
  return `In reply to ${who}, ${readableTime(quoted.occurredAt, timeZone)}${said}`;
}

function excerpt(text: string): string {
  const characters = [...text.replace(/\s+/g, ' ').trim()];
  return characters.length <= quotedLength
    ? characters.join('')
    : `${characters
        .slice(0, quotedLength - 1)
        .join('')
        .trimEnd()}…`;
}

/** `From an ad: headline, what it says, link`. */
function adLine({ headline, url }: NonNullable<MessageContent['referral']>, ad: Named): string {
  const body = typeof ad['body'] === 'string' ? ad['body'].replace(/\s+/g, ' ').trim() : undefined;
  const what = [headline, body === headline ? undefined : body, url].filter(Boolean).join(', ');
  const from = ad['source_type'] === 'post' ? 'From a post' : 'From an ad';
  return what === '' ? from : `${from}: ${what}`;
}

function editLines(
  { earlier, originalMissing, content }: MessageInteraction,
  { timeZone }: BodyContext,
): string[] {
  const lines = earlier.map(
    ({ content, until }) => `Edited on ${readableTime(until, timeZone)}; earlier: ${bodyOf(content)}`,
  );
  const isEdited = originalMissing || content?.details?.['edited'] === true;
  return isEdited ? ['Edited; what it said at first was not captured', ...lines] : lines;
}

function reactionLines({ reactions }: MessageInteraction, name: string): string[] {
  return reactions.map(
    ({ emoji, direction, by }) => `Reaction: ${emoji} from ${by ?? (direction === 'inbound' ? name : 'us')}`,
  );
}

function failureLines({ status, content }: MessageInteraction): string[] {
  const sent =
    status?.state === 'failed'
      ? [status.error ? `Not delivered: ${status.error.text} (code ${status.error.code})` : 'Not delivered']
      : [];
  const { code, text } = asRecord(content?.details?.['error']);
  const received =
    content?.type !== 'unsupported' && typeof text === 'string'
      ? [`WhatsApp says: ${text} (code ${String(code)})`]
      : [];
  return [...sent, ...received];
}

/** `Incoming WhatsApp call, answered, 2 min 5 s`, then what is there of it: recording, transcript, voicemail. */
export function callBody(call: CallInteraction): string {
  const side = call.direction === 'inbound' ? 'Incoming' : 'Outgoing';
  const duration = call.durationSeconds === undefined ? '' : `, ${readableDuration(call.durationSeconds)}`;
  const lines = {
    answered: `${side} WhatsApp call, answered${duration}`,
    missed: 'Missed WhatsApp call',
    'no-answer': 'Outgoing WhatsApp call, not answered',
    rejected: `${side} WhatsApp call, declined`,
    failed: `${side} WhatsApp call, failed`,
  };
  return [
    call.result ? lines[call.result] : `${side} WhatsApp call, its end has not been seen`,
    call.error && `Reason: ${call.error.text} (code ${call.error.code})`,
    call.voicemail && fileLine(call.voicemail, 'Voicemail'),
    call.recording && fileLine(call.recording, 'Recording'),
    call.transcript && fileLine(call.transcript, 'Transcript'),
  ]
    .filter((line) => line !== undefined)
    .join('\n');
}

/** `2 min 5 s`, `1 h 12 s`: parts that are zero are left out. */
function readableDuration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'min'],
    [seconds % 60, 's'],
  ];
  const shown = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return shown.join(' ') || '0 s';
}

type Named = Readonly<{ [name: string]: unknown }>;

function asRecord(value: unknown): Named {
  return typeof value === 'object' && value !== null ? (value as Named) : {};
}
