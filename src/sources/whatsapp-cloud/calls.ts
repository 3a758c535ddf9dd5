import type { CallFact } from '../../core/fact.ts';
import type { CallResult, Direction, Person } from '../../core/interaction.ts';
import { cleanJson } from '../../core/text.ts';
import { readMedia } from './media.ts';
import {
  asObject,
  callSchema,
  isoTime,
  readError,
  word,
  type CallView,
  type Json,
  type StatusView,
} from './payload.ts';
import { contactOf, farEnd, phoneOf, toPerson, type RawPerson } from './people.ts';
import type { Contact } from './payload.ts';

type Step = CallFact['step'];

const steps: ReadonlyMap<string, Step> = new Map<string, Step>([
  ['connect', 'connect'],
  ['terminate', 'terminate'],
  ['created', 'created'],
  ['recording_available', 'recording'],
  ['transcription_available', 'transcript'],
]);

const statusSteps: ReadonlyMap<string, Step> = new Map<string, Step>([
  ['ringing', 'ringing'],
  ['accepted', 'accepted'],
  ['rejected', 'rejected'],
]);

/** `calls[].event` in the product's words (Meta docs, calling reference): `call_created` and `connect` alike. */
export function callStep(event: string): Step {
  return steps.get(event.toLowerCase().replace(/^call_/, '')) ?? 'other';
}

/** Ringing, accepted and rejected come as statuses of the call's id, for calls the business makes. */
export function isCallStatus(view: StatusView, field: string | undefined): boolean {
  return field === 'calls' || view.type === 'call' || (view.id ?? '').startsWith('wacid.');
}

/** A call status as a step; it is of a call that the business made. */
export function readCallStatus(view: StatusView, contacts: readonly Contact[], at: string): CallFact {
  const raw = {
    number: view.recipient_id,
    userId: view.recipient_user_id,
    parentUserId: view.recipient_parent_user_id,
  };
  const person = personOf(raw, contactOf(contacts, raw));
  const step = statusSteps.get(view.status?.toLowerCase() ?? '') ?? 'other';
  return { kind: 'call', at, step, direction: 'outbound', person };
}

/** One element of `calls[]`; `errors` are those that came beside it. */
export function readCall(
  item: Json,
  context: {
    readonly at: string;
    readonly businessNumber: string;
    readonly contacts: readonly Contact[];
    readonly errors: readonly unknown[];
  },
): CallFact {
  const view = callSchema.parse(item);
  const step = callStep(view.event ?? '');
  const direction = directionOf(view, step, context.businessNumber);
  const raw = otherEnd(view, direction, context.businessNumber);
  const media =
    step === 'recording' || step === 'transcript'
      ? readMedia(asObject(cleanJson(artifactOf(view))))
      : undefined;
  const error = readError([...view.errors, ...context.errors]);
  return {
    kind: 'call',
    at: context.at,
    step,
    ...(direction && { direction }),
    person: personOf(raw, contactOf(context.contacts, raw)),
    ...(step === 'terminate' && ending(view, direction)),
    ...(media && { media }),
    ...(error && { error }),
  };
}

/** Samples have the ends swapped; where a contact is named, it is the person. */
function personOf(raw: RawPerson, contact: Contact | undefined): Person {
  return toPerson(
    contact?.wa_id && phoneOf(contact.wa_id) ? { ...raw, number: contact.wa_id } : raw,
    contact,
  );
}

/**
 * Who called: `direction` where given, else who made the offer (the caller does), else on which side the person's user
 * id stands, else whose number stands in `from`. Recordings and transcripts do not say: their `from` is the person,
 * whoever called (Meta docs, calling reference and call recording).
 */
function directionOf(view: CallView, step: Step, businessNumber: string): Direction | undefined {
  const given = view.direction?.toUpperCase();
  if (given === 'USER_INITIATED') return 'inbound';
  if (given === 'BUSINESS_INITIATED') return 'outbound';
  const offer = word(view.session?.['sdp_type'])?.toLowerCase();
  if (offer === 'offer') return 'inbound';
  if (offer === 'answer') return 'outbound';
  if (step === 'recording' || step === 'transcript') return undefined;
  if ((view.from_user_id === undefined) !== (view.to_user_id === undefined)) {
    return view.from_user_id === undefined ? 'outbound' : 'inbound';
  }
  if (view.from === undefined) {
    return view.to !== undefined && phoneOf(view.to) !== businessNumber ? 'outbound' : undefined;
  }
  return phoneOf(view.from) === businessNumber ? 'outbound' : 'inbound';
}

function otherEnd(view: CallView, direction: Direction | undefined, businessNumber: string): RawPerson {
  const numbers = direction === 'outbound' ? [view.to, view.from] : [view.from, view.to];
  return {
    number: farEnd(numbers, businessNumber),
    userId: view.from_user_id ?? view.to_user_id,
    parentUserId: view.from_parent_user_id ?? view.to_parent_user_id,
  };
}

/**
 * How it ended. An unanswered call is COMPLETED too: only a start time or a duration means that somebody picked up
 * (Meta docs, calling reference).
 */
function ending(view: CallView, direction: Direction | undefined): Partial<CallFact> {
  const startedAt = isoTime(view.start_time);
  const endedAt = isoTime(view.end_time);
  const seconds = Number(word(view.duration) ?? NaN);
  const durationSeconds = Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds) : undefined;
  const answered = startedAt !== undefined || (durationSeconds ?? 0) > 0;
  const result = answered ? 'answered' : unanswered(view, direction);
  return {
    ...(result && { result }),
    ...(startedAt && { startedAt }),
    ...(endedAt && { endedAt }),
    ...(durationSeconds !== undefined && { durationSeconds }),
  };
}

function unanswered(view: CallView, direction: Direction | undefined): CallResult | undefined {
  if (view.status?.toUpperCase() === 'FAILED') return 'failed';
  if (direction === undefined) return undefined;
  return direction === 'inbound' ? 'missed' : 'no-answer';
}

/** The file that a recording or transcript event brings: `audio` or `document`, or what else has an id there. */
export function artifactOf(view: CallView): Json | undefined {
  const holder = view.call_recording ?? view.call_transcript ?? {};
  const parts = [holder['audio'], holder['document'], ...Object.values(holder), holder].map(asObject);
  return parts.find((part) => word(part?.['id']) !== undefined);
}
