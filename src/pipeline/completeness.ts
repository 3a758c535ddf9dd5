import { SourceError, sourceFateOf } from '../core/source-errors.ts';
import type { CompletenessStore, Ledger, SourceAnswer } from '../ledger/ledger.ts';
import type { AuditContext, SourceAudit } from '../sources/source-audit.ts';
import type { EventDraft } from '../sources/source.ts';
import { compareCounts, compareIds } from './compare-source.ts';
import type { GateRules } from './gate.ts';

export interface CompletenessDeps {
  readonly ledger: CompletenessStore &
    Pick<Ledger, 'clock' | 'report' | 'interactions' | 'interaction' | 'pollStates' | 'putPollState'>;
  readonly audits: ReadonlyMap<string, SourceAudit>;
  readonly rules: ReadonlyMap<string, GateRules>;
  /** the one way into the ledger, for what a source has and we do not */
  readonly record: (source: string, drafts: readonly EventDraft[]) => Promise<number>;
  readonly log: { warn(fields: object, text: string): void };
}

export type Round = SourceAnswer['round'];
type NewAnswer = Omit<SourceAnswer, 'askedAt'>;

/** Where the pause of a source is kept, beside those of its polls. */
const stream = 'audit';
const dayMs = 86_400_000;
const defaultPauseMs = 300_000;
const longestPauseMs = 3_600_000;

/**
 * Asks every source what it has of a day that is over, and keeps what it said; whatever was asked before is not asked again.
 *
 * @param isLast nobody waits any longer: a source that does not answer now could not be asked
 * @returns false when a source must be asked again later
 * @throws when the ledger cannot be used, or for what is no {@link SourceError}
 */
export async function auditDay(
  deps: CompletenessDeps,
  { day, round, isLast }: { readonly day: string; readonly round: Round; readonly isLast: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  const answered = await deps.ledger.sourceAnswers({ from: day, to: day });
  let done = true;
  for (const audit of deps.audits.values()) {
    if (signal.aborted) return false;
    const open = await openQuestions(deps, audit, day, (question, number) =>
      answered.some(
        (one) =>
          one.source === audit.id &&
          one.round === round &&
          one.question === question &&
          one.businessNumber === number,
      ),
    );
    if (open.length === 0) continue;
    if (!isLast && (await isPaused(deps, audit.id))) {
      done = false;
      continue;
    }
    done = (await askAll(deps, { audit, open, day, round, isLast }, signal)) && done;
  }
  return done;
}

interface Open {
  readonly question: SourceAudit['questions'][number];
  readonly numbers: readonly string[];
}

/** Numbers that one question is asked about at a time. */
async function openQuestions(
  deps: CompletenessDeps,
  audit: SourceAudit,
  day: string,
  isAnswered: (question: string, number: string) => boolean,
): Promise<Open[]> {
  if (audit.questions.length === 0) return [];
  const numbers = await numbersOf(deps, audit.id, day);
  return audit.questions.flatMap((question): Open[] => {
    const open = numbers.filter((number) => !isAnswered(question.name, number));
    if (question.each === 'number') return open.map((number) => ({ question, numbers: [number] }));
    return open.length === 0 ? [] : [{ question, numbers }];
  });
}

/** The configured ones; where all are allowed, those that were seen in the month before. */
async function numbersOf(
  { ledger, rules }: CompletenessDeps,
  source: string,
  day: string,
): Promise<string[]> {
  const configured = rules.get(source)?.businessNumbers ?? 'all';
  if (configured !== 'all') return [...configured].sort();
  const from = new Date(Date.parse(day) - 30 * dayMs).toISOString().slice(0, 10);
  const rows = await ledger.report({ from, to: day });
  const seen = rows.filter((row) => row.source === source && row.businessNumber !== '');
  return [...new Set(seen.map(({ businessNumber }) => businessNumber))].sort();
}

async function isPaused({ ledger }: CompletenessDeps, source: string): Promise<boolean> {
  const state = (await ledger.pollStates(source)).find((one) => one.stream === stream);
  return state?.notBefore !== undefined && Date.parse(state.notBefore) > (await ledger.clock());
}

async function askAll(
  deps: CompletenessDeps,
  asked: {
    readonly audit: SourceAudit;
    readonly open: readonly Open[];
    readonly day: string;
    readonly round: Round;
    readonly isLast: boolean;
  },
  signal: AbortSignal,
): Promise<boolean> {
  const { audit, open, day, round, isLast } = asked;
  for (const { question, numbers } of open) {
    const context: AuditContext = {
      day,
      businessNumbers: numbers,
      signal,
      samples: (number) => samplesOf(deps, audit.id, number, day),
    };
    try {
      const compare =
        question.by === 'ids'
          ? compareIds(deps, audit, question, context)
          : compareCounts(deps, audit, question, context);
      const answers = await compare;
      await deps.ledger.addSourceAnswers(answers.map((answer) => ({ ...answer, day, round })));
    } catch (error) {
      if (signal.aborted) return false;
      if (!(error instanceof SourceError)) throw error;
      const fate = sourceFateOf(error.code);
      if (!isLast && (fate === 'retry' || fate === 'wait')) {
        await pause(deps, audit.id, error);
        return false;
      }
      deps.log.warn(
        { source: audit.id, question: question.name, code: error.code, reason: error.message },
        'the source could not be asked what it has',
      );
      await deps.ledger.addSourceAnswers(
        numbers.map((number) => unasked(audit.id, number, { day, round, question: question.name }, error)),
      );
    }
  }
  return true;
}

async function pause(deps: CompletenessDeps, source: string, error: SourceError): Promise<void> {
  const pauseMs = Math.min(error.retryAfterMs ?? defaultPauseMs, longestPauseMs);
  await deps.ledger.putPollState(source, stream, { pauseMs });
  const { code, message: reason } = error;
  deps.log.warn({ source, code, pauseMs, reason }, 'the source is asked what it has after a pause');
}

function unasked(
  source: string,
  businessNumber: string,
  of: Pick<NewAnswer, 'day' | 'round' | 'question'>,
  { code, message: reason }: SourceError,
): NewAnswer {
  const none = { theirs: 0, ours: 0, excluded: 0, missing: 0, filled: 0, extra: 0 };
  return {
    source,
    businessNumber,
    ...of,
    method: 'none',
    ...none,
    missingKeys: [],
    extraKeys: [],
    code,
    reason,
  };
}

/** What the newest interactions of a number were made of. */
async function samplesOf(
  { ledger }: CompletenessDeps,
  source: string,
  businessNumber: string,
  day: string,
): Promise<readonly unknown[]> {
  const from = new Date(Date.parse(day) - 30 * dayMs).toISOString().slice(0, 10);
  const { items } = await ledger.interactions({ source, businessNumber, from, limit: 5 });
  const views = await Promise.all(items.map(({ interaction }) => ledger.interaction(interaction.key)));
  return views.flatMap((view) => view?.events.map(({ payload }) => payload) ?? []);
}
