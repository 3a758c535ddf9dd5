import type { Fact } from '../../src/core/fact.ts';
import { fold } from '../../src/core/fold.ts';
import { hashKey } from '../../src/core/key.ts';
import { addressesOf, type Person } from '../../src/core/interaction.ts';
import { linksOf } from '../../src/core/learn.ts';
import type { AppendEvent, Folded, FoldSubject, Ledger, Learned } from '../../src/ledger/ledger.ts';
import type { StoredEvent } from '../../src/sources/source.ts';
import { businessNumber, keyOf } from './ledger-data.ts';

/** Events whose payload is the fact itself, and the fold over them as the pipeline does it. */

export const hour = (n: number): string => new Date(Date.UTC(2026, 2, 1, n)).toISOString();

/** A message of this person in an interaction of its own. */
export function messageOf(name: string, at: string, person: Person, groupId?: string): AppendEvent {
  const group = groupId === undefined ? {} : { group: { id: groupId } };
  const content = { type: 'text', text: `text of ${name}` };
  const fact: Fact = { kind: 'message', at, direction: 'inbound', person, content, via: 'live', ...group };
  return { ...factEvent(name, fact), kind: 'message', interactionKey: keyOf(name), providerId: name };
}

/** An event that makes no interaction. */
export function factEvent(name: string, fact: Fact): AppendEvent {
  return {
    source: 'support',
    sourceKind: 'test',
    dedupeKey: hashKey('fact', name),
    kind: fact.kind,
    businessNumber,
    occurredAt: fact.at,
    payload: fact,
  };
}

export function changeOf(name: string, at: string, from: Person, to: Person): AppendEvent {
  return factEvent(name, { kind: 'number-change', at, from, to });
}

/** What the address book of the business app says. */
export function bookOf(name: string, at: string, person: Person): AppendEvent {
  return factEvent(name, { kind: 'notice', at, topic: 'smb_app_state_sync', person });
}

export function rebuildFact(subject: FoldSubject): Folded {
  const facts = subject.events.map((event) => ({ event, fact: event.payload as Fact }));
  const made = fold(subject.key, facts);
  const name = made.group && subject.groupSubject(made.group.id, made.occurredAt);
  const interaction = made.group && name ? { ...made, group: { id: made.group.id, subject: name } } : made;
  return {
    interaction,
    contentHash: JSON.stringify([interaction.group, 'content' in interaction && interaction.content]),
    withoutContent: false,
    addresses: addressesOf(interaction.person),
    links: facts.flatMap(({ fact }) => linksOf(fact)),
    media: [],
    destinations: [{ id: 'sales', initial: 'matching' }],
  };
}

export function learnFact(event: StoredEvent): Learned {
  const fact = event.payload as Fact;
  const { group, alert } = fact.kind === 'notice' ? fact : {};
  return {
    links: linksOf(fact),
    groups: group ? [{ businessNumber: event.businessNumber ?? '', ...group, at: fact.at }] : [],
    alerts: alert ? [{ ...alert, source: event.source, at: fact.at }] : [],
  };
}

/** Appends and folds until the inbox is empty. */
export async function take(ledger: Ledger, ...events: AppendEvent[]): Promise<void> {
  await ledger.append(events, []);
  await foldFacts(ledger);
}

export async function foldFacts(ledger: Ledger, limit = 200): Promise<void> {
  while ((await ledger.fold(limit, rebuildFact, learnFact)).events > 0);
}

/** Everything that waits for a match is parked. */
export async function parkAll(ledger: Ledger): Promise<void> {
  const subjects = await ledger.matchSubjects(1_000);
  await ledger.settleMatches(
    subjects.map(({ destination, key }) => ({ destination, key, to: 'parked', reason: 'no-contact' })),
  );
}
