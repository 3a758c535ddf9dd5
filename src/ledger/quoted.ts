import type { Interaction } from '../core/interaction.ts';
import type { SqlExecutor } from './sql.ts';

/** Finds what replies answer, of many at once. @returns the message that an interaction answers, where it was captured */
export async function quotedOf(
  sql: Pick<SqlExecutor, 'query'>,
  interactions: readonly Interaction[],
): Promise<(interaction: Interaction) => Interaction | undefined> {
  const keys = [...new Set(interactions.flatMap((one) => quotedKey(one) ?? []))];
  if (keys.length === 0) return () => undefined;
  const rows = await sql.query<{ key: string; document: string }>(
    'select key, document from wcs.interactions where key = any($1::text[])',
    [keys],
  );
  const found = new Map(rows.map(({ key, document }) => [key, JSON.parse(document) as Interaction]));
  return (interaction) => found.get(quotedKey(interaction) ?? '');
}

function quotedKey(interaction: Interaction): string | undefined {
  return interaction.kind === 'message' ? interaction.content?.replyTo?.key : undefined;
}
