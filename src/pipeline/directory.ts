import { CrmError } from '../core/errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { toDirectoryContact } from '../mapping/match.ts';
import { describeError, type Brake } from './brake.ts';

export interface DirectoryDeps {
  readonly ledger: Pick<Ledger, 'directoryState' | 'putContacts' | 'markPulled' | 'unpark'>;
  readonly destination: Destination;
  readonly brake: Brake;
  readonly defaultRegion: string;
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
    const unparked = await ledger.unpark(destination.id);
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

async function pullPages(
  { ledger, destination, defaultRegion }: DirectoryDeps,
  signal: AbortSignal,
): Promise<number> {
  const { cursor } = await ledger.directoryState(destination.id);
  let contacts = 0;
  for await (const page of destination.pullContacts(cursor)) {
    const entries = page.contacts.map((contact) => toDirectoryContact(contact, defaultRegion));
    await ledger.putContacts(destination.id, entries, page.cursor);
    contacts += entries.length;
    if (signal.aborted) break;
  }
  return contacts;
}
