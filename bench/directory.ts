import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Destination } from '../src/destinations/destination.ts';
import { createHubSpot } from '../src/destinations/hubspot/index.ts';
import { createSalesforce } from '../src/destinations/salesforce/index.ts';
import { openLimits } from '../src/limits/open.ts';
import { openLedger } from '../src/ledger/open.ts';
import { Brake } from '../src/pipeline/brake.ts';
import { pullDirectory } from '../src/pipeline/directory.ts';
import { matchAll } from '../src/pipeline/match.ts';
import { eventOf, foldAll } from '../test/support/ledger-data.ts';
import { startSandboxes } from './directory-crms.ts';

/**
 * How long a directory of very many people takes to load at the CRMs' page sizes, what it takes of memory, and how many CRM
 * calls a match costs then: `npm run bench:directory -- 100000`. The CRMs run in a process of their own.
 */
const people = Number(process.argv[2] ?? 100_000);
const messages = 2_000;

const megabytes = (bytes: number) => Math.round(bytes / 1_048_576);
const memory = () => {
  globalThis.gc?.();
  return process.memoryUsage().rss;
};

const crms = await startSandboxes(people);
const folder = mkdtempSync(join(tmpdir(), 'wcs-bench-'));
const store = await openLedger({
  dataDir: folder,
  ...(process.env['DATABASE_URL'] !== undefined && { databaseUrl: process.env['DATABASE_URL'] }),
});
const limits = await openLimits({ kind: 'memory' }, () => undefined);
let calls = 0;
const count = () => void (calls += 1);
const destinations: Destination[] = [
  createSalesforce({
    id: 'sales',
    loginUrl: crms.salesforce,
    auth: { flow: 'client-credentials', clientId: 'client', clientSecret: 'secret' },
    apiVersion: '67.0',
    keyField: 'WhatsApp_Key__c',
    count,
  }),
  createHubSpot({
    id: 'marketing',
    apiUrl: crms.hubspot,
    accessToken: crms.accessToken,
    apiVersion: '2026-09',
    keyField: 'whatsapp_key',
    // The account's own limits: 190 calls in ten seconds, five searches a second.
    budget: limits.budget('marketing', { share: 1, searchesPerSecond: 4 }),
    count,
  }),
];
const shared = {
  ledger: store.ledger,
  brake: new Brake(async () => undefined),
  defaultRegion: 'US',
  consents: [],
  log: { info: () => undefined, warn: (fields: object, text: string) => console.warn(text, fields) },
};
const never = new AbortController().signal;

try {
  for (const destination of destinations) {
    calls = 0;
    const [before, started] = [memory(), Date.now()];
    let highest = before;
    const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage().rss)), 50);
    await pullDirectory({ ...shared, destination, parkedLimits: () => [], liveRoutes: [] }, never);
    clearInterval(watch);
    const seconds = (Date.now() - started) / 1_000;
    const loadCalls = calls;
    console.log(
      `${destination.type}: ${people} people in ${seconds.toFixed(1)} s, ${loadCalls} calls, ` +
        `${megabytes(highest - before)} MB more at most, ${megabytes(memory() - before)} MB more after`,
    );
    const matched = await matchSome(destination);
    console.log(
      `${destination.type}: ${messages} matches in ${matched.seconds.toFixed(1)} s, ${matched.calls} CRM calls`,
    );
  }
} finally {
  await Promise.all(destinations.map((one) => one.close()));
  await limits.close();
  await store.ledger.close();
  rmSync(folder, { recursive: true, force: true });
  await crms.close();
}

/** Messages of people all over the directory. */
async function matchSome(destination: Destination): Promise<{ seconds: number; calls: number }> {
  const { ledger } = store;
  const step = Math.max(1, Math.floor(people / messages));
  const events = Array.from({ length: messages }, (_one, index) =>
    eventOf(`${destination.id} ${index}`, { phone: crms.phoneOf((index * step) % people) }),
  );
  await ledger.append(events, []);
  await foldAll(ledger, { destinations: [{ id: destination.id, initial: 'matching' }] });
  calls = 0;
  const started = Date.now();
  let ready = 0;
  await matchAll(
    {
      ...shared,
      destination,
      policies: () => ({ unmatched: 'park', multiple: 'park' }),
      holderOf: async () => undefined,
      unknownLately: { has: () => false, add: () => undefined },
    },
    () => (ready += 1),
    never,
  );
  const { destinations: states } = await ledger.backlog();
  const matched = states.find((one) => one.destination === destination.id)?.states.ready ?? 0;
  if (matched !== messages || ready === 0) throw new Error(`only ${matched} were matched`);
  return { seconds: (Date.now() - started) / 1_000, calls };
}
