import type {
  StoredCall,
  StoredConversation,
  StoredConversationMessage,
  StoredMedia,
  StoredMessage,
  StoredRecording,
} from './store.ts';

/** Resources in Twilio's JSON: RFC 2822 dates and numbers as strings in 2010-04-01 (Twilio's OpenAPI, api v2010). */

const apiVersion = '2010-04-01';

/** `Fri, 24 May 2019 17:44:46 +0000` */
export function rfc2822(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

/** Without milliseconds, as Conversations v1 has it. */
export function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** Path of a resource below the account, without `.json`. */
export function pathOf(accountSid: string, ...parts: readonly string[]): string {
  return ['', apiVersion, 'Accounts', accountSid, ...parts].join('/');
}

export function messageJson(accountSid: string, message: StoredMessage): object {
  const path = pathOf(accountSid, 'Messages', message.sid);
  const isFinal = message.sentAt !== null;
  return {
    account_sid: accountSid,
    api_version: apiVersion,
    body: message.body,
    date_created: rfc2822(message.createdAt),
    date_sent: message.sentAt === null ? null : rfc2822(message.sentAt),
    date_updated: rfc2822(message.updatedAt),
    direction: message.direction,
    error_code: message.errorCode,
    error_message: null,
    from: message.from,
    messaging_service_sid: null,
    num_media: String(message.media.length),
    num_segments: '1',
    price: isFinal ? '-0.00500' : null,
    price_unit: isFinal ? 'USD' : null,
    sid: message.sid,
    status: message.status,
    subresource_uris: { media: `${path}/Media.json`, feedback: `${path}/Feedback.json` },
    to: message.to,
    uri: `${path}.json`,
  };
}

export function mediaJson(accountSid: string, message: StoredMessage, media: StoredMedia): object {
  return {
    account_sid: accountSid,
    content_type: media.contentType,
    date_created: rfc2822(media.createdAt),
    date_updated: rfc2822(media.createdAt),
    parent_sid: message.sid,
    sid: media.sid,
    uri: `${pathOf(accountSid, 'Messages', message.sid, 'Media', media.sid)}.json`,
  };
}

export function callJson(accountSid: string, call: StoredCall): object {
  const path = pathOf(accountSid, 'Calls', call.sid);
  const subresources = ['notifications', 'recordings', 'payments', 'events', 'streams', 'transcriptions'];
  return {
    account_sid: accountSid,
    answered_by: null,
    api_version: apiVersion,
    caller_name: null,
    date_created: rfc2822(call.startedAt),
    date_updated: rfc2822(call.endedAt),
    direction: call.direction,
    // Empty for calls that nobody answered (Twilio's OpenAPI, call.duration).
    duration: call.durationSeconds === undefined ? '' : String(call.durationSeconds),
    end_time: rfc2822(call.endedAt),
    forwarded_from: null,
    from: call.from,
    from_formatted: call.from,
    group_sid: null,
    parent_call_sid: call.parentSid,
    phone_number_sid: null,
    price: null,
    price_unit: 'USD',
    queue_time: '0',
    sid: call.sid,
    start_time: rfc2822(call.startedAt),
    status: call.status,
    subresource_uris: Object.fromEntries(
      subresources.map((name) => [name, `${path}/${name[0]?.toUpperCase()}${name.slice(1)}.json`]),
    ),
    to: call.to,
    to_formatted: call.to,
    trunk_sid: null,
    uri: `${path}.json`,
  };
}

export function recordingJson(accountSid: string, call: StoredCall, recording: StoredRecording): object {
  return {
    account_sid: accountSid,
    api_version: apiVersion,
    call_sid: call.sid,
    channels: 1,
    conference_sid: null,
    date_created: rfc2822(recording.createdAt),
    date_updated: rfc2822(recording.createdAt),
    duration: String(recording.durationSeconds),
    encryption_details: null,
    error_code: null,
    price: null,
    price_unit: 'USD',
    sid: recording.sid,
    source: 'DialVerb',
    start_time: rfc2822(call.startedAt),
    status: 'completed',
    track: 'both',
    uri: `${pathOf(accountSid, 'Calls', call.sid, 'Recordings', recording.sid)}.json`,
  };
}

/** @param base address of the Conversations API: its links are absolute */
export function conversationJson(base: string, accountSid: string, conversation: StoredConversation): object {
  const url = `${base}/v1/Conversations/${conversation.sid}`;
  const at = isoSeconds(conversation.messages.at(-1)?.createdAt ?? conversation.createdAt);
  return {
    sid: conversation.sid,
    account_sid: accountSid,
    chat_service_sid: null,
    messaging_service_sid: null,
    friendly_name: null,
    unique_name: null,
    attributes: '{}',
    date_created: isoSeconds(conversation.createdAt),
    date_updated: at,
    state: 'active',
    timers: {},
    bindings: {},
    url,
    links: {
      participants: `${url}/Participants`,
      messages: `${url}/Messages`,
      webhooks: `${url}/Webhooks`,
    },
  };
}

export function conversationMessageJson(
  base: string,
  accountSid: string,
  conversation: StoredConversation,
  message: StoredConversationMessage,
): object {
  const url = `${base}/v1/Conversations/${conversation.sid}/Messages/${message.sid}`;
  const { channelMessage } = message;
  const media = channelMessage.media.map((file) => ({
    sid: file.sid,
    size: file.data.length,
    content_type: file.contentType,
    filename: null,
  }));
  return {
    sid: message.sid,
    account_sid: accountSid,
    conversation_sid: conversation.sid,
    body: message.body,
    media: media.length > 0 ? media : null,
    author: message.author,
    participant_sid: message.author === conversation.person ? conversation.participantSid : null,
    attributes: '{}',
    date_created: isoSeconds(message.createdAt),
    date_updated: isoSeconds(channelMessage.updatedAt),
    index: message.index,
    delivery: deliveryOf(channelMessage),
    content_sid: null,
    url,
    links: { delivery_receipts: `${url}/Receipts`, channel_metadata: `${url}/ChannelMetadata` },
  };
}

/** How many of the receivers it has reached: with one receiver all or none. */
function deliveryOf(message: StoredMessage): object | null {
  if (message.direction === 'inbound') return null;
  const reached = { sent: 1, delivered: 2, read: 3 }[message.status as string] ?? 0;
  const amount = (is: boolean) => (is ? 'all' : 'none');
  return {
    total: 1,
    sent: amount(reached >= 1),
    delivered: amount(reached >= 2),
    read: amount(reached >= 3),
    failed: amount(message.status === 'failed'),
    undelivered: amount(message.status === 'undelivered'),
  };
}

export function participantJson(base: string, accountSid: string, conversation: StoredConversation): object {
  const { participantSid, person, business } = conversation;
  return {
    account_sid: accountSid,
    conversation_sid: conversation.sid,
    sid: participantSid,
    identity: null,
    attributes: '{}',
    messaging_binding: { type: 'whatsapp', address: person, proxy_address: business },
    role_sid: null,
    date_created: isoSeconds(conversation.createdAt),
    date_updated: isoSeconds(conversation.createdAt),
    url: `${base}/v1/Conversations/${conversation.sid}/Participants/${participantSid}`,
    last_read_message_index: null,
    last_read_timestamp: null,
  };
}

export function receiptJson(
  base: string,
  accountSid: string,
  conversation: StoredConversation,
  message: StoredConversationMessage,
): object {
  const { channelMessage } = message;
  const sid = `DY${message.sid.slice(2)}`;
  const url = `${base}/v1/Conversations/${conversation.sid}/Messages/${message.sid}/Receipts/${sid}`;
  return {
    sid,
    account_sid: accountSid,
    conversation_sid: conversation.sid,
    message_sid: message.sid,
    channel_message_sid: channelMessage.sid,
    status: channelMessage.status,
    error_code: channelMessage.errorCode ?? 0,
    participant_sid: conversation.participantSid,
    date_created: isoSeconds(message.createdAt),
    date_updated: isoSeconds(channelMessage.updatedAt),
    url,
  };
}
