import { conversationOf, searchTextOf } from '../core/conversation.ts';
import { cleanText } from '../core/text.ts';
import { wordsOf } from '../core/words.ts';
import { sealText } from '../keys/cipher.ts';
import type { Remade } from './fold-remake.ts';
import type { SqlExecutor } from './sql.ts';
import { columns } from './transact.ts';

/** Writes interactions as they are now. */
export async function writeInteractions(tx: SqlExecutor, remade: readonly Remade[]): Promise<void> {
  const documentOf = await documents(tx, remade);
  await tx.query(
    `update wcs.interactions i
     set revision = n.revision, content_hash = n.content_hash, without_content = n.without_content,
         source = n.source, business_number = n.business_number, occurred_at = n.occurred_at::timestamptz,
         addresses = array(select jsonb_array_elements_text(n.addresses::jsonb)),
         person_phone = n.phone, person_user_id = n.user_id, group_id = n.group_id, document = n.document,
         direction = n.direction, conversation = n.conversation, key_id = n.key_id::bigint,
         kind = n.kind,
         words = case when n.words is null then null
                      else array_to_tsvector(array(select jsonb_array_elements_text(n.words::jsonb))) end
     from unnest($1::text[], $2::int[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::text[],
                 $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
                 $16::text[], $17::text[])
       as n (key, revision, content_hash, without_content, source, business_number, occurred_at, addresses, phone,
             user_id, document, group_id, direction, conversation, words, key_id, kind)
     where i.key = n.key`,
    columns(
      remade,
      ({ before }) => before.key,
      ({ revision }) => revision,
      ({ folded }) => cleanText(folded.contentHash),
      ({ folded }) => folded.withoutContent,
      ({ folded }) => cleanText(folded.interaction.source),
      ({ folded }) => cleanText(folded.interaction.businessNumber),
      ({ folded }) => folded.interaction.occurredAt,
      ({ addresses }) => JSON.stringify(addresses),
      ({ folded }) => clean(folded.interaction.person.phone),
      ({ folded }) => clean(folded.interaction.person.userId),
      documentOf,
      ({ folded }) => clean(folded.interaction.group?.id),
      ({ folded }) => folded.interaction.direction,
      ({ folded, addresses }) => conversationOf(folded.interaction, addresses),
      // Words would tell what was written: with encryption at rest there are none.
      ({ folded }) =>
        tx.vault === undefined
          ? JSON.stringify(wordsOf(cleanText(searchTextOf(folded.interaction))))
          : undefined,
      ({ before }) => before.keyId,
      ({ folded }) => folded.interaction.kind,
    ),
  );
}

/** How each document is written: sealed with the key of its events, in clear where they are. */
async function documents(tx: SqlExecutor, remade: readonly Remade[]): Promise<(one: Remade) => string> {
  const keyIds = remade.flatMap(({ before }) => before.keyId ?? []);
  const keys = keyIds.length === 0 ? undefined : await tx.vault?.load(tx, keyIds);
  return ({ before, folded }) => {
    const text = JSON.stringify(folded.interaction);
    if (before.keyId === undefined) return text;
    const key = keys?.get(before.keyId);
    if (key === undefined) throw new Error(`content key ${before.keyId} is not there`);
    return sealText(key.key, key.id, ['interactions', before.key], text);
  };
}

function clean(text: string | undefined): string | undefined {
  return text === undefined ? undefined : cleanText(text);
}
