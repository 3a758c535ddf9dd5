import type { ErrorCode } from '../../core/errors.ts';
import { FileResults, isAboutAll, pendingFiles } from '../attach-outcome.ts';
import type { AttachFile, AttachItem, AttachOutcome } from '../destination.ts';
import { CallError, readError } from './call-error.ts';
import type { Client, Json } from './client.ts';
import { codeOf, crmErrorOf, reasonOf } from './errors.ts';
import { pages } from './read-back.ts';
import { inClauses } from './soql.ts';

/** Files that go into one collections call, in bytes; base64 adds a third. Larger ones go alone, by a form. */
const smallTotal = 3 * 1_048_576;
/** Rows of one collections call (REST guide, sObject Collections). */
const mostRows = 200;
/** Characters of Title and PathOnClient (Object Reference, ContentVersion). */
const longestTitle = 255;
const longestPath = 500;

interface Piece {
  readonly item: AttachItem;
  readonly file: AttachFile;
}

interface Loaded extends Piece {
  readonly content: Buffer;
}

/**
 * Attaches files as ContentVersions that are first published at the task: whoever sees the task sees them. Which are there
 * already is asked in one query by the task and by the name on the client's side, which begins with the file's hash and is
 * not shown to people. Exactly one outcome per item; never throws.
 */
export async function attach(
  deps: { readonly client: Client; readonly keyField: string },
  items: readonly AttachItem[],
): Promise<AttachOutcome[]> {
  const run = new Run(deps.client, deps.keyField);
  const pieces = items.flatMap((item) => pendingFiles(item).map((file) => ({ item, file })));
  await run.attach(pieces);
  return items.map((item) => run.results.outcomeOf(item));
}

class Run {
  readonly results = new FileResults();
  readonly #client: Client;
  readonly #keyField: string;
  constructor(client: Client, keyField: string) {
    this.#client = client;
    this.#keyField = keyField;
  }

  async attach(pieces: readonly Piece[]): Promise<void> {
    if (pieces.length === 0) return;
    const missing = await this.#findExisting(pieces);
    let group: Loaded[] = [];
    let size = 0;
    for (const piece of missing) {
      const { file } = piece;
      if (size + file.size > smallTotal || group.length >= mostRows) {
        await this.#createTogether(group);
        [group, size] = [[], 0];
      }
      const loaded = await this.#load(piece);
      if (loaded === undefined) continue;
      if (loaded.content.length > smallTotal) await this.#createAlone(loaded);
      else [group, size] = [[...group, loaded], size + loaded.content.length];
    }
    await this.#createTogether(group);
  }

  /** What an earlier try has made, perhaps without getting the answer. Gives back the rest. */
  async #findExisting(pieces: readonly Piece[]): Promise<readonly Piece[]> {
    const byMarker = new Map(
      pieces.map((piece) => [markerOf(piece.item.recordId, pathOf(piece.file)), piece]),
    );
    const found = new Set<Piece>();
    try {
      const recordIds = [...new Set(pieces.map(({ item }) => item.recordId))];
      for (const where of inClauses('FirstPublishLocationId', recordIds)) {
        const soql = `SELECT Id, FirstPublishLocationId, PathOnClient FROM ContentVersion WHERE ${where}`;
        for await (const page of pages(this.#client, this.#client.query(soql))) {
          for (const row of page) {
            const piece = byMarker.get(
              markerOf(String(row.FirstPublishLocationId), String(row.PathOnClient ?? '')),
            );
            if (piece === undefined || typeof row.Id !== 'string') continue;
            this.#done(piece, row.Id);
            found.add(piece);
          }
        }
      }
    } catch (error) {
      const { code, message } = crmErrorOf(error, 'read', this.#keyField);
      for (const piece of pieces) if (!found.has(piece)) this.#fail(piece, code, message);
      return [];
    }
    return pieces.filter((piece) => !found.has(piece));
  }

  async #load(piece: Piece): Promise<Loaded | undefined> {
    const { halted } = this.results;
    if (halted !== undefined) {
      this.results.fail(piece.item, halted);
      return undefined;
    }
    try {
      return { ...piece, content: await piece.file.read() };
    } catch (error) {
      this.#fail(piece, 'file-unreadable', error instanceof Error ? error.name : 'error');
      return undefined;
    }
  }

  async #createTogether(group: readonly Loaded[]): Promise<void> {
    const { halted } = this.results;
    if (halted !== undefined) for (const { item } of group) this.results.fail(item, halted);
    if (group.length === 0 || halted !== undefined) return;
    let rows: unknown;
    try {
      const records = group.map(({ item, file, content }) => ({
        ...recordOf(item, file),
        VersionData: content.toString('base64'),
      }));
      rows = await this.#client.createAll('ContentVersion', records);
    } catch (error) {
      if (group.length === 1 || !isAboutOneRow(error, this.#keyField)) return this.#refused(group, error);
      for (const one of group) await this.#createTogether([one]);
      return;
    }
    // Rows carry no key: they stand in the order of the records. Another length names nobody for certain.
    const answer = Array.isArray(rows) && rows.length === group.length ? (rows as unknown[]) : [];
    group.forEach((piece, at) => this.#settle(piece, answer[at]));
  }

  async #createAlone(piece: Loaded): Promise<void> {
    const { item, file, content } = piece;
    try {
      const answer = await this.#client.createFile(recordOf(item, file), content, {
        name: pathOf(file),
        mimeType: file.mimeType,
      });
      this.#settle(piece, answer);
    } catch (error) {
      this.#refused([piece], error);
    }
  }

  #settle(piece: Piece, row: unknown): void {
    const { id, success, errors } = (row ?? {}) as Json;
    if (success === true && typeof id === 'string' && id !== '') return this.#done(piece, id);
    const refusal = readError(Array.isArray(errors) ? errors[0] : undefined);
    if (success !== false || refusal.code === '') return this.#fail(piece, 'not-named', '');
    const code = codeOf(refusal, { place: 'row', keyField: this.#keyField, ofFile: true });
    return this.#fail(piece, code, reasonOf(refusal, namesOf(piece)));
  }

  #refused(pieces: readonly Piece[], error: unknown): void {
    const { code, message } = crmErrorOf(error, 'write', this.#keyField, { ofFile: true });
    if (code === 'answer-lost') this.results.lost({ code, reason: message });
    for (const piece of pieces) {
      const refused = error instanceof CallError && error.kind === 'refused';
      this.#fail(piece, code, refused ? reasonOf(error, namesOf(piece)) : message);
    }
  }

  #done({ item, file }: Piece, id: string): void {
    this.results.done(item, file.sha256, id);
  }

  #fail({ item }: Piece, code: ErrorCode, reason: string): void {
    this.results.fail(item, { code, reason });
  }
}

function recordOf({ recordId }: AttachItem, file: AttachFile): Json {
  return {
    Title: file.name.replace(/(.)\.[^.]*$/, '$1').slice(0, longestTitle),
    PathOnClient: pathOf(file),
    FirstPublishLocationId: recordId,
  };
}

/** Half of the hash is plenty to tell files of one record apart; the rest leaves room for the name and its extension. */
function pathOf({ sha256, name }: AttachFile): string {
  const mark = `${sha256.slice(0, 32)}-`;
  const room = longestPath - mark.length;
  return mark + (name.length <= room ? name : name.slice(-room));
}

/** Ids have 15 or 18 characters; the first 15 say which record it is. */
function markerOf(recordId: string, path: string): string {
  return `${recordId.slice(0, 15)} ${path.slice(0, 33)}`;
}

function namesOf({ file }: Piece): string[] {
  return [file.name, pathOf(file)];
}

/** Could this refusal of a whole call come from a single file? */
function isAboutOneRow(error: unknown, keyField: string): boolean {
  if (!(error instanceof CallError) || error.kind !== 'refused') return false;
  if (error.status !== 400 && error.status !== 413) return false;
  return !isAboutAll(crmErrorOf(error, 'write', keyField).code);
}
