import type { Readable } from 'node:stream';
import type { Direction, FileResult } from '../core/interaction.ts';
import { sourceErrorTable, type SourceErrorCode } from '../core/source-errors.ts';
import type { EventDraft } from '../sources/source.ts';
import { mediaDedupeKey, type ImportOutcome } from './import.ts';
import type { Operations } from './operations.ts';
import type { RecordedChat, Said } from './recorded.ts';

/** One message or call of an export. */
export interface ImportItem {
  readonly draft: EventDraft;
  readonly direction: Direction;
  readonly said: Said;
  /** the file that it names */
  readonly file?: { readonly mediaId: string; readonly name: string; readonly mimeType?: string };
}

export interface ImportChatDeps {
  readonly operations: Pick<Operations, 'importDrafts' | 'putFile'>;
  /** absent: nothing is known of this chat but imports */
  readonly recorded?: RecordedChat;
  /** a file of the export by name */
  readonly open: (name: string) => { readonly size: number; open(): Promise<Readable> } | undefined;
  /** bytes; larger files are not kept */
  readonly maxFileBytes: number;
  readonly isTypeAllowed: (mimeType: string | undefined) => boolean;
}

/** What became of the messages and calls of an export, and of their files. */
export interface ImportCounts {
  imported: number;
  /** imported before */
  known: number;
  /** recorded by the source itself */
  recorded: number;
  excluded: number;
  /** those of the imported that are calls */
  calls: number;
  files: number;
  /** files that the export does not have, or that the settings do not allow */
  filesMissing: number;
}

export function noCounts(): ImportCounts {
  return { imported: 0, known: 0, recorded: 0, excluded: 0, calls: 0, files: 0, filesMissing: 0 };
}

/** Most events of one request, and about how many bytes. */
const batch = { items: 250, bytes: 2_000_000 };

/** Brings the messages of an export into the ledger, some hundred at a time; may be repeated after any failure. */
export class ChatImport {
  readonly #deps: ImportChatDeps;
  readonly #source: string;
  readonly #dryRun: boolean;
  #waiting: ImportItem[] = [];
  #bytes = 0;
  readonly counts = noCounts();

  /** @param dryRun nothing is kept; the counts are what they would be */
  constructor(deps: ImportChatDeps, source: string, dryRun: boolean) {
    this.#deps = deps;
    this.#source = source;
    this.#dryRun = dryRun;
  }

  async add(item: ImportItem): Promise<void> {
    if (this.#deps.recorded?.take(item.draft.occurredAt, item.direction, item.said) === true) {
      this.counts.recorded += 1;
      return;
    }
    this.#waiting.push(item);
    this.#bytes += Buffer.byteLength(JSON.stringify(item.draft));
    if (this.#waiting.length >= batch.items || this.#bytes >= batch.bytes) await this.end();
  }

  /** Brings in what waits. */
  async end(): Promise<void> {
    const items = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    if (items.length === 0) return;
    const files = this.#dryRun ? [] : await this.#keepFiles(items);
    const drafts = [...items.map((item) => item.draft), ...files];
    const outcomes = await this.#deps.operations.importDrafts(this.#source, drafts, this.#dryRun);
    items.forEach((item, at) => this.#count(item, outcomes[at]));
  }

  #count({ draft }: ImportItem, outcome: ImportOutcome | undefined): void {
    if (outcome === undefined) throw new Error('The answer does not name every message.');
    if (outcome === 'appended') this.counts.imported += 1;
    else this.counts[outcome] += 1;
    if (outcome === 'appended' && draft.kind === 'call') this.counts.calls += 1;
  }

  /** What became of the files that the messages name. Files of excluded people are not even read. */
  async #keepFiles(items: readonly ImportItem[]): Promise<EventDraft[]> {
    const named = items.filter((item) => item.file !== undefined);
    if (named.length === 0) return [];
    const { operations } = this.#deps;
    const drafts = named.map((item) => item.draft);
    const fates = await operations.importDrafts(this.#source, drafts, true);
    const events: EventDraft[] = [];
    for (const [at, item] of named.entries()) {
      if (fates[at] === 'excluded' || item.file === undefined) continue;
      events.push(mediaDraft(item.draft, item.file.mediaId, await this.#keepFile(item.file)));
    }
    return events;
  }

  async #keepFile({ name, mimeType }: NonNullable<ImportItem['file']>): Promise<FileResult> {
    const { open, maxFileBytes, isTypeAllowed, operations } = this.#deps;
    const file = open(name);
    const problem = problemOf(file, maxFileBytes, isTypeAllowed(mimeType));
    if (file === undefined || problem !== undefined) {
      this.counts.filesMissing += 1;
      return problem ?? missing('media-unavailable');
    }
    const kept = await operations.putFile(await file.open());
    this.counts.files += 1;
    return { state: 'stored', ...kept, fileName: name, ...(mimeType !== undefined && { mimeType }) };
  }
}

function problemOf(
  file: { readonly size: number } | undefined,
  maxFileBytes: number,
  isAllowed: boolean,
): FileResult | undefined {
  if (file === undefined) {
    return { state: 'missing', code: 'media-unavailable', text: 'The chat export does not have the file.' };
  }
  if (file.size > maxFileBytes) return missing('media-too-large');
  return isAllowed ? undefined : missing('media-type-refused');
}

function missing(code: SourceErrorCode): FileResult {
  return { state: 'missing', code, text: sourceErrorTable[code].text };
}

function mediaDraft(message: EventDraft, mediaId: string, result: FileResult): EventDraft {
  const { businessNumber = '', providerId = '', interactionKey, people, occurredAt } = message;
  const payload = { mediaId, result };
  return {
    kind: 'media',
    dedupeKey: mediaDedupeKey(businessNumber, providerId, payload),
    businessNumber,
    ...(interactionKey !== undefined && { interactionKey }),
    providerId,
    people,
    occurredAt,
    payload,
  };
}
