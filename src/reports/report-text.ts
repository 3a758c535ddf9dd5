import { findingsOf } from '../core/daily-report.ts';
import { countHeads, countNames } from './count-names.ts';
import {
  ageText,
  answerText,
  destroyedText,
  driftText,
  numberText,
  questionText,
  sealText,
  timeText,
} from './lines.ts';
import type { SentReport } from './recipient.ts';

const mostLines = 200;

/** A report as plain text: what the e-mail says to whom reads no HTML. */
export function reportText({ number, report, hash }: SentReport): string {
  const { day, rows, owners, changed, sources, notAsked, waiting, alerts, totals, madeAt } = report;
  const { drift, quarantine, destroyed } = report;
  const findings = findingsOf(report);
  const counts = (one: typeof totals) =>
    countNames
      .filter((name) => name === 'received' || one[name] > 0)
      .map((name) => `${one[name]} ${countHeads[name]}`)
      .join(', ');
  const parts: [string, readonly string[]][] = [
    ['To look at', findings.length === 0 ? ['Nothing.'] : findings],
    ['In total', [counts(totals)]],
    ['By number', rows.map((row) => `${row.source} ${numberText(row.businessNumber)}: ${counts(row)}`)],
    [
      'By owner',
      owners.some(({ owner }) => owner !== undefined)
        ? owners.map((one) => `${one.owner ?? 'nobody'}: ${counts(one)}`)
        : [],
    ],
    [
      'Against the sources',
      [
        ...sources.map(
          (line) =>
            `${line.day} ${line.source} ${numberText(line.businessNumber)}, ${questionText(line)}: ${answerText(line)}`,
        ),
        ...notAsked.map(({ source, reason }) => `${source}: cannot be asked: ${reason}`),
      ],
    ],
    [
      'Earlier days that have changed',
      changed.map((line) => `${line.day} ${line.source} ${numberText(line.businessNumber)}: ${counts(line)}`),
    ],
    [
      'Waiting',
      waiting.groups.map(
        ({ state, destination, cause, count, since }) =>
          `${destination}: ${count} ${state} (${cause}), the oldest for ${ageText(since, madeAt)}`,
      ),
    ],
    ['Records in the CRMs', drift.map((one) => `${one.destination}: ${driftText(one)}`)],
    [
      'Quarantine',
      quarantine.map(
        ({ source, waiting: count, since }) =>
          `${source}: ${count} waiting, the oldest for ${ageText(since, madeAt)}`,
      ),
    ],
    ['Destroyed on this day', destroyed.map((one) => `${one.rule} (${one.kind}): ${destroyedText(one)}`)],
    ['Alerts', alerts.map(({ source, text, since }) => `${source}: ${text} (since ${timeText(since)})`)],
    ['Seals', [sealText(report), ...report.verified.texts]],
  ];
  const sections = parts
    .filter(([, lines]) => lines.length > 0)
    .map(
      ([head, lines]) =>
        `${head}\n${shortened(lines)
          .map((line) => `- ${line}`)
          .join('\n')}`,
    );
  const title = `WhatsApp records of ${day} (UTC)\nReport ${number}, made ${timeText(madeAt)} UTC`;
  return [title, ...sections, `sha256 of the attached JSON: ${hash}`].join('\n\n') + '\n';
}

function shortened(lines: readonly string[]): readonly string[] {
  const more = lines.length - mostLines;
  return more > 0 ? [...lines.slice(0, mostLines), `and ${more} more, in the attached files`] : lines;
}
