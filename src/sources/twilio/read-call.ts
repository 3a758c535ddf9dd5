import type { CallFact, Fact } from '../../core/fact.ts';
import type { CallResult, Direction, Person } from '../../core/interaction.ts';
import { toPerson, type Address } from './address.ts';
import { callOf, endsOfLegs, readLegs, secondsOf, type Call, type Leg } from './call-legs.ts';
import type { Opened } from './normalize.ts';
import { recordingItem } from './payload.ts';
import { isoTime } from './times.ts';

/**
 * A call as the list tells it, with all its legs. Twilio's machine takes every incoming call itself and dials on: whether
 * a person answered is said by the legs that were dialled, where there are any.
 */
export function readListedCall(
  legs: readonly unknown[],
  recordings: readonly unknown[],
  sid: string,
  { at, businessNumber }: Opened,
): Fact | undefined {
  const call = callOf(sid, readLegs(legs));
  if (call === undefined) return undefined;
  const party = partyOf(call, businessNumber);
  const base = {
    kind: 'call',
    at,
    person: party?.person ?? {},
    ...(party?.direction && { direction: party.direction }),
  } as const;
  if (call.state !== 'ended') return { ...base, step: call.state };
  const answered = answeredLeg(call, recordings);
  const endedAt = call.endedAt;
  if (answered === undefined) {
    const result = call.legs.some(({ item }) => item.status === 'failed') ? resultOfFailure(call) : undefined;
    return { ...base, step: 'terminate', ...(result && { result }), ...(endedAt && { endedAt }) };
  }
  const startedAt = isoTime(answered.item.start_time);
  const finishedAt = isoTime(answered.item.end_time) ?? endedAt;
  return {
    ...base,
    step: 'terminate',
    result: 'answered',
    durationSeconds: secondsOf(answered.item.duration),
    ...(startedAt && { startedAt }),
    ...(finishedAt && { endedAt: finishedAt }),
  };
}

/** The leg on which people talked. Who was only asked to leave words after the tone did not reach anybody. */
function answeredLeg({ parent, children }: Call, recordings: readonly unknown[]): Leg | undefined {
  if (children.length > 0) return children.find(({ isAnswered }) => isAnswered);
  const isVoicemail = recordings.some((raw) => recordingItem.safeParse(raw).data?.source === 'RecordVerb');
  return parent?.isAnswered && !isVoicemail ? parent : undefined;
}

/** It failed as a whole when the last attempt did. */
function resultOfFailure({ parent, children }: Call): CallResult | undefined {
  const last = children.at(-1) ?? parent;
  return last?.item.status === 'failed' ? 'failed' : undefined;
}

interface Party {
  readonly person: Person;
  readonly direction: Direction;
}

/**
 * Who was talked to, and who called whom: the WhatsApp address that is not ours; where none shows, the other end of a leg
 * of ours. An agent's own leg has no WhatsApp address and is looked at last.
 */
export function partyOf(call: Pick<Call, 'legs'>, businessNumber: string): Party | undefined {
  const ends = endsOfLegs(call);
  const isPerson = ({ phone, userId }: Address) =>
    userId !== undefined || (phone !== undefined && phone !== businessNumber);
  for (const onlyWhatsApp of [true, false]) {
    for (const { from, to } of ends) {
      const fits = (end: Address, far: Address) =>
        isPerson(end) && (onlyWhatsApp ? end.whatsapp : far.phone === businessNumber);
      if (fits(from, to)) return { person: toPerson(from), direction: 'inbound' };
      if (fits(to, from)) return { person: toPerson(to), direction: 'outbound' };
    }
  }
  return undefined;
}

/** An element of a call's Recordings list. What `<Record>` made is what somebody said after the tone. */
export function readRecording(raw: unknown, { at }: Opened): CallFact | undefined {
  const item = recordingItem.safeParse(raw).data;
  if (item?.call_sid === undefined) return undefined;
  const step = item.source === 'RecordVerb' ? 'voicemail' : 'recording';
  return {
    kind: 'call',
    at,
    step,
    person: {},
    media: { id: `${item.call_sid}/${item.sid}`, mimeType: 'audio/mpeg' },
  };
}
