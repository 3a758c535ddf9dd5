import { conversationOf, namesOf } from '../core/conversation.ts';
import { cleanText } from '../core/text.ts';
import { wordsOf } from '../core/words.ts';
import type { Remade } from './fold-remake.ts';
import type { SqlExecutor } from './sql.ts';
import { columns } from './transact.ts';

const upsertSql = `
  insert into wcs.conversations as c
    (id, business_number, group_id, person_phone, person_user_id, name, names, first_at, last_at)
  select id, business_number, group_id, phone, user_id, name,
         case when names is not null then array_to_tsvector(array(select jsonb_array_elements_text(names::jsonb))) end,
         first_at::timestamptz, last_at::timestamptz
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
    as n (id, business_number, group_id, phone, user_id, name, names, first_at, last_at)
  order by id
  on conflict (id) do update
    set name = coalesce(excluded.name, c.name), names = coalesce(excluded.names, c.names),
        person_user_id = coalesce(excluded.person_user_id, c.person_user_id),
        first_at = least(c.first_at, excluded.first_at), last_at = greatest(c.last_at, excluded.last_at)
    where (coalesce(excluded.name, c.name), coalesce(excluded.names, c.names),
           coalesce(excluded.person_user_id, c.person_user_id),
           least(c.first_at, excluded.first_at), greatest(c.last_at, excluded.last_at))
      is distinct from (c.name, c.names, c.person_user_id, c.first_at, c.last_at)`;

/** Chats that something left, or in which something happened at another time than was thought. */
const shrinkSql = `
  update wcs.conversations c set first_at = t.first_at, last_at = t.last_at
  from (
    select one.id, (select min(i.occurred_at) from wcs.interactions i where i.conversation = one.id) as first_at,
           (select max(i.occurred_at) from wcs.interactions i where i.conversation = one.id) as last_at
    from unnest($1::text[]) as one (id)
  ) t
  where c.id = t.id and t.first_at is not null`;

const emptySql = `
  delete from wcs.conversations c
  where c.id = any($1::text[]) and not exists (select from wcs.interactions i where i.conversation = c.id)`;

/** Brings the chats of these interactions up to date. The caller has written the interactions. */
export async function keepConversations(tx: SqlExecutor, remade: readonly Remade[]): Promise<void> {
  await tx.query(
    upsertSql,
    columns(
      chatsOf(remade),
      (chat) => chat.id,
      (chat) => chat.businessNumber,
      (chat) => chat.groupId,
      (chat) => chat.phone,
      (chat) => chat.userId,
      (chat) => chat.names[0],
      (chat) => (chat.names.length === 0 ? undefined : JSON.stringify(wordsOf(chat.names.join('\n')))),
      (chat) => chat.firstAt,
      (chat) => chat.lastAt,
    ),
  );
  const left = remade.flatMap(({ before, addresses, folded: { interaction } }) => {
    const { conversation } = before;
    if (conversation === null) return [];
    const moved = conversation !== conversationOf(interaction, addresses);
    return moved || before.occurred_at.toISOString() !== interaction.occurredAt ? [conversation] : [];
  });
  await shrinkConversations(tx, left);
}

/** Interactions have left these chats; the caller has written so. A chat with none goes. */
export async function shrinkConversations(tx: SqlExecutor, left: readonly string[]): Promise<void> {
  if (left.length === 0) return;
  const ids = [...new Set(left)].sort();
  await tx.query('select from wcs.conversations where id = any($1::text[]) order by id for update', [ids]);
  await tx.query(shrinkSql, [ids]);
  await tx.query(emptySql, [ids]);
}

interface Chat {
  readonly id: string;
  readonly businessNumber: string;
  readonly groupId: string | undefined;
  readonly phone: string | undefined;
  readonly userId: string | undefined;
  /** as the newest interaction that has any says */
  readonly names: readonly string[];
  readonly firstAt: string;
  readonly lastAt: string;
}

function chatsOf(remade: readonly Remade[]): Chat[] {
  const chats = new Map<string, Chat>();
  const timeOf = ({ folded }: Remade) => folded.interaction.occurredAt;
  for (const { folded, addresses } of remade.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b)))) {
    const { interaction } = folded;
    const { businessNumber, group, occurredAt } = interaction;
    const id = conversationOf(interaction, addresses);
    const known = chats.get(id);
    const names = namesOf(interaction).map(cleanText);
    // In a group the person is a different one each time.
    const own = group === undefined ? addresses : [];
    const phone = own.find((one) => one.startsWith('+'));
    const userId = own.find((one) => !one.startsWith('+'));
    chats.set(id, {
      id,
      businessNumber: cleanText(businessNumber),
      groupId: clean(group?.id),
      phone: phone ?? known?.phone,
      userId: userId ?? known?.userId,
      names: names.length > 0 ? names : (known?.names ?? []),
      firstAt: known?.firstAt ?? occurredAt,
      lastAt: occurredAt,
    });
  }
  return [...chats.values()];
}

function clean(text: string | undefined): string | undefined {
  return text === undefined ? undefined : cleanText(text);
}
