import type { Ledger } from '../ledger/ledger.ts';
import type { Queue } from '../queue/queue.ts';

export interface TickDeps {
  readonly ledger: Pick<Ledger, 'waitingDestinations' | 'directoryState' | 'backlog'>;
  readonly queue: Pick<Queue, 'wake'>;
  readonly destinations: readonly {
    readonly id: string;
    /** milliseconds between two pulls of the directory */
    readonly directoryEvery: number;
    /** the same while somebody is parked */
    readonly directoryEveryWhileParked: number;
  }[];
  readonly log: { warn(fields: object, text: string): void };
}

/**
 * The net under all wake-ups: looks into the ledger for what there is to do and wakes the handlers for it. Losing the
 * whole queue loses nothing but the time until the next tick.
 */
export async function helpTick(deps: TickDeps): Promise<void> {
  const { ledger, queue } = deps;
  await queue.wake({ kind: 'process' });
  for (const { id } of deps.destinations) await queue.wake({ kind: 'match', subject: id });
  for (const id of await ledger.waitingDestinations()) await queue.wake({ kind: 'deliver', subject: id });
  const { destinations } = await ledger.backlog();
  for (const { id, directoryEvery, directoryEveryWhileParked } of deps.destinations) {
    const parked = destinations.find((one) => one.destination === id)?.states.parked ?? 0;
    const every = parked > 0 ? Math.min(directoryEvery, directoryEveryWhileParked) : directoryEvery;
    const { pulledAt } = await ledger.directoryState(id);
    const age = pulledAt === undefined ? Infinity : Date.now() - Date.parse(pulledAt);
    if (age >= every) await queue.wake({ kind: 'directory', subject: id });
  }
}
