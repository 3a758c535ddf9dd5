import type { Destination } from '../destinations/destination.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { toDirectoryContact } from '../mapping/match.ts';

export interface DirectoryDeps {
  readonly ledger: Pick<Ledger, 'directoryState' | 'putContacts' | 'markPulled' | 'unpark'>;
  readonly destination: Destination;
  readonly defaultRegion: string;
  readonly log: { info(fields: object, text: string): void };
}

/**
 * Brings the worker's index of a CRM's numbers up to date: all contacts the first time, what changed since then. Parked
 * interactions whose person is known now go back to the match. @returns how many did
 */
export async function pullDirectory(deps: DirectoryDeps, signal: AbortSignal): Promise<number> {
  const { ledger, destination } = deps;
  const { cursor } = await ledger.directoryState(destination.id);
  let contacts = 0;
  for await (const page of destination.pullContacts(cursor)) {
    const entries = page.contacts.map((contact) => toDirectoryContact(contact, deps.defaultRegion));
    await ledger.putContacts(destination.id, entries, page.cursor);
    contacts += entries.length;
    if (signal.aborted) return 0;
  }
  await ledger.markPulled(destination.id);
  const unparked = await ledger.unpark(destination.id);
  if (contacts > 0)
    deps.log.info(
      { destination: destination.id, contacts, unparked, full: cursor === undefined },
      'directory pulled',
    );
  return unparked;
}
