import type { FileResult, Interaction, Media } from '../core/interaction.ts';
import { formatCsv } from '../observe/csv.ts';
import { extensions } from '../pipeline/file-names.ts';
import type { Chats } from './chats.ts';
import { interactionsOf, type ExportRun } from './run.ts';

type Stored = Extract<FileResult, { state: 'stored' }>;

/** Files of all versions of a message, or of a call; each file once. */
export function filesOf(interaction: Interaction): Media[] {
  if (interaction.kind === 'call') {
    const { recording, voicemail, transcript } = interaction;
    return [recording, voicemail, transcript].filter((one) => one !== undefined);
  }
  const contents = [interaction.content, ...interaction.earlier.map(({ content }) => content)];
  const all = contents.flatMap((content) => content?.media ?? []);
  return [...new Map(all.map((media) => [media.id, media])).values()];
}

/** MIME type without parameters, as the store knows it, else as the provider said. */
export function typeOf({ mimeType, result }: Media): string {
  const told = (result?.state === 'stored' ? result.mimeType : undefined) ?? mimeType ?? '';
  return (told.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** What the person who sent it called it. */
export function nameOf({ fileName, result }: Media): string | undefined {
  return fileName ?? (result?.state === 'stored' ? result.fileName : undefined);
}

/**
 * Where a kept file is in the export: by its hash, and with an extension that opens nothing which could run; undefined: it
 * is not kept.
 */
export function placeOf(media: Media): string | undefined {
  const { result } = media;
  if (result?.state !== 'stored') return undefined;
  return `media/${result.sha256}.${extensions[typeOf(media)] ?? 'bin'}`;
}

const heads = ['file', 'sha256', 'bytes', 'mimeType', 'name', 'state', 'key', 'conversation', 'occurredAt'];

/**
 * `media/index.csv`; all chats are gathered on the same way through. @returns where each kept file is to be put, by its hash
 */
export async function writeFileIndex(run: ExportRun, chats: Chats): Promise<ReadonlyMap<string, string>> {
  const kept = new Map<string, string>();
  async function* lines(): AsyncIterable<string> {
    yield formatCsv(heads, []);
    for await (const item of interactionsOf(run)) {
      const { interaction, conversation } = item;
      chats.add(item);
      for (const media of filesOf(interaction)) {
        const path = placeOf(media);
        const stored = media.result?.state === 'stored' ? media.result : undefined;
        if (path !== undefined && stored !== undefined && !kept.has(stored.sha256))
          kept.set(stored.sha256, path);
        const row = [stored ? (kept.get(stored.sha256) ?? '') : '', ...cellsOf(media, stored)];
        yield formatCsv([...row, interaction.key, conversation, interaction.occurredAt], []);
      }
    }
  }
  await run.output.add('media/index.csv', lines());
  return kept;
}

/** The files themselves, each once. @returns how many are there */
export async function writeFiles(run: ExportRun, kept: ReadonlyMap<string, string>): Promise<number> {
  let count = 0;
  for (const [sha256, path] of kept) if (await writeFile(run, sha256, path)) count += 1;
  return count;
}

function cellsOf(media: Media, stored: Stored | undefined): string[] {
  return [
    stored?.sha256 ?? '',
    String(stored?.size ?? ''),
    typeOf(media),
    nameOf(media) ?? '',
    stateOf(media.result),
  ];
}

/** Kept, or why it is not. */
function stateOf(result: { readonly state: string; readonly text?: string } | undefined): string {
  if (result === undefined) return 'not fetched yet';
  return result.state === 'stored' ? 'kept' : (result.text ?? result.state);
}

async function writeFile(
  { deps, output, problems }: ExportRun,
  sha256: string,
  path: string,
): Promise<boolean> {
  if (!(await deps.files.has(sha256))) {
    problems.say(`${path}: is not among the kept files any more`);
    return false;
  }
  const written = await output.add(path, (await deps.files.open(sha256)) as AsyncIterable<Uint8Array>);
  if (written.sha256 !== sha256) problems.say(`${path}: is not what was kept`);
  return true;
}
