import { newSid } from './sid.ts';

/** A file as somebody sent it. */
export interface FileContent {
  readonly contentType: string;
  readonly data: Buffer;
}

export interface StoredMedia extends FileContent {
  readonly sid: string;
  readonly createdAt: Date;
}

export type MessageStatus =
  'queued' | 'accepted' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'undelivered' | 'received';

/** A message as the account has it; addresses are channel addresses like `whatsapp:+15550783881`. */
export interface StoredMessage {
  readonly sid: string;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly direction: 'inbound' | 'outbound-api';
  readonly createdAt: Date;
  readonly media: readonly StoredMedia[];
  status: MessageStatus;
  errorCode: number | null;
  sentAt: Date | null;
  updatedAt: Date;
}

export interface StoredRecording {
  readonly sid: string;
  readonly durationSeconds: number;
  readonly createdAt: Date;
  readonly data: Buffer;
}

/** One leg of a call. */
export interface StoredCall {
  readonly sid: string;
  readonly parentSid: string | null;
  readonly from: string;
  readonly to: string;
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-dial';
  readonly status: 'completed' | 'no-answer' | 'busy' | 'failed' | 'canceled';
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** undefined: nobody answered */
  readonly durationSeconds: number | undefined;
  readonly recordings: StoredRecording[];
}

/** A conversation with one person, of the Conversations API. */
export interface StoredConversation {
  readonly sid: string;
  readonly createdAt: Date;
  readonly participantSid: string;
  /** channel addresses */
  readonly person: string;
  readonly business: string;
  readonly messages: StoredConversationMessage[];
}

export interface StoredConversationMessage {
  readonly sid: string;
  readonly index: number;
  readonly author: string;
  readonly body: string | null;
  readonly createdAt: Date;
  /** the same message in the Messages list */
  readonly channelMessage: StoredMessage;
}

/** One Twilio account's data, in memory. */
export class Store {
  readonly #messages = new Map<string, StoredMessage>();
  readonly #calls = new Map<string, StoredCall>();
  readonly #conversations = new Map<string, StoredConversation>();

  addMessage(
    message: Pick<StoredMessage, 'from' | 'to' | 'body' | 'direction' | 'status' | 'createdAt'>,
    files: readonly FileContent[],
  ): StoredMessage {
    const media = files.map((file) => ({ ...file, sid: newSid('ME'), createdAt: message.createdAt }));
    const isSent = !['queued', 'accepted', 'sending'].includes(message.status);
    const stored: StoredMessage = {
      ...message,
      sid: newSid(media.length > 0 ? 'MM' : 'SM'),
      media,
      errorCode: null,
      sentAt: isSent ? message.createdAt : null,
      updatedAt: message.createdAt,
    };
    this.#messages.set(stored.sid, stored);
    return stored;
  }

  addCall(call: Omit<StoredCall, 'sid' | 'recordings'>): StoredCall {
    const stored: StoredCall = { ...call, sid: newSid('CA'), recordings: [] };
    this.#calls.set(stored.sid, stored);
    return stored;
  }

  addConversation(person: string, business: string, createdAt: Date): StoredConversation {
    const stored: StoredConversation = {
      sid: newSid('CH'),
      createdAt,
      participantSid: newSid('MB'),
      person,
      business,
      messages: [],
    };
    this.#conversations.set(stored.sid, stored);
    return stored;
  }

  message(sid: string): StoredMessage | undefined {
    return this.#messages.get(sid);
  }

  call(sid: string): StoredCall | undefined {
    return this.#calls.get(sid);
  }

  conversation(sid: string): StoredConversation | undefined {
    return this.#conversations.get(sid);
  }

  recording(sid: string): StoredRecording | undefined {
    return [...this.#calls.values()].flatMap((call) => call.recordings).find((one) => one.sid === sid);
  }

  /** Newest first, as the lists are (observed, not documented). */
  messages(): StoredMessage[] {
    return newestFirst([...this.#messages.values()], (one) => one.createdAt);
  }

  calls(): StoredCall[] {
    return newestFirst([...this.#calls.values()], (one) => one.startedAt);
  }

  conversations(): StoredConversation[] {
    return newestFirst([...this.#conversations.values()], (one) => one.createdAt);
  }
}

function newestFirst<T>(items: T[], at: (item: T) => Date): T[] {
  return items.reverse().toSorted((a, b) => at(b).getTime() - at(a).getTime());
}
