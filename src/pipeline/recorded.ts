import type { Interaction, MessageContent } from '../core/interaction.ts';
import type { InteractionFilter } from '../ledger/ledger.ts';
import { importedKind } from './import.ts';
import type { Operations } from './operations.ts';

/** What a line of an export says, for the comparison with what was recorded. */
export interface Said {
  readonly kind: string;
  /** the same for texts that differ only in what phones add (`comparable`) */
  readonly text: string;
}

interface Recorded {
  taken: boolean;
}

const minuteMs = 60_000;

/** What was recorded of a chat by other ways than imports; each interaction is found once. */
export class RecordedChat {
  readonly #found = new Map<string, Recorded[]>();
  readonly #comparable: (text: string) => string;

  private constructor(comparable: (text: string) => string) {
    this.#comparable = comparable;
  }

  /** Reads it from the ledger. `groups`: only what was said in groups, else only what was not. */
  static async load(
    operations: Pick<Operations, 'interactions'>,
    filter: Omit<InteractionFilter, 'limit' | 'cursor'>,
    options: { readonly groups: boolean; readonly comparable: (text: string) => string },
  ): Promise<RecordedChat> {
    const chat = new RecordedChat(options.comparable);
    let cursor: string | undefined;
    do {
      const page = await operations.interactions({
        ...filter,
        limit: 500,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { interaction } of page.items) {
        const isOther =
          interaction.sourceKind === importedKind || (interaction.group !== undefined) !== options.groups;
        if (!isOther) chat.#add(interaction);
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    return chat;
  }

  /**
   * Is this in the ledger? A phone's clock and the provider's may differ by a minute. What is found is not found again:
   * who says "ok" twice has said it twice.
   */
  take(occurredAt: string, direction: string, said: Said): boolean {
    const minute = minuteOf(occurredAt);
    for (const near of [minute, minute - 1, minute + 1]) {
      const recorded = this.#found.get(place(near, direction, said))?.find((one) => !one.taken);
      if (recorded !== undefined) {
        recorded.taken = true;
        return true;
      }
    }
    return false;
  }

  #add(interaction: Interaction): void {
    const minute = minuteOf(interaction.occurredAt);
    const recorded: Recorded = { taken: false };
    const places = saidIn(interaction, this.#comparable).map((said) =>
      place(minute, interaction.direction, said),
    );
    for (const one of new Set(places)) this.#found.set(one, [...(this.#found.get(one) ?? []), recorded]);
  }
}

function minuteOf(time: string): number {
  return Math.floor(Date.parse(time) / minuteMs);
}

function place(minute: number, direction: string, { kind, text }: Said): string {
  // Of a place only the map is told the same way by all sources.
  return JSON.stringify([minute, direction, kind, kind === 'location' ? '' : text]);
}

/** All that an export may show of it: it may be older than an edit or a deletion. */
function saidIn(interaction: Interaction, comparable: (text: string) => string): Said[] {
  if (interaction.kind === 'call') return [{ kind: 'call', text: '' }];
  const { content, earlier, revokedAt } = interaction;
  const contents = [content, ...earlier.map((one) => one.content)].filter((one) => one !== undefined);
  return [
    ...contents.map((one) => ({ kind: kindOf(one), text: comparable(one.text) })),
    ...(revokedAt === undefined ? [] : [{ kind: 'deleted', text: '' }]),
  ];
}

const fileTypes = new Set([
  'image',
  'video',
  'audio',
  'voice',
  'document',
  'sticker',
  'contacts',
  'media_placeholder',
]);

function kindOf({ type, media }: MessageContent): string {
  if (type === 'location') return 'location';
  return fileTypes.has(type) || (media?.length ?? 0) > 0 ? 'file' : 'text';
}
