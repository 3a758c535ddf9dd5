import type { EventDraft } from '../source.ts';
import { ownNumber, readAddress } from './address.ts';
import { draftCallStep } from './webhook-call.ts';
import { draftConversationEvent } from './webhook-conversation.ts';
import { draft, looseDraft, peopleAt } from './drafts.ts';
import { param, type Params, type Payload } from './payload.ts';
import { isIncoming, isUnsent } from './states.ts';
import { endsOf, messageState, readBody, type Received, type WebhookRules } from './webhook-params.ts';

/**
 * Splits a webhook of Twilio's: one event, or none where it says nothing that a person would miss (a message that is
 * still queued). Never throws: what has no known shape is `unrecognised`.
 */
export function splitWebhook(body: Buffer, receivedAt: Date, rules: WebhookRules): EventDraft[] {
  const received = receivedAt.toISOString();
  const read = readBody(body.toString('utf8'));
  if (read.params === undefined) {
    return [looseDraft('unrecognised', { form: 'unknown', body: read.other }, received)];
  }
  return draftOf({ params: read.params, rules, received });
}

/**
 * Reads the payload of an event that named no number of the firm as one of this number: what came by a webhook. Of the
 * rest nobody knows more than before.
 */
export function readWebhookAs(
  payload: unknown,
  businessNumber: string,
  receivedAt: Date,
  rules: WebhookRules,
): EventDraft[] {
  const received = receivedAt.toISOString();
  const { form, params } = (payload ?? {}) as { form?: unknown; params?: Params };
  const drafts =
    form === 'webhook' && params !== undefined
      ? draftOf({ params, rules: { ...rules, businessNumbers: [businessNumber] }, received })
      : [];
  if (drafts.length > 0) return drafts;
  return [looseDraft('unrecognised', payload as Payload, received, businessNumber)];
}

function draftOf(webhook: Received): EventDraft[] {
  const { params } = webhook;
  if (/^on[A-Z]/.test(param(params, 'EventType') ?? '')) return draftConversationEvent(webhook);
  if (param(params, 'CallSid') !== undefined) return draftCallStep(webhook);
  const sid = messageSid(params);
  const from = param(params, 'From');
  const state = messageState(params);
  if (sid === undefined || (from === undefined && param(params, 'To') === undefined)) {
    return [looseDraft('unrecognised', { form: 'webhook', params }, webhook.received)];
  }
  if (state !== undefined && !isIncoming(state)) return draftStatus(webhook, sid, state);
  return [draftMessage(webhook, sid)];
}

/** A message that came in. Who pushes texts of another channel here wants them kept: the webhook is set by number. */
function draftMessage({ params, rules, received }: Received, sid: string): EventDraft {
  const ends = endsOf(params);
  const businessNumber = ownNumber(ends, 'to', rules.businessNumbers);
  const userId = readAddress(param(params, 'ExternalUserId'));
  const waId = readAddress(param(params, 'WaId'));
  return draft({
    kind: 'message',
    sid,
    qualifiers: ['webhook'],
    businessNumber,
    people: peopleAt([ends.from, ends.to, userId, waId], businessNumber),
    occurredAt: received,
    payload: { form: 'webhook', params },
  });
}

/** How far an outgoing message got (Twilio docs, "Monitor message status"). */
function draftStatus({ params, rules, received }: Received, sid: string, state: string): EventDraft[] {
  if (isUnsent(state)) return [];
  const ends = endsOf(params);
  const businessNumber = ownNumber(ends, 'from', rules.businessNumbers);
  return [
    draft({
      kind: 'status',
      sid,
      qualifiers: ['webhook', state.toLowerCase(), param(params, 'ErrorCode') ?? ''],
      businessNumber,
      people: peopleAt([ends.from, ends.to], businessNumber),
      occurredAt: received,
      payload: { form: 'webhook', params },
    }),
  ];
}

function messageSid(params: Params): string | undefined {
  return ['MessageSid', 'SmsMessageSid', 'SmsSid']
    .map((name) => param(params, name))
    .find((sid) => sid !== undefined && /^[A-Za-z0-9]{3,64}$/.test(sid));
}
