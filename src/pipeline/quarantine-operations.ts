import { hashKey } from '../core/key.ts';
import type { Alert, Ledger, Quarantined, QuarantineCount, QuarantineFilter } from '../ledger/ledger.ts';
import type { EventDraft, WebhookSource } from '../sources/source.ts';
import type { GateRules } from './gate.ts';
import { passGate } from './pass-gate.ts';
import { openQuarantined, type Opened } from './quarantine-box.ts';

/** One that stands in quarantine, opened for somebody who may look. */
export interface QuarantineView extends Omit<Quarantined, 'keyName'> {
  /** names and types of what came */
  readonly outline: unknown;
  /** verbatim; absent: it was decided, or cannot be opened */
  readonly content?: unknown;
  /** why there is no content, in a sentence */
  readonly problem?: string;
}

/** What became of one that was released. */
export interface Release {
  /** events of the number by now */
  readonly events: number;
  /** events that are an excluded person's: not recorded */
  readonly excluded: number;
  /** false: nobody knows its shape; it is an unrecognised event of the number */
  readonly understood: boolean;
}

/** What came and named no number of the firm, for officers. Each look and decision is kept in the audit log. */
export interface QuarantineOperations {
  list(
    filter: QuarantineFilter,
  ): Promise<{ readonly items: readonly Quarantined[]; readonly cursor?: string }>;
  /** undefined: there is no such one */
  open(id: number, by: string): Promise<QuarantineView | undefined>;
  /** Records it as one of this number's. undefined: there is no such one. @throws QuarantineRefused */
  release(id: number, businessNumber: string, by: string): Promise<Release | undefined>;
  /** Destroys what they said. How many. */
  discard(ids: readonly number[], by: string): Promise<number>;
}

/** What was asked cannot be done, in a sentence. */
export class QuarantineRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'QuarantineRefused';
  }
}

export interface QuarantineDeps {
  readonly ledger: Pick<
    Ledger,
    | 'quarantined'
    | 'quarantinedItem'
    | 'decideQuarantined'
    | 'keepAudit'
    | 'append'
    | 'excludeIds'
    | 'excludedIds'
    | 'markedContacts'
  >;
  readonly rules: ReadonlyMap<string, GateRules>;
  readonly webhooks: ReadonlyMap<string, WebhookSource>;
  readonly wake: () => void;
}

const notOpened = "It can not be opened any more: the source's secret is another one since.";

/** {@link QuarantineOperations} over a ledger. */
export function quarantineOperations(deps: QuarantineDeps): QuarantineOperations {
  const { ledger } = deps;
  return {
    list: (filter) => ledger.quarantined(filter),
    open: (id, by) => open(deps, id, by),
    release: (id, businessNumber, by) => release(deps, id, businessNumber, by),
    discard: (ids, by) => ledger.decideQuarantined(ids, 'discarded', by),
  };
}

async function open(
  { ledger, rules }: QuarantineDeps,
  id: number,
  by: string,
): Promise<QuarantineView | undefined> {
  const item = await ledger.quarantinedItem(id);
  if (item === undefined) return undefined;
  const { keyName: _name, dedupeKey: _key, ciphertext, ...view } = item;
  if (ciphertext === undefined) return { ...view, problem: 'What it said is not kept any more.' };
  const own = rules.get(item.source);
  const opened = own && openQuarantined(item, own);
  if (opened === undefined) return { ...view, problem: notOpened };
  // Before anything is shown.
  await ledger.keepAudit({
    actor: by,
    action: 'quarantine.view',
    subject: item.source,
    detail: { ids: [id] },
  });
  return { ...view, content: opened.payload };
}

async function release(
  deps: QuarantineDeps,
  id: number,
  businessNumber: string,
  by: string,
): Promise<Release | undefined> {
  const { ledger, rules } = deps;
  const item = await ledger.quarantinedItem(id);
  if (item === undefined) return undefined;
  if (item.state !== 'waiting') throw new QuarantineRefused(`It was ${item.state} already.`);
  const own = rules.get(item.source);
  if (own === undefined) throw new QuarantineRefused(`There is no source "${item.source}" any more.`);
  if (own.businessNumbers !== 'all' && !own.businessNumbers.has(businessNumber)) {
    throw new QuarantineRefused(`${item.source} has no such business number.`);
  }
  const opened = openQuarantined(item, own);
  if (opened === undefined) throw new QuarantineRefused(notOpened);
  const drafts = readAs(deps, item, opened, businessNumber);
  const { events, exclusions, dropped, learned } = await passGate(ledger, drafts, own);
  if (learned.length > 0) await ledger.excludeIds(learned);
  await ledger.append(events, exclusions);
  const understood = drafts.some(({ kind }) => kind !== 'unrecognised');
  const result = { events: events.length, excluded: dropped, understood };
  const keys = events.flatMap(({ interactionKey }) => interactionKey ?? []);
  await ledger.decideQuarantined([id], 'released', by, { ...result, ...(keys.length > 0 && { keys }) });
  deps.wake();
  return result;
}

/** Its events as of this number; where nobody can read it, it is an unrecognised one of the number, whole. */
function readAs(
  { webhooks }: QuarantineDeps,
  { source, dedupeKey, receivedAt }: { source: string; dedupeKey: string; receivedAt: string },
  { occurredAt, payload }: Opened,
  businessNumber: string,
): readonly EventDraft[] {
  const drafts = webhooks.get(source)?.readAs(payload, businessNumber, new Date(receivedAt)) ?? [];
  const isRead =
    drafts.some(({ kind }) => kind !== 'unrecognised') &&
    drafts.every((draft) => draft.businessNumber === businessNumber);
  if (isRead) return drafts;
  return [
    {
      dedupeKey: hashKey('released', businessNumber, dedupeKey),
      kind: 'unrecognised',
      businessNumber,
      people: [],
      occurredAt,
      payload,
    },
  ];
}

/** An officer must know of what waits. */
export function quarantineAlerts(counts: readonly QuarantineCount[]): Alert[] {
  return counts.map(({ source, waiting, since }) => ({
    source,
    subject: '',
    code: 'quarantined',
    text: `${waiting === 1 ? 'One event names' : `${waiting} events name`} no number of the firm and can be anybody's: encrypted, for an officer to decide (wcs quarantine list).`,
    since,
  }));
}
