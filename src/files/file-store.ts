import type { Readable } from 'node:stream';

/** The port to the store of files, each kept once by the hash of its content. */
export interface FileStore {
  /**
   * Keeps a stream; durable when the promise resolves. A content that is there already is not written again.
   * @param maxBytes more than that is refused and nothing is kept
   * @returns lower-case hex sha256 and size in bytes
   * @throws FileTooLargeError; whatever the stream or the store says
   */
  put(stream: Readable, maxBytes: number): Promise<{ readonly sha256: string; readonly size: number }>;
  has(sha256: string): Promise<boolean>;
  /**
   * Removes a file. false: somebody put it again after `before`, so it stays; one that is not there is removed already.
   */
  remove(sha256: string, before: Date): Promise<boolean>;
  /** @throws when there is no such file */
  open(sha256: string): Promise<Readable>;
  /**
   * Encrypts files that were kept in clear, in the order of their names, where keys are configured.
   * @param after where the last call stopped
   */
  sealClear(after: string, limit: number): Promise<SealedFiles>;
}

export interface SealedFiles {
  readonly sealed: number;
  /** not what their name says: they stay as they are */
  readonly damaged: number;
  /** where to go on; undefined: all files were looked at */
  readonly next?: string;
}

/** A stream was longer than allowed. */
export class FileTooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`The file is larger than ${maxBytes} bytes.`);
    this.name = 'FileTooLargeError';
  }
}
