import { randomUUID } from 'node:crypto';
import type { ExportEnd, ExportFilter, ReportRow, Seal } from '../ledger/ledger.ts';
import {
  ExportRefused,
  type ExportProgress,
  type ExportRequest,
  type ExportSink,
  type ExportSummary,
} from '../pipeline/export-operations.ts';
import { writeAudit } from './audit.ts';
import { writeChatPages } from './chat-pages.ts';
import { Chats } from './chats.ts';
import { writeFileIndex, writeFiles } from './files.ts';
import { writeGlobalRelay } from './global-relay.ts';
import { writeIndex } from './index-page.ts';
import { writeMails } from './mails.ts';
import { Output } from './output.ts';
import { writeRecords, type RecordCounts } from './records.ts';
import { Problems, type ExportDeps, type ExportPlan, type ExportRun } from './run.ts';
import { style } from './style.ts';
import { writeActivityTable, writeInteractionLines, writeInteractionTable } from './tables.ts';

/** Looks up what is asked for. @throws ExportRefused when nobody and nothing is meant by it */
export async function planExport(deps: ExportDeps, request: ExportRequest): Promise<ExportPlan> {
  const { person, number, owner, conversation, from, to } = request;
  const held = owner === undefined ? undefined : deps.holdingsOf(owner);
  if (held?.length === 0) throw new ExportRefused('By the settings this user never held a number.');
  const keys = person === undefined ? undefined : await keysOf(deps, person);
  if (keys?.length === 0) throw new ExportRefused('There is nothing of this person.');
  const filter: ExportFilter = {
    ...(number !== undefined && { businessNumber: number }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(conversation !== undefined && { conversation }),
    ...(keys !== undefined && { keys }),
    ...(held !== undefined && { held }),
  };
  const at = deps.now?.() ?? new Date();
  return { id: randomUUID(), request, filter, whole: Object.keys(filter).length === 0, at };
}

/** A number may come without its plus sign, and then looks like the id of a contact. */
async function keysOf({ ledger }: ExportDeps, person: string): Promise<string[]> {
  const written = /^\+[\d\s()-]+$/.test(person) ? person.replace(/[\s()-]/g, '') : person;
  const keys = await ledger.keysOfPerson(written);
  return keys.length === 0 && /^\d{6,15}$/.test(person) ? ledger.keysOfPerson(`+${person}`) : keys;
}

/** So many times all interactions are gone through at least: for the files and the list of chats. */
const basicPasses = 1;

/**
 * Makes an export: everything up to the seal that was the last when it began. That it was begun is kept before anything of
 * it goes out, and that it ended with what is in it.
 */
export async function runExport(
  deps: ExportDeps,
  plan: ExportPlan,
  sink: ExportSink,
  onProgress: (progress: ExportProgress) => void = () => undefined,
): Promise<ExportSummary> {
  await keep(deps, plan, { state: 'begun' });
  await deps.seal();
  const head = await deps.ledger.lastSeal();
  const end = endOf(head);
  const { formats } = plan.request;
  const perFormat = formats.length + (formats.includes('csv') ? 1 : 0) + basicPasses;
  const total =
    (await deps.ledger.exportedCount(plan.filter, end)) * perFormat + end.events + end.receipts + end.audit;
  let done = 0;
  const run: ExportRun = {
    ...plan,
    deps,
    head,
    end,
    output: new Output(sink),
    problems: new Problems(),
    advance: (steps) => {
      done += steps;
      onProgress({ done: Math.min(done, total), total });
    },
  };
  const summary = await writeAll(run);
  const manifest = await run.output.finish(summary, deps.signingKey);
  await keep(deps, plan, { state: 'finished', manifest, counts: summary.counts });
  return summary;
}

/** The guide comes first: whatever breaks off has a file that only a finished export may have. */
async function writeAll(run: ExportRun): Promise<ExportSummary> {
  const { deps, output, request } = run;
  for (const name of ['verify.mjs', 'proof.md'] as const) await output.add(name, [await deps.guide(name)]);
  await output.add('style.css', [style]);
  const records = await writeRecords(run);
  const chats = new Chats();
  const kept = await writeFileIndex(run, chats);
  const has = (format: (typeof request.formats)[number]) => request.formats.includes(format);
  if (has('json')) await writeInteractionLines(run);
  if (has('csv')) await writeInteractionTable(run);
  const activities = has('csv') ? await writeActivityTable(run) : 0;
  if (has('html')) await writeChatPages(run, chats);
  if (has('eml')) await writeMails(run);
  if (has('global-relay')) await writeGlobalRelay(run);
  const files = await writeFiles(run, kept);
  const auditEntries = await writeAudit(run);
  const summary = summaryOf(run, { records, chats, activities, files, auditEntries });
  const report = await reportOf(run, chats);
  const { inbox } = await deps.ledger.backlog({ exact: true });
  await writeIndex(run, { summary, chats, report, unread: inbox });
  return summary;
}

interface Written {
  readonly records: RecordCounts;
  readonly chats: Chats;
  readonly activities: number;
  readonly files: number;
  readonly auditEntries: number;
}

function summaryOf(
  run: ExportRun,
  { records, chats, activities, files, auditEntries }: Written,
): ExportSummary {
  const { deps, id, at, request, whole, head, problems } = run;
  const { by, formats, ...choice } = request;
  const first = whole ? 1 : records.first;
  return {
    format: 'wcs-export-1',
    product: `whatsapp-crm-sync ${deps.version}`,
    id,
    exportedAt: at.toISOString(),
    by,
    choice,
    formats,
    whole,
    counts: {
      conversations: chats.byId.size,
      interactions: chats.interactions,
      records: records.records,
      activities,
      auditEntries,
      files,
      purged: records.purged,
    },
    ...(head !== undefined &&
      first !== undefined && { seals: { first, last: head.number, lastHash: head.hash } }),
    problems: problems.list(),
  };
}

/** Of the numbers concerned: what the time had in all. */
async function reportOf({ deps, request, whole }: ExportRun, chats: Chats): Promise<readonly ReportRow[]> {
  const { from, to } = request;
  const rows = await deps.ledger.report({
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  });
  const numbers = chats.numbers();
  return whole ? rows : rows.filter(({ businessNumber }) => numbers.has(businessNumber));
}

function endOf(head: Omit<Seal, 'leaves'> | undefined): ExportEnd {
  const upTo = (table: string) => head?.ranges.find((range) => range.table === table)?.upTo ?? 0;
  return { events: upTo('events'), receipts: upTo('receipts'), audit: upTo('audit') };
}

const mostKeys = 100;

/** Who takes out what: people by the ids of their messages, numbers by their last digits. */
async function keep(
  { ledger }: ExportDeps,
  { id, request, filter }: ExportPlan,
  more: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { by, formats, owner, conversation, from, to, number } = request;
  const { keys } = filter;
  await ledger.keepAudit({
    actor: by,
    action: 'records.export',
    subject: conversation ?? '',
    detail: {
      export: id,
      formats,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(owner !== undefined && { owner }),
      ...(number !== undefined && { number: `…${number.slice(-4)}` }),
      ...(keys !== undefined && { count: keys.length, keys: keys.slice(0, mostKeys) }),
      ...more,
    },
  });
}
