import { DateTime } from 'luxon';
import type { DailyReport } from '../core/daily-report.ts';
import type { KeptReport, Ledger, ReportSend, ReportState } from '../ledger/ledger.ts';
import type { ReportRecipient } from '../reports/recipient.ts';
import { auditDay, type CompletenessDeps } from './completeness.ts';
import { dayAfter, lateDay, makeDailyReport, type DailyReportDeps } from './daily-report.ts';

/** When the report of a day is made. */
export interface ReportTime {
  /** `06:00` */
  readonly at: string;
  /** IANA name */
  readonly timeZone: string;
}

export interface ReportDeps
  extends Omit<CompletenessDeps, 'ledger'>, Omit<DailyReportDeps, 'ledger' | 'now'> {
  readonly ledger: Ledger;
  readonly time: ReportTime;
  readonly recipients: readonly ReportRecipient[];
  readonly now?: () => Date;
}

/** So long a report waits for sources that do not answer; then it says that they could not be asked. */
const patienceMs = 2 * 3_600_000;
const sendLeaseMs = 10 * 60_000;
const firstRetryMs = 60_000;
const longestRetryMs = 3_600_000;

/** When the report of a UTC day is due: the first time that the clocks show that hour once the day is over. */
export function dueAt(day: string, { at, timeZone }: ReportTime): number {
  const end = DateTime.fromISO(dayAfter(day), { zone: 'utc' }).setZone(timeZone);
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const same = end.set({ hour, minute });
  return (same < end ? same.plus({ days: 1 }) : same).toMillis();
}

/** Days whose report is due: all since the last one. A new ledger begins with the day before, if it was there by then. */
export function dueDays(state: ReportState, time: ReportTime, now: number): string[] {
  const yesterday = dayAfter(new Date(now).toISOString().slice(0, 10), -1);
  if (state.firstDay === undefined) return [];
  const first = later(state.firstDay, state.lastDay === undefined ? yesterday : dayAfter(state.lastDay));
  const days: string[] = [];
  for (let day = first; day <= yesterday; day = dayAfter(day)) if (dueAt(day, time) <= now) days.push(day);
  return days;
}

const later = (a: string, b: string): string => (a > b ? a : b);

/** Is there anything to do now? Cheap: asked by every tick. */
export function isReportDue(state: ReportState, time: ReportTime, now: number): boolean {
  return state.isSendDue || dueDays(state, time, now).length > 0;
}

/**
 * Makes the reports that are due, each once: asks the sources what they have of the day (and once more of a day a week
 * before), keeps what they said and the report; then sends what waits to be sent.
 */
export async function reportAll(deps: ReportDeps, signal: AbortSignal): Promise<void> {
  const now = () => (deps.now ?? (() => new Date()))().getTime();
  const state = await deps.ledger.reportState();
  for (const day of dueDays(state, deps.time, now())) {
    const isLast = now() >= dueAt(day, deps.time) + patienceMs;
    const isAsked = await askSources(deps, state, day, isLast, signal);
    if (signal.aborted || (!isAsked && !isLast)) break;
    await makeDailyReport(deps, day, namesOf(deps));
  }
  await sendAll(deps, signal);
}

const namesOf = ({ recipients }: Pick<ReportDeps, 'recipients'>) => recipients.map(({ name }) => name);

async function askSources(
  deps: ReportDeps,
  { firstDay }: ReportState,
  day: string,
  isLast: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const first = await auditDay(deps, { day, round: 'first', isLast }, signal);
  // What was before the ledger is nothing that it could have.
  if (firstDay === undefined || lateDay(day) < firstDay) return first;
  return (await auditDay(deps, { day: lateDay(day), round: 'late', isLast }, signal)) && first;
}

/** Makes the report of one day at once, whatever the hour. @throws RangeError when the day is not over */
export async function reportDay(deps: ReportDeps, day: string, signal: AbortSignal): Promise<KeptReport> {
  const { now = () => new Date() } = deps;
  if (day >= now().toISOString().slice(0, 10)) throw new RangeError(`${day} (UTC) is not over yet.`);
  const there = await deps.ledger.dailyReport(day);
  if (there !== undefined) return there;
  await askSources(deps, await deps.ledger.reportState(), day, true, signal);
  return makeDailyReport(deps, day, namesOf(deps));
}

/** Hands every report to everybody who has not had it; who is away gets it later, the others do not wait. */
async function sendAll({ ledger, recipients, log }: ReportDeps, signal: AbortSignal): Promise<void> {
  const byName = new Map(recipients.map((one) => [one.name, one]));
  while (!signal.aborted) {
    const send = await ledger.claimReportSend([...byName.keys()], sendLeaseMs);
    if (send === undefined) return;
    const { number, body, hash } = send.kept;
    try {
      await byName.get(send.recipient)?.send({ number, report: JSON.parse(body) as DailyReport, body, hash });
      await ledger.settleReportSend(send, { to: 'sent' });
    } catch (error) {
      const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown error';
      const delayMs = Math.min(firstRetryMs * 2 ** Math.min(send.attempts, 10), longestRetryMs);
      await ledger.settleReportSend(send, { to: 'waiting', delayMs, error: reason });
      log.warn(
        { report: number, error: reason, delayMs },
        'a daily report could not be sent; it is tried again',
      );
    }
  }
}

/** A report with what became of its sending. */
export interface ReportView extends Omit<KeptReport, 'body'> {
  readonly report: DailyReport;
  readonly sends: readonly Omit<ReportSend, 'report'>[];
}

/** Reports as people look at them. */
export async function viewsOf(
  ledger: Pick<Ledger, 'reportSends'>,
  kept: readonly KeptReport[],
): Promise<ReportView[]> {
  const sends = await ledger.reportSends(kept.map(({ number }) => number));
  return kept.map(({ body, ...one }) => ({
    ...one,
    report: JSON.parse(body) as DailyReport,
    sends: sends.filter(({ report }) => report === one.number).map(({ report: _report, ...send }) => send),
  }));
}
