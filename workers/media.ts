import type { Parts } from '../src/compose.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/** The media role: fetches files, keeps them, and attaches them to the CRM's records. */
export function mediaHandlers(_parts: Parts): WakeHandlers {
  return {};
}
