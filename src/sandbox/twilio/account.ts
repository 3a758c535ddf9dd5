import { callForm, conversationForm, receivedForm, recordingForm, statusForm, type Place } from './forms.ts';
import { newSid } from './sid.ts';
import type { CallMade, Received, Said, Sent } from './acts.ts';
import type { MessageStatus, Store, StoredCall, StoredMessage } from './store.ts';
import type { Webhooks } from './webhooks.ts';

const ringingSeconds = 8;

/** What people do with the account's number. Each resolves when the webhooks of it are answered. */
export class Account {
  readonly #place: () => Place;
  readonly #store: Store;
  readonly #webhooks: Webhooks;
  readonly #business: string;

  /** @param number E.164 */
  constructor(place: () => Place, store: Store, webhooks: Webhooks, number: string) {
    this.#place = place;
    this.#store = store;
    this.#webhooks = webhooks;
    this.#business = `whatsapp:${number}`;
  }

  /** @returns its SID */
  async receive(received: Received): Promise<string> {
    const { from, userId, body = '', media = [], at = new Date() } = received;
    const message = this.#store.addMessage(
      {
        from: `whatsapp:${from ?? userId ?? ''}`,
        to: this.#business,
        body,
        direction: 'inbound',
        status: 'received',
        createdAt: at,
      },
      media,
    );
    await this.#webhooks.post(receivedForm(this.#place(), message, received));
    return message.sid;
  }

  /** The text of what is sent comes in no webhook, only its states. @returns its SID */
  async send({ to, body = '', media = [], status = 'sent', at = new Date() }: Sent): Promise<string> {
    const message = this.#store.addMessage(
      {
        from: this.#business,
        to: `whatsapp:${to}`,
        body,
        direction: 'outbound-api',
        status,
        createdAt: at,
      },
      media,
    );
    await this.#webhooks.post(statusForm(this.#place(), message));
    return message.sid;
  }

  /** How far a message got. @param errorCode Twilio's, for failed ones */
  async setStatus(sid: string, status: MessageStatus, errorCode?: number, at = new Date()): Promise<void> {
    const message = this.#store.message(sid);
    if (message === undefined) throw new Error(`no message ${sid}`);
    change(message, status, errorCode, at);
    await this.#webhooks.post(statusForm(this.#place(), message));
  }

  /** A call that is over. With two legs the agent's and the person's are calls of their own. @returns the parent's SID */
  async call(made: CallMade): Promise<string> {
    const [parent, child] = this.#addLegs(made);
    const talk = child ?? parent;
    const place = this.#place();
    for (const leg of child === undefined ? [parent] : [parent, child]) {
      await this.#webhooks.post(callForm(place, leg, 'ringing'));
    }
    for (const leg of child === undefined ? [parent] : [child, parent]) {
      await this.#webhooks.post(callForm(place, leg, leg.status));
    }
    if (made.recording !== undefined && made.answered) {
      const recording = {
        sid: newSid('RE'),
        durationSeconds: talk.durationSeconds ?? 0,
        createdAt: talk.endedAt,
        data: made.recording,
      };
      // Of a <Dial> the recording hangs on the parent (Twilio docs, <Dial record>).
      parent.recordings.push(recording);
      await this.#webhooks.post(recordingForm(place, parent, recording));
    }
    return parent.sid;
  }

  #addLegs(made: CallMade): [parent: StoredCall, child?: StoredCall] {
    const { direction, answered, duration = 60, legs = 1, agent = 'client:agent', at = new Date() } = made;
    const person = `whatsapp:${made.person}`;
    const after = (seconds: number) => new Date(at.getTime() + seconds * 1_000);
    const talk = {
      status: answered ? 'completed' : 'no-answer',
      endedAt: after(answered ? ringingSeconds + duration : ringingSeconds),
      durationSeconds: answered ? duration : undefined,
    } as const;
    const [from, to] = direction === 'inbound' ? [person, this.#business] : [this.#business, person];
    if (legs === 1) {
      const own = direction === 'inbound' ? 'inbound' : 'outbound-api';
      return [this.#store.addCall({ parentSid: null, from, to, direction: own, startedAt: at, ...talk })];
    }
    // The agent's softphone calls in, their telephone is called; a person's call is taken by our own TwiML.
    const parentEnds =
      direction === 'inbound'
        ? { from, to, direction: 'inbound' as const }
        : agent.startsWith('client:')
          ? { from: agent, to: '', direction: 'inbound' as const }
          : { from: this.#business.replace('whatsapp:', ''), to: agent, direction: 'outbound-api' as const };
    const whole = (talk.endedAt.getTime() - at.getTime()) / 1_000;
    const parent = this.#store.addCall({
      ...parentEnds,
      parentSid: null,
      startedAt: at,
      status: 'completed',
      endedAt: talk.endedAt,
      durationSeconds: whole,
    });
    const childEnds = direction === 'inbound' ? { from: person, to: agent } : { from, to };
    const child = this.#store.addCall({
      ...childEnds,
      parentSid: parent.sid,
      direction: 'outbound-dial',
      startedAt: after(answered ? ringingSeconds : 1),
      ...talk,
    });
    return [parent, child];
  }

  /** A conversation with one person. @param person E.164 or user id @returns its SID */
  converse(person: string, at = new Date()): string {
    return this.#store.addConversation(`whatsapp:${person}`, this.#business, at).sid;
  }

  /** The message is in the Messages list too, under another SID. @returns its SID in the conversation */
  async say(conversationSid: string, { author, body, media = [], at = new Date() }: Said): Promise<string> {
    const conversation = this.#store.conversation(conversationSid);
    if (conversation === undefined) throw new Error(`no conversation ${conversationSid}`);
    const { person, business, messages } = conversation;
    const ends =
      author === 'person'
        ? ({ from: person, to: business, direction: 'inbound', status: 'received' } as const)
        : ({ from: business, to: person, direction: 'outbound-api', status: 'sent' } as const);
    const message = {
      sid: newSid('IM'),
      index: messages.length,
      author: author === 'person' ? person : author,
      body: body ?? null,
      createdAt: at,
      channelMessage: this.#store.addMessage({ ...ends, body: body ?? '', createdAt: at }, media),
    };
    messages.push(message);
    await this.#webhooks.post(conversationForm(this.#place(), 'onMessageAdded', conversation, message));
    return message.sid;
  }

  /** How far an agent's message of a conversation got. */
  async setReceipt(
    conversationSid: string,
    sid: string,
    status: MessageStatus,
    errorCode?: number,
    at = new Date(),
  ): Promise<void> {
    const conversation = this.#store.conversation(conversationSid);
    const message = conversation?.messages.find((each) => each.sid === sid);
    if (conversation === undefined || message === undefined) throw new Error(`no message ${sid}`);
    change(message.channelMessage, status, errorCode, at);
    await this.#webhooks.post(conversationForm(this.#place(), 'onDeliveryUpdated', conversation, message));
  }
}

function change(
  message: StoredMessage,
  status: MessageStatus,
  errorCode: number | undefined,
  at: Date,
): void {
  message.status = status;
  message.errorCode = errorCode ?? null;
  message.sentAt ??= at;
  message.updatedAt = at;
}
