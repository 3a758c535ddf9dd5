import type { AppendEvent } from './ledger.ts';

/** An event as its columns hold it: texts without what PostgreSQL refuses. */
export interface AppendRow {
  readonly event: AppendEvent;
  readonly dedupeKey: string;
  readonly providerId: string | undefined;
  /** JSON, or sealed together with the two others */
  readonly payload: string;
  /** see `contentHash` in core/seal.ts */
  readonly nonce: string | undefined;
  readonly contentHash: string;
  /** of the content key; undefined: in clear */
  readonly keyId?: string;
}
