import type { AuditAction } from '../core/audit.ts';

/** One entry of the audit log. */
export interface AuditEntry {
  /** rises */
  readonly id: number;
  /** ISO 8601 */
  readonly at: string;
  readonly actor: string;
  readonly action: AuditAction;
  /** id of a destination or a chat; empty: all of them */
  readonly subject: string;
  /** ids and counts, never what people wrote */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An entry that is to be kept; its time is the database's. */
export type NewAuditEntry = Pick<AuditEntry, 'actor' | 'action' | 'subject' | 'detail'>;

export interface AuditFilter {
  readonly action?: AuditAction;
  readonly actor?: string;
  readonly subject?: string;
  /** key of an interaction that the entry names */
  readonly names?: string;
  /** UTC days, inclusive */
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  /** from the page before */
  readonly cursor?: string;
}
