import { granularityOf, isDryRun, ownerOn, policiesOf, type Settings } from '../config/settings.ts';
import type { Parts } from '../src/compose.ts';
import type { Destination } from '../src/destinations/destination.ts';
import { CrmUsers } from '../src/directory/crm-users.ts';
import { KnownFields } from '../src/directory/known-fields.ts';
import { deliver, type DeliverDeps } from '../src/pipeline/deliver.ts';
import type { RecordRules } from '../src/pipeline/record-rules.ts';
import { Related } from '../src/pipeline/related.ts';
import { rollUp, type RollupDeps } from '../src/pipeline/rollup.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/** The deliver role: sends what is ready, one handler per destination at a time. */
export function deliverHandlers(parts: Parts): WakeHandlers {
  const files = new Map([...parts.destinations.keys()].map((id) => [id, publishChanged(parts, id)]));
  const all = new Map([...parts.destinations.values()].map((one) => [one.id, deliverDeps(parts, one)]));
  return {
    deliver: async (subject, signal) => {
      const deps = all.get(subject ?? '');
      if (deps === undefined) return;
      await files.get(deps.destination.id)?.();
      await deliver(deps, signal);
      await wakeAttach(parts, deps.destination.id);
    },
    // Contacts are brought up to date by the role that wrote on them.
    rollup: async (subject, signal) => {
      const deps = all.get(subject ?? '');
      if (deps !== undefined) await rollUp(deps, signal);
    },
  };
}

/** Puts a mapping file that has changed into use, once the CRM has said that it fits; asked again each minute until then. */
function publishChanged({ mappings, log }: Parts, destination: string): () => Promise<void> {
  const attempt = async () => {
    const isDone = await mappings.publishChanged(destination);
    if (!isDone) log.warn({ destination }, 'the mapping file could not be checked; the last one runs on');
    return { isDone, again: performance.now() + 60_000 };
  };
  let last = attempt();
  // Told by the next delivery; nobody waits for this one.
  last.catch(() => undefined);
  return async () => {
    const { isDone, again } = await last.catch(() => ({ isDone: false, again: 0 }));
    if (isDone || performance.now() < again) return;
    last = attempt();
    await last;
  };
}

/** Files can only follow a record that is there. The tick would find them too, a few seconds later. */
async function wakeAttach({ settings, store, queue }: Parts, id: string): Promise<void> {
  if (!settings.media.attach) return;
  const waiting = await store.ledger.waitingAttachments();
  if (waiting.includes(id)) await queue.wake({ kind: 'attach', subject: id }).catch(() => undefined);
}

function deliverDeps(parts: Parts, destination: Destination): DeliverDeps & RollupDeps {
  const { settings, store, mappings, brakes, metrics, log, instance } = parts;
  const own = settings.destinations.find((one) => one.id === destination.id);
  const brake = brakes.get(destination.id);
  if (own === undefined || brake === undefined)
    throw new Error(`destination ${destination.id} is not configured`);
  const known = new KnownFields(destination);
  const users = new CrmUsers(destination);
  let lastVersion: string | undefined;
  return {
    destination,
    ledger: store.ledger,
    currentMapping: async () => {
      const mapping = await mappings.current(destination.id);
      // Who publishes a mapping may have made new fields for it.
      if (lastVersion !== undefined && lastVersion !== mapping.version) known.forget();
      lastVersion = mapping.version;
      return mapping;
    },
    knownFields: (kind) => known.get(kind),
    onFieldRefused: () => known.forget(),
    owners: {
      holderOn: (number, day) => ownerOn(settings, number, day),
      ...(own.fallbackOwner !== undefined && { fallback: own.fallbackOwner }),
      activeUser: (email) => users.activeWith(email),
    },
    related: new Related(destination, own.associate, (reason) =>
      log.warn({ destination: destination.id, reason }, 'records are put on the contact alone'),
    ),
    timeZone: own.timeZone,
    chatLink: parts.chatLink,
    rules: recordRules(settings, destination.id),
    owner: instance,
    windowMs: own.window,
    // Longer than any call may take: a lease that runs out means the process is dead or frozen.
    leaseMs: own.timeout + 15_000,
    brake,
    metrics,
    log,
  };
}

/** What the routes say that lead to this destination. */
function recordRules(settings: Settings, destination: string): RecordRules {
  const policies = (source: string, number: string) => policiesOf(settings, destination, source, number);
  return {
    changes: (source, number) => policies(source, number).changes,
    isDryRun: (source, number) => isDryRun(settings, destination, source, number),
    granularity: (source, number) => granularityOf(settings, destination, source, number),
  };
}
