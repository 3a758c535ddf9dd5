import type { Fact } from '../../core/fact.ts';
import type { Normalize, StoredEvent } from '../source.ts';
import { readListedCall, readRecording } from './read-call.ts';
import { readConversationMessage, readConversationWebhook, readReceipt } from './read-conversation.ts';
import { readListedMessage, readListedStatus } from './read-listed.ts';
import { asObject, param, type Params, type Payload } from './payload.ts';
import { readCallWebhook } from './read-call-webhook.ts';
import { readMessageWebhook, readStatusWebhook } from './read-webhook.ts';

/** An event with what every reader needs of it. */
export interface Opened {
  /** ISO 8601; the provider's time, or that of receipt where it gives none (webhooks) */
  readonly at: string;
  /** E.164; empty where the event names none */
  readonly businessNumber: string;
}

/** Reads one stored event of this source kind. Total: what it cannot read is an `unrecognised` fact. */
export const normalizeTwilio: Normalize = (event) => {
  const opened = { at: event.occurredAt, businessNumber: event.businessNumber ?? '' };
  return read(event, opened) ?? { kind: 'unrecognised', at: event.occurredAt, topic: `twilio.${event.kind}` };
};

function read(event: StoredEvent, opened: Opened): Fact | undefined {
  const payload = asObject(event.payload);
  const form = payload?.['form'];
  if (payload === undefined) return undefined;
  if (event.kind === 'notice') return noticeOf(payload, event.occurredAt);
  switch (form as Payload['form']) {
    case 'webhook':
      return readWebhook(event.kind, paramsOf(payload['params']), opened);
    case 'message':
      return event.kind === 'status'
        ? readListedStatus(payload['item'], opened)
        : readListedMessage(payload['item'], listOf(payload['media']), opened);
    case 'call':
      return readListedCall(
        [payload['parent'], ...listOf(payload['children'])],
        listOf(payload['recordings']),
        event.providerId ?? '',
        opened,
      );
    case 'recording':
      return readRecording(payload['item'], opened);
    case 'conversation':
      return readConversationMessage(payload, opened);
    case 'receipt':
      return readReceipt(payload, opened);
    default:
      return undefined;
  }
}

function readWebhook(kind: StoredEvent['kind'], params: Params, opened: Opened): Fact | undefined {
  if (param(params, 'EventType')?.startsWith('on')) return readConversationWebhook(kind, params, opened);
  if (kind === 'call') return readCallWebhook(params, opened);
  if (kind === 'status') return readStatusWebhook(params, opened);
  return kind === 'message' ? readMessageWebhook(params, opened) : undefined;
}

function noticeOf(payload: Readonly<Record<string, unknown>>, at: string): Fact {
  const params = paramsOf(payload['params']);
  const topic = param(params, 'EventType') ?? (param(params, 'CallSid') === undefined ? 'notice' : 'call');
  return { kind: 'notice', at, topic: `twilio.${topic}` };
}

/** Parameters as they were stored; whatever else stands there has none. */
function paramsOf(value: unknown): Params {
  const pairs = Object.entries(asObject(value) ?? {}).filter(
    (pair): pair is [string, string | string[]] => typeof pair[1] === 'string' || Array.isArray(pair[1]),
  );
  return Object.fromEntries(
    pairs.filter(([, inner]) => typeof inner === 'string' || inner.every((one) => typeof one === 'string')),
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
