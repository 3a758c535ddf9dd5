import { policiesFor, routesFor } from '../config/settings.ts';
import type { Parts } from '../src/compose.ts';
import { UnknownLately } from '../src/directory/unknown-lately.ts';
import { pullDirectory } from '../src/pipeline/directory.ts';
import { foldAll, type FoldDeps } from '../src/pipeline/fold.ts';
import { matchAll, type MatchDeps } from '../src/pipeline/match.ts';
import { helpTick, type TickDeps } from '../src/pipeline/tick.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/** The process role: fold, match, keep the directory fresh, and the tick that finds what a lost wake-up left. */
export function processHandlers(parts: Parts): WakeHandlers {
  const fold = foldDeps(parts);
  const match = matchDeps(parts);
  const tick = tickDeps(parts);
  return {
    process: async (_subject, signal) => {
      await foldAll(fold, signal);
      await matchAll(match, signal);
      for (const id of await parts.store.ledger.waitingDestinations())
        await parts.queue.wake({ kind: 'deliver', subject: id });
    },
    directory: async (subject, signal) => {
      const destination = parts.destinations.get(subject ?? '');
      const brake = parts.brakes.get(subject ?? '');
      if (destination === undefined || brake === undefined) return;
      const { ledger } = parts.store;
      const { defaultRegion } = parts.settings.policies;
      const unparked = await pullDirectory(
        { ledger, destination, brake, defaultRegion, log: parts.log },
        signal,
      );
      if (unparked > 0) await parts.queue.wake({ kind: 'process' });
    },
    tick: () => helpTick(tick),
  };
}

function foldDeps({ store, normalize, settings }: Parts): FoldDeps {
  return {
    ledger: store.ledger,
    normalize,
    route: (source, number) => {
      const routes = routesFor(settings, source, number);
      return {
        destinations: [...new Set(routes.flatMap((route) => route.destinations))],
        statuses: routes[0] === undefined ? 'none' : policiesFor(settings, routes[0]).statuses,
      };
    },
  };
}

function matchDeps({ store, destinations, brakes, settings, log }: Parts): MatchDeps {
  return {
    ledger: store.ledger,
    destinations,
    brakes,
    defaultRegion: settings.policies.defaultRegion,
    policies: (source, number) => {
      const [route] = routesFor(settings, source, number);
      return route === undefined ? settings.policies : policiesFor(settings, route);
    },
    unknownLately: new UnknownLately(),
    log,
  };
}

function tickDeps({ store, queue, settings, log }: Parts): TickDeps {
  return {
    ledger: store.ledger,
    queue,
    destinations: settings.destinations.map(({ id, directoryEvery, directoryEveryWhileParked }) => ({
      id,
      directoryEvery,
      directoryEveryWhileParked,
    })),
    log,
  };
}
