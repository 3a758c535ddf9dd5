import type { Received } from './acts.ts';
import { rfc2822 } from './present.ts';
import type {
  StoredCall,
  StoredConversation,
  StoredConversationMessage,
  StoredMessage,
  StoredRecording,
} from './store.ts';
import type { Params } from './webhooks.ts';

/** The parameters of Twilio's webhooks; what is undefined is not sent. */

const apiVersion = '2010-04-01';

/** Where files are, for links in webhooks. */
export interface Place {
  readonly accountSid: string;
  /** address of the API */
  readonly url: string;
}

/** An incoming message (Twilio docs, messaging webhook request; the WhatsApp parameters as captured in the wild). */
export function receivedForm(place: Place, message: StoredMessage, told: Received): Params {
  const { sid, from, to, media } = message;
  const context = {
    ProfileName: told.profileName,
    ...(told.from === undefined ? {} : { WaId: told.from.slice(1) }),
    Forwarded: String(told.forwarded ?? false),
  };
  const files = media.flatMap((file, index) => [
    [
      `MediaUrl${index}`,
      `${place.url}/${apiVersion}/Accounts/${place.accountSid}/Messages/${sid}/Media/${file.sid}`,
    ],
    [`MediaContentType${index}`, file.contentType],
  ]);
  return {
    SmsMessageSid: sid,
    MessageSid: sid,
    SmsSid: sid,
    AccountSid: place.accountSid,
    From: from,
    To: to,
    Body: message.body,
    NumMedia: String(media.length),
    NumSegments: '1',
    SmsStatus: 'received',
    ApiVersion: apiVersion,
    ProfileName: told.profileName,
    WaId: told.from?.slice(1),
    ExternalUserId: told.userId === undefined ? undefined : `whatsapp:${told.userId}`,
    MessageType: typeOf(message, told),
    Forwarded: told.forwarded === undefined ? undefined : String(told.forwarded),
    ButtonText: told.button?.text,
    ButtonPayload: told.button?.payload,
    Latitude: told.location === undefined ? undefined : String(told.location.latitude),
    Longitude: told.location === undefined ? undefined : String(told.location.longitude),
    Label: told.location?.label,
    Address: told.location?.address,
    OriginalRepliedMessageSid: told.replyTo,
    OriginalRepliedMessageSender: told.replyTo === undefined ? undefined : to,
    ReferralNumMedia: '0',
    ChannelMetadata: JSON.stringify({ type: 'whatsapp', data: { context } }),
    ...(Object.fromEntries(files) as Params),
  };
}

function typeOf({ media }: StoredMessage, { location, button }: Received): string {
  if (location !== undefined) return 'location';
  if (button !== undefined) return 'button';
  const [kind] = media[0]?.contentType.split('/') ?? ['text'];
  return kind === 'application' ? 'document' : (kind ?? 'text');
}

/** How far an outgoing message got (Twilio docs, outbound message status in status callbacks). */
export function statusForm({ accountSid }: Place, message: StoredMessage): Params {
  return {
    MessageSid: message.sid,
    MessageStatus: message.status,
    SmsSid: message.sid,
    SmsStatus: message.status,
    AccountSid: accountSid,
    From: message.from,
    To: message.to,
    ApiVersion: apiVersion,
    ErrorCode: message.errorCode === null ? undefined : String(message.errorCode),
  };
}

/** The status callback of one leg (Twilio docs, call status changes). */
export function callForm({ accountSid }: Place, call: StoredCall, status: string): Params {
  const isOver = status === call.status;
  return {
    CallSid: call.sid,
    ParentCallSid: call.parentSid ?? undefined,
    CallStatus: status,
    AccountSid: accountSid,
    From: call.from,
    To: call.to,
    Caller: call.from,
    Called: call.to,
    Direction: call.direction,
    ApiVersion: apiVersion,
    CallbackSource: 'call-progress-events',
    Timestamp: rfc2822(isOver ? call.endedAt : call.startedAt),
    CallDuration: isOver ? String(call.durationSeconds ?? 0) : undefined,
  };
}

/** The recording status callback: it does not say whose call it was (Twilio docs, recording status callbacks). */
export function recordingForm(place: Place, call: StoredCall, recording: StoredRecording): Params {
  return {
    AccountSid: place.accountSid,
    CallSid: call.sid,
    RecordingSid: recording.sid,
    RecordingUrl: `${place.url}/${apiVersion}/Accounts/${place.accountSid}/Recordings/${recording.sid}`,
    RecordingStatus: 'completed',
    RecordingDuration: String(recording.durationSeconds),
    RecordingChannels: '1',
    RecordingStartTime: rfc2822(call.startedAt),
    RecordingSource: 'DialVerb',
    RecordingTrack: 'both',
  };
}

/** `onMessageAdded` and `onDeliveryUpdated` (Twilio docs, Conversations webhooks). */
export function conversationForm(
  { accountSid }: Place,
  event: 'onMessageAdded' | 'onDeliveryUpdated',
  conversation: StoredConversation,
  message: StoredConversationMessage,
): Params {
  const { channelMessage } = message;
  const shared = {
    EventType: event,
    AccountSid: accountSid,
    ConversationSid: conversation.sid,
    MessageSid: message.sid,
  };
  if (event === 'onDeliveryUpdated') {
    return {
      ...shared,
      ChannelMessageSid: channelMessage.sid,
      ParticipantSid: conversation.participantSid,
      Status: channelMessage.status,
      ErrorCode: String(channelMessage.errorCode ?? 0),
      DateCreated: message.createdAt.toISOString(),
      DateUpdated: channelMessage.updatedAt.toISOString(),
    };
  }
  const isTheirs = message.author === conversation.person;
  return {
    ...shared,
    Author: message.author,
    Body: message.body ?? undefined,
    Index: String(message.index),
    Attributes: '{}',
    DateCreated: message.createdAt.toISOString(),
    ParticipantSid: isTheirs ? conversation.participantSid : undefined,
    Source: isTheirs ? 'WHATSAPP' : 'API',
  };
}
