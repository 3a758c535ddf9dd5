import { conversationOf } from '../core/conversation.ts';
import type { Direction, Interaction } from '../core/interaction.ts';
import { tombstoneOf } from '../core/tombstone.ts';
import type { SqlExecutor } from './sql.ts';
import { columns } from './transact.ts';

/** An interaction that is to become a tombstone. */
export interface Buried {
  readonly key: string;
  readonly kind: Interaction['kind'] | null;
  readonly source: string;
  readonly source_kind: string | null;
  readonly business_number: string;
  readonly direction: Direction | null;
  readonly occurred_at: Date;
}

/**
 * Of each interaction its tombstone is left. It belongs to no chat of anybody any more: the id of a chat is a hash of a
 * number, which can be tried out.
 */
export async function buryInteractions(
  tx: SqlExecutor,
  interactions: readonly Buried[],
  purge: { readonly id: string; readonly at: string; readonly rule: string },
): Promise<void> {
  if (interactions.length === 0) return;
  const [keys, documents, conversations] = columns(
    interactions,
    ({ key }) => key,
    (row) => JSON.stringify(documentOf(row, purge)),
    ({ key, business_number: businessNumber }) => conversationOf({ businessNumber, key }, []),
  );
  await tx.query(
    `update wcs.interactions i
     set purge_id = $4, document = n.document, conversation = n.conversation, content_hash = '', addresses = '{}',
         person_phone = null, person_user_id = null, group_id = null, words = null
     from unnest($1::text[], $2::text[], $3::text[]) as n (key, document, conversation)
     where i.key = n.key`,
    [keys ?? [], documents ?? [], conversations ?? [], purge.id],
  );
}

function documentOf(row: Buried, { rule, at }: { readonly rule: string; readonly at: string }): Interaction {
  return tombstoneOf(row.kind ?? 'message', {
    key: row.key,
    source: row.source,
    sourceKind: row.source_kind ?? '',
    businessNumber: row.business_number,
    direction: row.direction ?? 'inbound',
    occurredAt: row.occurred_at.toISOString(),
    purged: { rule, at },
  });
}

/**
 * What has a record stays logged; what has none will never have one. Whose it was is told by the CRM's id of the contact
 * alone.
 */
export async function clearActivities(tx: SqlExecutor, keys: readonly string[], rule: string): Promise<void> {
  if (keys.length === 0) return;
  await tx.query(
    `update wcs.activities
     set purged = true, contact_name = null, addresses = '{}', known = null, code = null, attempts = 0, held = false,
         state = case when state in ('delivered', 'ignored', 'excluded') then state
                      when record_id is not null then 'delivered' else 'ignored' end,
         reason = case when state = 'delivered' then reason
                       else 'content destroyed by the rule "' || $2 || '"' end,
         pending_since = null, parked_since = null, not_before = '-infinity', ready_at = null, lease_owner = null,
         lease_until = null, changed_at = clock_timestamp()
     where key = any($1::text[])`,
    [keys, rule],
  );
  await forgetShown(tx, keys);
}

/** What a record shows is kept as hashes of texts, which can be tried out. Nothing of it is compared any more. */
async function forgetShown(tx: SqlExecutor, keys: readonly string[]): Promise<void> {
  await tx.query('delete from wcs.record_checks where activity_key = any($1::text[])', [keys]);
  await tx.query(
    `update wcs.drift set resolved_at = clock_timestamp(), resolution = 'ended'
     where activity_key = any($1::text[]) and resolved_at is null`,
    [keys],
  );
  // Of a record of several, once nothing of it is left.
  const emptied = `select d.destination, d.key from wcs.digests d
    where exists (select from wcs.activities a where a.destination = d.destination and a.digest_key = d.key
                  and a.key = any($1::text[]))
      and not exists (select from wcs.activities a where a.destination = d.destination and a.digest_key = d.key
                      and not a.purged)`;
  await tx.query(
    `delete from wcs.record_checks where part = 'digest' and (destination, key) in (${emptied})`,
    [keys],
  );
  await tx.query(
    `update wcs.digests set shown = null, sent = null where (destination, key) in (${emptied})`,
    [keys],
  );
}

/**
 * Links of people of whom nothing is left, and whom no hold is about. While a chat is left their links still say who is
 * who.
 */
export async function forgetPeople(tx: SqlExecutor, addresses: readonly string[]): Promise<void> {
  if (addresses.length === 0) return;
  await tx.query(
    `delete from wcs.identity_links l
     using (select distinct unnest($1::text[]) as address) n
     where (l.a = n.address or l.b = n.address)
       and not exists (select from wcs.conversations c where c.person_phone in (l.a, l.b))
       and not exists (select from wcs.conversations c where c.person_user_id in (l.a, l.b))
       and not exists (select from wcs.holds h where h.released_at is null and h.addresses && array[l.a, l.b])`,
    [addresses],
  );
}

/** Names of groups of which nothing is left. */
export async function forgetGroups(tx: SqlExecutor, groups: readonly string[]): Promise<void> {
  if (groups.length === 0) return;
  await tx.query(
    `delete from wcs.group_names g
     where g.group_id = any($1::text[])
       and not exists (select from wcs.interactions i where i.group_id = g.group_id)`,
    [groups],
  );
}
