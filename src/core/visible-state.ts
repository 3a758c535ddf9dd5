import type { Interaction } from './interaction.ts';
import { hashKey } from './key.ts';

/**
 * Tells apart what a reader would call another state of an interaction: what it says, deleted or not, its reactions, that
 * it was not delivered, how a call ended. Files and how far a message got do not count. Lower-case hex.
 */
export function visibleState(interaction: Interaction): string {
  if (interaction.kind === 'call') {
    const { result, durationSeconds, error } = interaction;
    return hashKey(JSON.stringify([result ?? '', durationSeconds ?? 0, error?.code ?? '']));
  }
  const { content, revokedAt, reactions, status } = interaction;
  const failed = status?.state === 'failed' ? (status.error?.code ?? 'failed') : '';
  const said = reactions.map(({ emoji, direction, by }) => [emoji, direction, by ?? '']);
  return hashKey(JSON.stringify([content?.type ?? '', content?.text ?? '', revokedAt ?? '', said, failed]));
}

/** The key of the record that a change becomes, where records are never written again. */
export function changeKey(interaction: Interaction): string {
  return hashKey(interaction.key, 'change', visibleState(interaction));
}
