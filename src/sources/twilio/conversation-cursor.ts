import { z } from 'zod';

const cursorSchema = z.object({
  /** up to which moment all is read */
  done: z.iso.datetime().optional(),
  /** when the last run over the whole window began */
  wide: z.iso.datetime().optional(),
  /** highest index read, by conversation; those with new messages last */
  seen: z.record(z.string(), z.number().int().min(0)).default({}),
});

/** Where the conversations are read up to; kept as JSON in the ledger. */
export type ConversationCursor = Readonly<z.infer<typeof cursorSchema>>;

/** A conversation that is forgotten is read again from the window's beginning: what is known is not told twice. */
const most = 500;

export function readConversationCursor(text: string | undefined): ConversationCursor {
  if (text === undefined) return { seen: {} };
  try {
    return cursorSchema.parse(JSON.parse(text));
  } catch {
    return { seen: {} };
  }
}

/** With one more conversation read up to an index. */
export function withSeen(cursor: ConversationCursor, sid: string, index: number): ConversationCursor {
  const { [sid]: _before, ...others } = cursor.seen;
  const seen = [...Object.entries(others), [sid, index] as const].slice(-most);
  return { ...cursor, seen: Object.fromEntries(seen) };
}
