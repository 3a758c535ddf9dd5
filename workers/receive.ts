import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config/env.ts';
import { maskSettings } from '../config/mask.ts';
import { composeAdmission } from '../src/compose-admission.ts';
import { chatLinkSecret } from '../src/compose-links.ts';
import { consoleFolder, version, type Parts } from '../src/compose.ts';
import type { Admission } from '../src/http/admission.ts';
import type { GraphDeps } from '../src/http/graph.ts';
import { createServer } from '../src/http/server.ts';
import { rulesRoutes } from '../src/http/rules-routes.ts';
import { settingsRoute } from '../src/http/settings-routes.ts';
import { capture, record, type CaptureDeps } from '../src/pipeline/capture.ts';
import { readiness } from '../src/pipeline/readiness.ts';
import type { WebhookSource } from '../src/sources/source.ts';
import { watchUnused } from './unused-connections.ts';

/** What the HTTP side of a process offers: webhooks (receive role), API and overview (console role), health always. */
export interface Offers {
  readonly webhooks: boolean;
  readonly console: boolean;
}

/** The HTTP server of a process that runs. */
export interface Serving {
  readonly url: string;
  /** `/health/ready` answers 503 from now on; everything else is taken as before. */
  beginStop(): void;
  /**
   * Takes nothing new, and waits for what is being answered.
   *
   * @returns false: requests were broken off after `withinMs`
   */
  close(withinMs: number): Promise<boolean>;
}

/** Starts the HTTP server of this process. */
export async function serve(parts: Parts, offers: Offers): Promise<Serving> {
  const { env, store, queue, metrics, log, settings } = parts;
  const captureDeps = {
    ledger: store.ledger,
    queue,
    rules: parts.sources.gateRules,
    metrics,
    onWakeError: () => log.warn({}, 'the queue cannot be woken; the tick will find the work'),
  };
  const admission = composeAdmission(parts);
  metrics.onScrape(async () => {
    if (offers.webhooks) admission.tell();
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
  let isStopping = false;
  const server = createServer({
    webhooks: offers.webhooks ? parts.sources.webhooks : new Map<string, WebhookSource>(),
    capture: (source, body, receivedAt) => capture(captureDeps, source, body, receivedAt),
    admission: admission.webhooks,
    ...(offers.webhooks ? { graph: graphOf(parts, captureDeps, admission.graph) } : {}),
    ...(offers.console ? consoleOf(parts) : {}),
    ready: async () =>
      isStopping
        ? { ok: false, reasons: ['stopping'], alerts: [], detail: {} }
        : readiness({
            ledger: store.ledger,
            queue,
            maxBacklogAgeMs: settings.maxBacklogAge,
            shedding: () => admission.webhooks.shedding(),
          }),
    metrics,
    destinations: settings.destinations.map(({ id }) => id),
    version,
    ...(env.adminToken === undefined ? {} : { adminToken: env.adminToken }),
    log,
  });
  const endUnused = watchUnused(server.server);
  const url = await server.listen({ host: env.host, port: env.port });
  const address = join(env.dataDir, 'server.json');
  if (store.sql.kind === 'embedded') announce(address, url);
  return {
    url,
    beginStop: () => void (isStopping = true),
    close: async (withinMs) => {
      let isWhole = true;
      const cut = setTimeout(() => {
        isWhole = false;
        server.server.closeAllConnections();
      }, withinMs);
      try {
        await endUnused(server.close());
        await Promise.all([...parts.sources.passThroughs.values()].map((one) => one.close()));
      } finally {
        clearTimeout(cut);
        if (store.sql.kind === 'embedded') rmSync(address, { force: true });
      }
      return isWhole;
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
function graphOf(
  { sources, log }: Parts,
  captureDeps: CaptureDeps,
  admission: Admission,
): Omit<GraphDeps, 'log'> {
  return {
    admission,
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
