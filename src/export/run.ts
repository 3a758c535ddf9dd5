import type { KeyObject } from 'node:crypto';
import type { Interaction } from '../core/interaction.ts';
import type { FileStore } from '../files/file-store.ts';
import type {
  ExportEnd,
  ExportedInteraction,
  ExportFilter,
  FoldSubject,
  Ledger,
  NumberHolding,
  Seal,
} from '../ledger/ledger.ts';
import type { ExportRequest } from '../pipeline/export-operations.ts';
import type { Output } from './output.ts';

export interface ExportDeps {
  /** of the product */
  readonly version: string;
  readonly ledger: Pick<
    Ledger,
    | 'exportedInteractions'
    | 'exportedCount'
    | 'exportedRecords'
    | 'exportedAmong'
    | 'exportedReceipts'
    | 'keysOfPerson'
    | 'interaction'
    | 'seals'
    | 'lastSeal'
    | 'report'
    | 'backlog'
    | 'keepAudit'
  >;
  readonly files: Pick<FileStore, 'has' | 'open'>;
  /** seals all that can be sealed now */
  readonly seal: () => Promise<unknown>;
  /** Ed25519, signs the manifest */
  readonly signingKey: KeyObject | undefined;
  /** e-mail address of who held a number on a UTC day */
  readonly ownerOn: (businessNumber: string, day: string) => string | undefined;
  /** numbers that a user held, and when */
  readonly holdingsOf: (email: string) => readonly NumberHolding[];
  /** IANA name of the time zone in which a number's traffic is read */
  readonly zoneOf: (source: string, businessNumber: string) => string;
  readonly recordUrl: (
    destination: string,
    kind: Interaction['kind'],
    recordId: string,
  ) => string | undefined;
  /** what some events make of an interaction */
  readonly interactionOf: (subject: FoldSubject) => Interaction;
  /** the text of a page that goes into each export: how to verify it, and with what */
  readonly guide: (name: 'verify.mjs' | 'proof.md') => Promise<string>;
  readonly now?: () => Date;
}

/** What was asked for, looked up. */
export interface ExportPlan {
  readonly id: string;
  readonly request: ExportRequest;
  readonly filter: ExportFilter;
  /** no filter: everything there is */
  readonly whole: boolean;
  readonly at: Date;
}

/** One export while it is made. */
export interface ExportRun extends ExportPlan {
  readonly deps: ExportDeps;
  readonly output: Output;
  /** the last seal that is in it; undefined: nothing is sealed */
  readonly head: Omit<Seal, 'leaves'> | undefined;
  readonly end: ExportEnd;
  readonly problems: Problems;
  /** so many more steps are done */
  advance(steps: number): void;
}

/** What is not as it should be: the first ones in words, and how many. */
export class Problems {
  readonly #first: string[] = [];
  #count = 0;

  say(text: string): void {
    this.#count += 1;
    if (this.#first.length < 100) this.#first.push(text);
  }

  list(): string[] {
    const more = this.#count - this.#first.length;
    return more > 0 ? [...this.#first, `and ${more} more`] : [...this.#first];
  }
}

const pageSize = 500;

/** All interactions of an export, by chat, a page in memory at a time; each as the exported events make it. */
export async function* interactionPages(run: ExportRun): AsyncIterable<readonly ExportedInteraction[]> {
  const { deps, filter, end } = run;
  let cursor: string | undefined;
  do {
    const page = await deps.ledger.exportedInteractions(filter, {
      end,
      limit: pageSize,
      ...(cursor !== undefined && { cursor }),
    });
    const items: ExportedInteraction[] = [];
    for (const item of page.items) items.push(await asOfEnd(run, item));
    if (items.length > 0) yield items;
    run.advance(items.length);
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** The same, one at a time. */
export async function* interactionsOf(run: ExportRun): AsyncIterable<ExportedInteraction> {
  for await (const page of interactionPages(run)) yield* page;
}

/** What came while the export was being made is in no seal of it, and must not show in a message either. */
export async function asOfEnd(
  { deps, end }: ExportRun,
  item: ExportedInteraction,
): Promise<ExportedInteraction> {
  if (!item.isNewer || item.purge !== undefined) return item;
  const { key, group } = item.interaction;
  const found = await deps.ledger.interaction(key);
  const events = (found?.events ?? []).filter(({ id }) => id <= end.events);
  if (events.length === 0) return item;
  return { ...item, interaction: deps.interactionOf({ key, events, groupSubject: () => group?.subject }) };
}
