import type { reportColumns } from '../core/activity.ts';
import type { ReportRow } from '../ledger/ledger.ts';
import { shorten } from '../observe/shorten.ts';
import { inboxNotes, quotaText, troubleText, waitingText } from '../observe/words.ts';
import type { Report, Status, Waiting } from '../pipeline/operations.ts';
import { html, type Html } from './html.ts';

const stateWords = { running: 'running', waiting: 'waiting', stopped: 'stopped' };
const stateTones = { running: 'good', waiting: 'wait', stopped: 'bad' };

/** Each destination with its state and, where it does not run, the cause and the fix in words. */
export function destinationSection(status: Status): Html {
  const cards = status.destinations.map((one) => {
    const backlog = status.backlog.destinations.find((entry) => entry.destination === one.destination);
    const facts = [
      ageText(backlog?.backlogAgeSeconds ?? 0),
      one.directoryPulledAt === undefined
        ? 'contacts not read yet'
        : `contacts read ${timeText(one.directoryPulledAt)}`,
      quotaText(one.quota),
      ...(one.pausedUntil === undefined ? [] : [`goes on ${timeText(one.pausedUntil)}`]),
    ];
    return html`<li class="card">
      <h3>${one.destination} <span class="quiet">${one.type}</span></h3>
      <p><span class="mark ${stateTones[one.state]}">${stateWords[one.state]}</span></p>
      ${one.state === 'running' ? [] : [html`<p>${troubleText(one)}</p>`]}
      <p class="quiet">${facts.filter((fact) => fact !== undefined).join(' · ')}</p>
    </li>`;
  });
  return html`<section>
    <h2>Destinations</h2>
    <ul class="cards">
      ${cards}
    </ul>
    ${inboxNotes(status.backlog).map((note) => html`<p class="quiet">${note}</p>`)}
  </section>`;
}

/** Trouble of the sources, in a box that nobody overlooks: since when, what happened, what to do. */
export function alertSection({ alerts }: Status): Html {
  if (alerts.length === 0) return html``;
  return html`<section class="alerts" role="alert">
    <h2>A source needs somebody</h2>
    <ul>
      ${alerts.map(
        (alert) =>
          html`<li>
            <strong>${alert.source}</strong>: ${shorten(alert.text)}
            <span class="quiet">since ${timeText(alert.since)} UTC · ${alert.code}</span>
          </li>`,
      )}
    </ul>
  </section>`;
}

/** What waits for a person, newest first; people's numbers are shortened. Nothing when nothing waits. */
export function waitingSection(title: string, items: readonly Waiting[], help: string): Html {
  if (items.length === 0) return html``;
  const rows = items.map(
    (item) =>
      html`<tr>
        <td>${timeText(item.occurredAt)}</td>
        <td>${shorten(item.person)}</td>
        <td>${shorten(item.title)}</td>
        <td>${item.destination}</td>
        <td>${waitingText(item)}</td>
      </tr>`,
  );
  return html`<section>
    <h2>${title}</h2>
    <p class="quiet">${help}</p>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">When (UTC)</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Destination</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`;
}

const columns = [
  'received',
  'logged',
  'pending',
  'parked',
  'excluded',
  'ignored',
  'failed',
] as const satisfies readonly ('received' | (typeof reportColumns)[number])[];

const tones: Partial<Record<(typeof columns)[number], string>> = {
  pending: 'wait',
  parked: 'wait',
  failed: 'bad',
};

/** Per day and number, with totals: received is the sum of all that follows. */
export function reportSection(report: Report): Html {
  const rows = report.rows
    .toSorted((a, b) => b.day.localeCompare(a.day) || a.businessNumber.localeCompare(b.businessNumber))
    .map(
      (row) =>
        html`<tr>
          <td>${row.day}</td>
          <td>${row.businessNumber === '' ? 'not configured' : row.businessNumber}</td>
          <td>${row.source}</td>
          ${countCells(row)}
        </tr>`,
    );
  return html`<section>
    <h2>Recorded, ${report.from} to ${report.to}</h2>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">Day (UTC)</th>
            <th scope="col">Number</th>
            <th scope="col">Source</th>
            ${columns.map((name) => html`<th scope="col" class="count">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${
            rows.length > 0
              ? rows
              : [
                  html`<tr>
                    <td colspan="10" class="quiet">Nothing was received yet.</td>
                  </tr>`,
                ]
          }
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colspan="3">Total</th>
            ${countCells(report.totals)}
          </tr>
        </tfoot>
      </table>
    </div>
    <p class="quiet">
      received = logged + pending + parked + excluded + ignored + failed. Of these,
      ${report.totals.withoutContent} are outgoing messages of which only delivery states were seen.
    </p>
  </section>`;
}

function countCells(row: Pick<ReportRow, (typeof columns)[number]>): Html[] {
  return columns.map((name) => {
    const tone = row[name] > 0 ? (tones[name] ?? '') : '';
    return html`<td class="count ${row[name] === 0 ? 'zero' : tone}">${row[name]}</td>`;
  });
}

function timeText(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}

function ageText(seconds: number): string {
  if (seconds < 1) return 'nothing waits';
  if (seconds < 90) return `oldest waits ${Math.round(seconds)} s`;
  if (seconds < 5_400) return `oldest waits ${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `oldest waits ${Math.round(seconds / 3_600)} h`;
  return `oldest waits ${Math.round(seconds / 86_400)} days`;
}
