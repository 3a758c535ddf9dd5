import { createHash } from 'node:crypto';
import { hashKey } from '../../src/core/key.ts';
import type { Interaction } from '../../src/core/interaction.ts';
import type {
  AppendEvent,
  ClaimedActivity,
  Folded,
  FoldSubject,
  Ledger,
  Settlement,
} from '../../src/ledger/ledger.ts';

/** Invented data for the ledger's tests: events as a source would make them, and a small fold. */

export const businessNumber = '+15550783881';

/** The key of the interaction called `name`. */
export const keyOf = (name: string): string => hashKey('test', businessNumber, name);

export interface EventOptions {
  readonly source?: string;
  readonly step?: string;
  readonly text?: string;
  readonly phone?: string;
  readonly at?: string;
  readonly number?: string;
}

/** An event of the interaction called `name`; another `step` of it is another event. */
export function eventOf(name: string, options: EventOptions = {}): AppendEvent {
  const { source = 'support', step = 'message', text = `text of ${name}`, phone = '+14155550100' } = options;
  return {
    source,
    sourceKind: 'test',
    dedupeKey: hashKey('test', name, step),
    kind: 'message',
    businessNumber: options.number ?? businessNumber,
    interactionKey: keyOf(name),
    providerId: name,
    occurredAt: options.at ?? '2026-03-01T10:00:00.000Z',
    person: phone,
    payload: { text, phone },
  };
}

export interface FoldOptions {
  readonly destinations?: Folded['destinations'];
  readonly withoutContent?: boolean;
  readonly holdMs?: number;
}

/** The text is what the last event says, the person is who the last event names. */
export function foldWith(options: FoldOptions = {}): (subject: FoldSubject) => Folded {
  const {
    destinations = [{ id: 'sales', initial: 'matching' }],
    withoutContent = false,
    holdMs = 0,
  } = options;
  return ({ key, events }) => {
    const last = events.at(-1)!;
    const { text, phone } = last.payload as { text: string; phone: string };
    const interaction: Interaction = {
      key,
      kind: 'message',
      source: last.source,
      sourceKind: last.sourceKind,
      businessNumber: last.businessNumber ?? '',
      providerId: last.providerId ?? '',
      direction: 'inbound',
      occurredAt: events[0]!.occurredAt,
      person: { phone },
      content: { type: 'text', text },
      earlier: [],
      reactions: [],
      via: 'live',
    };
    const contentHash = createHash('sha256').update(text).digest('hex');
    return {
      interaction,
      contentHash,
      withoutContent,
      holdMs,
      addresses: [phone],
      links: [],
      media: [],
      destinations,
    };
  };
}

export async function foldAll(ledger: Ledger, options: FoldOptions = {}): Promise<void> {
  while ((await ledger.fold(200, foldWith(options))).events > 0);
}

/** Everything that waits for a match goes to the contact of its phone number. */
export async function matchAll(ledger: Ledger): Promise<void> {
  for (;;) {
    const subjects = await ledger.matchSubjects(500);
    if (subjects.length === 0) return;
    await ledger.settleMatches(
      subjects.map(({ destination, key, addresses }) => ({
        destination,
        key,
        to: 'ready',
        contact: { type: 'contact', id: `of ${addresses[0]}` },
        reason: 'test',
      })),
    );
  }
}

/** Appends, folds and matches: afterwards these are ready. */
export async function makeReady(
  ledger: Ledger,
  events: readonly AppendEvent[],
  options: FoldOptions = {},
): Promise<void> {
  await ledger.append(events, []);
  await foldAll(ledger, options);
  await matchAll(ledger);
}

export const claimOf = (full: number, owner = 'one', leaseMs = 60_000) => ({
  destination: 'sales',
  full,
  windowMs: 0,
  leaseMs,
  owner,
});

export function deliveredAs(claimed: ClaimedActivity, recordId = `record of ${claimed.key}`): Settlement {
  return {
    key: claimed.key,
    revision: claimed.revision,
    outcome: { kind: 'delivered', key: claimed.key, recordId },
    to: 'delivered',
    mappingVersion: 'm1',
    contentHash: 'h1',
  };
}

export function failedAs(
  claimed: ClaimedActivity,
  to: Exclude<Settlement['to'], 'delivered'>,
  more: Partial<Settlement> = {},
): Settlement {
  return {
    key: claimed.key,
    revision: claimed.revision,
    outcome: { kind: 'permanent', key: claimed.key, code: 'field-invalid', reason: 'refused' },
    to,
    mappingVersion: 'm1',
    contentHash: 'h1',
    ...more,
  };
}

/** State of an interaction's activity in a destination. */
export async function activityOf(ledger: Ledger, name: string, destination = 'sales') {
  const found = await ledger.interaction(keyOf(name));
  return found?.activities.find((activity) => activity.destination === destination);
}
