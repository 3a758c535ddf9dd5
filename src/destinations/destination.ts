import type { ContactRef, Fields } from '../core/activity.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import type { Outcome } from '../core/outcome.ts';

export type { Finding } from '../core/finding.ts';

/** One record to be written: mapped and validated. */
export interface DeliveryItem {
  readonly key: string;
  readonly kind: 'message' | 'call';
  readonly occurredAt: string;
  readonly contact: ContactRef;
  readonly fields: Fields;
  /** fields that the CRM takes at creation only (Salesforce TaskSubtype) */
  readonly createOnly: Fields;
  /** the CRM record when it exists: then this is an update */
  readonly recordId?: string;
  /** what else the record is put on, besides the contact; at creation only */
  readonly related?: readonly RelatedRecord[];
}

/** A record of the CRM that an activity is put on besides the contact. */
export interface RelatedRecord {
  /** `Account`, `Opportunity` (Salesforce); `company`, `deal` (HubSpot) */
  readonly type: string;
  readonly id: string;
}

/** On what else activities are put. Where a rule finds several and cannot tell them apart it finds none: never a guess. */
export interface RelateRule {
  /** the contact's account or (primary) company */
  readonly company: 'primary' | 'none';
  /** the open deal or opportunity: the only one; the newest; the only one that the activity's owner has; none */
  readonly deal: 'only' | 'newest' | 'owner' | 'none';
}

/** A contact, and the owner of the activity that is to be put on it. */
export interface RelateSubject extends ContactRef {
  /** CRM user id */
  readonly ownerId?: string;
}

/** A user of the CRM, who can own records. */
export interface CrmUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly active: boolean;
  /** IANA name, where the CRM tells */
  readonly timeZone?: string;
}

/** New values of a contact's own fields. */
export interface ContactUpdate {
  readonly contact: ContactRef;
  readonly fields: Fields;
}

/** What became of one {@link ContactUpdate}. */
export type ContactOutcome =
  | { readonly kind: 'written'; readonly contact: ContactRef }
  | {
      readonly kind: 'refused';
      readonly contact: ContactRef;
      readonly code: ErrorCode;
      readonly reason: string;
    };

/** A contact as the CRM has it; numbers as they are stored there, in whatever format. */
export interface CrmContact extends ContactRef {
  readonly name: string;
  readonly phones: readonly string[];
  readonly userIds: readonly string[];
  readonly ownerId?: string;
  /** ISO 8601 */
  readonly modifiedAt?: string;
  /** values of the fields by which people opt out or in, as text; a field that the CRM does not show is left out */
  readonly marks?: Readonly<Record<string, string>>;
  /** deleted, merged away or converted: take it out of the directory */
  readonly gone?: boolean;
}

export interface DirectoryPage {
  readonly contacts: readonly CrmContact[];
  /** where to go on after a crash or next time; opaque to the caller, kept in the ledger */
  readonly cursor: string;
}

/** Somebody whom the CRM does not know, to be made a contact or lead. */
export interface NewPerson {
  /** lower-case hex, the same for the same person: a repeat finds who was made before */
  readonly key: string;
  /** profile name, or the number where there is none */
  readonly name: string;
  /** E.164 */
  readonly phone?: string;
  readonly userId?: string;
  /** CRM user id */
  readonly ownerId?: string;
}

/** What became of one {@link NewPerson}. */
export type NewPersonOutcome =
  | { readonly kind: 'made'; readonly key: string; readonly contact: CrmContact }
  | { readonly kind: 'refused'; readonly key: string; readonly code: ErrorCode; readonly reason: string };

/** What a person is looked up by. */
export interface LookupAddress {
  /** E.164 or user id, exactly as the caller wants it named in the answer */
  readonly address: string;
  /** national significant number, for phone numbers */
  readonly national?: string;
}

/** A field of a CRM object as the live describe tells it. */
export interface CrmField {
  readonly name: string;
  readonly label: string;
  readonly type: 'string' | 'number' | 'boolean' | 'date' | 'datetime' | 'picklist' | 'reference' | 'other';
  readonly length?: number;
  readonly required: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly unique?: boolean;
  /** values of a picklist */
  readonly values?: readonly string[];
  /** the picklist takes other values too */
  readonly valuesOpen?: true;
  /** the worker writes it by itself: no mapping may */
  readonly reserved?: true;
}

/** Files of one record, to be attached as private files. */
export interface AttachItem {
  readonly key: string;
  readonly kind: 'message' | 'call';
  readonly recordId: string;
  readonly contact: ContactRef;
  readonly files: readonly AttachFile[];
  /** CRM's id of each file that is attached already, by hash */
  readonly attached: Readonly<Record<string, string>>;
}

export interface AttachFile {
  /** what people see: `voice-message.ogg`, `offer.pdf` */
  readonly name: string;
  readonly mimeType: string;
  /** bytes */
  readonly size: number;
  /** lower-case hex */
  readonly sha256: string;
  /** the whole content */
  read(): Promise<Buffer>;
}

/** What became of one record's files; `attached` has all that are there now. */
export type AttachOutcome =
  | { readonly kind: 'done'; readonly key: string; readonly attached: Readonly<Record<string, string>> }
  | {
      readonly kind: 'failed';
      readonly key: string;
      readonly attached: Readonly<Record<string, string>>;
      readonly code: ErrorCode;
      readonly reason: string;
    };

/** Objects whose fields a mapping can name. `lead`: empty for a CRM that keeps leads elsewhere. */
export type RecordKind = 'message' | 'call' | 'contact' | 'lead';

/** A record that is looked at. */
export interface RecordSought {
  readonly key: string;
  readonly kind: 'message' | 'call';
  readonly recordId: string;
  /** on whom it was logged */
  readonly contact: ContactRef;
  /** whose values are wanted; the CRM must have them */
  readonly fields: readonly string[];
}

/** How a record is found. */
export type RecordFound =
  | {
      readonly key: string;
      readonly state: 'there';
      /** what it shows, more than was asked for perhaps */
      readonly values: Readonly<Record<string, unknown>>;
      /** who the contact is by now: it was merged or converted, and the record went with it */
      readonly follows?: ContactRef;
      /** it hangs on others, or on nobody: a person did that */
      readonly movedTo?: readonly ContactRef[];
      /** ids of further records with its key, where keys are not unique */
      readonly others: readonly string[];
    }
  /** another record has its key */
  | { readonly key: string; readonly state: 'elsewhere'; readonly recordId: string }
  | { readonly key: string; readonly state: 'missing'; readonly deleted: 'bin' | 'gone' };

/** CRM calls are counted by the adapter through this, one call per HTTP request. */
export type CountRequest = (operation: string, status: string) => void;

/** Delivers very many items at once. */
export interface Bulk {
  /** worth it, and taken together, when so many wait */
  readonly atLeast: number;
  /** milliseconds; longer than one such delivery takes */
  readonly leaseMs: number;
  /** As {@link Destination.deliver}; takes minutes. After the signal it ends soon, and what is not known is `unknown`. */
  deliver(items: readonly DeliveryItem[], signal: AbortSignal): Promise<Outcome[]>;
}

/**
 * The port to one Salesforce org or HubSpot portal. Every method throws {@link CrmError} for what concerns the call as a
 * whole before anything could be written (credentials, quota, outage); whatever concerns single records is in the answer.
 */
export interface Destination {
  readonly id: string;
  readonly type: 'salesforce' | 'hubspot';
  /** the most items that `deliver` takes */
  readonly batchSize: number;
  /** how many deliveries may be in flight at once */
  readonly flights: number;
  /** messages and calls, creations and changes each need a call of their own: batches are filled per kind */
  readonly separateCalls?: boolean;
  /** fields of contacts by which people opt out or in: {@link CrmContact.marks} has them */
  readonly markFields: readonly string[];
  /** CRM object per kind of activity: `Task`; `communications`, `calls` */
  readonly objects: Readonly<Record<'message' | 'call', string>>;

  /** Writes a batch, each item one record by its key. Exactly one outcome per item, whatever happens; never throws. */
  deliver(items: readonly DeliveryItem[]): Promise<Outcome[]>;
  /** Where the CRM has a way for very many at once that is slow to begin and takes few calls. */
  readonly bulk?: Bulk;
  /** Which of these keys have a record, and its id. Absent: there is none. Throws CrmError when the CRM cannot say. */
  readBack(
    items: readonly {
      readonly key: string;
      readonly kind: 'message' | 'call';
      /** for CRMs that cannot be asked by the key alone */
      readonly contact?: ContactRef;
    }[],
  ): Promise<Map<string, string>>;
  /** What these records show now in these fields; those that are gone are left out. Throws like the other reads. */
  readRecords(
    kind: 'message' | 'call',
    ids: readonly string[],
    fields: readonly string[],
  ): Promise<Map<string, Readonly<Record<string, unknown>>>>;
  /** How many records {@link inspect} takes at once for the fewest calls. */
  readonly inspectSize: number;
  /** Whether records are there, on whom, and what they show; one answer for each. Throws like the other reads. */
  inspect(records: readonly RecordSought[]): Promise<RecordFound[]>;
  /**
   * Attaches files to records, as private files. Safe to repeat: a file that is there (same record, same hash) is not
   * made again, also after a lost answer. One outcome per item, never throws.
   */
  attach(items: readonly AttachItem[]): Promise<AttachOutcome[]>;
  /** Live look-up of people. Candidates may be too many; the caller compares numbers. Throws when the CRM cannot say. */
  lookup(addresses: readonly LookupAddress[]): Promise<CrmContact[]>;
  /** Contacts (and leads) by words of a name, an e-mail address or a number, for a person to choose from; at most 25. */
  searchPeople(text: string): Promise<CrmContact[]>;
  /** Contacts (and leads) with numbers, oldest change first, from a cursor on; without one, all of them. */
  pullContacts(cursor: string | undefined): AsyncIterable<DirectoryPage>;
  /** Makes contacts or leads, once each by their keys, also when it is repeated. Throws like the reads. */
  createPeople(people: readonly NewPerson[], as: 'contact' | 'lead'): Promise<NewPersonOutcome[]>;
  /** Everybody who can own records or could once, active or not. Throws when the CRM cannot say. */
  users(): Promise<CrmUser[]>;
  /** What the rule finds for each contact, in the order of `subjects`. Throws when the CRM cannot say. */
  relate(subjects: readonly RelateSubject[], rule: RelateRule): Promise<RelatedRecord[][]>;
  /** Writes fields of contacts themselves; equal values change nothing. One outcome per update; throws like the reads. */
  updateContacts(updates: readonly ContactUpdate[]): Promise<ContactOutcome[]>;
  /** Fields of the object that records of this kind become; `contact`, `lead`: of people's own records. */
  describe(kind: RecordKind): Promise<CrmField[]>;
  /** Is everything there that the worker needs? One finding per thing looked at. Never throws. */
  check(): Promise<Finding[]>;
  /** Makes the fields it needs; safe to repeat. Says what it did and what an admin must do by hand. */
  setup(): Promise<Finding[]>;
  /** Where a person sees a record or contact, when the address is known. */
  recordUrl(kind: 'message' | 'call' | 'contact', id: string): string | undefined;
  close(): Promise<void>;
}
