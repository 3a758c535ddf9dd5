import { hashKey } from './key.ts';
import { mapMedia } from './fold-media.ts';
import type { DeliveryState, Interaction, Media, MessageInteraction } from './interaction.ts';

/** Which delivery states reach the CRM: none, a failure, or how it ended (failed, read or played). */
export type StatusPolicy = 'none' | 'failed' | 'final';

const shownStates: Readonly<Record<StatusPolicy, readonly DeliveryState[]>> = {
  none: [],
  failed: ['failed'],
  final: ['failed', 'read', 'played'],
};

/** The delivery state as far as people shall see it: the one place that decides which states change a CRM record. */
export function visibleStatus(
  status: MessageInteraction['status'],
  policy: StatusPolicy,
): MessageInteraction['status'] {
  return status && shownStates[policy].includes(status.state) ? status : undefined;
}

/**
 * Hash of what people would see of an interaction; its revision rises when this changes. Who the person is stays out:
 * a name or number that a mere delivery state added is no reason to write to the CRM (addresses have their own way).
 * Nor is a file that was stored, which is attached beside the text; one that is not to be had is told in the text.
 */
export function contentHash(interaction: Interaction, statuses: StatusPolicy): string {
  const {
    key: _key,
    source: _source,
    sourceKind: _kind,
    person: _person,
    ...shown
  } = mapMedia(interaction, visibleFile);
  if (shown.kind === 'call') return hashKey(JSON.stringify(shown));
  const { via, status, occurredAt, ...message } = shown;
  // the time of a message that was not seen is that of its earliest delivery state
  const time = via === 'unknown' ? null : occurredAt;
  return hashKey(JSON.stringify([time, message, visibleStatus(status, statuses) ?? null]));
}

function visibleFile({ result, ...media }: Media): Media {
  return result?.state === 'missing' ? { ...media, result } : media;
}
