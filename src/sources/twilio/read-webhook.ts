import type { Fact, MessageFact } from '../../core/fact.ts';
import type { MessageContent, Person } from '../../core/interaction.ts';
import { providerNumber } from '../../core/phone.ts';
import { cleanJson } from '../../core/text.ts';
import { readAddress, toPerson, type Side } from './address.ts';
import { mediaOf, placeText, typeOfFile, type NamedFile } from './content.ts';
import { keyOf } from './drafts.ts';
import type { Opened } from './normalize.ts';
import { asObject, param, type Params } from './payload.ts';
import { deliveryState, readFailure } from './states.ts';
import { endsOf, messageState } from './webhook-params.ts';

/** A message that came in; where it says so by its sender, one that went out (Twilio docs, messaging webhooks). */
export function readMessageWebhook(params: Params, opened: Opened): MessageFact {
  const ends = endsOf(params);
  const isOutgoing = ends.from.phone === opened.businessNumber && ends.to.phone !== opened.businessNumber;
  const side: Side = isOutgoing ? 'to' : 'from';
  return {
    kind: 'message',
    at: opened.at,
    direction: isOutgoing ? 'outbound' : 'inbound',
    person: personOf(params, side),
    content: contentOf(params, opened),
    via: 'live',
  };
}

/** How far an outgoing message got, with the reason of a failure. */
export function readStatusWebhook(params: Params, opened: Opened): Fact {
  const word = messageState(params) ?? '';
  const { at } = opened;
  const person = toPerson(endsOf(params).to);
  const state = deliveryState(word);
  if (state === undefined) {
    return { kind: 'unrecognised', at, topic: `status.${word}`, direction: 'outbound', person };
  }
  const error =
    state === 'failed' ? readFailure(param(params, 'ErrorCode'), param(params, 'ErrorMessage')) : undefined;
  return { kind: 'status', at, state, person, ...(error && { error }) };
}

/**
 * The person at one end. Whoever does not share a number has a user id in its place, and everyone may have one beside
 * it (Twilio docs, "WhatsApp usernames and business-scoped user IDs").
 */
export function personOf(params: Params, side: Side): Person {
  const address = endsOf(params)[side];
  if (side === 'to') return toPerson(address);
  const hints = contextOf(params);
  const external = readAddress(param(params, 'ExternalUserId')).userId;
  const phone = address.phone ?? providerNumber(param(params, 'WaId') ?? hints('WaId'));
  const name = (param(params, 'ProfileName') ?? hints('ProfileName'))?.trim();
  const userId = address.userId ?? external;
  return {
    ...(phone !== undefined && { phone }),
    ...(userId !== undefined && { userId }),
    ...(name !== undefined && name !== '' && { name }),
  };
}

/** `ChannelMetadata` is JSON inside a parameter; only what no parameter says is taken from it. */
function contextOf(params: Params): (name: string) => string | undefined {
  let context: Readonly<Record<string, unknown>> = {};
  try {
    const metadata = asObject(JSON.parse(param(params, 'ChannelMetadata') ?? '{}'));
    context = asObject(asObject(metadata?.['data'])?.['context']) ?? {};
  } catch {
    // it is a hint and no more
  }
  return (name) => {
    const value = context[name];
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  };
}

function contentOf(params: Params, { businessNumber }: Opened): MessageContent {
  const { media, elsewhere } = mediaOf(filesOf(params));
  const replied = param(params, 'OriginalRepliedMessageSid');
  const referral = referralOf(params);
  const details = detailsOf(params, elsewhere);
  return {
    type: typeOf(params),
    text: textOf(params),
    ...(media.length > 0 && { media }),
    ...(replied !== undefined && {
      replyTo: { key: keyOf(businessNumber, replied), providerId: replied },
    }),
    ...((isTrue(params, 'Forwarded') || isTrue(params, 'FrequentlyForwarded')) && { forwarded: true }),
    ...(referral && { referral }),
    ...(details && { details }),
  };
}

/** What it is by its own word, else by what it holds. */
function typeOf(params: Params): string {
  const given = param(params, 'MessageType')?.trim().toLowerCase();
  const [file] = filesOf(params);
  if (given !== undefined && given !== 'text') return given;
  if (file !== undefined) return typeOfFile(file.mimeType);
  if (param(params, 'Latitude') !== undefined) return 'location';
  if (param(params, 'ListId') !== undefined || param(params, 'ListTitle') !== undefined) return 'interactive';
  const isButton = param(params, 'ButtonText') !== undefined || param(params, 'ButtonPayload') !== undefined;
  return isButton ? 'button' : 'text';
}

function textOf(params: Params): string {
  const place = placeText(
    param(params, 'Label'),
    param(params, 'Address'),
    param(params, 'Latitude'),
    param(params, 'Longitude'),
  );
  const body = param(params, 'Body') ?? param(params, 'ButtonText') ?? param(params, 'ListTitle');
  return [body, place]
    .filter((part) => part !== undefined && part !== '')
    .join('\n')
    .trim();
}

/** `MediaUrl0` and so on. Of the link the ids alone are taken: it is asked for on the configured host, or not at all. */
function filesOf(params: Params): NamedFile[] {
  const files: NamedFile[] = [];
  for (let at = 0; at < 100; at += 1) {
    const url = param(params, `MediaUrl${at}`);
    const mimeType = param(params, `MediaContentType${at}`);
    if (url === undefined && mimeType === undefined) break;
    const [, owner, file] = /\/Messages\/([A-Za-z0-9]+)\/Media\/(ME[A-Za-z0-9]+)$/.exec(url ?? '') ?? [];
    const isOwn =
      owner !== undefined && [param(params, 'MessageSid'), param(params, 'SmsSid')].includes(owner);
    files.push({ id: isOwn ? `${owner}/${file}` : undefined, mimeType });
  }
  return files;
}

/** The ad that it came from (Twilio docs, messaging webhooks, "Referral" parameters). */
function referralOf(params: Params): MessageContent['referral'] {
  const headline = param(params, 'ReferralHeadline') ?? param(params, 'ReferralBody');
  const url = param(params, 'ReferralSourceUrl');
  const clickId = param(params, 'ReferralCtwaClid');
  const parts = {
    ...(headline !== undefined && { headline }),
    ...(url !== undefined && { url }),
    ...(clickId !== undefined && { clickId }),
  };
  return Object.keys(parts).length > 0 ? parts : undefined;
}

/** Parameters that a mapping may want, by the names of our other sources. */
const detailNames: ReadonlyMap<string, string> = new Map([
  ['ButtonText', 'buttonText'],
  ['ButtonPayload', 'buttonPayload'],
  ['ListId', 'listId'],
  ['ListTitle', 'listTitle'],
  ['ListDescription', 'listDescription'],
  ['Latitude', 'latitude'],
  ['Longitude', 'longitude'],
  ['Address', 'address'],
  ['Label', 'name'],
  ['ReferralSourceId', 'referralSourceId'],
  ['ReferralSourceType', 'referralSourceType'],
  ['ReferralBody', 'referralBody'],
]);

function detailsOf(params: Params, elsewhere: number): MessageContent['details'] {
  const ends = endsOf(params);
  const isOther = !ends.from.whatsapp && !ends.to.whatsapp;
  const named = [...detailNames].flatMap(([name, ours]) => {
    const value = param(params, name);
    return value === undefined ? [] : [[ours, value] as const];
  });
  const details = {
    ...Object.fromEntries(named),
    ...(isTrue(params, 'FrequentlyForwarded') && { frequentlyForwarded: true }),
    ...(isOther && { channel: 'sms' }),
    ...(elsewhere > 0 && { filesElsewhere: elsewhere }),
  };
  return Object.keys(details).length > 0 ? (cleanJson(details) as MessageContent['details']) : undefined;
}

function isTrue(params: Params, name: string): boolean {
  return param(params, name)?.toLowerCase() === 'true';
}
