import type { ExportSink } from './export-operations.ts';

/** `manifest.json` of a backup without its list of files. */
export interface BackupSummary {
  readonly format: 'wcs-backup-1';
  readonly product: string;
  /** names this backup in the audit log */
  readonly id: string;
  /** ISO 8601: what was acknowledged before is in it, and nothing that came later */
  readonly madeAt: string;
  readonly by: string;
  readonly counts: { readonly files: number; readonly bytes: number; readonly media: number };
}

/** A backup that is not made: it is made in another way, or another one runs. The message says what to do. */
export class BackupRefused extends Error {
  readonly why: 'not-embedded' | 'backup-running';

  constructor(why: BackupRefused['why'], message: string) {
    super(message);
    this.name = 'BackupRefused';
    this.why = why;
  }
}

/** Copies of the embedded ledger and its files. */
export interface BackupOperations {
  /** The bytes of a zip. @throws BackupRefused before the first byte */
  zip(by: string): Promise<AsyncIterable<Uint8Array>>;
  /** The same into something else. Absent: the ledger is in another process's hands. @throws BackupRefused */
  writeTo?(by: string, sink: ExportSink): Promise<BackupSummary>;
  /** Keeps in the audit log of a restored ledger that it goes on from this backup. Absent: as above. */
  noteRestored?(backup: Pick<BackupSummary, 'id' | 'madeAt'>, by: string): Promise<void>;
}
