import type { Env } from '../config/env.ts';
import { settingsPrints } from '../config/prints.ts';
import type { Settings } from '../config/settings.ts';
import { compose, version, type Parts } from '../src/compose.ts';
import { noteStart, noteStop } from '../src/pipeline/process-trail.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';
import { deliverHandlers } from './deliver.ts';
import { mediaHandlers } from './media.ts';
import { forgetPollPausesOf, pollHandlers } from './poll.ts';
import { processHandlers } from './process.ts';
import { reconcileHandlers } from './reconcile.ts';
import { serve } from './receive.ts';
import { stop, within } from './stop.ts';
import { tickHandlers } from './tick.ts';

/** Roles of a process. */
export const roles = ['receive', 'poll', 'process', 'deliver', 'media', 'reconcile', 'console'] as const;
export type Role = (typeof roles)[number];

/** Each of them keeps the tick going, which wakes work of any role. */
const ticking: readonly Role[] = ['process', 'poll', 'media', 'reconcile'];
const tickEveryMs = 5_000;
/** How often a process looks for newer policies. */
const refreshMs = 2_000;
/** How long what was opened has to close when the rest of the start failed. */
const stopAfterFailureMs = 5_000;

export interface Worker {
  readonly url: string;
  readonly parts: Parts;
  /**
   * Lets go of everything in order, within `stopLimitMs` of the environment.
   *
   * @returns what had to be cut off, each a sentence; empty when nothing had
   */
  stop(why: string): Promise<readonly string[]>;
}

/**
 * Composes a worker and starts these roles of it.
 *
 * @param signal ends the waiting for stores that are not there yet
 */
export async function run(
  env: Env,
  settings: Settings,
  chosen: readonly Role[],
  signal?: AbortSignal,
): Promise<Worker> {
  const parts = await compose(env, settings, {
    limitMs: env.startWaitMs,
    ...(signal !== undefined && { signal }),
  });
  try {
    return await start(parts, chosen);
  } catch (error) {
    await within(parts.close(), stopAfterFailureMs);
    throw error;
  }
}

async function start(parts: Parts, chosen: readonly Role[]): Promise<Worker> {
  const { settings, log, queue, store, instance } = parts;
  const trail = { ledger: store.ledger, version, instance, roles: chosen };
  // Before what was published is put in the place of the file's policies.
  const prints = settingsPrints(settings, gateSecret(parts));
  await parts.mappings.publishFirst();
  await parts.rules.load();
  await noteStart(trail, prints);
  const server = await serve(parts, {
    webhooks: chosen.includes('receive'),
    console: chosen.includes('console'),
  });
  const refresh = setInterval(() => {
    parts.rules
      .refresh()
      .catch((error: unknown) => log.warn({ err: error }, 'policies could not be read; those in use run on'));
  }, refreshMs);
  // The embedded store has one process: whoever held a lease before is dead.
  if (store.sql.kind === 'embedded') await store.ledger.releaseLeases(parts.instance);
  if (chosen.includes('deliver')) await forgetPauses(parts);
  if (chosen.includes('poll')) await forgetPollPausesOf(parts);
  const ticks = chosen.some((role) => ticking.includes(role));
  const handlers: WakeHandlers = {
    ...(chosen.includes('process') ? processHandlers(parts) : {}),
    ...(chosen.includes('deliver') ? deliverHandlers(parts) : {}),
    ...(chosen.includes('poll') ? pollHandlers(parts) : {}),
    ...(chosen.includes('media') ? mediaHandlers(parts) : {}),
    ...(chosen.includes('reconcile') ? reconcileHandlers(parts) : {}),
    ...(ticks ? tickHandlers(parts) : {}),
  };
  if (Object.keys(handlers).length > 0) await queue.work(handlers);
  if (ticks) {
    await queue.scheduleTick(tickEveryMs);
    await queue.wake({ kind: 'tick' });
  }
  // Not before: a start that fails on its last step was never ready.
  tellStart(parts, chosen, server.url);
  return {
    url: server.url,
    parts,
    stop: (why) => {
      clearInterval(refresh);
      return stop(parts, { server, why, note: () => noteStop(trail, why) });
    },
  };
}

/** The one secret that every process of the same settings has. */
function gateSecret({ sources }: Parts): string {
  return [...sources.gateRules.values()][0]?.hashSecret ?? '';
}

/** A start is a new try: whoever mended a mapping or a token does not wait for the old pause to end. */
async function forgetPauses({ destinations, store }: Parts): Promise<void> {
  for (const { destination, state } of await store.ledger.destinationHealth()) {
    if (state !== 'running' && destinations.has(destination)) {
      await store.ledger.setDestinationHealth({ destination, state: 'running' });
    }
  }
}

function tellStart({ log, env, store, settings }: Parts, chosen: readonly Role[], url: string): void {
  log.info(
    {
      version,
      url,
      roles: chosen,
      ledger: store.sql.kind,
      sources: settings.sources.map((one) => one.id),
    },
    'ready',
  );
  if (env.adminToken === undefined && chosen.includes('console')) {
    log.warn({}, 'ADMIN_TOKEN is not set: the console and the API answer on loopback only');
  }
}
