import { excludedRule, erasureRule, fileRules, parkedRule, type RetentionRule } from '../core/retention.ts';
import type { FileStore } from '../files/file-store.ts';
import type {
  OwnerStretch,
  ParkedPurge,
  Purged,
  PurgeStore,
  RetentionState,
  Scrubbed,
} from '../ledger/ledger.ts';
import { pause } from './pause.ts';

export interface RetentionDeps {
  readonly ledger: PurgeStore;
  readonly files: Pick<FileStore, 'remove'>;
  readonly rules: readonly RetentionRule[];
  /** routes with `parkedEnd: purge`, as the policies are now */
  readonly parked: () => readonly ParkedPurge[];
  /** who had which number, as the settings are now */
  readonly owners: () => readonly OwnerStretch[];
  /** milliseconds */
  readonly everyMs: number;
  readonly wipeEveryMs: number;
  /** bytes of tables that are written anew */
  readonly rewriteBelow: number;
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
}

/** What one run did. */
export interface RetentionRun {
  readonly interactions: number;
  readonly events: number;
  readonly files: number;
  /** files that were taken from the disk */
  readonly removed: number;
  /** absent: the database's files were not wiped this time */
  readonly wiped?: Scrubbed;
}

const batch = 200;
/** Others have the database in between. */
const betweenMs = 20;
const nobody = 'retention';

/** Is it time to apply the rules, or to wipe what they destroyed? */
export function isRetentionDue(
  { appliedAt, erasuresWait }: RetentionState,
  everyMs: number,
  now = Date.now(),
): boolean {
  return erasuresWait === true || appliedAt === undefined || now - Date.parse(appliedAt) >= everyMs;
}

/**
 * Step 7: destroys what no rule lets anybody keep any longer, in small transactions, removes the files of it, and wipes the
 * database's own files. Whatever it was stopped at it goes on with the next time.
 *
 * @param wipe `now`: whenever there is something to wipe, however short ago the last time was
 */
export async function applyRetention(
  deps: RetentionDeps,
  {
    actor = nobody,
    wipe = 'in time',
    signal = new AbortController().signal,
  }: { readonly actor?: string; readonly wipe?: 'now' | 'in time'; readonly signal?: AbortSignal } = {},
): Promise<RetentionRun> {
  const { ledger, rules, owners, parked, log } = deps;
  await ledger.refreshHolds(owners());
  const sum = { interactions: 0, events: 0, files: 0 };
  const add = (done: Pick<Purged, 'interactions' | 'files'> & { readonly events?: number }) => {
    sum.interactions += done.interactions;
    sum.events += done.events ?? 0;
    sum.files += done.files;
    return done.interactions + (done.events ?? 0);
  };
  const order = (rule: string) => ({ rule, kind: 'retention' as const, actor });
  const isStopped = () => signal.aborted;
  const repeat = async (work: () => Promise<number>) => {
    while (!isStopped() && (await work()) > 0) await pause(betweenMs, signal);
  };
  await finishErasures(deps);
  await repeat(async () =>
    add(await ledger.purge({ keys: await ledger.excludedLater(batch) }, order(excludedRule))),
  );
  for (const route of parked()) {
    await repeat(async () =>
      add(await ledger.purge({ keys: await ledger.parkedTooLong(route, batch) }, order(parkedRule))),
    );
  }
  for (const rule of rules.filter((one) => one.class !== 'files')) {
    await repeat(async () =>
      add(await ledger.purge(await ledger.expired(rules, rule, batch), order(rule.id))),
    );
  }
  for (const rule of fileRules(rules)) {
    await repeat(async () => {
      const { keys } = await ledger.expired(rules, rule, batch);
      return keys.length === 0 ? 0 : add(await ledger.purgeFiles(keys, order(rule.id)));
    });
  }
  const removed = await removeDoomed(deps, signal);
  if (!isStopped()) await ledger.markRetention();
  const wiped = isStopped() ? undefined : await wipeWhenDue(deps, actor, wipe);
  if (sum.interactions + sum.events + sum.files > 0)
    log.info({ ...sum, removed }, 'content destroyed by rules');
  return { ...sum, removed, ...(wiped !== undefined && { wiped }) };
}

/** What is still to be erased of requests: something was on its way into the CRM, or the erasing was broken off. */
export async function finishErasures({ ledger }: Pick<RetentionDeps, 'ledger'>): Promise<void> {
  for (const erasure of await ledger.waitingErasures()) {
    const { subject, actor } = erasure;
    await ledger.settleErasure(
      erasure,
      await ledger.purge(subject, { rule: erasureRule, kind: 'erasure', actor }),
    );
  }
}

/** Files that nobody has any more. @returns how many were taken from the disk */
export async function removeDoomed(
  { ledger, files }: Pick<RetentionDeps, 'ledger' | 'files'>,
  signal?: AbortSignal,
): Promise<number> {
  let removed = 0;
  let after = '';
  for (;;) {
    const doomed = await ledger.doomedFiles(batch, after);
    for (const { sha256, since } of doomed) {
      if (signal?.aborted) return removed;
      const isGone = await files.remove(sha256, new Date(since));
      await ledger.settleDoomed(sha256, isGone);
      if (isGone) removed += 1;
      after = sha256;
    }
    if (doomed.length < batch) return removed;
  }
}

/** Wipes the database's own files of what was destroyed. @returns undefined when there is nothing to, or not yet */
export async function wipeWhenDue(
  { ledger, wipeEveryMs, rewriteBelow, log }: Omit<RetentionDeps, 'rules'>,
  actor: string,
  wipe: 'now' | 'in time',
): Promise<Scrubbed | undefined> {
  const { unscrubbedSince, scrubbedAt } = await ledger.retentionState();
  if (unscrubbedSince === undefined) return undefined;
  const age = scrubbedAt === undefined ? Infinity : Date.now() - Date.parse(scrubbedAt);
  if (wipe !== 'now' && age < wipeEveryMs) return undefined;
  const done = await ledger.scrub({ fullBelow: rewriteBelow, actor });
  const { left, ...figures } = done;
  log.info(figures, 'the database was wiped of what was destroyed');
  for (const text of left) log.warn({}, `not wiped: ${text}`);
  return done;
}
