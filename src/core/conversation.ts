import type { Interaction } from './interaction.ts';
import { hashKey } from './key.ts';

/**
 * The chat that an interaction belongs to: all of one firm's number with one person or group. 32 hex digits, which stand
 * in addresses of pages and tell nobody a number.
 *
 * @param addresses all that is known of the person, their own first
 */
export function conversationOf(
  { businessNumber, group, key }: Pick<Interaction, 'businessNumber' | 'group' | 'key'>,
  addresses: readonly string[],
): string {
  const other = group?.id ?? addresses.find((one) => one.startsWith('+')) ?? addresses[0] ?? key;
  return hashKey('conversation', businessNumber, other).slice(0, 32);
}

/** Everything that a person wrote or a file is called, in all versions: what a search by text looks at. */
export function searchTextOf(interaction: Interaction): string {
  if (interaction.kind === 'call') return '';
  const contents = [interaction.content, ...interaction.earlier.map(({ content }) => content)];
  return contents
    .flatMap((content) => [
      content?.text ?? '',
      ...(content?.media ?? []).map(({ fileName }) => fileName ?? ''),
    ])
    .join('\n');
}

/** What the other side calls itself. */
export function namesOf({ person, group }: Interaction): string[] {
  const names = group === undefined ? [person.name, person.username] : [group.subject];
  return names.filter((name) => name !== undefined && name.trim() !== '') as string[];
}
