import type { Parts } from '../src/compose.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/** The poll role: asks the sources that can be asked for what happened. */
export function pollHandlers(_parts: Parts): WakeHandlers {
  return {};
}
