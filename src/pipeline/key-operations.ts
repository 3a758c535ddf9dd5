import type { FileStore } from '../files/file-store.ts';
import type { KeyStatus, KeyStep, Ledger } from '../ledger/ledger.ts';

/** Encryption at rest is not configured: there are no keys to work on. */
export class EncryptionOffError extends Error {
  constructor() {
    super('Content is kept in clear: there is no encryption.masterKeys in the settings.');
    this.name = 'EncryptionOffError';
  }
}

/** What was written cannot be searched: no words of it are kept. */
export class TextSearchOffError extends Error {
  constructor() {
    super(
      'Content is encrypted at rest, so no words of it are kept to search by. Search by person, number, day or state.',
    );
    this.name = 'TextSearchOffError';
  }
}

/** A part of a long work, which is called again with the answer's `next` until there is none. */
export interface KeyRequest {
  /** '' begins */
  readonly after: string;
  readonly by: string;
}

/** What people do with the keys of encryption at rest. */
export interface KeyOperations {
  status(): Promise<KeyStatus>;
  /** Wraps data keys with the first master key, so that the others can be taken away. @throws EncryptionOffError */
  rotate(request: KeyRequest): Promise<KeyStep>;
  /** Encrypts what was stored in clear before: events, interactions, files. @throws EncryptionOffError */
  encrypt(request: KeyRequest): Promise<KeyStep>;
}

export interface KeyOperationsDeps {
  readonly ledger: Pick<Ledger, 'keyStatus' | 'rewrapKeys' | 'sealClear' | 'keepAudit'>;
  readonly files: Pick<FileStore, 'sealClear'>;
}

/** How long one call works before it tells how far it is. */
const stepMs = 2_000;
const rows = 500;
const files = 20;

/** {@link KeyOperations} over the ledger of this process. */
export function keyOperations({ ledger, files: store }: KeyOperationsDeps): KeyOperations {
  const sealFiles = async (after: string): Promise<KeyStep> => {
    const { sealed, next } = await store.sealClear(after, files);
    return { changed: sealed, ...(next !== undefined && { next: `files:${next}` }) };
  };
  const sealNext = async (after: string): Promise<KeyStep> => {
    if (after.startsWith('files:')) return sealFiles(after.slice('files:'.length));
    const step = await ledger.sealClear(after, rows);
    return { next: 'files:', ...step };
  };
  const work = async (
    action: 'keys.rotate' | 'keys.encrypt',
    { after, by }: KeyRequest,
    next: (after: string) => Promise<KeyStep>,
  ): Promise<KeyStep> => {
    const { isOn, masterKeys, clear } = await ledger.keyStatus();
    if (!isOn) throw new EncryptionOffError();
    const keep = (part: string, detail: object) =>
      ledger.keepAudit({ actor: by, action, subject: masterKeys[0]?.id ?? '', detail: { part, ...detail } });
    if (after === '') await keep('begun', action === 'keys.encrypt' ? clear : { masterKeys });
    const step = await untilTime(after, next);
    if (step.next === undefined) await keep('done', {});
    return step;
  };
  return {
    status: () => ledger.keyStatus(),
    rotate: (request) => work('keys.rotate', request, (after) => ledger.rewrapKeys(after, rows)),
    encrypt: (request) => work('keys.encrypt', request, sealNext),
  };
}

async function untilTime(after: string, next: (after: string) => Promise<KeyStep>): Promise<KeyStep> {
  const end = performance.now() + stepMs;
  let changed = 0;
  let position = after;
  for (;;) {
    const step = await next(position);
    changed += step.changed;
    if (step.next === undefined) return { changed };
    position = step.next;
    if (performance.now() >= end) return { changed, next: position };
  }
}
