/** How content is encrypted, and how much of it is. */
export interface KeyStatus {
  /** false: content is kept in clear */
  readonly isOn: boolean;
  /** the first wraps new keys */
  readonly masterKeys: readonly {
    readonly id: string;
    readonly kind: string;
    /** content keys of people that it wraps */
    readonly contentKeys: number;
    /** keys of files that it wraps */
    readonly fileKeys: number;
  }[];
  /** keys that were destroyed, with what they had sealed */
  readonly destroyed: number;
  /** of what came in before encryption was on */
  readonly clear: { readonly events: number; readonly interactions: number };
}

/** What a part of a long work on keys did. */
export interface KeyStep {
  readonly changed: number;
  /** where to go on; undefined: all is done */
  readonly next?: string;
}

/** What the upkeep of keys needs of the ledger. */
export interface KeyStore {
  keyStatus(): Promise<KeyStatus>;
  /** Wraps up to so many keys with the first master key. @param after where the last call stopped; '' begins */
  rewrapKeys(after: string, limit: number): Promise<KeyStep>;
  /** Seals up to so many rows that are kept in clear: events first, then interactions. @param after as above */
  sealClear(after: string, limit: number): Promise<KeyStep>;
}
