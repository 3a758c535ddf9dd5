import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, test } from '@jest/globals';
import fc from 'fast-check';
import { ZipFile } from 'yazl';
import { fold } from '../../src/core/fold.ts';
import {
  dateOrders,
  findParties,
  normalizeChatExport,
  openChatFile,
  readChat,
  surveyChat,
  type ChatFile,
} from '../../src/sources/chat-export/index.ts';
import { render } from '../../src/mapping/render.ts';
import { makeTempFolder } from '../support/temp.ts';
import { heavy, light } from './ingredients.ts';
import { ingredient, mutations, tell, toText, type Edit, type Mutation } from './mutate.ts';
import { fuzz, timeFor } from './run.ts';
import { stopWatching } from './watchdog.ts';

const folder = makeTempFolder('fuzz-chats');
afterAll(async () => {
  folder.remove();
  await stopWatching();
});

const fixtures = join(import.meta.dirname, '../fixtures/chat-export');
const chats: readonly string[] = [
  ...readdirSync(fixtures)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => readFileSync(join(fixtures, name), 'utf8')),
  [
    '[24.12.25, 21:05:07] Ana: \u200e<attached: 00000012-PHOTO-2025-12-24-21-05-07.jpg>',
    '[24.12.25, 21:05:08] Ana: Hello \u200e<This message was edited>',
    '[24.12.25, 21:06:00] Ana: \u200eThis message was deleted.',
    '[24.12.25, 21:07:00] Ana: \u200eVoice call, \u200e1 hr 3 min',
    '[24.12.25, 21:08:00] Ana: \u200eMissed voice call',
    '[24.12.25, 21:09:00] Ana: Location: https://maps.google.com/?q=1.5,2.5',
    '[24.12.25, 21:10:00] Ana: offer.pdf • \u200e3 pages \u200edocument omitted',
    '[24.12.25, 21:11:00] \u200e~Ben: POLL: Where? OPTION: Here (3 votes)',
  ].join('\r\n'),
  '24/12/25, 21:05 - Ana: IMG-20251224-WA0001.jpg (file attached)\nseen\n24/12/25, 21:06 - Ana: <Media omitted>\n',
];

/** A text is cut, filled and shuffled by lines, and by signs within a line. */
function changed({ base, edits }: Mutation): string {
  return edits.reduce(changeOnce, chats[base] as string);
}

function changeOnce(text: string, { op, at, what }: Edit): string {
  const lines = text.split('\n');
  const nth = at % lines.length;
  const line = lines[nth] ?? '';
  const brought = toText(ingredient(what).make());
  const place = (at * 13) % (line.length + 1);
  const [before, after] = [line.slice(0, place), line.slice(place)];
  if (op === 'replace') lines[nth] = before + brought + after;
  else if (op === 'append') lines[nth] = line + brought;
  else if (op === 'remove') lines[nth] = before + after.slice(1 + (what % 9));
  else if (op === 'wrap in a list') lines.splice(nth, 0, brought);
  else if (op === 'wrap in an object') lines[nth] = `${line.slice(0, line.indexOf(':') + 1)} ${brought}`;
  else if (op === 'repeat') lines.splice(nth, 0, ...Array.from({ length: timesOf(line, what) }, () => line));
  else if (op === 'add a key') lines[nth] = `${line} \u200e<attached: ${brought}>`;
  else if (op === 'rename')
    lines[nth] = line.replace(/(?<=[-\]] )[^:]{1,40}(?=:)/, () => brought.slice(0, 2_000));
  else lines.reverse();
  return lines.join('\n');
}

/** A file of many megabytes takes its time: what is looked for is one message that does. */
function timesOf(line: string, what: number): number {
  return line.length > 1_000 ? 2 : 2 + (what % 200);
}

const firm = '+15550783881';
const now = new Date('2026-06-01T12:00:00Z');

/** As `wcs import` reads it: a survey, who is who, then each message up to what people would read. */
async function importAll(file: Pick<ChatFile, 'text' | 'chatName'>): Promise<void> {
  const survey = await surveyChat(await file.text(), { now });
  const options = { survey, businessNumber: firm, namesOnly: true, me: [...survey.senders.keys()][0] ?? 'x' };
  const parties = findParties({
    ...options,
    ...(file.chatName !== undefined && { chatName: file.chatName }),
  });
  if ('ask' in parties) return;
  const chat = {
    businessNumber: firm,
    parties,
    zone: 'Europe/Berlin',
    dateOrder: survey.dateOrders[0] ?? dateOrders[0],
  };
  for await (const items of readChat(file, chat))
    for (const item of items) if (!('unreadable' in item)) show(item.draft);
}

type Draft = Parameters<typeof normalizeChatExport>[0] & { people?: unknown; dedupeKey?: string };

function show(draft: Omit<Draft, 'id' | 'source' | 'sourceKind' | 'receivedAt'>): void {
  if (new Date(draft.occurredAt).toISOString() !== draft.occurredAt) throw new Error('its time is none');
  const event = {
    ...draft,
    id: 1,
    source: 'support',
    sourceKind: 'chat-export',
    receivedAt: now.toISOString(),
  };
  const interaction = fold(draft.interactionKey ?? '', [{ event, fact: normalizeChatExport(event) }]);
  render(interaction, { revision: 1, contact: { type: 'contact', id: '1' } });
}

/** What is told to the person who imports is no crash. */
async function refusing(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    if ((error as Error).name !== 'ChatExportError') throw error;
  });
}

const inChunks = (bytes: Buffer) => {
  const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, at) =>
    bytes.subarray(at * 65_536, (at + 1) * 65_536),
  );
  return Readable.from(chunks);
};

test(
  'texts of chats are read or refused',
  () =>
    fuzz<Mutation>({
      name: 'chat texts',
      cases: mutations(chats.length),
      check: async ([one]) => {
        const text = changed(one as Mutation);
        const sign = (one as Mutation).edits[0]?.at ?? 0;
        const encoded = sign % 11 === 0 ? Buffer.from(`\ufeff${text}`, 'utf16le') : Buffer.from(text);
        await refusing(importAll({ text: async () => inChunks(encoded) }));
      },
      tell,
    }),
  timeFor('chat texts'),
);

interface Zip {
  readonly chat: Mutation;
  readonly name: number;
  readonly content: number;
  /** bytes that are changed afterwards: where, and to what */
  readonly harm: readonly { readonly at: number; readonly to: number }[];
  readonly cut: number;
}

const all = light.length + heavy.length;
const zips: fc.Arbitrary<Zip> = fc.record({
  chat: mutations(chats.length, 2),
  name: fc.nat(light.length - 1),
  content: fc.nat(all - 1),
  harm: fc.array(fc.record({ at: fc.nat(100_000), to: fc.nat(255) }), { maxLength: 4 }),
  cut: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(200) }),
});

async function zipOf({ chat, name, content, harm, cut }: Zip): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(changed(chat)), '_chat.txt');
  zip.addBuffer(Buffer.from(toText(ingredient(content).make())), 'IMG-1.jpg');
  const other = toText(ingredient(name).make())
    .replace(/[\0/\\:]/g, '_')
    .slice(0, 100);
  if (other !== '' && other !== '..' && other !== '.') zip.addBuffer(Buffer.from('x'), `${other}.txt`);
  zip.end();
  const bytes = await buffer(zip.outputStream as Readable);
  for (const { at, to } of harm) bytes[(at * 7_919) % bytes.length] = to;
  // The directory at the end is where most of a zip's fields are.
  for (const { at, to } of harm.slice(0, 2))
    bytes[bytes.length - 1 - (at % Math.min(300, bytes.length))] = to;
  return cut === 0 ? bytes : bytes.subarray(0, Math.max(0, bytes.length - cut));
}

test(
  'zips of chats are read or refused',
  () =>
    fuzz<Zip>({
      name: 'chat zips',
      cases: zips,
      check: async ([one]) => {
        const path = join(folder.path, 'WhatsApp Chat with Ana.zip');
        writeFileSync(path, await zipOf(one as Zip));
        await refusing(readZip(path));
      },
      tell: ({ chat, ...rest }) => `${tell(chat)} ${JSON.stringify(rest)}`,
    }),
  timeFor('chat zips'),
);

async function readZip(path: string): Promise<void> {
  const file = await openChatFile(path);
  try {
    const media = file.media('IMG-1.jpg');
    if (media !== undefined) for await (const chunk of await media.open()) void chunk;
    await importAll(file);
  } finally {
    file.close();
  }
}
