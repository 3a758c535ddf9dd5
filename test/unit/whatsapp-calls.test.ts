import { describe, expect, it } from '@jest/globals';
import type { Interaction } from '../../src/core/interaction.ts';
import {
  body,
  call,
  factOf,
  incoming,
  interactionOf,
  only,
  sentAt,
  split,
} from '../fixtures/whatsapp/bodies.ts';

const user = { direction: 'USER_INITIATED' };
const firm = { direction: 'BUSINESS_INITIATED', from: '15550783881', to: '14155550100' };
const later = (seconds: number): string => String(Number(sentAt) + seconds);
const ended = { event: 'terminate', status: 'COMPLETED', timestamp: later(60) };
const talked = { ...ended, start_time: later(5), end_time: later(60), duration: 55 };

function state(word: string): object {
  return body('calls', {
    statuses: [
      { id: 'wacid.one', type: 'call', status: word, timestamp: sentAt, recipient_id: '14155550100' },
    ],
  });
}

function brief(interaction: Interaction): unknown[] {
  return interaction.kind === 'call' ? [interaction.direction, interaction.result] : ['message'];
}

describe('a call', () => {
  it.each<[string, object[], unknown[]]>([
    [
      'answered',
      [call({ ...user, event: 'connect' }), call({ ...user, ...talked })],
      ['inbound', 'answered'],
    ],
    ['answered, by its duration alone', [call({ ...user, ...ended, duration: 3 })], ['inbound', 'answered']],
    [
      'missed, which is COMPLETED too',
      [call({ ...user, event: 'connect' }), call({ ...user, ...ended })],
      ['inbound', 'missed'],
    ],
    ['not answered', [state('RINGING'), call({ ...firm, ...ended })], ['outbound', 'no-answer']],
    [
      'declined',
      [state('RINGING'), state('REJECTED'), call({ ...firm, ...ended })],
      ['outbound', 'rejected'],
    ],
    ['failed', [call({ ...user, ...ended, status: 'Failed' })], ['inbound', 'failed']],
    [
      'broken off after it was answered',
      [call({ ...user, ...talked, status: 'FAILED' })],
      ['inbound', 'answered'],
    ],
    ['not over', [call({ ...user, event: 'connect' })], ['inbound', undefined]],
    ['known from SIP', [call({ ...firm, event: 'call_created' })], ['outbound', undefined]],
    ['with a step nobody knows', [call({ ...user, event: 'call_teleported' })], ['inbound', undefined]],
    [
      'without direction, offered by the person',
      [call({ event: 'connect', from: '15550783881', to: '14155550100', session: { sdp_type: 'offer' } })],
      ['inbound', undefined],
    ],
    [
      'without direction, with the id of the person who called',
      [call({ ...ended, from: '15550783881', to: '14155550100', from_user_id: 'US.100' })],
      ['inbound', 'missed'],
    ],
    [
      'without direction, with the id of the person who was called',
      [call({ ...ended, from: undefined, to: '', to_user_id: 'US.100' })],
      ['outbound', 'no-answer'],
    ],
    [
      'without direction, to a number alone',
      [call({ ...ended, from: '', to: '14155550100' })],
      ['outbound', 'no-answer'],
    ],
    [
      'known from SIP, and answered',
      [call({ ...firm, event: 'call_created' }), call({ ...firm, ...talked, status: 'Completed' })],
      ['outbound', 'answered'],
    ],
    [
      'taken, by its states, and not over',
      [state('RINGING'), state('ACCEPTED'), call({ ...firm, event: 'connect' })],
      ['outbound', undefined],
    ],
    [
      'known by its states alone, and declined',
      [state('REJECTED'), state('RINGING')],
      ['outbound', 'rejected'],
    ],
    [
      'known by a voicemail alone',
      [incoming({ id: 'wacid.one', type: 'audio', audio: { id: '3' } })],
      ['inbound', 'missed'],
    ],
    [
      'without direction, from the firm',
      [call({ event: 'connect', from: '15550783881', to: '14155550100' })],
      ['outbound', undefined],
    ],
  ])('can be %s', (_name, bodies, expected) => {
    expect(brief(interactionOf(...bodies))).toEqual(expected);
    expect(brief(interactionOf(...bodies.toReversed()))).toEqual(expected);
  });

  it('has its times only when somebody picked up', () => {
    const begin = call({ ...user, event: 'connect' });
    expect(interactionOf(call({ ...user, ...talked }), begin)).toMatchObject({
      occurredAt: '2026-06-01T10:00:00.000Z',
      startedAt: '2026-06-01T10:00:05.000Z',
      endedAt: '2026-06-01T10:01:00.000Z',
      durationSeconds: 55,
    });
    expect(interactionOf(begin, call({ ...user, ...ended }))).not.toHaveProperty('durationSeconds');
  });

  it('is joined by recording, transcript and voicemail, whenever they come', () => {
    const recording = {
      event: 'call_recording_available',
      call_recording: { type: 'audio', audio: { id: '1' } },
    };
    const transcript = { event: 'call_transcription_available', call_transcript: { document: { id: '2' } } };
    const bodies = [
      call(recording),
      call(transcript),
      incoming({ id: 'wacid.one', type: 'audio', audio: { id: '3' } }),
      call({ ...firm, ...talked }),
    ];
    const expected = {
      direction: 'outbound',
      result: 'answered',
      recording: { id: '1' },
      transcript: { id: '2' },
      voicemail: { id: '3' },
    };
    expect(interactionOf(...bodies)).toMatchObject(expected);
    expect(interactionOf(...bodies.toReversed())).toMatchObject(expected);
  });

  it('takes the file of a recording whatever the part is called', () => {
    const event = 'call_recording_available';
    const parts = [{ audio: { id: '1' } }, { type: 'video', video: { id: '1' } }, { id: '1' }];
    for (const call_recording of parts) {
      expect(interactionOf(call({ event, call_recording }))).toMatchObject({ recording: { id: '1' } });
    }
  });

  it('is with a person who has no number', () => {
    const ids = { from: undefined, from_user_id: 'US.100', from_parent_user_id: 'US.ENT.1' };
    const nameless = { contacts: [] };
    const ringing = { id: 'wacid.one', status: 'RINGING', recipient_user_id: 'US.100', timestamp: sentAt };
    const bodies = [
      call({ ...user, ...ids, event: 'connect' }, nameless),
      call({ event: 'call_recording_available', ...ids, to: undefined, call_recording: {} }, nameless),
      body('calls', { statuses: [ringing] }),
    ];
    expect(bodies.map((each) => interactionOf(each).person)).toEqual([
      { userId: 'US.100', parentUserId: 'US.ENT.1' },
      { userId: 'US.100', parentUserId: 'US.ENT.1' },
      { userId: 'US.100' },
    ]);
  });

  it('is explained by the error beside it, when it is the only one of several that failed', () => {
    const failed = { id: 'wacid.one', from: '14155550100', ...user, ...ended, status: 'Failed' };
    const calls = [{ ...failed, id: 'wacid.two', status: 'COMPLETED' }, failed];
    const errors = [{ code: 138000, title: 'Call failed' }];
    const drafts = split(body('calls', { calls, errors }));
    expect(drafts.map((draft) => factOf(draft))).toMatchObject([
      { kind: 'call', result: 'missed' },
      { kind: 'call', result: 'failed', error: { code: '138000', text: 'Call failed' } },
      { kind: 'notice' },
    ]);
    expect(factOf(drafts[0] ?? only({}))).not.toHaveProperty('error');
  });

  it('keeps why it failed', () => {
    const item = {
      id: 'wacid.one',
      from: '14155550100',
      ...user,
      ...ended,
      status: 'FAILED',
      errors: [{ code: 138006, message: 'No media' }],
    };
    expect(interactionOf(body('calls', { calls: [item] }))).toMatchObject({
      result: 'failed',
      error: { code: '138006', text: 'No media' },
    });
  });

  it('is with the contact it names, whatever its ends say', () => {
    const swapped = { ...firm, event: 'connect', from: '16315550102', to: '15550783881' };
    expect(interactionOf(call(swapped)).person).toMatchObject({ phone: '+14155550100', name: 'Ana Silva' });
  });
});
