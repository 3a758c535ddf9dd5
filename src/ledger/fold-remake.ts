import { cleanText } from '../core/text.ts';
import type { StoredEvent } from '../sources/source.ts';
import type { Knowledge } from './fold-learn.ts';
import type { Folded, FoldSubject } from './ledger.ts';
import { eventColumns, toEvent } from './rows.ts';
import type { EventRow } from './rows.ts';
import type { SqlExecutor } from './sql.ts';

interface Before extends Record<string, unknown> {
  key: string;
  revision: number;
  content_hash: string;
  addresses: string[];
  conversation: string | null;
  occurred_at: Date;
  purge_id: string | null;
  /** the content key of its events */
  keyId?: string | undefined;
}

/** An interaction made anew from its events alone. */
export interface Built {
  readonly before: Before;
  readonly events: readonly StoredEvent[];
  readonly folded: Folded;
}

/** An interaction as it was and as it is now. */
export interface Remade {
  readonly before: Before;
  readonly folded: Folded;
  readonly revision: number;
  /** what people would see has changed since the revision before */
  readonly rose: boolean;
  /** the person's own, then what is known of the same person */
  readonly addresses: readonly string[];
  readonly addressesChanged: boolean;
  /** not only more of the same person is known: the person's own addresses are others */
  readonly personChanged: boolean;
}

/** An interaction that could not be made, and where its making failed. */
export interface FailedFold {
  readonly key: string;
  readonly error: string;
}

type Rebuild = (subject: FoldSubject) => Folded;

/**
 * Locks these interactions, then reads their events: of two folds of one the later has seen what the earlier saw. Those
 * whose content was destroyed are left as they are: `purged`.
 */
export async function buildAll(
  tx: SqlExecutor,
  keys: readonly string[],
  rebuild: Rebuild,
): Promise<{ built: Built[]; failed: FailedFold[]; purged: string[] }> {
  if (keys.length === 0) return { built: [], failed: [], purged: [] };
  await insertStubs(tx, keys);
  const locked = await lockInteractions(tx, keys);
  const befores = locked.filter(({ purge_id: purge }) => purge === null);
  const purged = locked.filter(({ purge_id: purge }) => purge !== null).map(({ key }) => key);
  const rows = await tx.query<EventRow>(
    `select ${eventColumns} from wcs.events where interaction_key = any($1::text[]) order by id`,
    [befores.map(({ key }) => key)],
  );
  const eventsOf = new Map<string | null, EventRow[]>(keys.map((key) => [key, []]));
  for (const row of rows) eventsOf.get(row.interaction_key)?.push(row);
  const { done, failed } = attempt(befores, (before) => {
    const own = eventsOf.get(before.key) ?? [];
    const events = own.map(toEvent);
    const folded = rebuild({ key: before.key, events, groupSubject: () => undefined });
    return { before: { ...before, keyId: keyIdIn(own) }, events, folded };
  });
  return { built: done, failed, purged };
}

/** The key of the message or call itself, else of what came first. What is purged has none that could be used. */
function keyIdIn(rows: readonly EventRow[]): string | undefined {
  const sealed = rows.filter((row) => row.key_id !== null && row.payload !== '');
  const own = sealed.find(({ kind }) => kind === 'message' || kind === 'call');
  return (own ?? sealed[0])?.key_id ?? undefined;
}

/** A new interaction gets its row first: the row is what two folds of it queue up at. */
async function insertStubs(tx: SqlExecutor, keys: readonly string[]): Promise<void> {
  await tx.query(
    `insert into wcs.interactions (key, position, source, business_number, occurred_at, received_at)
     select distinct on (e.interaction_key) e.interaction_key, e.id, e.source, coalesce(e.business_number, ''),
            e.occurred_at, e.received_at
     from wcs.events e
     where e.interaction_key = any($1::text[])
       and not exists (select from wcs.interactions i where i.key = e.interaction_key)
     order by e.interaction_key, e.id
     on conflict (key) do nothing`,
    [keys],
  );
}

function lockInteractions(tx: SqlExecutor, keys: readonly string[]): Promise<Before[]> {
  return tx.query<Before>(
    `select key, revision, content_hash, addresses, conversation, occurred_at, purge_id from wcs.interactions
     where key = any($1::text[]) order by key for update`,
    [keys],
  );
}

/** Adds what is known of people and groups, and compares with what was. */
export function remakeAll(
  built: readonly Built[],
  { identities, names }: Pick<Knowledge, 'identities' | 'names'>,
  rebuild: Rebuild,
): { remade: Remade[]; failed: FailedFold[] } {
  const { done, failed } = attempt(built, ({ before, events, folded }) => {
    const { group, businessNumber, occurredAt } = folded.interaction;
    const isNamed = group && names.subject(businessNumber, group.id, occurredAt) !== undefined;
    const groupSubject = (id: string, at: string) => names.subject(businessNumber, id, at);
    const whole = isNamed ? rebuild({ key: before.key, events, groupSubject }) : folded;
    const own = whole.addresses.map(cleanText);
    const further = identities.further(own, Date.parse(whole.interaction.occurredAt));
    return compare(before, whole, own, further);
  });
  return { remade: done, failed };
}

function compare(before: Before, folded: Folded, own: readonly string[], further: readonly string[]): Remade {
  const rose = before.revision === 0 || before.content_hash !== folded.contentHash;
  const addresses = [...own, ...further];
  const isKnown = before.revision > 0;
  return {
    before,
    folded,
    rose,
    revision: before.revision + (rose ? 1 : 0),
    addresses,
    addressesChanged: isKnown && before.addresses.join('\n') !== addresses.join('\n'),
    personChanged: isKnown && before.addresses.slice(0, own.length).join('\n') !== own.join('\n'),
  };
}

/** One that fails does not hold up the others. */
function attempt<T extends { readonly key: string } | { readonly before: Before }, V>(
  items: readonly T[],
  make: (item: T) => V,
): { done: V[]; failed: FailedFold[] } {
  const done: V[] = [];
  const failed: FailedFold[] = [];
  for (const item of items) {
    try {
      done.push(make(item));
    } catch (error) {
      failed.push({ key: 'before' in item ? item.before.key : item.key, error: whereItFailed(error) });
    }
  }
  return { done, failed };
}

/** What kind of error and where, but not its message: that may quote what somebody wrote. */
export function whereItFailed(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  const frame = /[\w.-]+\.[jt]s:\d+/.exec(error.stack ?? '');
  return frame ? `${error.name} at ${frame[0]}` : error.name;
}
