import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsFor, startCrms } from '../test/support/spine.ts';
import { appSecret, mixedWebhooks } from '../test/support/traffic.ts';
import { startWorker, untilDirectoryPulled, untilTotals } from '../test/support/worker.ts';

/**
 * Open loop: signed webhooks at a fixed rate against a worker with all roles, whether or not earlier ones are answered.
 * `npm run bench:receive [rate=500] [seconds=20]`, with DATABASE_URL and REDIS_URL for the stores on servers.
 * Prints the latency of the acknowledgement, the CRM calls per interaction and how long the rest of the way took.
 */

const rate = Number(process.argv[2] ?? 500);
const seconds = Number(process.argv[3] ?? 20);
const people = 500;

const folder = mkdtempSync(join(tmpdir(), 'wcs-bench-'));
const crms = await startCrms(people);
const env: Record<string, string> = { LOG_LEVEL: 'info' };
for (const name of ['DATABASE_URL', 'REDIS_URL']) if (process.env[name]) env[name] = process.env[name];
const worker = await startWorker({ folder, settings: settingsFor(crms), env, nodeArgs: [] });
try {
  await untilDirectoryPulled(worker.url, ['sales', 'marketing']);
  const before = { hubspot: crms.hubspot.calls.total, salesforce: crms.salesforce.calls.total };
  const bodies = mixedWebhooks(rate * seconds, people, `b${Date.now()}-`).map((body) => JSON.stringify(body));
  const { latencies, statuses } = await openLoop(worker.url, bodies);
  const ended = Date.now();
  await untilTotals(worker.url, ({ pending }) => pending === 0, 300_000, 1_000);
  const drained = Date.now() - ended;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => (latencies[Math.floor((latencies.length - 1) * share)] ?? 0).toFixed(1);
  console.log(`${bodies.length} webhooks at ${rate}/s, ${JSON.stringify(statuses)}`);
  console.log(`acknowledged after ms: median ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, max ${at(1)}`);
  console.log(`everything in both CRMs ${drained} ms after the last one`);
  const perInteraction = (calls: number) => (calls / bodies.length).toFixed(4);
  console.log(
    `calls per interaction: HubSpot ${perInteraction(crms.hubspot.calls.total - before.hubspot)}, ` +
      `Salesforce ${perInteraction(crms.salesforce.calls.total - before.salesforce)}`,
  );
} finally {
  await worker.stop();
  await crms.close();
  rmSync(folder, { recursive: true, force: true });
}

async function openLoop(url: string, bodies: readonly string[]) {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const started = performance.now();
  const all: Promise<void>[] = [];
  for (let index = 0; index < bodies.length;) {
    const due = Math.min(bodies.length, Math.floor(((performance.now() - started) / 1_000) * rate));
    for (; index < due; index += 1)
      all.push(post(`${url}/webhooks/support`, bodies[index] as string, agent, latencies, statuses));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(all);
  agent.destroy();
  return { latencies, statuses };
}

function post(
  url: string,
  body: string,
  agent: Agent,
  latencies: number[],
  statuses: Record<string, number>,
): Promise<void> {
  const signature = createHmac('sha256', appSecret).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` };
  const begun = performance.now();
  return new Promise((resolve) => {
    const done = (status: string) => {
      latencies.push(performance.now() - begun);
      statuses[status] = (statuses[status] ?? 0) + 1;
      resolve();
    };
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => done(String(answer.statusCode)));
    });
    sent.on('error', () => done('error'));
    sent.end(body);
  });
}
