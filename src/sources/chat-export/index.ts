import type { Normalize } from '../source.ts';

/** Part of the keys of imported messages. */
export const chatExportKind = 'chat-export';

/** Reads one stored event of this source kind. Total: what it cannot read is an `unrecognised` fact. */
export const normalizeChatExport: Normalize = (event) => ({
  kind: 'unrecognised',
  at: event.occurredAt,
  topic: 'unfinished',
});
