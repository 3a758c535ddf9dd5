import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Operations, Report, Status, Waiting } from '../pipeline/operations.ts';
import { requireAccess } from './access.ts';
import { policyWith } from './headers.ts';
import { html, type Html } from './html.ts';
import { overviewStyle } from './overview-style.ts';
import { alertSection, destinationSection, reportSection, waitingSection } from './overview-sections.ts';

export interface OverviewDeps {
  readonly operations: Operations;
  readonly adminToken: string | undefined;
}

/** What the page shows. */
export interface OverviewData {
  readonly status: Status;
  readonly report: Report;
  readonly parked: readonly Waiting[];
  readonly failed: readonly Waiting[];
  /** when it was put together */
  readonly at: Date;
}

const policy = policyWith([
  `style-src 'sha256-${createHash('sha256').update(overviewStyle).digest('base64')}'`,
]);
const shown = 20;

/** `/`: one page without scripts that says what was recorded, where it went, and what waits. */
export async function registerOverview(app: FastifyInstance, deps: OverviewDeps): Promise<void> {
  app.addHook('onRequest', requireAccess({ adminToken: deps.adminToken, scheme: 'basic' }));
  app.get('/', async (_request, reply) => {
    const data = await gather(deps.operations, new Date());
    return reply
      .header('content-security-policy', policy)
      .type('text/html; charset=utf-8')
      .send(overviewPage(data));
  });
}

async function gather(operations: Operations, at: Date): Promise<OverviewData> {
  const [status, report, parked, failed] = await Promise.all([
    operations.status(),
    operations.report({ from: dayBefore(at, 13), to: dayBefore(at, 0) }),
    operations.parked({ limit: shown }),
    operations.failed({ limit: shown }),
  ]);
  return { status, report, parked: parked.items, failed: failed.items, at };
}

function dayBefore(at: Date, days: number): string {
  return new Date(at.getTime() - days * 86_400_000).toISOString().slice(0, 10);
}

/** The whole page as HTML text. */
export function overviewPage(data: OverviewData): string {
  const { status, report, parked, failed, at } = data;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>WhatsApp to CRM</title>
        ${styleElement}
      </head>
      <body>
        <header>
          <h1>WhatsApp to CRM</h1>
          <p class="quiet">
            ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC · version ${status.version} · ledger
            ${status.ledger} · queue ${status.queue}
          </p>
        </header>
        <main>
          ${alertSection(status)} ${headline(data)} ${destinationSection(status)}
          ${waitingSection('Dead letters', failed, deadLetterHelp)}
          ${waitingSection('Parked', parked, parkedHelp)} ${reportSection(report)}
        </main>
        <footer class="quiet">Reload for news. Scripts read the same at /api (see /api/openapi.json).</footer>
      </body>
    </html>`;
  return page.html;
}

const styleElement: Html = { html: `<style>${overviewStyle}</style>` };
const parkedHelp =
  'These wait for a contact with this number, and are logged by themselves when it appears. Or decide: wcs parked assign, wcs parked ignore.';
const deadLetterHelp = 'These failed for good. Mend the cause, then: wcs failed replay.';

function headline({ status, report, parked, failed }: OverviewData): Html {
  const stopped = status.destinations.filter((one) => one.state === 'stopped').length;
  const { pending } = report.totals;
  // The lists reach further back than the report, but only so many.
  const dead = Math.max(report.totals.failed, failed.length);
  const waits = Math.max(report.totals.parked, parked.length);
  const say = (tone: string, words: string) => html`<p class="headline ${tone}">${words}</p>`;
  if (status.alerts.length > 0) return say('bad', 'A source has trouble: messages may be missing');
  if (stopped > 0)
    return say('bad', stopped === 1 ? 'One destination is stopped' : `${stopped} destinations are stopped`);
  if (dead > 0) return say('bad', `${dead} failed and need a person`);
  if (waits > 0) return say('wait', `${waits} wait for a contact`);
  if (pending > 0) return say('wait', `${pending} are on their way`);
  return say('good', 'Everything recorded is logged');
}
