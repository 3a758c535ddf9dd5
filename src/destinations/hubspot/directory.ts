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
}

export interface DirectoryDeps extends Pick<ContactFields, 'userIdProperty'> {
  readonly client: HubSpotClient;
  readonly marks: Pick<MarkFields, 'known'>;
  readonly context: JudgeContext;
  /** milliseconds */
  readonly now: () => number;
}

/**
 * Contacts, oldest change first. Each page asks for what changed since the last one seen instead of counting on: contacts
 * that change while the pull runs move to the end, and none is skipped; nor does the limit of 10,000 results matter.
 * @throws CrmError
 */
export async function* pullContacts(
  deps: DirectoryDeps,
  from: string | undefined,
): AsyncGenerator<DirectoryPage> {
  const began = deps.now();
  let cursor = readCursor(from) ?? { since: 0, seenAt: began, pulledAt: 0, sweptAt: began };
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
    const { since, seenAt, pulledAt, sweptAt } = value;
    const numbers = [since, seenAt, pulledAt, sweptAt];
    return numbers.every((each) => typeof each === 'number' && Number.isFinite(each))
      ? ({ since, seenAt, pulledAt, sweptAt } as Cursor)
      : undefined;
  } catch {
    return undefined;
  }
}
