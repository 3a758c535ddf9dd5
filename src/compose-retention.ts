import { createHash } from 'node:crypto';
import { policiesFor, type Settings } from '../config/settings.ts';
import type { SourceParts } from './compose-sources.ts';
import type { FileStore } from './files/file-store.ts';
import type { ParkedPurge, PurgeStore } from './ledger/ledger.ts';
import type { RetentionDeps } from './pipeline/retention.ts';
import type { RetentionOperationsDeps } from './pipeline/retention-operations.ts';

interface RetentionParts {
  readonly settings: Settings;
  readonly ledger: PurgeStore;
  readonly files: FileStore;
  readonly gateRules: SourceParts['gateRules'];
  readonly log: RetentionDeps['log'];
}

/** What is kept for how long, by the settings and the policies as they are at the time. */
export function composeRetention({
  settings,
  ledger,
  files,
  gateRules,
  log,
}: RetentionParts): RetentionOperationsDeps {
  const { rules, every, wipeEvery, rewriteBelow } = settings.retention;
  return {
    ledger,
    files,
    rules,
    parked: () => parkedPurges(settings),
    owners: () => settings.owners,
    everyMs: every,
    wipeEveryMs: wipeEvery,
    rewriteBelow,
    hashSecrets: [...gateRules.values()].map(({ hashSecret }) =>
      createHash('sha256').update(`erasure ${hashSecret}`).digest('hex'),
    ),
    log,
  };
}

function parkedPurges(settings: Settings): ParkedPurge[] {
  return settings.routes.flatMap((route) => {
    const { parkedDays: days, parkedEnd } = policiesFor(settings, route);
    if (days === undefined || parkedEnd !== 'purge') return [];
    const { source, numbers } = route;
    return route.destinations.map((destination) => ({
      destination,
      source,
      days,
      ...(numbers !== undefined && { businessNumbers: numbers }),
    }));
  });
}
