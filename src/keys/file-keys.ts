/** A key for one file that is about to be written. */
export interface NewFileKey {
  readonly key: Buffer;
  /** 16 bytes that name the key inside of the file */
  readonly name: Buffer;
  /** Keeps the key for the file with this content; durable when the promise resolves. */
  keep(sha256: string): Promise<void>;
}

/** The port to where the keys of files are kept: each file has its own. */
export interface FileKeys {
  /** @throws when none can be made: then nothing may be written */
  create(): Promise<NewFileKey>;
  /** undefined: there is no such key, or it was destroyed */
  find(sha256: string, name: Buffer): Promise<Buffer | undefined>;
}
