import type { Fact } from './fact.ts';
import { ofKind } from './fold-order.ts';
import type { FileResult, Interaction, Media, MessageContent } from './interaction.ts';

/** Puts what became of each file beside it, wherever the interaction has it. Facts are in order of time. */
export function withResults(interaction: Interaction, facts: readonly Fact[]): Interaction {
  const results = new Map<string, FileResult>();
  for (const { mediaId, result } of ofKind(facts, 'media')) {
    // A file that is kept stays kept, whatever a later try says; one that a rule has removed stays away.
    if (rankOf(result) >= rankOf(results.get(mediaId))) results.set(mediaId, result);
  }
  return results.size === 0 ? interaction : mapMedia(interaction, (media) => settled(media, results));
}

function rankOf(result: FileResult | undefined): number {
  return result === undefined ? 0 : { missing: 1, stored: 2, removed: 3 }[result.state];
}

function settled(media: Media, results: ReadonlyMap<string, FileResult>): Media {
  const result = results.get(media.id);
  return result === undefined ? media : { ...media, result };
}

/** Files of an interaction, those of earlier contents too, each once. */
export function filesOf(interaction: Interaction): Media[] {
  const files =
    interaction.kind === 'call'
      ? [interaction.recording, interaction.transcript, interaction.voicemail]
      : [interaction.content, ...interaction.earlier.map(({ content }) => content)].flatMap(
          (content) => content?.media ?? [],
        );
  return [...new Map(files.flatMap((file) => (file ? [[file.id, file] as const] : []))).values()];
}

/** Files that are to be fetched: of which nothing is known yet. */
export function missingFiles(interaction: Interaction): Media[] {
  return filesOf(interaction).filter(({ result }) => result === undefined);
}

/** The interaction with every file changed by `change`. */
export function mapMedia<I extends Interaction>(interaction: I, change: (media: Media) => Media): I;
export function mapMedia(interaction: Interaction, change: (media: Media) => Media): Interaction {
  if (interaction.kind === 'call') {
    const { recording, transcript, voicemail } = interaction;
    return {
      ...interaction,
      ...(recording && { recording: change(recording) }),
      ...(transcript && { transcript: change(transcript) }),
      ...(voicemail && { voicemail: change(voicemail) }),
    };
  }
  const inContent = (content: MessageContent): MessageContent =>
    content.media === undefined ? content : { ...content, media: content.media.map(change) };
  const { content, earlier } = interaction;
  return {
    ...interaction,
    ...(content && { content: inContent(content) }),
    earlier: earlier.map((one) => ({ ...one, content: inContent(one.content) })),
  };
}
