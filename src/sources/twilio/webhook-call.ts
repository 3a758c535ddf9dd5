import type { EventDraft } from '../source.ts';
import { isConfigured, ownNumber, readAddress, type Ends, type OwnNumbers } from './address.ts';
import { draft, looseDraft, peopleAt } from './drafts.ts';
import { param, type Params } from './payload.ts';
import { isoTime } from './times.ts';
import { endsOf, type Received } from './webhook-params.ts';

/**
 * A step of a call. Legs of one call are one interaction, that of the parent (Twilio docs, Call resource). Which call a
 * webhook without a WhatsApp address belongs to is known by the list alone: such a one is kept as a notice, and so are
 * calls of other channels.
 */
export function draftCallStep({ params, rules, received }: Received): EventDraft[] {
  if (rules.calls === 'none') return [];
  const payload = { form: 'webhook', params } as const;
  const sid = param(params, 'ParentCallSid') ?? param(params, 'CallSid') ?? '';
  const ends = endsOf(params);
  const businessNumber = numberOfLeg(params, ends, rules.businessNumbers);
  const isWanted =
    rules.calls === 'all'
      ? [ends.from, ends.to].some(({ phone }) => isConfigured(phone, rules.businessNumbers))
      : ends.from.whatsapp || ends.to.whatsapp;
  if (!isWanted || businessNumber === undefined || !/^[A-Za-z0-9]{3,64}$/.test(sid)) {
    return [looseDraft('notice', payload, received)];
  }
  return [
    draft({
      kind: 'call',
      sid,
      qualifiers: ['webhook', ...stepOf(params)],
      businessNumber,
      people: peopleAt([ends.from, ends.to, readAddress(param(params, 'ExternalUserId'))], businessNumber),
      // of a call progress event (Twilio docs, call status callbacks)
      occurredAt: isoTime(param(params, 'Timestamp')) ?? received,
      payload,
    }),
  ];
}

/**
 * The firm's number of a leg. A leg that the call dialled need not show it: its ends may be the person and an agent.
 */
function numberOfLeg(params: Params, ends: Ends, numbers: OwnNumbers): string | undefined {
  const isChild = param(params, 'ParentCallSid') !== undefined;
  if (isChild) {
    const phones = [ends.from.phone, ends.to.phone];
    return numbers === 'all' ? undefined : phones.find((phone) => isConfigured(phone, numbers));
  }
  const expected = param(params, 'Direction')?.startsWith('outbound') ? 'from' : 'to';
  return ownNumber(ends, expected, numbers);
}

/** What tells one webhook of a call from another. */
function stepOf(params: Params): string[] {
  const names = [
    'CallSid',
    'CallStatus',
    'DialCallStatus',
    'DialCallSid',
    'RecordingSid',
    'RecordingStatus',
    'TranscriptionSid',
  ];
  return names.map((name) => param(params, name)?.toLowerCase() ?? '');
}
