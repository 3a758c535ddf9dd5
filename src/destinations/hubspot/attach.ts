import type { ErrorCode } from '../../core/errors.ts';
import { FileResults, isAboutAll, pendingFiles, type Failure } from '../attach-outcome.ts';
import type { AttachFile, AttachItem, AttachOutcome } from '../destination.ts';
import type { HubSpotClient, ObjectName } from './client.ts';
import { chunks, isOk, objectOf } from './objects.ts';
import { judge, type JudgeContext } from './errors.ts';
import { codeWithoutAnswer, type Answer } from './transport.ts';
import { list, text, type Json } from './json.ts';

/** Where files go in the account's file manager. */
const folderPath = '/whatsapp';
const property = 'hs_attachment_ids';
const longestName = 200;

/** Private, and the one that is there when the same content is sent again (HubSpot docs, files). */
const uploadOptions: Json = {
  access: 'PRIVATE',
  overwrite: false,
  duplicateValidationStrategy: 'RETURN_EXISTING',
  duplicateValidationScope: 'EXACT_FOLDER',
};

export interface AttachDeps {
  readonly client: HubSpotClient;
  readonly keyField: string;
  /** must not show up in reasons */
  readonly secrets: readonly string[];
}

/** A record whose files are in the account and not on the record yet. */
interface Uploaded {
  readonly item: AttachItem;
  /** HubSpot's id by hash */
  readonly ids: Readonly<Record<string, string>>;
}

/**
 * Uploads each file once, then names all of a batch on their records: one read (a person may have added files), one
 * update. Exactly one outcome per item; never throws.
 */
export async function attach(deps: AttachDeps, items: readonly AttachItem[]): Promise<AttachOutcome[]> {
  const run = new Run(deps);
  for (const kind of ['message', 'call'] as const) {
    const uploaded: Uploaded[] = [];
    for (const item of items.filter((one) => one.kind === kind)) {
      const ids = await run.upload(item);
      if (Object.keys(ids).length > 0) uploaded.push({ item, ids });
    }
    for (const part of chunks(uploaded)) await run.link(objectOf[kind], part);
  }
  return items.map((item) => run.results.outcomeOf(item));
}

class Run {
  readonly results = new FileResults();
  readonly #deps: AttachDeps;
  /** by hash: the same picture may belong to several records */
  readonly #uploads = new Map<string, string>();

  constructor(deps: AttachDeps) {
    this.#deps = deps;
  }

  /** HubSpot's ids of those that are there now, by hash. */
  async upload(item: AttachItem): Promise<Record<string, string>> {
    const ids: Record<string, string> = {};
    for (const file of pendingFiles(item)) {
      const known = this.#uploads.get(file.sha256);
      const result = known ?? (await this.#uploadOne(file));
      if (typeof result !== 'string') this.results.fail(item, result);
      else {
        ids[file.sha256] = result;
        this.#uploads.set(file.sha256, result);
      }
    }
    return ids;
  }

  async #uploadOne(file: AttachFile): Promise<string | Failure> {
    if (this.results.halted) return this.results.halted;
    const { mimeType, sha256 } = file;
    const name = nameOf(file);
    let content: Buffer;
    try {
      content = await file.read();
    } catch (error) {
      return { code: 'file-unreadable', reason: error instanceof Error ? error.name : 'error' };
    }
    const answer = await this.#deps.client.upload({
      content,
      name,
      mimeType,
      folderPath,
      options: uploadOptions,
    });
    if (answer.kind === 'answer' && isOk(answer)) {
      const id = text(answer.body['id']);
      return id === '' ? { code: 'not-named', reason: '' } : id;
    }
    const { code, reason } = this.#judge(answer, [name, file.name, sha256]);
    const failure = { code: codeOfUpload(answer, code), reason };
    if (code === 'answer-lost') this.results.lost(failure);
    return failure;
  }

  async link(object: ObjectName, batch: readonly Uploaded[]): Promise<void> {
    if (this.results.halted && isSpent(this.results.halted)) return this.#fail(batch, this.results.halted);
    const answer = await this.#deps.client.readRecords(
      object,
      batch.map(({ item }) => item.recordId),
      [property],
    );
    if (answer.kind !== 'answer' || !isOk(answer)) {
      return this.#fail(batch, asRead(this.#judge(answer)));
    }
    const there = new Map(
      list(answer.body['results']).map((each) => {
        const properties = (each['properties'] ?? {}) as Json;
        return [text(each['id']), text(properties[property]).split(';').filter(Boolean)] as const;
      }),
    );
    const gone = goneIds(answer.body);
    const changes: Change[] = [];
    for (const one of batch) {
      const now = there.get(one.item.recordId);
      const missing = Object.values(one.ids).filter((id) => !now?.includes(id));
      if (gone.has(one.item.recordId)) this.#fail([one], { code: 'record-gone', reason: '' });
      else if (now === undefined) this.#fail([one], { code: 'not-named', reason: '' });
      else if (missing.length === 0) this.#done(one);
      else changes.push({ one, value: [...new Set([...now, ...missing])].join(';') });
    }
    await this.#update(object, changes);
    return undefined;
  }

  async #update(object: ObjectName, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const answer = await this.#deps.client.update(
      object,
      changes.map(({ one: { item }, value }) => ({
        id: item.recordId,
        objectWriteTraceId: item.key,
        properties: { [property]: value },
      })),
    );
    if (answer.kind === 'answer' && isOk(answer)) return this.#settle(changes, answer.body);
    const failure = this.#judge(answer);
    const [first] = changes;
    const gone = answer.kind === 'answer' && isNotFound(answer.body);
    if (changes.length > 1 && (gone || isAboutRows(answer, failure))) {
      for (const change of changes) await this.#update(object, [change]);
      return;
    }
    if (failure.code === 'answer-lost') this.results.lost(failure);
    if (first && gone) return this.#fail([first.one], { ...failure, code: 'record-gone' });
    this.#fail(
      changes.map(({ one }) => one),
      failure,
    );
  }

  /** Rows are named by record id, refusals by the trace id, which is our key (HubSpot docs, batch). */
  #settle(changes: readonly Change[], body: Json): void {
    const written = new Set(list(body['results']).map((each) => text(each['id'])));
    const gone = goneIds(body);
    for (const { one } of changes) {
      const { key, recordId } = one.item;
      const error = list(body['errors']).find((each) => traceIds(each).includes(key));
      if (written.has(recordId)) this.#done(one);
      else if (gone.has(recordId) || (error && isNotFound(error))) {
        this.#fail([one], { code: 'record-gone', reason: '' });
      } else if (error) this.#fail([one], this.#judgeRow(error));
      else this.#fail([one], { code: 'not-named', reason: '' });
    }
  }

  #done({ item, ids }: Uploaded): void {
    for (const [sha256, id] of Object.entries(ids)) this.results.done(item, sha256, id);
  }

  #fail(batch: readonly Uploaded[], failure: Failure): void {
    for (const { item } of batch) this.results.fail(item, failure);
  }

  #judge(answer: Answer, names: readonly string[] = []): Failure {
    if (answer.kind !== 'answer') {
      return { code: codeWithoutAnswer(answer, 'answer-lost'), reason: answer.reason };
    }
    const verdict = judge(answer.status, answer.body, this.#context(names), answer.header);
    return verdict.kind === 'conflict'
      ? { code: 'refused', reason: `HTTP ${answer.status}` }
      : { code: verdict.code, reason: verdict.reason };
  }

  #judgeRow(error: Json): Failure {
    const verdict = judge(undefined, error, this.#context([]));
    return verdict.kind === 'conflict'
      ? { code: 'refused', reason: 'conflict' }
      : { code: verdict.code, reason: verdict.reason };
  }

  #context(names: readonly string[]): JudgeContext {
    const { keyField, secrets } = this.#deps;
    return { keyField, secrets: [...secrets, ...names], contactIds: [] };
  }
}

interface Change {
  readonly one: Uploaded;
  readonly value: string;
}

/** The same for the same content; people see it, so it ends with the name that the file has in the chat. */
function nameOf({ sha256, name }: AttachFile): string {
  return `${sha256.slice(0, 16)}-${name.length <= longestName ? name : name.slice(-longestName)}`;
}

/** Where the files' own endpoint is not there or takes no file like this, records can be written nonetheless. */
function codeOfUpload(answer: Answer, code: ErrorCode): ErrorCode {
  if (answer.kind !== 'answer') return code;
  if (answer.status === 404) return 'address-wrong';
  return [400, 409, 413, 415].includes(answer.status) ? 'file-refused' : code;
}

/** A read that was lost is an outage. */
function asRead(failure: Failure): Failure {
  return failure.code === 'answer-lost' ? { ...failure, code: 'unavailable' } : failure;
}

/** Uploads that have no room or no permission leave those that are up to be named on their records. */
function isSpent({ code }: Failure): boolean {
  return !['permission-missing', 'address-wrong', 'storage-full'].includes(code);
}

function isAboutRows(answer: Answer, { code }: Failure): boolean {
  return answer.kind === 'answer' && [400, 409, 413].includes(answer.status) && !isAboutAll(code);
}

function isNotFound(body: Json): boolean {
  return /^(OBJECT_)?NOT_FOUND$/.test(text(body['category']));
}

/** Ids that an answer says are not there (HubSpot docs, batch read: 207). */
function goneIds(body: Json): ReadonlySet<string> {
  const missing = list(body['errors']).filter(isNotFound);
  return new Set(
    missing.flatMap((error) => {
      const { ids, id } = (error['context'] ?? {}) as Json;
      return [ids, id].flat().map(text).filter(Boolean);
    }),
  );
}

function traceIds(error: Json): string[] {
  const { objectWriteTraceId } = (error['context'] ?? {}) as Json;
  return [objectWriteTraceId, error['objectWriteTraceId']].flat().map(text).filter(Boolean);
}
