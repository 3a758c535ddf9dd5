/** What an export can hold beside the sealed records, their seals, the audit trail and the files, which it always has. */
export const exportFormats = ['html', 'json', 'csv', 'eml', 'global-relay'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Which records are taken out. Without any of them: all. */
export interface ExportChoice {
  /** phone number, WhatsApp user id, or id of a CRM contact */
  readonly person?: string;
  /** E.164 of the firm's number */
  readonly number?: string;
  /** e-mail address: what came through the numbers that this user held, while he held them */
  readonly owner?: string;
  /** id of a chat */
  readonly conversation?: string;
  /** UTC days, inclusive */
  readonly from?: string;
  readonly to?: string;
}

export interface ExportRequest extends ExportChoice {
  readonly formats: readonly ExportFormat[];
  /** who exports, for the audit log and the manifest */
  readonly by: string;
}

/** Something that cannot be exported because it is not there; the message is a sentence. */
export class ExportRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ExportRefused';
  }
}

/** Takes the files of an export, one after another. */
export interface ExportSink {
  /** Resolves when all of it was taken. Paths are relative, with `/`. */
  add(path: string, content: AsyncIterable<Uint8Array>): Promise<void>;
}

/** How far a long export is. */
export interface ExportProgress {
  readonly done: number;
  readonly total: number;
}

/** `manifest.json` without its list of files (docs/proof.md). */
export interface ExportSummary {
  readonly format: 'wcs-export-1';
  readonly product: string;
  /** names this export in the audit log */
  readonly id: string;
  /** ISO 8601: when it began */
  readonly exportedAt: string;
  readonly by: string;
  readonly choice: ExportChoice;
  readonly formats: readonly ExportFormat[];
  /** everything there is: then every sealed row is in it */
  readonly whole: boolean;
  readonly counts: {
    readonly conversations: number;
    readonly interactions: number;
    readonly records: number;
    readonly activities: number;
    readonly auditEntries: number;
    readonly files: number;
    readonly purged: number;
  };
  /** the seals in it; absent: nothing was sealed yet */
  readonly seals?: { readonly first: number; readonly last: number; readonly lastHash: string };
  /** what is not as it should be, in sentences */
  readonly problems: readonly string[];
}

/** Records taken out for an examination, by those who may read them. */
export interface ExportOperations {
  /** Looks the request up, and gives the bytes of a zip. @throws ExportRefused before the first byte */
  zip(
    request: ExportRequest,
    onProgress?: (progress: ExportProgress) => void,
  ): Promise<AsyncIterable<Uint8Array>>;
  /** The same into something else. Absent: the ledger is in another process's hands. @throws ExportRefused */
  writeTo?(
    request: ExportRequest,
    sink: ExportSink,
    onProgress?: (progress: ExportProgress) => void,
  ): Promise<ExportSummary>;
}
