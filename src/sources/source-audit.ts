import type { EventDraft } from './source.ts';

/** What may be asked while a source is audited. */
export interface AuditContext {
  /** UTC, YYYY-MM-DD */
  readonly day: string;
  /** E.164: the firm's numbers that are looked at */
  readonly businessNumbers: readonly string[];
  readonly signal: AbortSignal;
  /** verbatim payloads of recent events of this number, as far as there are any */
  samples(businessNumber: string): Promise<readonly unknown[]>;
}

/** A message or call that the source has. */
export interface AuditItem {
  readonly businessNumber: string;
  /** interaction keys that it may have here; usually one */
  readonly keys: readonly string[];
  /** the provider's elements, for {@link AuditByIds.drafts} */
  readonly raw: readonly unknown[];
}

/** A source that names what it has, by id. */
export interface AuditByIds {
  readonly name: string;
  readonly by: 'ids';
  /** `number`: one of the firm's numbers at a time, because one may be refused and another not */
  readonly each: 'number' | 'source';
  /** All of the day, a page at a time. @throws SourceError */
  pages(context: AuditContext): AsyncIterable<readonly AuditItem[]>;
  /** Events of what we do not have, for the same way into the ledger as its webhooks. Absent: it gives no content. */
  drafts?(items: readonly AuditItem[], context: AuditContext): Promise<readonly EventDraft[]>;
  /** Does it have this message or call? Absent: what it names is not all that there is. @throws SourceError */
  has?(providerId: string, kind: 'message' | 'call', signal: AbortSignal): Promise<boolean>;
}

/** A source that only says how many. */
export interface AuditByCounts {
  readonly name: string;
  readonly by: 'counts';
  readonly each: 'number' | 'source';
  /** which of ours are counted */
  readonly direction: 'outbound' | 'both';
  readonly kind: 'message' | 'call';
  /** By business number. @throws SourceError */
  counts(context: AuditContext): Promise<ReadonlyMap<string, number>>;
}

/** Questions to a source about a day that is over; one that is refused says nothing of the others. */
export interface SourceAudit {
  readonly id: string;
  readonly kind: string;
  readonly questions: readonly (AuditByIds | AuditByCounts)[];
}
