import type { CallFact } from '../../core/fact.ts';
import type { CallResult, Media } from '../../core/interaction.ts';
import { readLegs, secondsOf } from './call-legs.ts';
import type { Opened } from './normalize.ts';
import { param, type Params } from './payload.ts';
import { partyOf } from './read-call.ts';
import { personOf } from './read-webhook.ts';

/** A step of a call as a webhook tells it (Twilio docs, Voice webhooks, `<Dial>`, `<Record>`). */
export function readCallWebhook(params: Params, opened: Opened): CallFact {
  const legs = readLegs([
    { sid: param(params, 'CallSid') ?? '', from: param(params, 'From'), to: param(params, 'To') },
  ]);
  const party = partyOf({ legs }, opened.businessNumber);
  const hints = party?.direction === 'inbound' ? personOf(params, 'from') : {};
  const base = {
    kind: 'call',
    at: opened.at,
    person: { ...hints, ...party?.person },
    ...(party && { direction: party.direction }),
  } as const;
  return { ...base, ...(fileStep(params) ?? progress(params)) };
}

type Step = Pick<CallFact, 'step' | 'media' | 'result' | 'durationSeconds'>;

function fileStep(params: Params): Step | undefined {
  const call = param(params, 'CallSid');
  const transcript = param(params, 'TranscriptionSid');
  if (transcript !== undefined && param(params, 'TranscriptionText') !== undefined) {
    return { step: 'transcript', media: fileOf(call, transcript, 'text/plain') };
  }
  const recording = param(params, 'RecordingSid') ?? sidOf(param(params, 'RecordingUrl'));
  // beside the end of what was dialled it is only named: its own webhook and the list tell of it
  if (recording === undefined || param(params, 'DialCallStatus') !== undefined) return undefined;
  const status = param(params, 'RecordingStatus') ?? 'completed';
  if (status !== 'completed') return { step: 'other' };
  const isDialled = /dial|conference|callrecording/i.test(param(params, 'RecordingSource') ?? '');
  const isCallback = param(params, 'RecordingStatus') !== undefined;
  const isVoicemail = !isDialled && (!isCallback || param(params, 'RecordingSource') === 'RecordVerb');
  return {
    step: isVoicemail ? 'voicemail' : 'recording',
    media: fileOf(call, recording, 'audio/mpeg'),
  };
}

function fileOf(call: string | undefined, file: string, mimeType: string): Media {
  return { id: `${call ?? ''}/${file}`, mimeType };
}

function sidOf(url: string | undefined): string | undefined {
  return /\/Recordings\/(RE[A-Za-z0-9]+)/.exec(url ?? '')?.[1];
}

const failures: ReadonlyMap<string, CallResult | undefined> = new Map([
  ['busy', undefined],
  ['no-answer', undefined],
  ['canceled', undefined],
  ['failed', 'failed'],
]);

/**
 * How far the call is. That the first leg is completed says nothing: Twilio's machine took it. The leg that was dialled
 * tells whether a person answered, and so does the list afterwards.
 */
function progress(params: Params): Step {
  const dialled = param(params, 'DialCallStatus')?.toLowerCase();
  if (dialled !== undefined) return endOf(dialled, param(params, 'DialCallDuration'));
  const status = param(params, 'CallStatus')?.toLowerCase() ?? '';
  const isChild = param(params, 'ParentCallSid') !== undefined;
  if (status === 'completed' && !isChild) return { step: 'other' };
  if (status === 'completed' || failures.has(status)) return endOf(status, param(params, 'CallDuration'));
  if (status === 'in-progress' || status === 'answered') return { step: isChild ? 'accepted' : 'ringing' };
  return { step: ['queued', 'initiated', 'ringing'].includes(status) ? 'ringing' : 'other' };
}

function endOf(status: string, duration: string | undefined): Step {
  const durationSeconds = secondsOf(duration);
  const isAnswered =
    ['completed', 'answered'].includes(status) && (durationSeconds > 0 || status === 'answered');
  if (isAnswered) return { step: 'terminate', result: 'answered', durationSeconds };
  const result = failures.get(status);
  return { step: 'terminate', ...(result && { result }) };
}
