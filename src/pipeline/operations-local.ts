import type { ChatLink } from '../core/chat-link.ts';
import type { QuotaUse } from '../core/budget.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Normalize, WebhookSource } from '../sources/source.ts';
import type { FileStore } from '../files/file-store.ts';
import type { BackupOperations } from './backup-operations.ts';
import type { Brake } from './brake.ts';
import { chatOperations, linked } from './chats.ts';
import { importDrafts, putFile, type ImportDeps, type ImportOutcome } from './import.ts';
import type { ExportOperations } from './export-operations.ts';
import { driftOperations } from './drift-operations.ts';
import { checkDestination } from './check.ts';
import { keyOperations, TextSearchOffError } from './key-operations.ts';
import { mappingOperations } from './mapping-operations.ts';
import type { Mappings } from './mappings.ts';
import type { ConsoleOperations, Status } from './operations.ts';
import { preview } from './preview.ts';
import { reportOf, reportOperations } from './report-operations.ts';
import type { ReportDeps } from './reports.ts';
import { retentionOperations, type RetentionOperationsDeps } from './retention-operations.ts';
import { quarantineAlerts, quarantineOperations } from './quarantine-operations.ts';
import type { ReconcileDeps } from './reconcile.ts';
import { copyAlerts, sealOperations, type SealOperationsDeps } from './seal-operations.ts';
import type { Granularity } from './record-rules.ts';
import { versions } from './versions.ts';
import { waiting, withProposals } from './waiting.ts';
import { waitingOperations } from './waiting-operations.ts';

export interface OperationsDeps {
  readonly version: string;
  readonly ledger: Ledger;
  readonly stores: { readonly ledger: Status['ledger']; readonly queue: Status['queue'] };
  readonly sources: Status['sources'];
  readonly webhooks: ReadonlyMap<string, WebhookSource>;
  readonly normalize: ReadonlyMap<string, Normalize>;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly mappings: Mappings;
  readonly seals: Pick<SealOperationsDeps, 'places' | 'publicKeys' | 'signedFrom'>;
  readonly reports: ReportDeps;
  /** content is encrypted at rest: no words of it are kept to search by */
  readonly isEncrypted: boolean;
  readonly retention: RetentionOperationsDeps;
  readonly records: ExportOperations;
  readonly backup: BackupOperations;
  readonly checks: ReadonlyMap<string, ReconcileDeps>;
  /** what `wcs import` needs beside the ledger */
  readonly imports: Omit<ImportDeps, 'ledger'>;
  /** API calls that a destination took of its quota */
  readonly quotaOf: (destination: string) => Promise<QuotaUse | undefined>;
  readonly ownerOn: (businessNumber: string, day: string) => string | undefined;
  readonly granularityOf: (destination: string, source: string, businessNumber: string) => Granularity;
  /** IANA name, by destination */
  readonly timeZoneOf: (destination: string) => string;
  readonly chatLink?: ChatLink | undefined;
  /** who may be meant by what is parked */
  readonly propose: () => 'none' | 'last-seven-digits';
  readonly files: FileStore;
  readonly brakes: ReadonlyMap<string, Brake>;
  readonly defaultRegion: string;
  readonly log: { warn(fields: object, text: string): void };
  /** asks the worker to go on at once after a person's decision; may fail quietly, the tick is the net */
  readonly wake: () => void;
}

/** {@link ConsoleOperations} over the ledger of this process. */
export function createOperations(deps: OperationsDeps): ConsoleOperations {
  const { ledger, destinations } = deps;
  return {
    status: () => status(deps),
    report: (range) => reportOf(deps, range),
    reports: reportOperations(deps.reports),
    interactions: async (filter) => {
      if (deps.isEncrypted && filter.text !== undefined) throw new TextSearchOffError();
      const page = await ledger.interactions(filter);
      return { ...page, items: page.items.map((view) => linked(destinations, view)) };
    },
    interaction: async (key) => {
      const view = await ledger.interaction(key);
      return view && linked(destinations, view);
    },
    versions: (key) => versions(deps, key),
    chats: chatOperations(deps),
    waiting: waitingOperations(deps),
    keepAudit: (entry) => ledger.keepAudit(entry),
    parked: async (filter) => {
      const page = await waiting(deps, 'parked', filter);
      return deps.propose() === 'none' ? page : { ...page, items: await withProposals(ledger, page.items) };
    },
    failed: (filter) => waiting(deps, 'failed', filter),
    assign: (destination, keys, contact, by) =>
      thenWake(deps, ledger.decideParked(destination, keys, { to: 'ready', contact }, by)),
    ignore: (destination, keys, reason, by) =>
      thenWake(deps, ledger.decideParked(destination, keys, { to: 'ignored', reason }, by)),
    replay: (filter, by) => thenWake(deps, ledger.replayFailed(filter, by)),
    audit: (filter) => ledger.audit(filter),
    preview: (destination, request) => preview(deps, destination, request),
    mappings: mappingOperations(deps),
    seals: sealOperations({ ledger, ...deps.seals }),
    keys: keyOperations(deps),
    retention: retentionOperations(deps.retention),
    quarantine: quarantineOperations({ ...deps, rules: deps.imports.rules }),
    records: deps.records,
    backup: deps.backup,
    drift: driftOperations(deps),
    importDrafts: async (source, drafts, check = false, by) => {
      const outcomes = await importDrafts({ ledger, ...deps.imports }, source, drafts, check);
      if (!check) await noteImport(ledger, source, outcomes, by);
      if (!check && outcomes.includes('appended')) deps.wake();
      return outcomes;
    },
    noteSetup: (destination, findings, by) =>
      ledger.keepAudit({
        actor: by,
        action: 'destination.setup',
        subject: destination,
        detail: { findings },
      }),
    putFile: (stream) => putFile(deps.imports, stream),
    check: async (only) =>
      Promise.all(
        [...deps.destinations.values()]
          .filter((one) => only === undefined || one.id === only)
          .map(async (one) => ({
            destination: one.id,
            findings: await checkDestination(one, await deps.mappings.current(one.id)),
          })),
      ),
  };
}

/** Events of an import name their source and nobody who did it. */
async function noteImport(
  ledger: Ledger,
  source: string,
  outcomes: readonly ImportOutcome[],
  actor = 'unknown',
): Promise<void> {
  const of = (which: ImportOutcome) => outcomes.filter((one) => one === which).length;
  if (of('appended') + of('excluded') === 0) return;
  const detail = { appended: of('appended'), known: of('known'), excluded: of('excluded') };
  await ledger.keepAudit({ actor, action: 'import.append', subject: source, detail });
}

async function thenWake(deps: OperationsDeps, change: Promise<number>): Promise<number> {
  const changed = await change;
  if (changed > 0) deps.wake();
  return changed;
}

async function status(deps: OperationsDeps): Promise<Status> {
  const { ledger } = deps;
  const [health, backlog, alerts, deliveries, waiting, drift, copies] = await Promise.all([
    ledger.destinationHealth(),
    ledger.backlog(),
    ledger.alerts(),
    ledger.deliveryActivity([...deps.destinations.keys()]),
    ledger.quarantineCounts(),
    ledger.driftCounts(),
    ledger.sealCopies(),
  ]);
  const destinations = await Promise.all(
    [...deps.destinations.values()].map(async ({ id, type }) => {
      const { pulledAt } = await ledger.directoryState(id);
      const known = health.find((one) => one.destination === id) ?? {
        destination: id,
        state: 'running' as const,
      };
      const quota = await deps.quotaOf(id).catch(() => undefined);
      return {
        ...deliveries.find((one) => one.destination === id),
        ...known,
        type,
        ...(pulledAt !== undefined && { directoryPulledAt: pulledAt }),
        ...(quota !== undefined && { quota }),
      };
    }),
  );
  return {
    version: deps.version,
    ...deps.stores,
    ...(deps.isEncrypted && { isEncrypted: true }),
    sources: await sourcesWithSigns(deps),
    destinations,
    backlog,
    drift,
    alerts: [...alerts, ...quarantineAlerts(waiting), ...copyAlerts(copies)],
  };
}

async function sourcesWithSigns({ ledger, sources }: OperationsDeps): Promise<Status['sources']> {
  const activity = await ledger.sourceActivity(sources.map(({ id }) => id));
  return Promise.all(
    sources.map(async (source) => {
      const lastEventAt = activity.find((one) => one.source === source.id)?.lastEventAt;
      const polls = (await ledger.pollStates(source.id)).flatMap(({ polledAt }) => polledAt ?? []);
      const [polledAt] = polls.toSorted();
      return {
        ...source,
        ...(lastEventAt !== undefined && { lastEventAt }),
        ...(polledAt !== undefined && { polledAt }),
      };
    }),
  );
}
