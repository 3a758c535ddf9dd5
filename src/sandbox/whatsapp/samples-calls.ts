import { demoMedia } from './media.ts';
import { demoBusiness, demoPeople, type DemoPerson } from './people.ts';
import { callId, contact, ends, file, webhook, type Sample } from './samples-shape.ts';

const [ana, ben, chiara] = demoPeople;

/** A missed call with a voicemail, an answered one whose end comes first and whose recording follows, and one that the firm made. */
export function callSamples(at: (minutesAgo: number) => string): Sample[] {
  return [
    call('missed-call-connect', ana, 1, {
      ...connect(),
      direction: 'USER_INITIATED',
      timestamp: at(60),
    }),
    call('missed-call-terminate', ana, 1, {
      event: 'terminate',
      direction: 'USER_INITIATED',
      timestamp: at(59),
      status: 'COMPLETED',
    }),
    voicemail(at(58)),
    call('answered-call-terminate', ben, 2, {
      event: 'terminate',
      direction: 'USER_INITIATED',
      timestamp: at(45),
      status: 'COMPLETED',
      start_time: at(48),
      end_time: at(45),
      duration: 180,
    }),
    call('answered-call-connect', ben, 2, {
      ...connect(),
      direction: 'USER_INITIATED',
      timestamp: at(49),
    }),
    artifact('call-recording', at(44), {
      event: 'call_recording_available',
      call_recording: { type: 'audio', audio: file(demoMedia.recording) },
    }),
    artifact('call-transcript', at(43), {
      event: 'call_transcription_available',
      call_transcript: { type: 'document', document: file(demoMedia.transcript) },
    }),
    call('own-call-terminate', chiara, 3, {
      event: 'terminate',
      direction: 'BUSINESS_INITIATED',
      timestamp: at(30),
      status: 'COMPLETED',
    }),
  ];
}

interface CallStep {
  readonly event: string;
  readonly direction: 'USER_INITIATED' | 'BUSINESS_INITIATED';
  readonly timestamp: string;
  readonly session?: object;
  readonly status?: string;
  readonly start_time?: string;
  readonly end_time?: string;
  readonly duration?: number;
}

function connect(): Pick<CallStep, 'event' | 'session'> {
  return { event: 'connect', session: { sdp_type: 'offer', sdp: 'v=0\r\n' } };
}

function call(name: string, person: DemoPerson, number: number, step: CallStep): Sample {
  const business = demoBusiness.displayPhoneNumber;
  const sides =
    step.direction === 'USER_INITIATED'
      ? { ...ends('from', person), to: business }
      : { from: business, ...ends('to', person) };
  return webhook(name, 'calls', {
    contacts: [contact(person)],
    calls: [{ id: callId(number), ...sides, ...step }],
  });
}

/** What came of Ben's call, minutes later: without direction, other end and contacts (Meta docs, call recording). */
function artifact(name: string, timestamp: string, what: object): Sample {
  return webhook(name, 'calls', { calls: [{ id: callId(2), ...ends('from', ben), timestamp, ...what }] });
}

/** An audio message under the call's id (Meta docs, call settings, 2026). */
function voicemail(timestamp: string): Sample {
  const audio = file(demoMedia.voicemail);
  const message = { ...ends('from', ana), id: callId(1), timestamp, type: 'audio', audio };
  return webhook('voicemail', 'messages', { contacts: [contact(ana)], messages: [message] });
}
