import { CrmError } from '../../core/errors.ts';
import type { CrmContact, DirectoryPage } from '../destination.ts';
import type { HubSpotClient } from './client.ts';
import { contactProperties, mergedAway, toContact, type ContactFields } from './contacts.ts';
import type { JudgeContext } from './errors.ts';
import type { MarkFields } from './mark-fields.ts';
import { readPage } from './lookup.ts';

/** Search shows a change after "a few moments", reports say up to 30 s: so far back a pull looks again. */
const overlapMs = 60_000;
/** Deleted contacts are in no search; the list of them has no order in time, so it is read through now and then. */
const sweepEveryMs = 3_600_000;
const sweepPages = 100;
const pageSize = 200;
/** A search shows no more (HubSpot docs, search). */
const mostResults = 10_000;

/** Where a pull goes on. Milliseconds; `since` by HubSpot's clock, the others by ours, never compared with each other. */
interface Cursor {
  /** the latest change seen */
  readonly since: number;
  /** when `since` was first seen */
  readonly seenAt: number;
  /** when the last pull that ended well began */
  readonly pulledAt: number;
  readonly sweptAt: number;
  /** how far the first, whole list was read; absent: to its end */
  readonly listed?: string;
}

export interface DirectoryDeps extends Pick<ContactFields, 'userIdProperty'> {
  readonly client: HubSpotClient;
  readonly marks: Pick<MarkFields, 'known'>;
  readonly context: JudgeContext;
  /** milliseconds */
  readonly now: () => number;
}

/**
 * Contacts: the first time a list of all, which has no limit but that of all calls; then what changed since it began, oldest
 * change first. Each page asks for what changed since the last one seen instead of counting on: contacts
 * that change while the pull runs move to the end, and none is skipped; nor does the limit of 10,000 results matter.
 * @throws CrmError
 */
export async function* pullContacts(
  deps: DirectoryDeps,
  from: string | undefined,
): AsyncGenerator<DirectoryPage> {
  const began = deps.now();
  let cursor = readCursor(from) ?? (await firstCursor(deps, began));
  if (cursor.listed !== undefined) {
    // What changed meanwhile is the next pull's.
    yield* listAll(deps, cursor, cursor.listed);
    return;
  }
  // Once a pull came this long after the latest change was first seen, nothing older can still turn up.
  const settled = cursor.pulledAt - cursor.seenAt >= overlapMs;
  const start = Math.max(0, cursor.since - (settled ? 0 : overlapMs));
  for await (const { contacts, latest } of changes(deps, start)) {
    if (latest > cursor.since) cursor = { ...cursor, since: latest, seenAt: began };
    yield { contacts, cursor: JSON.stringify(cursor) };
  }
  if (began - cursor.sweptAt >= sweepEveryMs) {
    for await (const contacts of deleted(deps)) yield { contacts, cursor: JSON.stringify(cursor) };
    cursor = { ...cursor, sweptAt: began };
  }
  yield { contacts: [], cursor: JSON.stringify({ ...cursor, pulledAt: began }) };
}

/** All changes from the newest one of now on come after the list. */
async function firstCursor({ client, context }: DirectoryDeps, now: number): Promise<Cursor> {
  const answer = await client.search('contacts', {
    filterGroups: [{ filters: [{ propertyName: 'lastmodifieddate', operator: 'HAS_PROPERTY' }] }],
    sorts: [{ propertyName: 'lastmodifieddate', direction: 'DESCENDING' }],
    properties: ['lastmodifieddate'],
    limit: 1,
  });
  const [newest] = readPage(answer, context).results;
  const { modifiedAt = '' } =
    (newest && toContact(newest, { userIdProperty: undefined, markFields: [] })) ?? {};
  // What is older than that is in the list as it is: unlike a search, it shows everything at once.
  const seenAt = -overlapMs;
  return { since: Date.parse(modifiedAt) || 0, seenAt, pulledAt: 0, sweptAt: now, listed: '' };
}

async function* listAll(deps: DirectoryDeps, from: Cursor, start: string): AsyncGenerator<DirectoryPage> {
  const { listed: _read, ...cursor } = from;
  for (let after: string | undefined = start; after !== undefined;) {
    const { contacts, next } = await listPage(deps, after);
    after = next;
    yield { contacts, cursor: JSON.stringify({ ...cursor, ...(next !== undefined && { listed: next }) }) };
  }
}

/** A page of the list, in the order of ids (HubSpot docs, list of contacts). */
async function listPage(
  { client, userIdProperty, marks, context }: DirectoryDeps,
  after: string,
): Promise<{ readonly contacts: CrmContact[]; readonly next: string | undefined }> {
  const fields = { userIdProperty, markFields: await marks.known() };
  const answer = await client.contacts(contactProperties(fields), after === '' ? undefined : after);
  const { results, next } = readPage(answer, context);
  return { contacts: results.flatMap((result) => toContact(result, fields) ?? []), next };
}

interface Changes {
  readonly contacts: readonly CrmContact[];
  readonly latest: number;
}

async function* changes(deps: DirectoryDeps, start: number): AsyncGenerator<Changes> {
  const { userIdProperty } = deps;
  const fields = { userIdProperty, markFields: await deps.marks.known() };
  let since = start;
  let after = 0;
  let seen = new Set<string>();
  for (;;) {
    const answer = await deps.client.search('contacts', {
      filterGroups: [
        { filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: String(since) }] },
      ],
      sorts: [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }],
      properties: contactProperties(fields),
      limit: pageSize,
      ...(after > 0 && { after: String(after) }),
    });
    const { results, next } = readPage(answer, deps.context);
    const page = results.flatMap((result) => [
      ...mergedAway(result),
      ...[toContact(result, fields) ?? []].flat(),
    ]);
    const latest = Math.max(since, ...page.map(changedAt));
    yield { contacts: page.filter((each) => !seen.has(each.id)), latest };
    if (next === undefined) return;
    seen = new Set(page.map((each) => each.id));
    // A page full of one moment: only then count on inside it.
    after = latest > since ? 0 : Number(next);
    since = latest;
    if (!Number.isInteger(after) || after + pageSize > mostResults) {
      throw new CrmError('refused', 'More than 10,000 contacts changed in one moment.');
    }
  }
}

async function* deleted(deps: DirectoryDeps): AsyncGenerator<CrmContact[]> {
  const { client, context, userIdProperty } = deps;
  const gone = { userIdProperty, markFields: [] };
  let after: string | undefined;
  for (let page = 0; page < sweepPages; page += 1) {
    const { results, next } = readPage(await client.archivedContacts(['lastmodifieddate'], after), context);
    const contacts = results.flatMap((result) => {
      const contact = result['archived'] === true ? toContact(result, gone) : undefined;
      return contact ? [{ ...contact, gone: true }] : [];
    });
    if (contacts.length > 0) yield contacts;
    if (next === undefined) return;
    after = next;
  }
}

const changedAt = (contact: CrmContact): number => Date.parse(contact.modifiedAt ?? '') || 0;

/** Undefined for anything that is not a cursor of ours: then all contacts are pulled. */
function readCursor(text: string | undefined): Cursor | undefined {
  try {
    const value = JSON.parse(text ?? '') as Partial<Record<keyof Cursor, unknown>>;
    const { since, seenAt, pulledAt, sweptAt, listed } = value;
    const numbers = [since, seenAt, pulledAt, sweptAt];
    return numbers.every((each) => typeof each === 'number' && Number.isFinite(each))
      ? ({ since, seenAt, pulledAt, sweptAt, ...(typeof listed === 'string' && { listed }) } as Cursor)
      : undefined;
  } catch {
    return undefined;
  }
}
