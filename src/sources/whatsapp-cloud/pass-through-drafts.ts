import type { Person } from '../../core/interaction.ts';
import { hashKey } from '../../core/key.ts';
import { parsePhone } from '../../core/phone.ts';
import type { EventDraft, ForwardAnswer } from '../source.ts';
import { draftMessage } from './drafts.ts';
import { jsonOf } from './pass-through-number.ts';
import { asArray, asObject, word, type Fragment, type Json } from './payload.ts';
import { peopleAnywhere, phoneOf, unique, userIdOf } from './people.ts';
import { asEcho } from './read-sent.ts';

/** One request of a sender's to send a message. */
export interface Attempt {
  /** our own id of it, which joins its events */
  readonly id: string;
  /** kind of the source that it is sent through, part of every key */
  readonly sourceKind: string;
  /** E.164; undefined: not known, so nothing but a message that was sent all the same is recorded */
  readonly businessNumber?: string;
  readonly phoneNumberId?: string;
  /** the sender has shown nothing that only the firm has: what was not sent is not recorded */
  readonly isUnproven?: boolean;
  /** without the query */
  readonly path: string;
  /** without credentials */
  readonly params: Json;
}

/** What became of an attempt. `refused`: the provider says no; `unknown`: it may have been sent. */
export type AttemptOutcome = 'sent' | 'refused' | 'not-sent' | 'unknown';

const field = 'pass-through';

/** What will be sent, kept before it is: an intent without an outcome is a message that may have been sent. */
export function draftIntent(attempt: Attempt, at: Date): EventDraft {
  return draftOwn(attempt, 'intent', at, { path: attempt.path, request: attempt.params });
}

/**
 * What became of the attempt, and a message (or reaction) event for each that was sent. Its key is that of an echo or
 * history copy of the same message.
 */
export function draftOutcome(
  attempt: Attempt,
  answer: ForwardAnswer | AttemptOutcome,
  at: Date,
): EventDraft[] {
  if (typeof answer === 'string') return outcomeOf(attempt, at, { outcome: answer });
  const response = jsonOf(answer);
  const { status } = answer;
  if (status < 200 || status >= 300) {
    const outcome: AttemptOutcome = status >= 500 ? 'unknown' : 'refused';
    return outcomeOf(attempt, at, { outcome, status, error: response?.['error'] });
  }
  const ids = asArray(response?.['messages']).flatMap((message) => word(asObject(message)?.['id']) ?? []);
  if (!response || ids.length === 0) return outcomeOf(attempt, at, { outcome: 'unknown', status });
  const sent = ids.map((id) => draftSent(attempt, id, response, at));
  return [...outcomeOf(attempt, at, { outcome: 'sent', status, messages: ids }), ...sent];
}

function outcomeOf(
  attempt: Attempt,
  at: Date,
  item: Json & { readonly outcome: AttemptOutcome },
): EventDraft[] {
  const isSpam = attempt.isUnproven && item.outcome !== 'sent';
  return attempt.businessNumber === undefined || isSpam ? [] : [draftOwn(attempt, 'outcome', at, item)];
}

function draftOwn(attempt: Attempt, event: 'intent' | 'outcome', at: Date, item: Json): EventDraft {
  const { id, sourceKind, businessNumber = '' } = attempt;
  return {
    dedupeKey: hashKey(sourceKind, businessNumber, 'notice', `${field}.${event}`, id),
    kind: 'notice',
    ...(businessNumber !== '' && { businessNumber }),
    people: recipients(attempt),
    occurredAt: at.toISOString(),
    payload: fragment(attempt, event, { event, attempt: id, ...item }),
  };
}

function draftSent(attempt: Attempt, id: string, response: Json, at: Date): EventDraft {
  const { businessNumber, sourceKind } = attempt;
  const received = at.toISOString();
  const draft = draftMessage(asEcho(attempt.params, id), {
    field,
    list: 'sent',
    received,
    sourceKind,
    ...(businessNumber !== undefined && { businessNumber }),
  });
  const people = [...recipients(attempt), ...peopleAnywhere(response['contacts'], businessNumber)];
  const item = { attempt: attempt.id, id, request: attempt.params, response };
  return { ...draft, people: unique(people), payload: fragment(attempt, 'sent', item) };
}

function fragment({ businessNumber, phoneNumberId }: Attempt, list: string, item: Json): Fragment {
  const metadata = {
    ...(businessNumber !== undefined && { display_phone_number: businessNumber.slice(1) }),
    ...(phoneNumberId !== undefined && { phone_number_id: phoneNumberId }),
  };
  return { field, list, item, metadata };
}

/**
 * Whom it goes to. WhatsApp reads a number without its country code as one of the sender's country (Meta docs, phone
 * numbers), so such a one counts both ways.
 */
function recipients({ params, businessNumber }: Attempt): Person[] {
  const people: Person[] = [];
  for (const value of [params['to'], params['recipient']]) {
    const phone = phoneOf(value);
    const userId = userIdOf(value);
    if (phone !== undefined) people.push({ phone });
    if (phone !== undefined && !word(value)?.startsWith('+')) people.push(...atHome(phone, businessNumber));
    if (userId !== undefined) people.push({ userId }, { parentUserId: userId });
  }
  return unique(people);
}

function atHome(phone: string, businessNumber: string | undefined): Person[] {
  const own = businessNumber === undefined ? undefined : parsePhone(businessNumber);
  if (!own?.e164.endsWith(own.national)) return [];
  const countryCode = own.e164.slice(0, -own.national.length);
  return [{ phone: `${countryCode}${phone.slice(1).replace(/^0+/, '')}` }];
}
