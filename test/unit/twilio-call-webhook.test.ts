import { describe, expect, it } from '@jest/globals';
import { interactionKey } from '../../src/core/key.ts';
import { business, callStep, draftOf, factOf, foldDrafts, person, split } from '../fixtures/twilio/events.ts';

const child = { CallSid: 'CA2', ParentCallSid: 'CA1111' };
/** The leg on which the firm calls the person. */
const dialled = {
  ...child,
  Direction: 'outbound-dial',
  From: `whatsapp:${business}`,
  To: `whatsapp:${person}`,
};

describe('a step of a call', () => {
  it("belongs to the parent's call, at the time that it tells", () => {
    const draft = draftOf(callStep({ ...dialled, Timestamp: 'Mon, 01 Jun 2026 11:00:00 +0000' }));
    expect(draft).toMatchObject({
      kind: 'call',
      providerId: 'CA1111',
      interactionKey: interactionKey('twilio', business, 'CA1111'),
      occurredAt: '2026-06-01T11:00:00.000Z',
      people: [{ phone: person }],
    });
    expect(factOf(draft)).toMatchObject({
      step: 'ringing',
      direction: 'outbound',
      person: { phone: person },
    });
  });

  it.each([
    ['the machine took the call', { CallStatus: 'in-progress' }, { step: 'ringing' }],
    ['the machine ended the call', { CallStatus: 'completed', CallDuration: '40' }, { step: 'other' }],
    ['nobody took it', { CallStatus: 'no-answer' }, { step: 'terminate' }],
    ['it failed', { CallStatus: 'failed' }, { step: 'terminate', result: 'failed' }],
    ['the dialled leg was taken', { ...dialled, CallStatus: 'in-progress' }, { step: 'accepted' }],
    [
      'the dialled leg ended',
      { ...dialled, CallStatus: 'completed', CallDuration: '30' },
      { step: 'terminate', result: 'answered', durationSeconds: 30 },
    ],
    ['the dialled leg was not taken', { ...dialled, CallStatus: 'busy' }, { step: 'terminate' }],
    [
      'what was dialled has ended',
      { CallStatus: 'in-progress', DialCallStatus: 'completed', DialCallDuration: '12' },
      { step: 'terminate', result: 'answered', durationSeconds: 12 },
    ],
    [
      'what was dialled was not taken',
      { CallStatus: 'in-progress', DialCallStatus: 'no-answer' },
      { step: 'terminate' },
    ],
    [
      'words were left after the tone',
      {
        CallStatus: 'in-progress',
        RecordingUrl: 'https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1',
      },
      { step: 'voicemail', media: { id: 'CA1111/RE1' } },
    ],
    [
      'they were written down',
      { TranscriptionSid: 'TR1', TranscriptionText: 'Call me back', RecordingSid: 'RE1' },
      { step: 'transcript', media: { id: 'CA1111/TR1', mimeType: 'text/plain' } },
    ],
    ['something new happened', { CallStatus: 'levitating' }, { step: 'other' }],
  ])('says that %s', (_what, delta, expected) => {
    const fact = factOf(draftOf(callStep(delta as Record<string, string>)));
    expect(fact).toMatchObject({ kind: 'call', person: { phone: person }, ...expected });
    if (!('result' in expected)) expect(fact).not.toHaveProperty('result');
  });

  it('that ends a call which nobody took makes a missed call', () => {
    const drafts = [callStep(), callStep({ CallStatus: 'no-answer', CallDuration: '0' })].flatMap((params) =>
      split(params),
    );
    expect(foldDrafts(drafts)).toMatchObject([{ kind: 'call', direction: 'inbound', result: 'missed' }]);
  });

  it.each([
    [
      'a recording, which does not say whose call it was',
      { CallSid: 'CA1', RecordingSid: 'RE1', RecordingStatus: 'completed' },
    ],
    ['a call of another channel', callStep({ From: person, To: business })],
    ['a dialled leg that shows no number of ours', callStep({ ...child, To: 'client:ana' })],
  ])('is a notice when it is %s: the list tells the call', (_what, params) => {
    const draft = draftOf(params);
    expect(draft).toMatchObject({ kind: 'notice' });
    expect(draft.interactionKey).toBeUndefined();
    expect(factOf(draft)).toMatchObject({ kind: 'notice', topic: 'twilio.call' });
  });

  it('of another channel is an event where all calls are recorded, and none where no calls are', () => {
    const params = callStep({ From: person, To: business });
    expect(draftOf(params, { calls: 'all' })).toMatchObject({ kind: 'call', businessNumber: business });
    expect(split(callStep(), { calls: 'none' })).toEqual([]);
  });
});
