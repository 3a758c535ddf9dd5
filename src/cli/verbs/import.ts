import type { Command } from 'commander';
import type { Settings } from '../../../config/settings.ts';
import { shorten } from '../../observe/shorten.ts';
import { ChatImport, type ImportCounts } from '../../pipeline/import-chat.ts';
import { isTypeAllowed } from '../../pipeline/media-checks.ts';
import type { Operations } from '../../pipeline/operations.ts';
import { RecordedChat } from '../../pipeline/recorded.ts';
import {
  comparable,
  openChatFile,
  readChat,
  type ChatFile,
  type ChatItem,
} from '../../sources/chat-export/index.ts';
import { common, printJson, systemUser, withOperations, type Context } from '../context.ts';
import { planImport, type ImportPlan, type PlanOptions } from '../import-plan.ts';
import { startProgress } from '../progress.ts';
import { oneLine, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface ImportOptions extends PlanOptions {
  readonly since?: string;
  readonly until?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** A message as it was understood, for the dry run. */
interface Sample {
  readonly at: string;
  readonly direction: string;
  readonly sender?: string;
  readonly text: string;
}

interface ImportResult extends ImportCounts {
  readonly source: string;
  readonly dryRun: boolean;
  readonly dateOrder: string;
  readonly timezone: string;
  /** messages and calls of the file within the range asked for */
  read: number;
  /** not within it */
  outOfRange: number;
  /** what WhatsApp itself wrote about the chat */
  readonly notices: number;
  readonly senders: Readonly<Record<string, number>>;
  /** numbers of lines that are not imported, at most a hundred */
  readonly notUnderstood: number[];
  readonly first: Sample[];
  readonly last: Sample[];
}

/** `wcs import`: a chat export into the ledger; what is there already is left out. */
export function addImport(program: Command, context: Context): void {
  const command = program
    .command('import')
    .argument('<file>', 'a chat export of WhatsApp: .txt, or .zip with its files')
    .description('import a chat export; again and overlapping as you like')
    .requiredOption('--source <id>', 'source of the settings that it belongs to')
    .option('--number <number>', "the firm's number (default: the source's only one)")
    .option('--me <name>', 'which sender is the firm')
    .option('--contact <number>', 'phone number of the other side')
    .option('--person <name=number>', 'phone number of somebody in a group; may be repeated', collect, [])
    .option('--names-only', 'import people without a number too; their records wait to be assigned')
    .option('--timezone <zone>', 'time zone of the phone that made the export, like Europe/Berlin')
    .option('--date-order <order>', 'dmy, mdy or ymd, where the file does not tell')
    .option('--since <day>', 'first day on the phone, like 2026-01-31', day)
    .option('--until <day>', 'last day on the phone', day)
    .option('--dry-run', 'show what would be imported');
  common(
    command,
    'wcs import "WhatsApp Chat with Ana.zip" --source support --contact +14155550100 --timezone Europe/Berlin',
  ).action(async (path: string, options: ImportOptions) => {
    context.exitCode = await importChat(context, path, options);
  });
}

async function importChat(context: Context, path: string, options: ImportOptions): Promise<number> {
  const { terminal } = context;
  const file = await openChatFile(path);
  try {
    const result = await withOperations(context, async (all, settings) => {
      const operations: Operations = {
        ...all,
        importDrafts: (source, drafts, check) => all.importDrafts(source, drafts, check, systemUser()),
      };
      const plan = await planImport(options, settings, file, options.json ? undefined : terminal.ask);
      return runImport({ operations, settings, file, plan, terminal, options });
    });
    if (options.json) printJson(context, result);
    else terminal.out(formatResult(result));
    return result.notUnderstood.length > 0 ? 1 : 0;
  } finally {
    file.close();
  }
}

interface Run {
  readonly operations: Operations;
  readonly settings: Settings;
  readonly file: ChatFile;
  readonly plan: ImportPlan;
  readonly terminal: Terminal;
  readonly options: ImportOptions;
}

async function runImport({
  operations,
  settings,
  file,
  plan,
  terminal,
  options,
}: Run): Promise<ImportResult> {
  const recorded = await loadRecorded(operations, plan);
  const { maxSize, types } = settings.media;
  const chat = new ChatImport(
    {
      operations,
      ...(recorded && { recorded }),
      open: (name) => file.media(name),
      maxFileBytes: maxSize,
      isTypeAllowed: (type) => isTypeAllowed([type], types),
    },
    plan.source,
    options.dryRun === true,
  );
  const result = emptyResult(plan, options, chat.counts);
  const progress = startProgress(terminal, options.json === true, file.textSize);
  try {
    for await (const items of readChat(file, { ...plan })) {
      for (const item of items) {
        if ('unreadable' in item) note(result, item.unreadable);
        else if (isWithin(item.localDay, options)) {
          result.read += 1;
          keepSample(result, item);
          await chat.add(item);
        } else result.outOfRange += 1;
      }
      const last = items.at(-1);
      if (last && 'bytes' in last) progress.update(last.bytes);
    }
    await chat.end();
  } finally {
    progress.stop();
  }
  return { ...result, ...chat.counts };
}

/** What the source itself recorded of the chat. Of a person without a number nobody can tell. */
async function loadRecorded(operations: Operations, { parties, businessNumber, days }: ImportPlan) {
  const groups = parties.group !== undefined;
  const person = parties.person?.phone;
  if (!groups && person === undefined) return undefined;
  const range = { from: nextDay(days.first, -1), to: nextDay(days.last, 1) };
  const filter = { businessNumber, ...(groups || person === undefined ? {} : { person }), ...range };
  return RecordedChat.load(operations, filter, { groups, comparable });
}

function nextDay(day: string, by: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + by * 86_400_000).toISOString().slice(0, 10);
}

function isWithin(localDay: string, { since, until }: ImportOptions): boolean {
  return (since === undefined || localDay >= since) && (until === undefined || localDay <= until);
}

function emptyResult(plan: ImportPlan, options: ImportOptions, counts: ImportCounts): ImportResult {
  const { survey, dateOrder, zone, source } = plan;
  return {
    source,
    dryRun: options.dryRun === true,
    dateOrder,
    timezone: zone,
    read: 0,
    ...counts,
    outOfRange: 0,
    notices: survey.notices,
    senders: Object.fromEntries(survey.senders),
    notUnderstood: [...survey.notUnderstood],
    first: [],
    last: [],
  };
}

function note({ notUnderstood }: ImportResult, line: number): void {
  if (notUnderstood.length < 100) notUnderstood.push(line);
}

const samples = 3;

/** Texts are shown by a dry run only. */
function keepSample(result: ImportResult, { draft, direction, sender, said }: ChatItem): void {
  if (!result.dryRun) return;
  const text = said.kind === 'text' ? said.text : `[${said.kind}] ${said.text}`.trim();
  const sample = {
    at: draft.occurredAt,
    direction,
    ...(sender !== undefined && { sender }),
    text: [...text].slice(0, 60).join(''),
  };
  if (result.first.length < samples) result.first.push(sample);
  else {
    result.last.push(sample);
    if (result.last.length > samples) result.last.shift();
  }
}

function formatResult(result: ImportResult): string {
  const verb = result.dryRun ? 'would be imported' : 'imported';
  const lines = [
    `${result.read} messages and calls read (dates as ${result.dateOrder}, ${result.timezone})`,
    `  ${result.imported} ${verb}, ${result.calls} of them calls`,
    `  ${result.known} imported before`,
    `  ${result.recorded} recorded already by the source itself`,
    `  ${result.excluded} excluded`,
  ];
  if (result.outOfRange > 0) lines.push(`${result.outOfRange} not within the days asked for`);
  if (result.files + result.filesMissing > 0) {
    lines.push(
      `${result.files} files kept, ${result.filesMissing} not in the export or not allowed by the settings`,
    );
  }
  if (result.notices > 0) lines.push(`${result.notices} notices by WhatsApp left out`);
  if (result.notUnderstood.length > 0) {
    lines.push(`not understood and not imported: line ${result.notUnderstood.join(', ')}`);
  }
  if (!result.dryRun) return lines.join('\n');
  const senders = Object.entries(result.senders).slice(0, 20);
  lines.push('', ...senders.map(([name, count]) => `${shorten(oneLine(name))}: ${count}`));
  lines.push(
    '',
    ...result.first.map(sampleLine),
    ...(result.last.length > 0 ? ['…'] : []),
    ...result.last.map(sampleLine),
  );
  return lines.join('\n');
}

function sampleLine({ at, direction, sender, text }: Sample): string {
  const who = sender === undefined ? '' : `${shorten(oneLine(sender))}: `;
  return `${at.slice(0, 16).replace('T', ' ')} UTC ${direction === 'inbound' ? '→' : '←'} ${who}${oneLine(text)}`;
}

function collect(value: string, all: readonly string[]): string[] {
  return [...all, value];
}

function day(text: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
  if (!isDay) throw new UsageError(`"${text}" is not a day like 2026-01-31`);
  return text;
}
