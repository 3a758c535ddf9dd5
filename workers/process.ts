import {
  consentFor,
  ownerOn,
  policiesFor,
  policiesOf,
  routesFor,
  type Settings,
} from '../config/settings.ts';
import type { Parts } from '../src/compose.ts';
import type { Interaction } from '../src/core/interaction.ts';
import type { Destination } from '../src/destinations/destination.ts';
import { CrmUsers } from '../src/directory/crm-users.ts';
import { UnknownLately } from '../src/directory/unknown-lately.ts';
import { asksConsent } from '../src/mapping/consent.ts';
import type { Brake } from '../src/pipeline/brake.ts';
import { pullDirectory, type DirectoryDeps } from '../src/pipeline/directory.ts';
import { foldAll, type FoldDeps } from '../src/pipeline/fold.ts';
import { matchAll, type MatchDeps } from '../src/pipeline/match.ts';
import type { WakeHandlers, WakeKind } from '../src/queue/queue.ts';

/** The process role: fold, match, and keep the directory fresh. */
export function processHandlers(parts: Parts): WakeHandlers {
  const { queue, destinations } = parts;
  const fold = foldDeps(parts);
  const each = new Map([...destinations.values()].map((one) => [one.id, destinationDeps(parts, one)]));
  // Not waited for: a queue that is down costs time (the tick finds the work), never an activity.
  const wake = (kind: WakeKind, subject: string) =>
    void queue
      .wake({ kind, subject })
      .catch(() => parts.log.warn({ kind, subject }, 'the queue cannot be woken'));
  const wakeMatches = () => [...destinations.keys()].forEach((id) => wake('match', id));
  return {
    process: (_subject, signal) => foldAll(fold, wakeMatches, signal),
    match: async (subject, signal) => {
      const deps = each.get(subject ?? '');
      if (deps === undefined) return;
      await matchAll(deps.match, () => wake('deliver', deps.match.destination.id), signal);
    },
    directory: async (subject, signal) => {
      const deps = each.get(subject ?? '');
      if (deps === undefined) return;
      const unparked = await pullDirectory(deps.directory, signal);
      if (unparked > 0) wake('match', deps.directory.destination.id);
    },
  };
}

function foldDeps({ store, sources, settings }: Parts): FoldDeps {
  return {
    ledger: store.ledger,
    normalize: sources.normalize,
    route: (source, number) => {
      const routes = routesFor(settings, source, number);
      return {
        destinations: [...new Set(routes.flatMap((route) => route.destinations))],
        statuses: routes[0] === undefined ? 'none' : policiesFor(settings, routes[0]).statuses,
      };
    },
  };
}

function destinationDeps(
  parts: Parts,
  destination: Destination,
): { match: MatchDeps; directory: DirectoryDeps } {
  const { store, brakes, settings, log } = parts;
  const brake = brakes.get(destination.id) as Brake;
  const shared = {
    ledger: store.ledger,
    destination,
    brake,
    defaultRegion: settings.policies.defaultRegion,
    consents: settings.routes
      .filter((route) => route.destinations.includes(destination.id))
      .map((route) => consentFor(policiesFor(settings, route), destination.id)),
    log,
  };
  const matchPolicies = (source: string, number: string) => {
    const policies = policiesOf(settings, destination.id, source, number);
    const consent = consentFor(policies, destination.id);
    return { ...policies, ...(asksConsent(consent) && { consent }) };
  };
  const users = new CrmUsers(destination);
  const holderOf = async ({ businessNumber, occurredAt }: Interaction) => {
    const email = ownerOn(settings, businessNumber, occurredAt.slice(0, 10));
    return email === undefined ? undefined : (await users.activeWith(email))?.id;
  };
  return {
    match: { ...shared, policies: matchPolicies, holderOf, unknownLately: new UnknownLately() },
    directory: { ...shared, ...parkedRules(settings, destination.id) },
  };
}

/** How long things are parked there, and whose dry run is over. */
function parkedRules(
  settings: Settings,
  destination: string,
): Pick<DirectoryDeps, 'parkedLimits' | 'liveRoutes'> {
  const routes = settings.routes.filter((route) => route.destinations.includes(destination));
  const of = ({ source, numbers }: Settings['routes'][number]) => ({
    source,
    ...(numbers !== undefined && { businessNumbers: numbers }),
  });
  return {
    parkedLimits: () =>
      routes.flatMap((route) => {
        const { parkedDays: days, parkedEnd } = policiesFor(settings, route);
        if (days === undefined) return [];
        // What is destroyed is destroyed by the reconcile role; what another destination has is only not logged here.
        if (parkedEnd === 'purge')
          return [{ ...of(route), days, to: 'ignored' as const, onlyElsewhere: true }];
        const to = parkedEnd === 'ignore' ? ('ignored' as const) : ('failed' as const);
        return [{ ...of(route), days, to }];
      }),
    liveRoutes: routes.filter(({ dryRun }) => !dryRun).map(of),
  };
}
