import type { Command } from 'commander';
import {
  exportFormats,
  ExportRefused,
  type ExportChoice,
  type ExportFormat,
  type ExportSummary,
} from '../../pipeline/export-operations.ts';
import { common, printJson, systemUser, withOperations, type Context } from '../context.ts';
import { assertFree, writeExport } from '../export-target.ts';
import { startProgress, type Progress } from '../progress.ts';
import { UsageError } from '../usage-error.ts';
import { day } from './day.ts';

interface ExportOptions extends ExportChoice {
  readonly out: string;
  readonly all?: true;
  readonly format: readonly ExportFormat[];
  readonly json?: true;
}

/** `wcs export`: records that can be read and verified without this product. */
export function addExport(program: Command, context: Context): void {
  const command = program
    .command('export')
    .description('records for an examination: a folder or zip to read and to verify without this product')
    .requiredOption('--out <path>', 'a folder that is not there yet or empty, or a file that ends with .zip')
    .option('--person <who>', 'phone number, WhatsApp user id, or id of a CRM contact')
    .option('--number <number>', "the firm's number", phone)
    .option('--from <day>', 'first UTC day, like 2026-01-01', day)
    .option('--to <day>', 'last UTC day', day)
    .option('--owner <email>', 'what came through the numbers that this user held, while he held them')
    .option('--conversation <id>', 'one chat, by its id (32 hex digits)', conversationId)
    .option('--all', 'everything there is')
    .option('--format <formats>', `${exportFormats.join(', ')}: several with commas`, formats, [
      'html',
      'json',
      'csv',
    ]);
  common(command, 'wcs export --out ./examination --person +14155550100 --from 2026-01-01').action(
    async (options: ExportOptions) => {
      context.exitCode = await exportRecords(context, options);
    },
  );
}

async function exportRecords(context: Context, options: ExportOptions): Promise<number> {
  const { out, all, format, json = false, ...choice } = options;
  const { from, to } = choice;
  if (from !== undefined && to !== undefined && to < from) throw new UsageError('--to is before --from');
  const isAsked = Object.values(choice).some((value) => value !== undefined);
  if (isAsked === (all === true)) throw new UsageError('say what is exported, or --all; not both');
  assertFree(out);
  const request = { ...choice, formats: format, by: systemUser() };
  const show = new Shown(context, json);
  const target = { out, onProgress: show.progress, onBytes: show.bytes };
  try {
    const summary = await withOperations(context, ({ records }) => writeExport(records, request, target));
    show.stop();
    if (json) printJson(context, { out, ...summary });
    else context.terminal.out(formatSummary(out, summary));
    return summary.problems.length === 0 ? 0 : 1;
  } catch (error) {
    show.stop();
    throw error instanceof ExportRefused ? new UsageError(error.message) : error;
  }
}

const noteEvery = 64 * 1024 * 1024;

/** A bar where it is known how much there is, else now and then how many bytes came. */
class Shown {
  readonly #context: Context;
  readonly #json: boolean;
  #bar: Progress | undefined;
  #noted = 0;

  constructor(context: Context, json: boolean) {
    this.#context = context;
    this.#json = json;
  }

  readonly progress = ({ done, total }: { done: number; total: number }): void => {
    this.#bar ??= startProgress(this.#context.terminal, this.#json, total);
    this.#bar.update(done);
  };

  readonly bytes = (bytes: number): void => {
    if (this.#bar !== undefined || this.#json || bytes - this.#noted < noteEvery) return;
    this.#noted = bytes;
    if (this.#context.terminal.showsProgress)
      this.#context.terminal.note(`${Math.round(bytes / 1024 / 1024)} MB`);
  };

  stop(): void {
    this.#bar?.stop();
  }
}

/** What is in an export, in a few lines. */
export function formatSummary(out: string, { counts, seals, whole, problems }: ExportSummary): string {
  const { conversations, interactions, records, files, auditEntries, purged } = counts;
  const lines = [
    `${out}`,
    '',
    `  ${interactions} messages and calls in ${conversations} chats, ${files} files`,
    `  ${records} sealed records${seals === undefined ? '' : `, seals ${seals.first} to ${seals.last}`}${whole ? '' : ' (a part of all)'}`,
    `  ${auditEntries} entries of the audit log`,
    ...(purged === 0 ? [] : [`  ${purged} records without their content, which a rule destroyed`]),
    ...problems.map((problem) => `  ! ${problem}`),
    '',
    out.endsWith('.zip') ? 'Unpack it, and in it: node verify.mjs .' : `node ${out}/verify.mjs ${out}`,
  ];
  return lines.join('\n');
}

function formats(text: string): ExportFormat[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => {
      const known = exportFormats.find((format) => format === one);
      if (known === undefined)
        throw new UsageError(`there is no format "${one}"; there are: ${exportFormats.join(', ')}`);
      return known;
    });
}

function phone(text: string): string {
  const number = text.replace(/[\s()-]/g, '').replace(/^(?=\d)/, '+');
  if (!/^\+\d{5,20}$/.test(number)) throw new UsageError(`"${text}" is not a number with its country code`);
  return number;
}

function conversationId(text: string): string {
  if (!/^[0-9a-f]{32}$/.test(text))
    throw new UsageError('--conversation takes the id of a chat: 32 hex digits');
  return text;
}
