import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/env.ts';
import { maskSettings } from '../config/mask.ts';
import { chatLinkSecret } from '../src/compose-links.ts';
import { consoleFolder, version, type Parts } from '../src/compose.ts';
import type { GraphDeps } from '../src/http/graph.ts';
import { createServer } from '../src/http/server.ts';
import { rulesRoutes } from '../src/http/rules-routes.ts';
import { settingsRoute } from '../src/http/settings-routes.ts';
import { capture, record, type CaptureDeps } from '../src/pipeline/capture.ts';
import { readiness } from '../src/pipeline/readiness.ts';
import type { WebhookSource } from '../src/sources/source.ts';

/** What the HTTP side of a process offers: webhooks (receive role), API and overview (console role), health always. */
export interface Offers {
  readonly webhooks: boolean;
  readonly console: boolean;
}

/** The HTTP server of this process. @returns its address and how to end it */
export async function serve(parts: Parts, offers: Offers): Promise<{ url: string; close(): Promise<void> }> {
  const { env, store, queue, metrics, log, settings } = parts;
  const captureDeps = {
    ledger: store.ledger,
    queue,
    rules: parts.sources.gateRules,
    metrics,
    onWakeError: () => log.warn({}, 'the queue cannot be woken; the tick will find the work'),
  };
  metrics.onScrape(async () => {
    for (const { source, code } of await store.ledger.alerts()) metrics.setAlert(source, code);
    for (const { source, waiting } of await store.ledger.quarantineCounts()) {
      metrics.setQuarantined(source, waiting);
      metrics.setAlert(source, 'quarantined');
    }
    for (const source of parts.sources.polls.keys()) await tellPollAges(parts, source);
    for (const [destination, budget] of parts.budgets) {
      const { ours, allowed } = await budget.use();
      metrics.setQuota(destination, ours, allowed);
    }
    for (const { destination, kind, count } of await store.ledger.driftCounts())
      metrics.setDrift(destination, kind, count);
    const backlog = await store.ledger.backlog();
    for (const { destination, states, backlogAgeSeconds } of backlog.destinations) {
      for (const [state, count] of Object.entries<number>(states))
        metrics.setActivities(destination, state, count);
      metrics.setBacklogAge(destination, backlogAgeSeconds);
    }
  });
  const server = createServer({
    webhooks: offers.webhooks ? parts.sources.webhooks : new Map<string, WebhookSource>(),
    capture: (source, body, receivedAt) => capture(captureDeps, source, body, receivedAt),
    ...(offers.webhooks ? { graph: graphOf(parts, captureDeps) } : {}),
    ...(offers.console ? consoleOf(parts) : {}),
    ready: () => readiness({ ledger: store.ledger, queue, maxBacklogAgeMs: settings.maxBacklogAge }),
    metrics,
    destinations: settings.destinations.map(({ id }) => id),
    version,
    ...(env.adminToken === undefined ? {} : { adminToken: env.adminToken }),
    log,
  });
  const url = await server.listen({ host: env.host, port: env.port });
  const address = join(env.dataDir, 'server.json');
  if (store.sql.kind === 'embedded') announce(address, url);
  return {
    url,
    close: async () => {
      await server.close();
      await Promise.all([...parts.sources.passThroughs.values()].map((one) => one.close()));
      if (store.sql.kind === 'embedded') rmSync(address, { force: true });
    },
  };
}

/** The API and the pages. @throws ConfigError */
function consoleOf({ env, settings, rules, operations, operationsWithoutText }: Parts) {
  const { publicUrl, secret, session, oidc } = settings.console;
  if (oidc !== undefined && secret === undefined && env.adminToken === undefined) {
    throw new ConfigError('settings', [
      'console.secret: is missing, and there is no ADMIN_TOKEN in its place',
    ]);
  }
  const linkSecret = chatLinkSecret(env, settings);
  return {
    operations,
    operationsWithoutText,
    console: {
      folder: consoleFolder,
      sessionMs: session,
      more: [settingsRoute(() => maskSettings(settings)), ...rulesRoutes(rules)],
      ...(linkSecret !== undefined && { linkSecret }),
      ...(publicUrl !== undefined && { publicUrl }),
      ...(secret !== undefined && { secret }),
      ...(oidc !== undefined && { provider: oidc }),
    },
  };
}

async function tellPollAges({ store, metrics }: Parts, source: string): Promise<void> {
  for (const { stream, polledAt } of await store.ledger.pollStates(source)) {
    if (polledAt !== undefined)
      metrics.setPollAge(source, stream, (Date.now() - Date.parse(polledAt)) / 1_000);
  }
}

/** The recording pass-through, which belongs to the way in as webhooks do. */
function graphOf({ sources, log }: Parts, captureDeps: CaptureDeps): Omit<GraphDeps, 'log'> {
  return {
    passThroughs: sources.passThroughs,
    recordSent: async (source, drafts) => {
      try {
        await record(captureDeps, source, drafts);
      } catch (error) {
        log.error({ err: error, source }, 'what is sent through us could not be recorded');
        throw error;
      }
    },
  };
}

/** Tells the command line, which cannot open a ledger that this process holds, where to ask instead. */
function announce(path: string, url: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, JSON.stringify({ pid: process.pid, url }), { mode: 0o600 });
}
