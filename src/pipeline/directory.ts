import { CrmError } from '../core/errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Ledger, ParkedLimit } from '../ledger/ledger.ts';
import { withoutBarredName } from '../mapping/barred.ts';
import type { ConsentRules } from '../mapping/consent.ts';
import { toDirectoryContact } from '../mapping/match.ts';
import { describeError, type Brake } from './brake.ts';

export interface DirectoryDeps {
  readonly ledger: Pick<
    Ledger,
    | 'directoryState'
    | 'putContacts'
    | 'markPulled'
    | 'restartPull'
    | 'unpark'
    | 'giveUpParked'
    | 'releaseDryRun'
  >;
  readonly destination: Destination;
  readonly brake: Brake;
  readonly defaultRegion: string;
  /** by which fields people are never recorded, or only then: of each route into this CRM */
  readonly consents: readonly ConsentRules[];
  /** how long something of a route may be parked; none: for ever */
  readonly parkedLimits: () => readonly ParkedLimit[];
  /** routes that are no dry run */
  readonly liveRoutes: readonly { readonly source: string; readonly businessNumbers?: readonly string[] }[];
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
}

/**
 * Brings the worker's index of a CRM's numbers up to date: all contacts the first time, what changed since then. Parked
 * interactions whose person is known now go back to the match. @returns how many did
 */
export async function pullDirectory(deps: DirectoryDeps, signal: AbortSignal): Promise<number> {
  const { ledger, destination, brake, log } = deps;
  if (brake.isOn) return 0;
  try {
    const contacts = await pullPages(deps, signal);
    if (signal.aborted) return 0;
    await ledger.markPulled(destination.id);
    const unparked = (await ledger.unpark(destination.id)) + (await settleParked(deps));
    if (contacts > 0) log.info({ destination: destination.id, contacts, unparked }, 'directory pulled');
    return unparked;
  } catch (error) {
    if (!(error instanceof CrmError)) throw error;
    const { code, reason, retryAfterMs } = describeError(error);
    // Reading contacts may be forbidden where writing activities is not: that holds no delivery up.
    if (code !== 'permission-missing') await brake.pull(code, reason, retryAfterMs);
    log.warn({ destination: destination.id, code, reason }, 'the directory could not be pulled');
    return 0;
  }
}

/** What was parked for too long is given up; what a dry run set aside goes on its way when the route is live. */
async function settleParked({
  ledger,
  destination,
  parkedLimits,
  liveRoutes,
  log,
}: DirectoryDeps): Promise<number> {
  let given = 0;
  for (const limit of parkedLimits()) given += await ledger.giveUpParked(destination.id, limit);
  if (given > 0) log.info({ destination: destination.id, given }, 'parked for too long: given up');
  let released = 0;
  for (const route of liveRoutes) released += await ledger.releaseDryRun(destination.id, route);
  return released;
}

/** The fields by which people opt out or in, in one text. */
function markedBy({ markFields }: Destination): string {
  return markFields.toSorted().join(' ');
}

async function pullPages(
  { ledger, destination, defaultRegion, consents }: DirectoryDeps,
  signal: AbortSignal,
): Promise<number> {
  const state = await ledger.directoryState(destination.id);
  const fields = markedBy(destination);
  const isSame = state.markedBy === fields;
  if (!isSame) await ledger.restartPull(destination.id, fields);
  const cursor = isSame ? state.cursor : undefined;
  let contacts = 0;
  for await (const page of destination.pullContacts(cursor)) {
    const entries = page.contacts.map((contact) =>
      toDirectoryContact(withoutBarredName(contact, consents), defaultRegion),
    );
    await ledger.putContacts(destination.id, entries, page.cursor);
    contacts += entries.length;
    if (signal.aborted) break;
  }
  return contacts;
}
