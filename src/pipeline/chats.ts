import type { Readable } from 'node:stream';
import type { Interaction, Media } from '../core/interaction.ts';
import type { Destination } from '../destinations/destination.ts';
import type { FileStore } from '../files/file-store.ts';
import type {
  ActivityView,
  Conversation,
  ConversationContact,
  ConversationFilter,
  InteractionView,
  Ledger,
} from '../ledger/ledger.ts';

/** With addresses of the records in the CRM, where they are known. */
export type LinkedActivity = ActivityView & { readonly recordUrl?: string; readonly contactUrl?: string };
export type LinkedView<V extends InteractionView = InteractionView> = Omit<V, 'activities'> & {
  readonly activities: readonly LinkedActivity[];
};
export type LinkedConversation = Omit<Conversation, 'last' | 'contacts'> & {
  readonly last: LinkedView;
  readonly contacts: readonly (ConversationContact & { readonly url?: string })[];
};

/** A file that somebody sent, to be shown. */
export interface OpenFile {
  /** id of the chat that it is part of */
  readonly conversation: string;
  readonly stream: Readable;
  /** bytes */
  readonly size: number;
  readonly mimeType?: string;
  readonly fileName?: string;
}

/** Chats as people look at them. */
export interface ChatOperations {
  list(
    filter: ConversationFilter,
  ): Promise<{ readonly items: readonly LinkedConversation[]; readonly cursor?: string }>;
  get(id: string): Promise<LinkedConversation | undefined>;
  /** A kept file of an interaction, by its hash. */
  file(key: string, sha256: string): Promise<OpenFile | undefined>;
}

export interface ChatDeps {
  readonly ledger: Pick<Ledger, 'conversations' | 'conversation' | 'interaction'>;
  readonly files: Pick<FileStore, 'has' | 'open'>;
  readonly destinations: ReadonlyMap<string, Pick<Destination, 'recordUrl'>>;
}

/** {@link ChatOperations} over a ledger and its files. */
export function chatOperations(deps: ChatDeps): ChatOperations {
  const { ledger, destinations } = deps;
  return {
    list: async (filter) => {
      const page = await ledger.conversations(filter);
      return { ...page, items: page.items.map((one) => linkedConversation(destinations, one)) };
    },
    get: async (id) => {
      const found = await ledger.conversation(id);
      return found && linkedConversation(destinations, found);
    },
    file: (key, sha256) => file(deps, key, sha256),
  };
}

/** A view with the addresses of its records. */
export function linked<V extends InteractionView>(
  destinations: ChatDeps['destinations'],
  view: V,
): LinkedView<V> {
  const { interaction, activities } = view;
  return {
    ...view,
    activities: activities.map((one) => linkedActivity(destinations, interaction.kind, one)),
  };
}

/** An activity with the addresses of its record and of the contact's. */
export function linkedActivity<A extends ActivityView>(
  destinations: ChatDeps['destinations'],
  kind: Interaction['kind'],
  activity: A,
): A & LinkedActivity {
  const destination = destinations.get(activity.destination);
  const { recordId, contact } = activity;
  const recordUrl = recordId === undefined ? undefined : destination?.recordUrl(kind, recordId);
  const contactUrl = contact === undefined ? undefined : destination?.recordUrl('contact', contact.id);
  return {
    ...activity,
    ...(recordUrl !== undefined && { recordUrl }),
    ...(contactUrl !== undefined && { contactUrl }),
  };
}

function linkedConversation(
  destinations: ChatDeps['destinations'],
  conversation: Conversation,
): LinkedConversation {
  return {
    ...conversation,
    last: linked(destinations, conversation.last),
    contacts: conversation.contacts.map((contact) => {
      const url = destinations.get(contact.destination)?.recordUrl('contact', contact.id);
      return { ...contact, ...(url !== undefined && { url }) };
    }),
  };
}

async function file({ ledger, files }: ChatDeps, key: string, sha256: string): Promise<OpenFile | undefined> {
  const found = await ledger.interaction(key);
  if (found === undefined) return undefined;
  const results = mediaOf(found.interaction).map(({ result }) => result);
  const kept = results.find((result) => result?.state === 'stored' && result.sha256 === sha256);
  if (kept?.state !== 'stored' || !(await files.has(sha256))) return undefined;
  const { size, mimeType, fileName } = kept;
  return {
    conversation: found.conversation,
    stream: await files.open(sha256),
    size,
    ...(mimeType !== undefined && { mimeType }),
    ...(fileName !== undefined && { fileName }),
  };
}

/** Of all versions: a file that an edit took away is still part of the original. */
function mediaOf(interaction: Interaction): readonly Media[] {
  if (interaction.kind === 'call') {
    const { recording, transcript, voicemail } = interaction;
    return [recording, transcript, voicemail].filter((one) => one !== undefined);
  }
  const contents = [interaction.content, ...interaction.earlier.map(({ content }) => content)];
  return contents.flatMap((content) => content?.media ?? []);
}
