import { z } from 'zod';

/** Part of the keys of imported messages. */
export const chatExportKind = 'chat-export';

/** A message of an export has one file at most. */
export const mediaIdOfExport = 'attachment';

const person = z.object({
  phone: z.string().optional(),
  name: z.string().optional(),
});

/** What the ledger keeps of one message of an export: its text as it stood there, and how it was understood. */
export const linePayload = z.object({
  /** everything after the name */
  text: z.string(),
  /** the date and time as a clock on the wall showed it, with the zone that was given */
  local: z.string(),
  zone: z.string(),
  /** name of the author in the chat; absent for a call that has none */
  sender: z.string().optional(),
  direction: z.enum(['inbound', 'outbound']),
  person,
  group: z.object({ id: z.string(), subject: z.string() }).optional(),
});

export type LinePayload = z.infer<typeof linePayload>;
