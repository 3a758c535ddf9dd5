import type { DailyReport, SourceLine } from '../core/daily-report.ts';

/** Words of a report that its forms (e-mail, text, terminal) share. */

export const numberText = (businessNumber: string): string =>
  businessNumber === '' ? 'not configured' : businessNumber;

const questions: Readonly<Record<string, string>> = {
  messages: 'messages, by id',
  calls: 'calls',
  history: 'webhooks of messages, by id',
  sent: 'messages sent, by count',
};

/** What was asked: `messages, by id`. */
export function questionText({ question, method }: SourceLine): string {
  if (question === 'calls' && method !== 'none') return method === 'ids' ? 'calls, by id' : 'calls, by count';
  return questions[question] ?? question;
}

/** What came of it, in a few words. */
export function answerText(line: SourceLine): string {
  if (line.method === 'none') return `cannot be asked: ${line.reason ?? line.code ?? 'unknown'}`;
  const open = line.missing - line.filled;
  const parts = [
    ...(open > 0 ? [`${open} missing here`] : []),
    ...(line.filled > 0 ? [`${line.filled} fetched now`] : []),
    ...(line.extra > 0 ? [`${line.extra} not there`] : []),
  ];
  return parts.length === 0 ? goodText(line) : parts.join(', ');
}

/** A count and a list that is not all there is prove less than a whole list. */
function goodText({ method, question }: SourceLine): string {
  if (method === 'counts') return 'as many as they have';
  return question === 'history' ? 'all that it names is here' : 'complete';
}

/** Is there nothing to look at? */
export const isGood = ({ method, missing, extra }: SourceLine): boolean =>
  method !== 'none' && missing === 0 && extra === 0;

/** `3 days`, `2 hours`: how long something has lasted when the report was made. */
export function ageText(since: string, madeAt: string): string {
  const minutes = Math.max(0, Math.round((Date.parse(madeAt) - Date.parse(since)) / 60_000));
  const [count, unit] =
    minutes < 120
      ? [minutes, 'minute']
      : minutes < 2_880
        ? [Math.round(minutes / 60), 'hour']
        : [Math.round(minutes / 1_440), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** `2026-03-01 06:00` */
export const timeText = (iso: string): string => iso.slice(0, 16).replace('T', ' ');

/** `1,234` */
export const countText = (count: number): string => count.toLocaleString('en-US');

const differences: Readonly<Record<string, string>> = {
  missing: 'not there any more',
  changed: 'changed by hand',
  moved: 'on another contact',
  double: 'there twice',
};

/** Records in the CRMs that are not as they were logged: `3 changed by hand`. */
export const driftText = ({ kind, count }: DailyReport['drift'][number]): string =>
  `${countText(count)} ${differences[kind] ?? kind}`;

/** What a rule destroyed: `12 messages and calls, 2 files`. */
export function destroyedText({ interactions, events, files }: DailyReport['destroyed'][number]): string {
  const some = (count: number, one: string, many: string) =>
    count === 0 ? [] : [`${countText(count)} ${count === 1 ? one : many}`];
  const parts = [
    ...some(interactions, 'message or call', 'messages and calls'),
    ...(interactions === 0 ? some(events, 'event', 'events') : []),
    ...some(files, 'file', 'files'),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

/** Where the seals stand, in a sentence. */
export function sealText({ seals: { last, copies }, verified }: DailyReport): string {
  if (last === undefined) return 'Nothing has been sealed yet.';
  const places = copies.map(({ place, number, error }) =>
    error === undefined
      ? `${place} has copies up to ${number}`
      : `${place} cannot be reached (copies up to ${number})`,
  );
  const signed = last.signed ? 'signed' : 'not signed';
  return [
    `Seal ${last.number} of ${timeText(last.at)} UTC, ${signed}.`,
    ...places.map((one) => `${one}.`),
    verifiedText(verified),
  ].join(' ');
}

function verifiedText({ records, findings }: DailyReport['verified']): string {
  const what = `${countText(records)} ${records === 1 ? 'record' : 'records'} compared with their seals`;
  return findings === 0
    ? `${what}: all as they were sealed.`
    : `${what}: ${countText(findings)} not as sealed.`;
}
