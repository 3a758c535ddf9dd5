import type { Fact } from '../../core/fact.ts';
import type { DeliveryState } from '../../core/interaction.ts';
import type { Opened } from './opened.ts';
import { readError, statusSchema } from './payload.ts';
import { contactOf, toPerson, type RawPerson } from './people.ts';

const states: ReadonlyMap<string, DeliveryState> = new Map<string, DeliveryState>([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['played', 'played'],
  ['failed', 'failed'],
]);

/**
 * A delivery state in the product's words (Meta docs, statuses); undefined for one that this version does not know.
 *
 * @param given in lower case
 * @param inHistory history says `error` for a message that failed
 */
export function stateOf(given: string, inHistory = false): DeliveryState | undefined {
  return inHistory && given === 'error' ? 'failed' : states.get(given);
}

/** One delivery state; to a group, of one participant. An unknown one is unrecognised and changes nothing. */
export function readStatus({ at, item, contacts, errors }: Opened): Fact {
  const view = statusSchema.parse(item);
  const participant = view.recipient_participant_id ?? view.participant_recipient_id;
  const participantId = view.recipient_participant_user_id;
  const isGroup = view.recipient_type === 'group' || participant !== undefined || participantId !== undefined;
  const raw: RawPerson = {
    number: isGroup ? participant : view.recipient_id,
    userId: isGroup ? participantId : view.recipient_user_id,
    parentUserId: isGroup ? undefined : view.recipient_parent_user_id,
  };
  const person = toPerson(raw, contactOf(contacts, raw));
  const given = view.status?.toLowerCase() ?? '';
  const state = stateOf(given);
  if (!state) return { kind: 'unrecognised', at, topic: `status.${given}`, direction: 'outbound', person };
  const error = state === 'failed' ? readError([...view.errors, ...errors]) : undefined;
  const group = isGroup && view.recipient_id ? { group: { id: view.recipient_id } } : {};
  return { kind: 'status', at, state, person, ...group, ...(error && { error }) };
}
