import type { Parts } from '../src/compose.ts';
import { forgetPollPauses, pollAll, type PollDeps } from '../src/pipeline/poll.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/**
 * The poll role: asks the sources that can be asked for what happened. The queue runs one handler per source at a time,
 * over all processes.
 */
export function pollHandlers(parts: Parts): WakeHandlers {
  const deps = pollDeps(parts);
  return { poll: (subject, signal) => pollAll(deps, subject ?? '', signal) };
}

/** A start is a new try for a source that refused the credentials. */
export async function forgetPollPausesOf(parts: Parts): Promise<void> {
  await forgetPollPauses(pollDeps(parts));
}

function pollDeps({ store, queue, sources, metrics, log }: Parts): PollDeps {
  return {
    ledger: store.ledger,
    queue,
    polls: sources.polls,
    rules: sources.gateRules,
    failures: new Map(),
    metrics,
    onWakeError: () => log.warn({}, 'the queue cannot be woken; the tick will find the work'),
    log,
  };
}
