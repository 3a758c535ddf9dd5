import type { EventDraft } from '../source.ts';
import { readAddress, soleNumber } from './address.ts';
import { draft, looseDraft, peopleAt } from './drafts.ts';
import { param } from './payload.ts';
import { isoTime } from './times.ts';
import type { Received } from './webhook-params.ts';

const kinds: ReadonlyMap<string, EventDraft['kind']> = new Map<string, EventDraft['kind']>([
  ['onMessageAdded', 'message'],
  ['onMessageUpdated', 'edit'],
  ['onMessageRemoved', 'revoke'],
]);

/**
 * A webhook of Conversations (Twilio docs, "Conversations webhooks"). It never names the firm's number and, of what the
 * firm writes, not the person: nobody can tell whether that person may be recorded. So only a person's own message is an
 * event, where one number is configured; all others come from the lists a minute later, which name both. Where the
 * account's messages are not read from Conversations they are not taken from its webhooks either: each has a webhook of
 * its own, under another sid, and would be logged twice.
 */
export function draftConversationEvent({ params, rules, received }: Received): EventDraft[] {
  const payload = { form: 'webhook', params } as const;
  const kind = kinds.get(param(params, 'EventType') ?? '');
  if (kind === undefined) return [looseDraft('notice', payload, received)];
  const sid = param(params, 'MessageSid') ?? '';
  const businessNumber = soleNumber(rules.businessNumbers);
  const author = readAddress(param(params, 'Author'));
  const isPersons = author.whatsapp && (author.phone !== businessNumber || author.userId !== undefined);
  if (!rules.conversations || businessNumber === undefined || !isPersons) return [];
  if (!/^[A-Za-z0-9]{3,64}$/.test(sid)) return [looseDraft('unrecognised', payload, received)];
  const qualifiers = kind === 'edit' ? [param(params, 'DateUpdated') ?? '', param(params, 'Body') ?? ''] : [];
  const time = { message: 'DateCreated', edit: 'DateUpdated', revoke: 'DateRemoved' }[kind as 'message'];
  return [
    draft({
      kind,
      sid,
      qualifiers: ['webhook', ...qualifiers],
      businessNumber,
      people: peopleAt([author], businessNumber),
      occurredAt: isoTime(param(params, time)) ?? received,
      payload,
    }),
  ];
}
