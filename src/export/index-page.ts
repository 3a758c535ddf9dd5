import { readablePhone } from '../core/text.ts';
import type { ReportRow } from '../ledger/ledger.ts';
import { readableTime } from '../mapping/readable-time.ts';
import type { ExportChoice, ExportSummary } from '../pipeline/export-operations.ts';
import { chatPage } from './chat-pages.ts';
import type { Chats, ChatSummary } from './chats.ts';
import { markup, page, type Html } from './html.ts';
import type { ExportRun } from './run.ts';

/** What the first page tells. */
export interface Overview {
  readonly summary: ExportSummary;
  readonly chats: Chats;
  readonly report: readonly ReportRow[];
  /** received and not made into messages yet: among the records only */
  readonly unread: number;
}

/** So many chats are listed on the first page; more are on pages of their own. */
const mostListed = 300;

/** `index.html`, and the lists of chats where they are many. */
export async function writeIndex(run: ExportRun, overview: Overview): Promise<void> {
  const hasPages = run.request.formats.includes('html');
  const chats = overview.chats.list();
  const lists = chats.length > mostListed ? Math.ceil(chats.length / mostListed) : 0;
  for (let at = 0; at < lists; at += 1) {
    const shown = chats.slice(at * mostListed, (at + 1) * mostListed);
    await run.output.add(listPage(at), [listOf(shown, hasPages, at, lists)]);
  }
  await run.output.add('index.html', [indexPage(overview, lists > 0 ? [] : chats, lists, hasPages)]);
}

const listPage = (at: number) => `conversations/list-${String(at + 1).padStart(3, '0')}.html`;

function listOf(chats: readonly ChatSummary[], hasPages: boolean, at: number, lists: number): string {
  const ways = markup`<div class="pages">
    ${at > 0 && markup`<a href="../${listPage(at - 1)}">Newer</a>`}<span>Page ${at + 1} of ${lists}</span
    >${at + 1 < lists && markup`<a href="../${listPage(at + 1)}">Older</a>`}
  </div>`;
  return page(
    `Chats, page ${at + 1}`,
    '../',
    markup`<header class="top">
        <a href="../index.html">All of this export</a>
        <h1>Chats</h1>
      </header>
      ${ways}
      <main>${chatTable(chats, '../', hasPages)}</main>
      ${ways}`,
  );
}

function chatTable(chats: readonly ChatSummary[], root: string, hasPages: boolean): Html {
  return markup`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">Chat</th>
          <th scope="col">Number of the firm</th>
          <th scope="col">First</th>
          <th scope="col">Last</th>
          <th scope="col" class="n">Messages and calls</th>
        </tr>
      </thead>
      <tbody>
        ${chats.map(
          (chat) =>
            markup`<tr>
              <td>
                ${hasPages ? markup`<a href="${root}${chatPage(chat.id)}"><bdi>${chat.name}</bdi></a>` : markup`<bdi>${chat.name}</bdi>`}
              </td>
              <td>${readablePhone(chat.businessNumber)}</td>
              <td>${readableTime(chat.firstAt, 'UTC')}</td>
              <td>${readableTime(chat.lastAt, 'UTC')}</td>
              <td class="n">${chat.count}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function indexPage(
  { summary, report, unread }: Overview,
  chats: readonly ChatSummary[],
  lists: number,
  hasPages: boolean,
): string {
  const { by, exportedAt, counts, problems } = summary;
  return page(
    'WhatsApp records',
    '',
    markup`<header class="top">
        <h1>WhatsApp records</h1>
        <p>${choiceText(summary.choice)}</p>
        <p>Taken out by ${by} on ${readableTime(exportedAt, 'UTC', 'second')}</p>
      </header>
      <main>
        ${
          problems.length > 0 &&
          markup`<section class="bad" aria-label="Problems">
            <b>Not all is as it should be:</b>
            <ul>
              ${problems.map((one) => markup`<li>${one}</li>`)}
            </ul>
          </section>`
        }
        <h2>What is in it</h2>
        <dl class="cards">${cards(counts)}</dl>
        ${facts(summary, unread)}
        <h2>Chats</h2>
        ${lists > 0 ? markup`<p><a href="${listPage(0)}">${counts.conversations} chats, on ${lists} pages</a></p>` : chatTable(chats, '', hasPages)}
        <h2>Report of the time: everything that came in is accounted for</h2>
        ${reportTable(report)}
        <h2>How to verify it</h2>
        ${verifying(summary)}
        <h2>Files</h2>
        ${fileList(summary)}
      </main>`,
  );
}

function choiceText({ person, number, owner, conversation, from, to }: ExportChoice): string {
  const days =
    from === undefined
      ? to === undefined
        ? undefined
        : `up to ${to}`
      : `from ${from}${to === undefined ? '' : ` to ${to}`}`;
  const parts = [
    person && `of ${person}`,
    number && `through ${number}`,
    owner && `of the numbers that ${owner} held`,
    conversation && `of the chat ${conversation}`,
    days && `${days} (UTC days)`,
  ].filter(Boolean);
  return parts.length === 0 ? 'Everything there is' : `Messages and calls ${parts.join(', ')}`;
}

function cards(counts: ExportSummary['counts']): Html[] {
  const shown: [string, number][] = [
    ['Chats', counts.conversations],
    ['Messages and calls', counts.interactions],
    ['Sealed records', counts.records],
    ['Files', counts.files],
    ['Audit entries', counts.auditEntries],
    ['Destroyed by a rule', counts.purged],
  ];
  return shown.map(
    ([name, count]) =>
      markup`<div class="card">
        <dt>${name}</dt>
        <dd>${count.toLocaleString('en')}</dd>
      </div>`,
  );
}

function facts({ id, product, seals, whole }: ExportSummary, unread: number): Html {
  const sealed =
    seals === undefined
      ? markup`nothing was sealed yet`
      : markup`${seals.first} to ${seals.last}; the last one’s hash is <code>${seals.lastHash}</code>`;
  return markup`<dl class="facts">
    <dt>Export</dt>
    <dd><code>${id}</code>, by ${product}</dd>
    <dt>Seals</dt>
    <dd>${sealed}</dd>
    <dt>Completeness</dt>
    <dd>
      ${whole ? 'every sealed row is in it, and the verifier proves that none is missing' : 'a part: each row proves that it was sealed; that no row of the choice was left out is proved by an export of everything'}
    </dd>
    ${
      unread > 0 &&
      markup`<dt>Not read yet</dt>
        <dd>${unread} events had been received and not been made into messages</dd>`
    }
  </dl>`;
}

const parts = ['logged', 'pending', 'parked', 'excluded', 'ignored', 'failed'] as const;

/** By number: received = logged + pending + parked + excluded + ignored + failed. */
function reportTable(report: readonly ReportRow[]): Html {
  const names = ['received', ...parts] as const;
  const sums = new Map<string, number[]>();
  for (const row of report) {
    const before = sums.get(row.businessNumber) ?? names.map(() => 0);
    sums.set(
      row.businessNumber,
      before.map((sum, at) => sum + row[names[at] ?? 'received']),
    );
  }
  const total = names.map((_name, at) => [...sums.values()].reduce((sum, one) => sum + (one[at] ?? 0), 0));
  const cells = (counts: readonly number[]) => counts.map((count) => markup`<td class="n">${count}</td>`);
  const head = names.map((name) => markup`<th scope="col" class="n">${name}</th>`);
  const rows = [...sums].map(
    ([number, counts]) =>
      markup`<tr>
        <th scope="row">${number === '' ? 'not configured' : readablePhone(number)}</th>
        ${cells(counts)}
      </tr>`,
  );
  return markup`<div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">Number of the firm</th>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${rows}
          <tr class="total">
            <th scope="row">All of these</th>
            ${cells(total)}
          </tr>
        </tbody>
      </table>
    </div>
    <p class="note">
      received = ${parts.join(' + ')}. It counts all of these numbers in the time asked for, also what
      is not part of this export, and was made when the export was.
    </p>`;
}

function verifying({ whole }: ExportSummary): Html {
  return markup`<p>With Node.js 20 or later and nothing else, in this folder (a zip is unpacked first):</p>
    <pre><code>node verify.mjs .</code></pre>
    <p>
      It compares every file with <code>manifest.json</code>, every record with its seal, every content with
      what was committed to${whole && ', and that no sealed record is missing'}. Who could have altered the
      seals as well is found out with copies that were kept elsewhere, and with the key:
    </p>
    <pre><code>node verify.mjs . --seals &lt;folder of trusted copies&gt; --public-key &lt;file.pem&gt;</code></pre>
    <p>
      <a href="proof.md">proof.md</a> says exactly what is checked, so that anybody can write a verifier of
      their own. A copy of <code>verify.mjs</code> from elsewhere is worth more than the one in this folder.
    </p>`;
}

function fileList({ formats, whole }: ExportSummary): Html {
  const files: [string, string, boolean][] = [
    ['records.jsonl', 'the sealed rows with what they hold, as they were received', true],
    [whole ? 'seals/' : 'seals/chain.jsonl', 'the seals of these rows', true],
    ['interactions.jsonl', 'messages and calls with all versions, for machines', formats.includes('json')],
    ['interactions.csv', 'the same as a table', formats.includes('csv')],
    [
      'activities.csv',
      'what became of each in the CRM, with record ids and receipts',
      formats.includes('csv'),
    ],
    ['audit.jsonl', 'who did and looked at what', true],
    ['media/index.csv', 'files by their hash, with their names', true],
    ['eml/', 'each message as an e-mail', formats.includes('eml')],
    ['global-relay/', 'each chat and day as an e-mail for an archive', formats.includes('global-relay')],
    ['manifest.json', 'every file with its size and hash', true],
  ];
  const rows = files.filter(([, , isThere]) => isThere);
  return markup`<dl class="facts">
    ${rows.map(
      ([name, what]) =>
        markup`<dt><code>${name}</code></dt>
          <dd>${what}</dd>`,
    )}
  </dl>`;
}
