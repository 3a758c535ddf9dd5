import type { EditFact, Fact, MessageFact, ReactionFact } from './fact.ts';
import { best, mergePeople, ofKind, type FoldBase } from './fold-order.ts';
import type {
  DeliveryState,
  Direction,
  MessageContent,
  MessageInteraction,
  Person,
  Reaction,
  Via,
} from './interaction.ts';

type Status = NonNullable<MessageInteraction['status']>;

/** Makes a message of its facts, which are in order of time. The original text is kept, whatever comes after it. */
export function foldMessage(base: FoldBase, facts: readonly Fact[]): MessageInteraction {
  const messages = ofKind(facts, 'message');
  const edits = ofKind(facts, 'edit');
  const revokedAt = ofKind(facts, 'revoke')[0]?.at;
  const seen = best(messages, seenRank);
  const group = groupOf(facts);
  const status = statusOf(facts, group !== undefined);
  return {
    ...base,
    kind: 'message',
    direction: seen?.direction ?? directionOf(facts),
    occurredAt: seen?.at ?? facts[0]?.at ?? '',
    person: personOf(facts, seen, group !== undefined),
    ...(group && { group }),
    ...contentOf(originalOf(messages), edits),
    ...(revokedAt !== undefined && { revokedAt }),
    reactions: reactionsOf(ofKind(facts, 'reaction'), group !== undefined),
    ...(status && { status }),
    via: seen?.via ?? 'unknown',
  };
}

const ways: readonly Via[] = ['live', 'echo', 'api', 'standby', 'list', 'import', 'history'];

/**
 * Which copy of a message tells direction and time: the provider's clock before a phone's, and in history the
 * placeholder before the file that follows it (its sender and time may differ; Meta docs, history).
 */
function seenRank({ via, content }: MessageFact): number {
  const isRest = via === 'history' && content.type !== 'media_placeholder';
  return ways.indexOf(via) + (isRest ? 1 : 0);
}

/**
 * Which copy tells the content: a whole one before one that only says what is missing, and what was pushed to us before
 * a list's, which has less (Twilio docs, Messages resource: no reply-to, no profile name).
 */
function contentRank(fact: MessageFact): number {
  const known = { unsupported: 100, media_placeholder: 200 }[fact.content.type] ?? 0;
  // What another app sent has its template's words; what was sent through us has only the template's name.
  const isBare = fact.via === 'list' || (fact.via === 'api' && fact.content.type === 'template');
  return known + (isBare ? 50 : 0) + seenRank(fact);
}

/** The best copy of the content, with what only other copies have: files, what it answers, the ad it came from. */
function originalOf(messages: readonly MessageFact[]): MessageContent | undefined {
  const copies = messages.toSorted((one, other) => contentRank(one) - contentRank(other));
  const [original, ...others] = copies.map(({ content }) => content);
  if (original === undefined || contentIsAbsent(original)) return original;
  const from = <K extends 'media' | 'replyTo' | 'referral'>(name: K) =>
    [original, ...others].find((content) => content[name] !== undefined)?.[name];
  const [media, replyTo, referral] = [from('media'), from('replyTo'), from('referral')];
  return {
    ...original,
    ...(media && { media }),
    ...(replyTo && { replyTo }),
    ...(referral && { referral }),
  };
}

/** It says only that there was something. */
function contentIsAbsent({ type }: MessageContent): boolean {
  return type === 'unsupported' || type === 'media_placeholder';
}

/** The content after all edits, and what it was before each of them. */
function contentOf(
  original: MessageContent | undefined,
  edits: readonly EditFact[],
): Pick<MessageInteraction, 'content' | 'earlier' | 'originalMissing'> {
  const earlier: { content: MessageContent; until: string }[] = [];
  let content = original;
  for (const edit of edits) {
    if (content) earlier.push({ content, until: edit.at });
    content = content ? edited(content, edit.content) : edit.content;
  }
  const originalMissing = original === undefined && edits.length > 0;
  return { ...(content && { content }), earlier, ...(originalMissing && { originalMissing }) };
}

/** An edit says the new text; what it does not repeat still holds: the file, the question it answers, the ad. */
function edited(before: MessageContent, after: MessageContent): MessageContent {
  const { replyTo, forwarded, referral, media } = before;
  return {
    ...(replyTo && { replyTo }),
    ...(forwarded && { forwarded }),
    ...(referral && { referral }),
    ...(media && before.type === after.type && { media }),
    ...after,
  };
}

/**
 * Direction of a message that was not seen itself: statuses are of sent ones, edits and revokes come from the author.
 * Of a reaction alone the author is not known; people react to what others wrote.
 */
function directionOf(facts: readonly Fact[]): Direction {
  if (facts.some((fact) => fact.kind === 'status')) return 'outbound';
  const author = facts.find((fact) => fact.kind === 'edit' || fact.kind === 'revoke');
  if (author) return author.direction;
  const reaction = facts.find((fact) => fact.kind === 'reaction');
  if (reaction) return reaction.direction === 'inbound' ? 'outbound' : 'inbound';
  return facts.find((fact) => fact.kind === 'unrecognised')?.direction ?? 'inbound';
}

function groupOf(facts: readonly Fact[]): MessageInteraction['group'] {
  const groups = facts.flatMap((fact) => ('group' in fact && fact.group ? [fact.group] : []));
  return best(groups, (group) => ('subject' in group && group.subject !== undefined ? 0 : 1));
}

/** In a group the person is the sender alone: other facts name other participants. */
function personOf(facts: readonly Fact[], seen: MessageFact | undefined, isGroup: boolean): Person {
  const authors = [...ofKind(facts, 'message'), ...ofKind(facts, 'edit'), ...ofKind(facts, 'revoke')];
  const own = [...(seen ? [seen] : []), ...authors].map((fact) => fact.person);
  if (isGroup) return mergePeople(own);
  const others = [...ofKind(facts, 'reaction'), ...ofKind(facts, 'status'), ...ofKind(facts, 'unrecognised')];
  return mergePeople([...own, ...others.flatMap(({ person }) => person ?? [])]);
}

/** The last reaction of each side; in a group, of each person. Taken away: none. */
function reactionsOf(facts: readonly ReactionFact[], isGroup: boolean): Reaction[] {
  const last = new Map<string, Reaction | undefined>();
  for (const { direction, person, emoji, at } of facts) {
    const by = isGroup ? (person.name ?? person.phone ?? person.userId) : undefined;
    const who = isGroup ? (person.userId ?? person.phone ?? '') : '';
    last.set(
      `${direction} ${who}`,
      emoji === undefined ? undefined : { direction, emoji, at, ...(by && { by }) },
    );
  }
  return [...last.values()].filter((reaction) => reaction !== undefined);
}

const steps: readonly DeliveryState[] = ['sent', 'delivered', 'read', 'played'];

/**
 * How far it got, never backwards; failed ends it. In a group one participant's failure does not undo the others'
 * delivery.
 */
function statusOf(facts: readonly Fact[], isGroup: boolean): Status | undefined {
  const seen = [
    ...ofKind(facts, 'status'),
    ...ofKind(facts, 'message').flatMap(({ status, at }) => (status ? [{ state: status, at }] : [])),
  ].map((status): Status => {
    const error = 'error' in status ? status.error : undefined;
    return { state: status.state, at: status.at, ...(error && { error }) };
  });
  const failedRank = isGroup ? steps.length : -1;
  return best(seen, ({ state }) =>
    state === 'failed' ? failedRank : steps.length - 1 - steps.indexOf(state),
  );
}
