#!/usr/bin/env node
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { readEnv } from '../../config/env.ts';
import { parseSettings } from '../../config/settings.ts';
import { roles, run, type Worker } from '../../workers/run.ts';
import { composeDestinations } from '../compose.ts';
import type { Report } from '../pipeline/operations.ts';
import type { TimelineView } from '../sandbox/timeline.ts';
import * as print from './demo-print.ts';
import { filesSent, interactionsSent, sameFiles, sendEverything } from './demo-traffic.ts';
import { demoSettings, startDemoSandbox, type DemoSandbox } from './demo-sandbox.ts';

/**
 * `npm run demo`: everything on the embedded stores against the sandbox CRMs. Sends signed sample webhooks through the
 * real receiver and shows what came of them. `--once`: exit 0 when all is logged, 1 when anything is missing.
 * `--granularity day` or `conversation`: many messages in one record.
 */

const { values: options } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    granularity: { type: 'string', default: 'message' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'wcs-demo-'));
const sandbox = await startDemoSandbox();
const settings = parseSettings(demoSettings(sandbox, options.granularity), {});

print.heading('Two CRMs that look like Salesforce and HubSpot, on this machine');
const { destinations, close } = composeDestinations(settings);
for (const destination of destinations.values()) print.findings(destination.id, await destination.setup());
await close();

const before = callsOf(sandbox);
const own = readEnv();
const env = {
  ...own,
  databaseUrl: undefined,
  redisUrl: undefined,
  adminToken: undefined,
  dataDir: folder,
  port: own.variables.PORT === undefined ? 0 : own.port,
  logLevel: own.variables.LOG_LEVEL ?? 'silent',
};
const worker = await run(env, settings, roles);
await sendEverything(worker.url, sandbox);
let report = await untilSettled(
  worker,
  (totals) => totals.received >= interactionsSent && totals.pending === 0,
);
if (report.totals.parked > 0) createParkedContact(sandbox);
report = await untilSettled(worker, (totals) => totals.pending + totals.parked === 0);
const missingFiles = await untilAttached();

print.timelines(sandbox.salesforce, 'Salesforce');
print.timelines(sandbox.hubspot.view, 'HubSpot');
print.totals(
  report,
  callsOf(sandbox).map(([name, count], index) => [name, count - (before[index]?.[1] ?? 0)]),
);
const missing = missingRecords(report, sandbox) + missingFiles;
print.line(
  missing === 0 ? pc.green('Nothing is missing.') : pc.red(`${missing} records or files are missing.`),
);

if (options.once) await end(missing === 0 ? 0 : 1);
print.heading('Look around (Ctrl+C ends it)');
print.line(`Console                ${worker.url}/`);
print.line(`Salesforce timelines   ${sandbox.salesforce.url}/timeline`);
print.line(`HubSpot timelines      ${sandbox.hubspot.url}/timeline`);
process.once('SIGINT', () => void end(0));
process.once('SIGTERM', () => void end(0));

async function untilSettled(
  { parts }: Worker,
  settled: (totals: Report['totals']) => boolean,
): Promise<Report> {
  const patience = Date.now() + 30_000;
  for (;;) {
    const report = await parts.operations.report({});
    const { logged, pending, parked, excluded } = report.totals;
    const done = settled(report.totals) || Date.now() > patience;
    print.progress(`${logged} logged, ${pending} on the way, ${parked} parked, ${excluded} excluded`, done);
    if (done) return report;
    await sleep(100);
  }
}

/** @returns how many files are still missing in the CRM that has fewer */
async function untilAttached(): Promise<number> {
  const patience = Date.now() + 30_000;
  const expected = options.granularity === 'message' ? filesSent : filesSent - sameFiles;
  for (;;) {
    const attached = Math.min(filesIn(sandbox.salesforce), filesIn(sandbox.hubspot.view));
    const done = attached >= expected || Date.now() > patience;
    print.progress(`${attached} of ${expected} files attached in both CRMs`, done);
    if (done) return Math.max(0, expected - attached);
    await sleep(100);
  }
}

function filesIn(view: Pick<TimelineView, 'contacts' | 'timeline'>): number {
  const entries = view.contacts().flatMap(({ id }) => view.timeline(id));
  return entries.reduce((sum, { files }) => sum + files.length, 0);
}

function createParkedContact(crms: DemoSandbox): void {
  print.heading('A number that no CRM knows is parked; now a rep creates the contact');
  crms.addUnknownPerson();
}

function callsOf({ salesforce, hubspot }: DemoSandbox): [string, number][] {
  return [
    ['Salesforce', salesforce.calls.total],
    ['HubSpot', hubspot.calls.total],
  ];
}

/** Compares the report with what really stands in the CRMs. */
function missingRecords({ totals }: Report, { salesforce, hubspot }: DemoSandbox): number {
  const inSalesforce = salesforce.rows('Task').length;
  const inHubSpot = hubspot.records('communications').length + hubspot.records('calls').length;
  const expected = totals.received - totals.excluded;
  // A record of several is no record each.
  if (options.granularity !== 'message') return Math.max(0, expected - totals.logged);
  return Math.max(0, expected - Math.min(inSalesforce, inHubSpot, totals.logged));
}

async function end(code: number): Promise<never> {
  await worker.stop('the demo ends');
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
}
