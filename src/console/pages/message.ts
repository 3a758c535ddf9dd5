import type { Interaction, Media } from '../../core/interaction.ts';
import { t } from '../texts.ts';
import type { Activity, Chat, View } from '../types.ts';

/** Who the chat is with: as the CRM calls them, else as they call themselves. */
export function nameOf(
  chat:
    | { contacts: Chat['contacts']; name?: string; phone?: string; userId?: string; groupId?: string }
    | (View & { contacts: [] }),
): string {
  // In a group everybody is another contact.
  if ('groupId' in chat && chat.groupId !== undefined) return chat.name ?? chat.groupId;
  const named = chat.contacts.find(({ name }) => name !== undefined && name !== '');
  if (named?.name !== undefined) return named.name;
  if ('interaction' in chat) {
    const { person, group } = chat.interaction;
    return group?.subject ?? person.name ?? person.phone ?? person.userId ?? '';
  }
  return chat.name ?? chat.phone ?? chat.userId ?? '';
}

/** One line of a message or call. */
export function snippetOf({ interaction }: Pick<View, 'interaction'>): string {
  const side = interaction.direction === 'outbound' ? '→ ' : '';
  if (interaction.kind === 'call') {
    return `${side}${t.chats.call[interaction.direction]}${interaction.result === undefined ? '' : `, ${t.chats.results[interaction.result]}`}`;
  }
  if (interaction.revokedAt !== undefined) return `${side}${t.chats.deleted}`;
  const { content } = interaction;
  if (content === undefined) return `${side}…`;
  return side + (content.text !== '' ? content.text : content.type);
}

const order = [
  'failed',
  'parked',
  'unknown',
  'matching',
  'ready',
  'sending',
  'delivered',
  'ignored',
  'excluded',
];

/** The state that names a message that goes to several destinations. */
export function worstState(activities: readonly Pick<Activity, 'state'>[]): string | undefined {
  return activities.map(({ state }) => state).toSorted((a, b) => order.indexOf(a) - order.indexOf(b))[0];
}

/** Files of a message or call. */
export function mediaOf(interaction: Interaction): readonly Media[] {
  if (interaction.kind === 'message') return interaction.content?.media ?? [];
  const { recording, voicemail, transcript } = interaction;
  return [recording, voicemail, transcript].filter((one) => one !== undefined);
}
