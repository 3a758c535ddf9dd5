import { hashKey } from '../core/key.ts';
import { filesOf } from '../core/fold-media.ts';
import type { FileResult, Interaction } from '../core/interaction.ts';
import { insertEvents, toAppendRow } from './append.ts';
import { storedFiles } from './attachments.ts';
import { keepAudit } from './audit.ts';
import { destroyFileKeys } from './destroy-keys.ts';
import { heldSql, lockHolds } from './holds.ts';
import type { AppendEvent, Folded, Purged, PurgeOrder, PurgeStore } from './ledger.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { columns, planByKey, transact } from './transact.ts';

/** Remembers which interaction has which files. Called by the fold. */
export async function addFileUses(
  tx: SqlExecutor,
  remade: readonly { readonly before: { readonly key: string }; readonly folded: Folded }[],
): Promise<void> {
  const uses = remade.flatMap(({ before: { key }, folded: { interaction } }) =>
    storedFiles(interaction).map(({ sha256 }) => ({ sha256, key })),
  );
  if (uses.length === 0) return;
  await tx.query(
    `insert into wcs.file_uses (sha256, key) select sha256, key from unnest($1::text[], $2::text[]) as n (sha256, key)
     order by sha256 collate "C", key collate "C" on conflict do nothing`,
    columns(
      uses,
      ({ sha256 }) => sha256,
      ({ key }) => key,
    ),
  );
}

/** Takes the files from these interactions, and those of `further` hashes. @returns how many are to be removed */
export async function doomFiles(
  tx: SqlExecutor,
  keys: readonly string[],
  further: readonly string[] = [],
): Promise<number> {
  const uses = await tx.query<{ sha256: string }>(
    'delete from wcs.file_uses where key = any($1::text[]) returning sha256',
    [keys],
  );
  const hashes = [...new Set([...uses.map(({ sha256 }) => sha256), ...further])].sort();
  if (hashes.length === 0) return 0;
  await tx.query(
    `insert into wcs.doomed_files (sha256) select unnest($1::text[])
     on conflict (sha256) do update set since = clock_timestamp()`,
    [hashes],
  );
  return hashes.length;
}

/** Hash of a file that an event says is kept. */
export function hashInEvent(payload: string): string | undefined {
  if (payload === '') return undefined;
  const { result } = JSON.parse(payload) as { readonly result?: FileResult };
  return result?.state === 'stored' ? result.sha256 : undefined;
}

/** What somebody has, or is about to have, is not removed: the mark goes. */
const sparedSql = `
  delete from wcs.doomed_files d where exists (select from wcs.file_uses u where u.sha256 = d.sha256)`;

/** Which file an event is about that is not folded yet is not to be seen where it is encrypted: all wait for it. */
const doomedSql = `
  select d.sha256, d.since from wcs.doomed_files d
  where d.sha256 > $2 and not exists (
    select from wcs.inbox n join wcs.events e on e.id = n.event_id
    where e.kind = 'media' and (e.key_id is not null or position(d.sha256 in e.payload) > 0))
  order by d.sha256 limit $1`;

/** See the port. */
export async function doomedFiles(
  sql: Sql,
  limit: number,
  after = '',
): ReturnType<PurgeStore['doomedFiles']> {
  await sql.query(sparedSql);
  const rows = await sql.query<{ sha256: string; since: Date }>(doomedSql, [limit, after]);
  return rows.map(({ sha256, since }) => ({ sha256, since: since.toISOString() }));
}

/** See the port. */
export async function settleDoomed(sql: Sql, sha256: string, removed: boolean): Promise<void> {
  if (!removed) {
    await sql.query('update wcs.doomed_files set since = clock_timestamp() where sha256 = $1', [sha256]);
    return;
  }
  await transact(sql, async (tx) => {
    const gone = await tx.query<{ since: string }>(
      'delete from wcs.doomed_files where sha256 = $1 returning since::text',
      [sha256],
    );
    await destroyFileKeys(
      tx,
      gone.map(({ since }) => ({ sha256, before: since })),
      null,
    );
  });
}

interface FileRow extends Row {
  key: string;
  document: string;
}

/** Removes the files of interactions and nothing else; see the port. */
export function purgeFiles(
  sql: Sql,
  keys: readonly string[],
  order: PurgeOrder,
): Promise<Pick<Purged, 'interactions' | 'files'>> {
  return transact(sql, async (tx) => {
    await planByKey(tx);
    await lockHolds(tx, 'shared');
    const rows = await tx.query<FileRow>(
      `select i.key, i.document from wcs.interactions i
       where i.key = any($1::text[]) and i.purge_id is null and i.revision > 0 and not ${heldSql('i')}
       order by i.key for update of i`,
      [keys],
    );
    const free = rows.map(({ key }) => key);
    if (free.length === 0) return { interactions: 0, files: 0 };
    await insertEvents(
      tx,
      rows
        .flatMap(({ document }) => removals(JSON.parse(document) as Interaction, order.rule))
        .map(toAppendRow),
    );
    await tx.query('delete from wcs.media where key = any($1::text[])', [free]);
    const files = await doomFiles(tx, free);
    await tx.query(
      `insert into wcs.purges (actor, kind, rule, interactions, events, files) values ($1, $2, $3, 0, 0, $4)`,
      [order.actor, order.kind, order.rule, files],
    );
    await keepAudit(tx, {
      actor: order.actor,
      action: 'content.purge',
      subject: order.rule,
      detail: { kind: order.kind, what: 'files', files, keys: free },
    });
    return { interactions: free.length, files };
  });
}

/** That a rule has removed the file, as an event: the fold puts it where the file was. */
function removals(interaction: Interaction, rule: string): AppendEvent[] {
  const { key, source, sourceKind, businessNumber, providerId } = interaction;
  return filesOf(interaction)
    .filter(({ result }) => result === undefined || result.state === 'stored')
    .map(({ id }) => ({
      source,
      sourceKind,
      kind: 'media',
      dedupeKey: hashKey(sourceKind, businessNumber, 'media', providerId, id, 'removed'),
      businessNumber,
      interactionKey: key,
      providerId,
      occurredAt: new Date().toISOString(),
      payload: { mediaId: id, result: { state: 'removed', rule } },
    }));
}
