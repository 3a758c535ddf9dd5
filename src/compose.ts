import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Env } from '../config/env.ts';
import { secretsOf } from '../config/mask.ts';
import { granularityOf, ownerOn, type Settings } from '../config/settings.ts';
import { chatLinkOf } from './compose-links.ts';
import { makeDestinations } from './compose-destinations.ts';
import { composeRetention } from './compose-retention.ts';
import { composeExport } from './compose-export.ts';
import { composeChecks } from './compose-checks.ts';
import { assertUsable, checkOne, packageRoot, readMappings } from './compose-mappings.ts';
import { composeRules } from './compose-rules.ts';
import { needsConversation } from './compose-needs.ts';
import { composeReports } from './compose-reports.ts';
import { composeKeys } from './compose-keys.ts';
import { limitStore, openQueue, queueKind, snapshotOf, tellClock } from './compose-stores.ts';
import { composeSeals, type SealParts } from './compose-seals.ts';
import { whenThere, type Patience } from './compose-wait.ts';
import { makeSources, type SourceParts } from './compose-sources.ts';
import { unlimited, type Budget } from './core/budget.ts';
import type { ChatLink } from './core/chat-link.ts';
import type { Destination, Finding } from './destinations/destination.ts';
import { backupOperations } from './export/index.ts';
import type { FileStore } from './files/file-store.ts';
import { openFolderStore } from './files/folder-store.ts';
import type { Ledger } from './ledger/ledger.ts';
import { openLedger, type OpenLedger } from './ledger/open.ts';
import { CallMeter } from './limits/call-meter.ts';
import { openLimits } from './limits/open.ts';
import { createLog, type Log } from './observe/log.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { Brake } from './pipeline/brake.ts';
import { Mappings } from './pipeline/mappings.ts';
import type { ReconcileDeps } from './pipeline/reconcile.ts';
import type { LiveRules } from './pipeline/rules.ts';
import type { ReportDeps } from './pipeline/reports.ts';
import type { ConsoleOperations } from './pipeline/operations.ts';
import type { RetentionOperationsDeps } from './pipeline/retention-operations.ts';
import { createOperations, type OperationsDeps } from './pipeline/operations-local.ts';
import { versionsWithoutText, withoutText } from './pipeline/hide-text.ts';
import type { Queue } from './queue/queue.ts';

/** The one file that makes adapters and hands them over. */

/** The built pages of the console. */
export const consoleFolder = join(packageRoot, 'dist', 'console');

/** Version of the product, from package.json. */
export const version = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;

/** Everything a running worker is made of. */
export interface Parts {
  readonly env: Env;
  readonly settings: Settings;
  /** names this process in leases */
  readonly instance: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly store: OpenLedger;
  readonly queue: Queue;
  /** what people sent: kept once by its hash, in `<DATA_DIR>/media` */
  readonly files: FileStore;
  readonly sources: SourceParts;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly mappings: Mappings;
  /** policies and owners, which admins change while the worker runs */
  readonly rules: LiveRules;
  /** one for each destination: its calls, over all processes */
  readonly budgets: ReadonlyMap<string, Budget>;
  /** one for each destination: whatever finds it down holds all of this process back */
  readonly brakes: ReadonlyMap<string, Brake>;
  /** what is sealed, with what and to where */
  readonly seals: SealParts;
  /** completeness against the sources, and the daily reports */
  readonly reports: ReportDeps;
  /** what is kept for how long */
  readonly retention: RetentionOperationsDeps;
  /** one for each destination: what comparing the ledger with it needs */
  readonly checks: ReadonlyMap<string, ReconcileDeps>;
  readonly operations: ConsoleOperations;
  /** makes links to chats for CRM records, where the settings allow them */
  readonly chatLink: ChatLink | undefined;
  /** the same for those who may not read what people wrote */
  readonly operationsWithoutText: ConsoleOperations;
  close(): Promise<void>;
}

/**
 * Opens the stores and makes every adapter.
 *
 * @param wait for stores that are not there yet; without it they have to be
 * @throws ConfigError for mappings that cannot be used; whatever a store says
 */
export async function compose(
  env: Env,
  settings: Settings,
  wait: Omit<Patience, 'tell'> = { limitMs: 0 },
): Promise<Parts> {
  const log = createLog(env.logLevel, undefined, secretsOf(env, settings));
  const patience = { ...wait, tell: (text: string) => log.warn({}, text) };
  const metrics = createMetrics();
  const mappingFiles = readMappings(settings);
  const sources = makeSources(settings);
  const tell = (what: string) => (error: unknown) => log.warn({ error: errorName(error) }, what);
  const keyring = composeKeys(settings);
  const openStore = () =>
    openLedger({
      dataDir: env.dataDir,
      ...(env.databaseUrl === undefined ? {} : { databaseUrl: env.databaseUrl }),
      postgres: { onError: tell('a database connection was lost') },
      embedded: { onError: tell('the database could not be tidied up; it tries again') },
      keyring,
      tell: patience.tell,
    });
  const store = await whenThere('the database', openStore, patience);
  try {
    await assertUsable(store.ledger, mappingFiles);
    await tellClock(store, log);
  } catch (error) {
    await store.ledger.close();
    throw error;
  }
  const files = await openFolderStore(join(env.dataDir, 'media'), undefined, store.fileKeys);
  const limits = await openLimits(
    limitStore(env, store),
    tell('the shared limits cannot be reached; each process counts for itself'),
  );
  const budgets = new Map(
    settings.destinations.map(({ id, quota }) => {
      const { dailyLimit, ...rules } = quota;
      return [id, limits.budget(id, { ...rules, ...(dailyLimit !== undefined && { dailyLimit }) })];
    }),
  );
  const meter = new CallMeter();
  const destinations = makeDestinations(settings, (id) => ({
    count: (operation, status) => {
      metrics.crmRequest(id, operation, status);
      meter.count();
    },
    budget: budgets.get(id) ?? unlimited,
  }));
  const openIt = () =>
    openQueue(env, store, {
      onError: (kind, subject, error) =>
        log.error({ kind, subject, error: errorName(error) }, 'work failed; the next tick tries again'),
      onTrouble: tell('the queue has trouble; the tick finds what it loses'),
    });
  const queue = await whenThere('the queue', openIt, patience).catch(async (error: unknown) => {
    await store.ledger.close();
    throw error;
  });
  const mappings = new Mappings({
    ledger: store.ledger,
    destinations,
    files: mappingFiles,
    needsConversation: (id) => needsConversation(settings, id),
  });
  const rules = composeRules({ settings, ledger: store.ledger, mappings, log });
  const chatLink = chatLinkOf(env, settings);
  const seals = composeSeals(env, settings);
  const reports = composeReports({ settings, ledger: store.ledger, sources, seals, queue, metrics, log });
  const { gateRules } = sources;
  const retention = composeRetention({ settings, ledger: store.ledger, files, gateRules, log });
  const brakes = makeBrakes(store.ledger, destinations);
  const exporting = {
    settings,
    version,
    files,
    seals,
    destinations,
    normalize: sources.normalize,
    log,
    packageRoot,
  };
  const recordsOf = (ledger: Ledger) => composeExport({ ...exporting, ledger });
  const instance = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const checks = composeChecks({
    settings,
    ledger: store.ledger,
    destinations,
    brakes,
    budgets,
    meter,
    log,
    instance,
    wake: (subject) => void queue.wake({ kind: 'deliver', subject }).catch(() => undefined),
  });
  const operationsDeps: OperationsDeps = {
    version,
    ledger: store.ledger,
    stores: { ledger: store.sql.kind, queue: queueKind(env) },
    sources: settings.sources.map((source) => ({
      id: source.id,
      kind: source.type,
      businessNumbers: source.businessNumbers,
    })),
    webhooks: sources.webhooks,
    normalize: sources.normalize,
    destinations,
    mappings,
    quotaOf: async (id) => budgets.get(id)?.use(),
    ownerOn: (number, day) => ownerOn(settings, number, day),
    granularityOf: (id, source, number) => granularityOf(settings, id, source, number),
    propose: () => settings.policies.propose,
    files,
    brakes,
    defaultRegion: settings.policies.defaultRegion,
    log,
    timeZoneOf: (id) => settings.destinations.find((one) => one.id === id)?.timeZone ?? 'UTC',
    chatLink,
    seals,
    reports,
    isEncrypted: settings.encryption !== undefined,
    retention,
    records: recordsOf(store.ledger),
    backup: backupOperations({
      version,
      dataDir: env.dataDir,
      snapshot: snapshotOf(store),
      keepAudit: (entry) => store.ledger.keepAudit(entry),
    }),
    imports: { rules: gateRules, files, maxFileBytes: settings.media.maxSize },
    checks,
    wake: () => void queue.wake({ kind: 'tick' }).catch(() => undefined),
  };
  const operations = createOperations(operationsDeps);
  return {
    env,
    settings,
    instance,
    log,
    metrics,
    store,
    queue,
    files,
    sources,
    destinations,
    mappings,
    budgets,
    brakes,
    chatLink,
    seals,
    reports,
    retention,
    checks,
    rules,
    operations,
    operationsWithoutText: {
      ...createOperations({
        ...operationsDeps,
        ledger: withoutText(store.ledger),
        records: recordsOf(withoutText(store.ledger)),
      }),
      versions: async (key) => {
        const whole = await operations.versions(key);
        return whole && versionsWithoutText(whole);
      },
    },
    close: async () => {
      await queue.close();
      await Promise.all([...destinations.values()].map((one) => one.close()));
      await limits.close();
      await store.ledger.close();
    },
  };
}

/** The ledger's operations for the command line, without a queue's workers. */
export async function composeTools(
  env: Env,
  settings: Settings,
): Promise<Pick<Parts, 'operations' | 'destinations' | 'close'>> {
  const { operations, destinations, rules, close } = await compose({ ...env, logLevel: 'silent' }, settings);
  await rules.refresh();
  return { operations, destinations, close };
}

/** Only the destinations: for `setup`. */
export function composeDestinations(settings: Settings): {
  destinations: ReadonlyMap<string, Destination>;
  close(): Promise<void>;
} {
  const destinations = makeDestinations(settings, () => ({ count: () => undefined, budget: unlimited }));
  return {
    destinations,
    close: async () => void (await Promise.all([...destinations.values()].map((one) => one.close()))),
  };
}

/** `wcs check`: credentials, fields and mapping of all destinations, or of one. */
export async function runCheck(
  settings: Settings,
  only?: string,
): Promise<{ destination: string; findings: readonly Finding[] }[]> {
  const { destinations, close } = composeDestinations(settings);
  try {
    const chosen = [...destinations.values()].filter((one) => only === undefined || one.id === only);
    return await Promise.all(
      chosen.map(async (one) => ({ destination: one.id, findings: await checkOne(settings, one) })),
    );
  } finally {
    await close();
  }
}

function makeBrakes(
  ledger: Ledger,
  destinations: ReadonlyMap<string, Destination>,
): ReadonlyMap<string, Brake> {
  return new Map(
    [...destinations.keys()].map((id) => [
      id,
      new Brake((health) => ledger.setDestinationHealth({ destination: id, ...health })),
    ]),
  );
}

function errorName(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : 'unknown error';
}
