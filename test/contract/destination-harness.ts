import { expect } from '@jest/globals';
import type { ContactRef, Fields } from '../../src/core/activity.ts';
import type { Budget, QuotaNews } from '../../src/core/budget.ts';
import { CrmError } from '../../src/core/errors.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { parsePhone } from '../../src/core/phone.ts';
import type {
  CrmContact,
  Destination,
  Finding,
  LookupAddress,
  RelatedRecord,
} from '../../src/destinations/destination.ts';

/** A record as the CRM behind the harness holds it. */
export interface HarnessRecord {
  readonly key: string;
  readonly recordId: string;
  readonly contactId: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A file on a record, as a person sees it. */
export interface HarnessFile {
  readonly name: string;
  readonly content: string;
}

/** A user as the CRM behind the harness gets it. */
export interface HarnessUser {
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
}

/** A deal or opportunity as the CRM behind the harness gets it. */
export interface HarnessDeal {
  readonly name: string;
  readonly contacts: readonly ContactRef[];
  readonly ownerId?: string;
  /** ISO 8601; the newest is the one with the latest */
  readonly createdAt?: string;
  readonly closed?: boolean;
}

/** Where CRMs differ by their nature, and so what is asked of their adapters. */
export interface Traits {
  /** searches have a limit of their own, so they take a turn of kind `search` */
  readonly searchTurns: boolean;
  /** record types that `relate` answers with; without `company` the CRM derives it from the contact by itself */
  readonly related: { readonly company?: string; readonly deal: string };
  /** field of an activity that holds its owner's id */
  readonly ownerField: string;
  /** a plain text field of contacts */
  readonly contactField: string;
  /** users tell their time zone */
  readonly timeZones: boolean;
}

/**
 * One adapter with a CRM behind it. Fault switches concern the next request of `deliver` that writes records, unless they
 * say otherwise.
 */
export interface DestinationHarness {
  readonly destination: Destination;
  /** `renewed`: an expired token is replaced without anybody noticing; `static`: it is `auth-failed` */
  readonly token: 'renewed' | 'static';
  readonly traits: Traits;
  addContact(name: string, phone: string): ContactRef | Promise<ContactRef>;
  deleteContact(id: string): void | Promise<void>;
  /** merges a contact into another one, which keeps its id */
  mergeContact(gone: ContactRef, into: ContactRef): void;
  /** where people become contacts of another id: makes such a person, and turns it into a contact. @returns both */
  convertedLead?(name: string, phone: string): { readonly lead: ContactRef; readonly contact: ContactRef };
  /** value of {@link Traits.contactField} */
  contactValue(id: string): string;
  /** the next change of this contact's own fields is refused for a value */
  refuseContactOnce(id: string): void;
  /** @returns the user's id */
  addUser(user: HarnessUser): string;
  /** @returns the account's or company's id; `primary`: it is these contacts' main one */
  addCompany(name: string, contacts: readonly ContactRef[], primary: boolean): string;
  /** @returns the id of an open (unless it is closed) deal or opportunity of these contacts */
  addDeal(deal: HarnessDeal): string;
  /** what a record is on besides the contact, of the types in {@link Traits.related} */
  relatedOn(kind: 'message' | 'call', recordId: string): readonly RelatedRecord[];
  /** what the CRM's headers tell, and so what the budget must have learnt after a call */
  quota(): QuotaNews;
  records(): readonly HarnessRecord[] | Promise<readonly HarnessRecord[]>;
  /** a whole valid record of this kind, whose text can be read back under {@link textField} */
  fields(kind: 'message' | 'call', text: string): Fields;
  /** the field that holds the text given to `fields` */
  textField(kind: 'message' | 'call'): string;
  /** the CRM commits the next write and cuts the connection */
  loseNextAnswer(): void;
  /** the connection is cut before the CRM does anything */
  dropNextRequest(): void;
  throttleNext(): void;
  expireToken(): void;
  /** from now on the credentials are wrong */
  breakToken(): void;
  /** the record with this key is refused once, for the value of a field */
  rowErrorOnce(key: string): void;
  /** the next answer names one record fewer than were written */
  truncateNextAnswer(): void;
  /** makes a record go away */
  deleteRecord(kind: 'message' | 'call', recordId: string): void;
  /** files that a person finds on a record */
  filesOn(kind: 'message' | 'call', recordId: string): readonly HarnessFile[];
  /** all files that the CRM keeps, attached or not */
  fileCount(): number;
  /** a file of this name is refused, once */
  refuseFileOnce(name: string): void;
  /** the CRM keeps the next file and cuts the connection */
  loseNextUpload(): void;
  /** the connection is cut before the next file is kept */
  dropNextUpload(): void;
  throttleNextUpload(): void;
  /** from now on files may not be uploaded */
  forbidFiles(): void;
  /** every request is answered 503, or no more */
  unavailable(on: boolean): void;
  /** requests that reached the CRM so far */
  calls(): number;
  /** those of them that asked for a token */
  tokenCalls(): number;
  /** resolves when the CRM has no open connection any more */
  disconnected(): Promise<void>;
  close(): Promise<void>;
}

/** `ready`: with the key field, as after `setup()`. `budget`: who allows requests; default nobody asks. */
export type MakeHarness = (options: {
  readonly ready: boolean;
  readonly budget?: Budget;
}) => Promise<DestinationHarness>;

export function address(e164: string): LookupAddress {
  const national = parsePhone(e164)?.national;
  return national === undefined ? { address: e164 } : { address: e164, national };
}

export async function collect(
  destination: Destination,
  from: string | undefined,
): Promise<{ contacts: CrmContact[]; cursor: string }> {
  const contacts: CrmContact[] = [];
  let cursor = '';
  for await (const page of destination.pullContacts(from)) {
    contacts.push(...page.contacts);
    cursor = page.cursor;
  }
  return { contacts, cursor };
}

export async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CrmError);
  expect(error).toMatchObject({ code });
}

export function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new Error(`nothing at ${index}`);
  return value;
}

export const kinds = (outcomes: readonly Outcome[]): string[] => [
  ...new Set(outcomes.map((each) => each.kind)),
];
export const byKey = (outcomes: readonly Outcome[], key: string): Outcome | undefined =>
  outcomes.find((each) => each.key === key);
export const codes = (findings: readonly Finding[]): (string | undefined)[] =>
  findings.map((each) => each.code);
export const errors = (findings: readonly Finding[]): Finding[] =>
  findings.filter((each) => each.level === 'error');

export function recordIdOf(outcome: Outcome | undefined): string {
  if (outcome?.kind !== 'delivered') throw new Error(`not delivered: ${JSON.stringify(outcome)}`);
  return outcome.recordId;
}

export function idsByKey(outcomes: readonly Outcome[]): Map<string, string> {
  return new Map(outcomes.map((each) => [each.key, recordIdOf(each)]));
}
