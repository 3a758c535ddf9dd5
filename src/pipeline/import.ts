import type { Readable } from 'node:stream';
import { hashKey, interactionKey } from '../core/key.ts';
import { FileTooLargeError, type FileStore } from '../files/file-store.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { EventDraft } from '../sources/source.ts';
import type { GateResult, GateRules } from './gate.ts';
import { passGate } from './pass-gate.ts';

/** Kind under which events of chat exports are kept, whatever the kind of the source that they are imported for. */
export const importedKind = 'chat-export';

/** What became of an event: new, there before, or dropped by the privacy gate. */
export type ImportOutcome = 'appended' | 'known' | 'excluded';

export interface ImportDeps {
  readonly ledger: Pick<Ledger, 'append' | 'known' | 'excludedIds' | 'markedContacts'>;
  readonly rules: ReadonlyMap<string, GateRules>;
  readonly files: FileStore;
  /** bytes of a file */
  readonly maxFileBytes: number;
}

/** What was asked cannot be done, in a sentence. */
export class ImportError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ImportError';
  }
}

/**
 * Appends events of a chat export, behind the gate of their source. Durable when it resolves.
 *
 * @param check true: nothing is kept, only told what would become of each
 * @returns one outcome for each draft, in their order
 * @throws ImportError for a source that is not there, or drafts that are no chat export's
 */
export async function importDrafts(
  { ledger, rules }: Pick<ImportDeps, 'ledger' | 'rules'>,
  source: string,
  drafts: readonly EventDraft[],
  check: boolean,
): Promise<ImportOutcome[]> {
  const own = rules.get(source);
  if (own === undefined) throw new ImportError(`There is no source "${source}".`);
  drafts.forEach(checkKeys);
  const gated: GateResult[] = [];
  for (const draft of drafts) {
    gated.push(await passGate(ledger, [draft], { ...own, sourceKind: importedKind }));
  }
  const events = gated.flatMap((one) => one.events);
  const isNew = check
    ? await unknown(
        ledger,
        events.map((event) => event.dedupeKey),
      )
    : await append(ledger, gated);
  return gated.map(({ events: [event] }) => {
    if (event === undefined) return 'excluded';
    // Of two with the same key the first is the new one.
    return isNew.delete(event.dedupeKey) ? 'appended' : 'known';
  });
}

async function unknown(ledger: Pick<Ledger, 'known'>, keys: readonly string[]): Promise<Set<string>> {
  const known = keys.length === 0 ? new Set<string>() : await ledger.known(keys);
  return new Set(keys.filter((key) => !known.has(key)));
}

async function append(ledger: Pick<Ledger, 'append'>, gated: readonly GateResult[]): Promise<Set<string>> {
  const { appended } = await ledger.append(
    gated.flatMap((one) => one.events),
    gated.flatMap((one) => one.exclusions),
  );
  return new Set(appended.map((event) => event.dedupeKey));
}

/** Keys are made here and nowhere else: an import must not be able to stand for another source's events. */
function checkKeys({
  kind,
  businessNumber = '',
  providerId = '',
  interactionKey: key,
  dedupeKey,
  payload,
}: EventDraft): void {
  const isOwn = key === interactionKey(importedKind, businessNumber, providerId);
  const wanted =
    kind === 'media'
      ? mediaDedupeKey(businessNumber, providerId, payload)
      : hashKey(importedKind, businessNumber, kind, providerId);
  if (!isOwn || dedupeKey !== wanted) throw new ImportError('An event has a key that is not its own.');
}

/** Key of what became of a file, as for files of other sources. */
export function mediaDedupeKey(businessNumber: string, providerId: string, payload: unknown): string {
  const { mediaId, result } = (payload ?? {}) as { mediaId?: unknown; result?: Record<string, unknown> };
  const what = result?.['state'] === 'stored' ? result['sha256'] : result?.['code'];
  const parts = [mediaId, result?.['state'], what].map(String);
  return hashKey(importedKind, businessNumber, 'media', providerId, ...parts);
}

/**
 * Keeps a file of an export. Nobody refers to it before an event does.
 *
 * @throws ImportError when it is larger than the settings allow; whatever the store says
 */
export async function putFile(
  { files, maxFileBytes }: Pick<ImportDeps, 'files' | 'maxFileBytes'>,
  stream: Readable,
): Promise<{ readonly sha256: string; readonly size: number }> {
  try {
    return await files.put(stream, maxFileBytes);
  } catch (error) {
    throw error instanceof FileTooLargeError ? new ImportError(error.message) : error;
  }
}
