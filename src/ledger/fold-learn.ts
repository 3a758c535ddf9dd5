import { Identities } from '../core/identity.ts';
import { cleanText } from '../core/text.ts';
import type { StoredEvent } from '../sources/source.ts';
import { setAlerts } from './alerts.ts';
import type { Built } from './fold-remake.ts';
import { GroupNames, foldGroupsAgain, loadGroupNames, writeGroupNames } from './groups.ts';
import { foldPeopleAgain, loadLinks, mergeTold, newsOf, writeLinks, type LinkNews } from './identities.ts';
import type { Learned } from './ledger.ts';
import { eventColumns, toEvent, type EventRow } from './rows.ts';
import type { Sql, SqlExecutor } from './sql.ts';
import { lockIdentities } from './transact.ts';

/** What the batch's events tell beyond their interactions, and which could not be read. */
export interface Lessons extends Learned {
  /** by event id */
  readonly failed: readonly { readonly id: string; readonly error: unknown }[];
}

/** Reads the taken events that make no interaction, and those that tell of a change of number. */
export async function takeLessons(
  tx: SqlExecutor,
  taken: readonly { readonly event_id: string; readonly interaction_key: string | null }[],
  built: readonly Built[],
  learn: (event: StoredEvent) => Learned,
): Promise<Lessons> {
  const ids = new Set(taken.map((row) => Number(row.event_id)));
  const changes = built.flatMap(({ events }) =>
    events.filter(({ kind, id }) => kind === 'number-change' && ids.has(id)),
  );
  const loose = await readLoose(
    tx,
    taken.flatMap((row) => (row.interaction_key === null ? [row.event_id] : [])),
  );
  const learned: Learned[] = [];
  const failed: { id: string; error: unknown }[] = [];
  for (const event of [...loose, ...changes]) {
    try {
      learned.push(learn(event));
    } catch (error) {
      failed.push({ id: String(event.id), error });
    }
  }
  return {
    links: [...learned.flatMap(({ links }) => links), ...built.flatMap(({ folded }) => folded.links)],
    groups: learned.flatMap(({ groups }) => groups),
    alerts: learned.flatMap(({ alerts }) => alerts),
    failed,
  };
}

async function readLoose(tx: SqlExecutor, ids: readonly string[]): Promise<StoredEvent[]> {
  if (ids.length === 0) return [];
  const rows = await tx.query<EventRow>(
    `select ${eventColumns} from wcs.events where id = any($1::bigint[]) and purge_id is null order by id`,
    [ids],
  );
  return rows.map(toEvent);
}

/** What is known of people and groups, with what this batch told. */
export interface Knowledge {
  readonly identities: Identities;
  readonly names: GroupNames;
  /** puts the interactions through the inbox again that it tells something new; `except`: those of this batch */
  foldAgain(except: readonly string[]): Promise<void>;
}

/** Another process learned something about the same people while this one read: the fold must be alone with them. */
export class MustBeAlone extends Error {}

/**
 * Keeps what was told and reads what is known. On a server it waits for folds that learn something at this moment (and
 * they for this one), so that of two that concern one person or group the later sees the earlier.
 *
 * @param alone lock others out from the start
 * @throws MustBeAlone when only then it can go on
 */
export async function keepLessons(
  tx: SqlExecutor,
  { kind, alone }: { readonly kind: Sql['kind']; readonly alone: boolean },
  lessons: Lessons,
  built: readonly Built[],
): Promise<Knowledge> {
  await setAlerts(tx, lessons.alerts);
  const told = mergeTold(lessons.links);
  const addresses = new Set([
    ...built.flatMap(({ folded }) => folded.addresses.map(cleanText)),
    ...[...told.values()].flatMap(({ a, b }) => [a, b]),
  ]);
  const hasGroups = lessons.groups.length > 0 || built.some(({ folded }) => folded.interaction.group);
  if (addresses.size === 0 && !hasGroups) return nothingKnown;
  const read = async () => newsOf(await loadLinks(tx, [...addresses]), told);
  let news = await read();
  if (kind === 'postgres') {
    const first = alone || news.telling.length > 0 || lessons.groups.length > 0;
    await lockIdentities(tx, first ? 'exclusive' : 'shared');
    // Somebody may have learned something while this one waited.
    news = await read();
    if (!first && news.telling.length > 0) throw new MustBeAlone();
  }
  return keep(tx, news, lessons, built);
}

async function keep(
  tx: SqlExecutor,
  news: LinkNews,
  lessons: Lessons,
  built: readonly Built[],
): Promise<Knowledge> {
  await writeLinks(tx, news.changes);
  const newNames = lessons.groups.length > 0 ? await writeGroupNames(tx, lessons.groups) : [];
  return {
    identities: new Identities([...news.links.values()]),
    names: await loadGroupNames(
      tx,
      built.map(({ folded }) => folded.interaction),
    ),
    foldAgain: async (except) => {
      await foldPeopleAgain(tx, news, except);
      await foldGroupsAgain(tx, newNames, except);
    },
  };
}

const nothingKnown: Knowledge = {
  identities: new Identities([]),
  names: new GroupNames([]),
  foldAgain: async () => undefined,
};
