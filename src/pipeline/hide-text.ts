import type { Interaction, MessageContent } from '../core/interaction.ts';
import type { Versions } from './versions.ts';
import type { Conversation, InteractionView, Ledger, WaitingPerson } from '../ledger/ledger.ts';

/** Stands for what was written. */
const hidden = '•••';

/** A ledger that never gives out what people wrote or sent, for those who may not read it. A search by text finds nothing. */
export function withoutText(ledger: Ledger): Ledger {
  return {
    ...ledger,
    exportedInteractions: refused,
    exportedRecords: refused,
    interactions: async (filter) => {
      if (filter.text !== undefined) return { items: [] };
      const page = await ledger.interactions(filter);
      return { ...page, items: page.items.map(hideView) };
    },
    interaction: async (key) => {
      const found = await ledger.interaction(key);
      if (found === undefined) return undefined;
      return {
        ...hideView(found),
        events: found.events.map((event) => ({ ...event, payload: null })),
        receipts: found.receipts,
      };
    },
    conversations: async (filter) => {
      const page = await ledger.conversations(filter);
      return { ...page, items: page.items.map(hideLast) };
    },
    conversation: async (id) => {
      const found = await ledger.conversation(id);
      return found && hideLast(found);
    },
    quarantinedItem: async (id) => {
      const { ciphertext: _what, ...found } = (await ledger.quarantinedItem(id)) ?? {};
      return 'id' in found ? found : undefined;
    },
    waitingPeople: async (state, filter) => {
      const page = await ledger.waitingPeople(state, filter);
      return { ...page, items: page.items.map(hideNewest) };
    },
  };
}

/** The versions of an interaction for those who may not read what was written. */
export function versionsWithoutText(whole: Versions): Versions {
  const versions = whole.versions.map((one) => ({ ...one, interaction: hideInteraction(one.interaction) }));
  return { ...whole, isHidden: true, versions };
}

async function refused(): Promise<never> {
  throw new Error('Records are exported for those alone who may read them.');
}

function hideLast(conversation: Conversation): Conversation {
  return { ...conversation, last: hideView(conversation.last) };
}

function hideNewest(person: WaitingPerson): WaitingPerson {
  return { ...person, newest: hideView(person.newest) };
}

function hideView<V extends InteractionView>(view: V): V {
  return { ...view, interaction: hideInteraction(view.interaction), isHidden: true };
}

function hideInteraction(interaction: Interaction): Interaction {
  if (interaction.kind === 'call') {
    const { recording: _recording, transcript: _transcript, voicemail: _voicemail, ...call } = interaction;
    return call;
  }
  const { content, earlier, ...message } = interaction;
  return {
    ...message,
    ...(content !== undefined && { content: hideContent(content) }),
    earlier: earlier.map(({ content: was, until }) => ({ content: hideContent(was), until })),
    reactions: [],
  };
}

function hideContent({ type, media = [] }: MessageContent): MessageContent {
  return {
    type,
    text: hidden,
    ...(media.length > 0 && {
      media: media.map(({ id, mimeType }) => ({ id, ...(mimeType !== undefined && { mimeType }) })),
    }),
  };
}
