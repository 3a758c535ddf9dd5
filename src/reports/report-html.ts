import { findingsOf, type DailyReport, type ReportCounts, type ReportLine } from '../core/daily-report.ts';
import { countHeads, countNames } from './count-names.ts';
import {
  ageText,
  answerText,
  countText,
  destroyedText,
  driftText,
  isGood,
  numberText,
  questionText,
  sealText,
  timeText,
} from './lines.ts';
import type { SentReport } from './recipient.ts';

/** What mail programs show alike: tables, styles in the elements, no scripts, nothing from elsewhere. */
const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const style = {
  page: `margin:0;padding:24px 12px;background:#f3f5f7;${font};color:#1c2733;font-size:14px;line-height:1.45`,
  sheet:
    'width:100%;max-width:880px;margin:0 auto;background:#ffffff;border:1px solid #dde3e9;border-radius:8px;table-layout:fixed',
  inner: 'padding:28px 32px',
  h1: 'margin:0;font-size:22px;line-height:1.25;font-weight:600',
  sub: 'margin:4px 0 0;color:#5a6875;font-size:13px',
  h2: 'margin:28px 0 8px;font-size:15px;font-weight:600',
  table: 'width:100%;border-collapse:collapse;font-size:13px',
  head: 'padding:6px 8px;border-bottom:1px solid #c5ced6;color:#5a6875;font-weight:600;font-size:12px;vertical-align:bottom',
  cell: 'padding:6px 8px;border-bottom:1px solid #edf0f3;vertical-align:top',
  note: 'margin:8px 0 0;color:#5a6875;font-size:12px',
};

const tones = {
  good: { ink: '#12663b', ground: '#e9f6ee', line: '#b6dfc6' },
  look: { ink: '#8a4b00', ground: '#fdf3e3', line: '#f0d3a1' },
};

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const safe = (text: string): string => text.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);

/** Rows of a table in the e-mail; the rest is in the files beside it. */
const mostRows = 60;

/** A report as one page for people, as the e-mail shows it. */
export function reportHtml(sent: SentReport): string {
  const { number, report, hash } = sent;
  const { day, madeAt } = report;
  const parts = [
    `<h1 style="${style.h1}">WhatsApp records of <span style="white-space:nowrap">${safe(day)}</span></h1>`,
    `<p style="${style.sub}">Report ${number}, made ${timeText(madeAt)} UTC. A day is a day in UTC.</p>`,
    verdict(report),
    totals(report.totals),
    section('By number', numberTable(report.rows)),
    section('By owner', ownerTable(report)),
    section('Against the sources', sourceTable(report), notAskedNote(report)),
    section('Earlier days that have changed', changedTable(report)),
    section('Waiting', waitingTable(report), inboxNote(report)),
    section('Records in the CRMs', driftTable(report)),
    section('Quarantine', quarantineTable(report)),
    section('Destroyed on this day', destroyedTable(report)),
    section('Alerts', alertTable(report)),
    section('Seals', `<p style="margin:0">${safe(sealText(report))}</p>`, sealNote(report)),
    `<p style="${style.note};margin-top:28px;border-top:1px solid #edf0f3;padding-top:12px">
      The kept report has the sha256 <code style="font-size:11px;word-break:break-all">${hash}</code>: that of the JSON file beside it. It is sealed with
      the records; <code style="font-size:11px">wcs verify</code> tells whether it is as it was.</p>`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light"><title>WhatsApp records of ${safe(day)}</title></head>
<body style="${style.page}"><table role="presentation" style="${style.sheet}" cellspacing="0" cellpadding="0"><tr><td style="${style.inner}">
${parts.join('\n')}
</td></tr></table></body></html>
`;
}

function section(head: string, body: string, note = ''): string {
  return body === '' && note === '' ? '' : `<h2 style="${style.h2}">${head}</h2>${body}${note}`;
}

function verdict(report: DailyReport): string {
  const findings = findingsOf(report);
  const { ink, ground, line } = findings.length === 0 ? tones.good : tones.look;
  const box = `margin:20px 0 0;padding:12px 16px;border:1px solid ${line};border-radius:6px;background:${ground};color:${ink}`;
  if (findings.length === 0) {
    return `<div style="${box}"><strong>Nothing to look at.</strong> Every message and call that came in is accounted for.</div>`;
  }
  const items = findings.map((text) => `<li style="margin:2px 0">${safe(text)}</li>`).join('');
  return `<div style="${box}"><strong>To look at</strong><ul style="margin:4px 0 0;padding-left:20px">${items}</ul></div>`;
}

function totals(counts: ReportCounts): string {
  const tiles = countNames.slice(0, 7).map((name) => {
    const isBad = name === 'failed' && counts[name] > 0;
    const ink = isBad ? '#b3261e' : counts[name] === 0 ? '#77838e' : '#1c2733';
    return `<div style="display:inline-block;min-width:76px;padding:10px 24px 0 0;vertical-align:top"><div style="font-size:22px;font-weight:600;color:${ink}">${countText(counts[name])}</div>
<div style="color:#5a6875;font-size:12px">${countHeads[name]}</div></div>`;
  });
  return `<div style="margin-top:16px">${tiles.join('')}</div>`;
}

interface Head {
  readonly text: string;
  readonly right?: true;
}

function table(heads: readonly Head[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const align = (at: number) => (heads[at]?.right ? ';text-align:right' : ';text-align:left');
  const head = heads
    .map(({ text }, at) => `<th scope="col" style="${style.head}${align(at)}">${text}</th>`)
    .join('');
  const body = rows
    .slice(0, mostRows)
    .map(
      (cells) =>
        `<tr>${cells.map((cell, at) => `<td style="${style.cell}${align(at)}">${cell}</td>`).join('')}</tr>`,
    )
    .join('\n');
  const more = rows.length - mostRows;
  const rest =
    more > 0 ? `<p style="${style.note}">and ${countText(more)} more rows, in the attached files</p>` : '';
  return `<div style="overflow-x:auto"><table style="${style.table}" cellspacing="0"><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>${rest}`;
}

const right = (text: string): Head => ({ text, right: true });
const countColumns = countNames.map((name) => right(countHeads[name]));

function countCells(counts: ReportCounts, before?: ReportCounts): string[] {
  return countNames.map((name) => {
    const ink = counts[name] === 0 ? '#77838e' : name === 'failed' ? '#b3261e' : 'inherit';
    const was =
      before !== undefined && before[name] !== counts[name]
        ? `<div style="color:#5a6875;font-size:11px">was ${countText(before[name])}</div>`
        : '';
    return `<span style="color:${ink}">${countText(counts[name])}</span>${was}`;
  });
}

function numberCell({ source, businessNumber, owner }: ReportLine): string {
  const of = owner === undefined ? source : `${source}, ${owner}`;
  return `<span style="white-space:nowrap">${safe(numberText(businessNumber))}</span><div style="color:#5a6875;font-size:12px">${safe(of)}</div>`;
}

function numberTable(rows: readonly ReportLine[]): string {
  if (rows.length === 0) return '<p style="margin:0">Nothing came in on this day.</p>';
  return table(
    [{ text: 'number' }, ...countColumns],
    rows.map((row) => [numberCell(row), ...countCells(row)]),
  );
}

function ownerTable({ owners }: DailyReport): string {
  if (owners.every(({ owner }) => owner === undefined)) return '';
  return table(
    [{ text: 'owner' }, ...countColumns],
    owners.map((one) => [safe(one.owner ?? 'nobody'), ...countCells(one)]),
  );
}

function sourceTable({ sources }: DailyReport): string {
  return table(
    [
      { text: 'day' },
      { text: 'number' },
      { text: 'asked for' },
      right('they have'),
      right('we have'),
      { text: 'result' },
    ],
    sources.map((line) => {
      const isAsked = line.method !== 'none';
      const text = answerText(line);
      const ink = isGood(line) ? tones.good.ink : tones.look.ink;
      const excluded =
        line.excluded > 0
          ? `<div style="color:#5a6875;font-size:11px">and ${countText(line.excluded)} excluded</div>`
          : '';
      return [
        `<span style="white-space:nowrap">${safe(line.day)}</span>`,
        `<span style="white-space:nowrap">${safe(numberText(line.businessNumber))}</span><div style="color:#5a6875;font-size:12px">${safe(line.source)}</div>`,
        safe(questionText(line)),
        isAsked ? countText(line.theirs) : '–',
        isAsked ? `${countText(line.ours)}${excluded}` : '–',
        `<span style="color:${ink}">${safe(text)}</span>${keyList(line.missingKeys)}`,
      ];
    }),
  );
}

const mostKeys = 10;

/** Ids by which what is missing can be looked for: hashes, which tell nobody's number. */
function keyList(keys: readonly string[]): string {
  if (keys.length === 0) return '';
  const more = keys.length - mostKeys;
  const shown = keys.slice(0, mostKeys).map((key) => `${safe(key.slice(0, 16))}…`);
  const text = more > 0 ? [...shown, `and ${countText(more)} more`] : shown;
  return `<div style="color:#5a6875;font-size:11px;font-family:ui-monospace,Menlo,Consolas,monospace">${text.join('<br>')}</div>`;
}

function notAskedNote({ notAsked }: DailyReport): string {
  return notAsked
    .map(
      ({ source, reason }) =>
        `<p style="${style.note}">${safe(source)} cannot be asked what it has: ${safe(reason)}</p>`,
    )
    .join('');
}

function changedTable({ changed }: DailyReport): string {
  return table(
    [{ text: 'day' }, { text: 'number' }, ...countColumns],
    changed.map((line) => [
      `<span style="white-space:nowrap">${safe(line.day)}</span>`,
      numberCell(line),
      ...countCells(line, line.before),
    ]),
  );
}

function waitingTable({ waiting, madeAt }: DailyReport): string {
  return table(
    [{ text: 'destination' }, { text: 'state' }, { text: 'why' }, right('how many'), right('the oldest for')],
    waiting.groups.map(({ destination, state, cause, count, since }) => [
      safe(destination),
      `<span style="color:${state === 'failed' ? '#b3261e' : tones.look.ink}">${state}</span>`,
      safe(cause),
      countText(count),
      `<span style="white-space:nowrap">${ageText(since, madeAt)}</span>`,
    ]),
  );
}

function inboxNote({ waiting }: DailyReport): string {
  const { inbox, stuck, unrecognised } = waiting;
  const parts = [
    ...(inbox > 0 ? [`${countText(inbox)} events are not read yet`] : []),
    ...(stuck > 0 ? [`${countText(stuck)} of them could not be read and are tried again`] : []),
    ...(unrecognised > 0 ? [`${countText(unrecognised)} events in no known shape are kept`] : []),
  ];
  return parts.length === 0 ? '' : `<p style="${style.note}">${parts.join('; ')}.</p>`;
}

function driftTable({ drift }: DailyReport): string {
  return table(
    [{ text: 'destination' }, { text: 'not as they were logged' }],
    drift.map((one) => [
      safe(one.destination),
      `<span style="color:${tones.look.ink}">${safe(driftText(one))}</span>`,
    ]),
  );
}

function quarantineTable({ quarantine, madeAt }: DailyReport): string {
  return table(
    [{ text: 'source' }, right('waiting'), right('the oldest for')],
    quarantine.map(({ source, waiting, since }) => [
      safe(source),
      countText(waiting),
      `<span style="white-space:nowrap">${ageText(since, madeAt)}</span>`,
    ]),
  );
}

function destroyedTable({ destroyed }: DailyReport): string {
  return table(
    [{ text: 'rule' }, { text: 'why' }, { text: 'content of' }],
    destroyed.map((one) => [safe(one.rule), safe(one.kind), safe(destroyedText(one))]),
  );
}

function sealNote({ verified }: DailyReport): string {
  return verified.texts
    .map((text) => `<p style="${style.note};color:${tones.look.ink}">${safe(text)}</p>`)
    .join('');
}

function alertTable({ alerts, madeAt }: DailyReport): string {
  return table(
    [{ text: 'source' }, { text: 'what' }, right('for')],
    alerts.map(({ source, subject, text, since }) => [
      safe(subject === '' ? source : `${source} ${subject}`),
      safe(text),
      `<span style="white-space:nowrap">${ageText(since, madeAt)}</span>`,
    ]),
  );
}
