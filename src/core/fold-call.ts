import type { CallFact, Fact } from './fact.ts';
import { best, mergePeople, ofKind, type FoldBase } from './fold-order.ts';
import type { CallInteraction, CallResult, Direction } from './interaction.ts';

/** Which step is trusted most for what several may say: the end knows the whole call, files know least. */
const trust: Readonly<Record<CallFact['step'], number>> = {
  terminate: 0,
  created: 1,
  connect: 2,
  ringing: 3,
  accepted: 4,
  rejected: 5,
  other: 6,
  voicemail: 7,
  recording: 8,
  transcript: 9,
};

/** Steps that can only come before the call was taken or given up. */
const beginnings: readonly CallFact['step'][] = ['created', 'connect', 'ringing'];

/** Makes a call of its steps, in whatever order they came; facts are in order of time. */
export function foldCall(base: FoldBase, facts: readonly Fact[]): CallInteraction {
  const calls = ofKind(facts, 'call');
  const trusted = calls.toSorted((a, b) => trust[a.step] - trust[b.step]);
  const direction = trusted.find((call) => call.direction !== undefined)?.direction ?? 'inbound';
  const end = bestEnd(calls);
  const result = resultOf(calls, end, direction);
  const error = trusted.find((call) => call.error !== undefined)?.error;
  return {
    ...base,
    kind: 'call',
    direction,
    occurredAt: beginOf(calls, end),
    person: mergePeople(trusted.map((call) => call.person)),
    ...(result && { result }),
    ...(result === 'answered' && end ? timesOf(end) : end?.endedAt ? { endedAt: end.endedAt } : {}),
    ...(error && { error }),
    ...fileOf(calls, 'recording'),
    ...fileOf(calls, 'transcript'),
    ...fileOf(calls, 'voicemail'),
  };
}

/** Of several ends the one that tells of a conversation. */
function bestEnd(calls: readonly CallFact[]): CallFact | undefined {
  const ends = calls.filter((call) => call.step === 'terminate');
  return best(ends, (end) => (isAnswered(end) ? 0 : end.result === 'failed' ? 1 : 2));
}

function isAnswered(end: CallFact): boolean {
  return end.result === 'answered' || end.startedAt !== undefined || (end.durationSeconds ?? 0) > 0;
}

/** Undefined while the call is not over. Whether an unanswered one was missed or not depends on who called. */
function resultOf(
  calls: readonly CallFact[],
  end: CallFact | undefined,
  direction: Direction,
): CallResult | undefined {
  if (end && isAnswered(end)) return 'answered';
  if (calls.some((call) => call.step === 'rejected') || end?.result === 'rejected') return 'rejected';
  if (end?.result === 'failed') return 'failed';
  // a voicemail is left where nobody took the call
  if (end || calls.some((call) => call.step === 'voicemail')) {
    return direction === 'inbound' ? 'missed' : 'no-answer';
  }
  return undefined;
}

function timesOf(end: CallFact): Partial<CallInteraction> {
  return {
    ...(end.startedAt && { startedAt: end.startedAt }),
    ...(end.endedAt && { endedAt: end.endedAt }),
    ...(end.durationSeconds !== undefined && { durationSeconds: end.durationSeconds }),
  };
}

/** When it began to ring; unknown, when it was taken; unknown too, the earliest sign of it. */
function beginOf(calls: readonly CallFact[], end: CallFact | undefined): string {
  const begin = calls.find((call) => beginnings.includes(call.step)) ?? calls.find((call) => !isFile(call));
  const noticed = begin?.at ?? calls[0]?.at ?? '';
  const isEnd = begin === undefined || begin.step === 'terminate';
  return isEnd && end?.startedAt !== undefined ? end.startedAt : noticed;
}

function isFile(call: CallFact): boolean {
  return call.step === 'recording' || call.step === 'transcript' || call.step === 'voicemail';
}

function fileOf(
  calls: readonly CallFact[],
  step: 'recording' | 'transcript' | 'voicemail',
): Partial<CallInteraction> {
  const media = calls.find((call) => call.step === step && call.media !== undefined)?.media;
  return media ? { [step]: media } : {};
}
