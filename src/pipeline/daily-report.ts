import { createHash } from 'node:crypto';
import type { DailyReport, OwnerLine, ReportLine, VerifiedPart } from '../core/daily-report.ts';
import type { KeptReport, Ledger, ReportRow } from '../ledger/ledger.ts';
import { totalsOf } from './report-totals.ts';
import type { PartVerification, SealSlice } from './verify.ts';

export interface DailyReportDeps {
  readonly ledger: Pick<
    Ledger,
    | 'report'
    | 'sourceAnswers'
    | 'touchedDays'
    | 'backlog'
    | 'waitingGroups'
    | 'alerts'
    | 'lastSeal'
    | 'sealCopies'
    | 'addReport'
    | 'dailyReport'
    | 'dailyReports'
    | 'driftCounts'
    | 'quarantineCounts'
    | 'purgedOn'
  >;
  readonly ownerOn: (businessNumber: string, day: string) => string | undefined;
  /** compares some of the seals with their records and copies */
  readonly verify: (slice: SealSlice) => Promise<PartVerification>;
  /** sources that can never be asked, and why */
  readonly notAsked: readonly { readonly source: string; readonly reason: string }[];
  readonly now?: () => Date;
}

const dayMs = 86_400_000;
/** Days before this one whose numbers are compared with what was told last. */
const lookBackDays = 31;
/** Older days with late events that one report tells of. */
const mostOlder = 366;

/** The UTC day so many days later. */
export function dayAfter(day: string, days = 1): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}

/** The day that is looked at once more, when late things have come. */
export const lateDay = (day: string): string => dayAfter(day, -6);

/**
 * Makes the report of a day that is over, and keeps it with those whom it goes to.
 * @returns the one that is kept: the day's first, whoever made it
 */
export async function makeDailyReport(
  deps: DailyReportDeps,
  day: string,
  recipients: readonly string[],
): Promise<KeptReport> {
  const there = await deps.ledger.dailyReport(day);
  if (there !== undefined) return there;
  const body = JSON.stringify(await compile(deps, day));
  await deps.ledger.addReport(
    { day, body, hash: createHash('sha256').update(body).digest('hex') },
    recipients,
  );
  return (await deps.ledger.dailyReport(day)) as KeptReport;
}

async function compile(deps: DailyReportDeps, day: string): Promise<DailyReport> {
  const { ledger, now = () => new Date() } = deps;
  const told = (await ledger.dailyReports({ before: day, limit: lookBackDays })).map(
    ({ body }) => JSON.parse(body) as DailyReport,
  );
  // Before the counts: what comes in between is told once more by the next one, not never.
  const touched = await ledger.touchedDays(told[0]?.upToEvent ?? 0);
  const rows = linesOf(deps, await ledger.report({ from: day, to: day }));
  const [backlog, parked, failed, alerts, last, copies, sources, late, drift, quarantine, destroyed] =
    await Promise.all([
      ledger.backlog({ exact: true }),
      ledger.waitingGroups('parked'),
      ledger.waitingGroups('failed'),
      ledger.alerts(),
      ledger.lastSeal(),
      ledger.sealCopies(),
      ledger.sourceAnswers({ from: day, to: day }),
      ledger.sourceAnswers({ from: lateDay(day), to: lateDay(day) }),
      ledger.driftCounts(),
      ledger.quarantineCounts(),
      ledger.purgedOn(day),
    ]);
  const ask = [
    ...sources.filter(({ round }) => round === 'first'),
    ...late.filter(({ round }) => round === 'late'),
  ];
  return {
    format: 'wcs-daily-report-1',
    day,
    madeAt: now().toISOString(),
    totals: totalsOf(rows),
    rows,
    owners: byOwner(rows),
    changed: await changedLines(deps, day, told, touched.days),
    sources: ask.map(({ round: _round, ...line }) => line),
    notAsked: deps.notAsked,
    waiting: {
      inbox: backlog.inbox,
      inboxAgeSeconds: Math.round(backlog.inboxAgeSeconds),
      stuck: backlog.stuck ?? 0,
      unrecognised: backlog.unrecognised,
      groups: [
        ...parked.map((group) => groupOf('parked', group)),
        ...failed.map((group) => groupOf('failed', group)),
      ],
    },
    alerts: alerts.map(({ source, subject, code, text, since }) => ({ source, subject, code, text, since })),
    seals: {
      ...(last !== undefined && {
        last: { number: last.number, at: last.at, hash: last.hash, signed: last.signature !== undefined },
      }),
      copies,
    },
    verified: await verifyPart(deps, told[0]?.verified, last?.number ?? 0),
    drift,
    quarantine,
    destroyed,
    upToEvent: touched.upTo,
  };
}

/** Older seals are looked at again once in so many days. */
const verifyDays = 30;
const mostTexts = 20;

/** All seals since the last report, and a part of the older ones in turn. */
async function verifyPart(
  { verify }: Pick<DailyReportDeps, 'verify'>,
  before: VerifiedPart | undefined,
  newest: number,
): Promise<VerifiedPart> {
  const known = before?.new.upTo ?? 0;
  const reached = before?.older.upTo ?? 0;
  const start = reached >= known ? 0 : reached;
  const parts = {
    new: { after: known, upTo: Math.max(known, newest) },
    older: { after: start, upTo: Math.min(start + Math.ceil(known / verifyDays), known) },
  };
  const done = [await verify(parts.new), await verify(parts.older)];
  const findings = done.flatMap((one) => one.findings);
  return {
    ...parts,
    records: done.reduce((sum, { records }) => sum + records, 0),
    findings: findings.length,
    texts: findings
      .slice(0, mostTexts)
      .map(({ record, seal, text }) => `${record ?? `seal ${seal}`}: ${text}`),
  };
}

type Group = Awaited<ReturnType<Ledger['waitingGroups']>>[number];

function groupOf(state: 'parked' | 'failed', { destination, cause, count, since }: Group) {
  return { state, destination, cause, count, since };
}

/** The rows with who held their numbers. */
export function linesOf(
  { ownerOn }: Pick<DailyReportDeps, 'ownerOn'>,
  rows: readonly ReportRow[],
): ReportLine[] {
  return rows.map((row) => {
    const owner = ownerOn(row.businessNumber, row.day);
    return { ...row, ...(owner !== undefined && { owner }) };
  });
}

/** Sums over the numbers that each owner held on the day; what nobody held comes last. */
export function byOwner(rows: readonly ReportLine[]): OwnerLine[] {
  const names = [...new Set(rows.map(({ owner }) => owner))];
  const ordered = names.sort((a, b) => (a === undefined ? 1 : b === undefined ? -1 : a < b ? -1 : 1));
  return ordered.map((owner) => ({
    ...(owner !== undefined && { owner }),
    ...totalsOf(rows.filter((row) => row.owner === owner)),
  }));
}

/** Lines of earlier days that are not what was told last: late events, and what became of what was pending or parked. */
async function changedLines(
  deps: DailyReportDeps,
  day: string,
  told: readonly DailyReport[],
  touched: readonly string[],
): Promise<DailyReport['changed']> {
  if (told.length === 0) return [];
  const from = dayAfter(day, -lookBackDays);
  const before = lastTold(told);
  const oldestTold = told.at(-1)?.day ?? day;
  const recent = await deps.ledger.report({
    from: oldestTold < from ? from : oldestTold,
    to: dayAfter(day, -1),
  });
  const older = touched.filter((one) => one < (oldestTold < from ? from : oldestTold)).slice(-mostOlder);
  const rows = [...recent];
  for (const one of older) rows.push(...(await deps.ledger.report({ from: one, to: one })));
  return linesOf(deps, rows.sort(byDay)).flatMap((line) => {
    const was = before.get(nameOf(line));
    if (was !== undefined && isSame(was, line)) return [];
    return [{ ...line, ...(was !== undefined && { before: totalsOf([was]) }) }];
  });
}

const nameOf = ({ source, businessNumber, day }: ReportLine) => JSON.stringify([day, source, businessNumber]);

const byDay = (a: ReportRow, b: ReportRow) => (nameOf(a) < nameOf(b) ? -1 : 1);

function lastTold(told: readonly DailyReport[]): ReadonlyMap<string, ReportLine> {
  const before = new Map<string, ReportLine>();
  for (const { rows, changed } of told) {
    for (const line of [...changed, ...rows]) {
      if (!before.has(nameOf(line))) before.set(nameOf(line), line);
    }
  }
  return before;
}

function isSame(a: ReportLine, b: ReportLine): boolean {
  return JSON.stringify(totalsOf([a])) === JSON.stringify(totalsOf([b]));
}
