import { fateOf, type ErrorCode, type Fate } from '../core/errors.ts';
import type { AttachFile, AttachItem, AttachOutcome } from './destination.ts';

/** Why a file, or the record it belongs to, could not be served. */
export interface Failure {
  readonly code: ErrorCode;
  readonly reason: string;
}

const finalFates: readonly Fate[] = ['dead-letter', 'rematch', 'park'];

/** True when nothing changes by trying the same file again. */
export function isFinal(code: ErrorCode): boolean {
  return finalFates.includes(fateOf(code));
}

/** True when this concerns whatever is sent next too: credentials, permission, quota, outage, room. */
export function isAboutAll(code: ErrorCode): boolean {
  return ['wait', 'stop'].includes(fateOf(code));
}

/** Files of a record that are not attached yet, each content once. */
export function pendingFiles({ files, attached }: AttachItem): AttachFile[] {
  const distinct = new Map(files.map((file) => [file.sha256, file]));
  return [...distinct.values()].filter(({ sha256 }) => !Object.hasOwn(attached, sha256));
}

/**
 * What became of files, collected one by one; the outcome of a record with several failures names one that may pass, so
 * that it is tried again.
 */
export class FileResults {
  /** of each record by its key: CRM's id by hash */
  readonly #attached = new Map<string, Record<string, string>>();
  readonly #failures = new Map<string, Failure[]>();
  #halted: Failure | undefined;
  #lost = 0;

  /** why nothing more is to be tried, if so */
  get halted(): Failure | undefined {
    return this.#halted;
  }

  done({ key }: AttachItem, sha256: string, id: string): void {
    this.#attached.set(key, { ...this.#attached.get(key), [sha256]: id });
  }

  fail({ key }: AttachItem, failure: Failure): void {
    if (isAboutAll(failure.code)) this.#halted ??= failure;
    this.#failures.set(key, [...(this.#failures.get(key) ?? []), failure]);
  }

  /** A call had no answer. Whoever does not answer twice will not answer for the rest of them. */
  lost(failure: Failure): void {
    this.#lost += 1;
    if (this.#lost > 1) this.#halted ??= failure;
  }

  outcomeOf({ key, attached: before }: AttachItem): AttachOutcome {
    const attached = { ...before, ...this.#attached.get(key) };
    const failures = this.#failures.get(key) ?? [];
    const failure = failures.find(({ code }) => !isFinal(code)) ?? failures[0];
    return failure === undefined
      ? { kind: 'done', key, attached }
      : { kind: 'failed', key, attached, ...failure };
  }
}
