import type { Parts } from '../src/compose.ts';
import { attachAll, type AttachDeps, type AttachTarget } from '../src/pipeline/attach.ts';
import { Brake } from '../src/pipeline/brake.ts';
import { fetchMedia, type MediaDeps } from '../src/pipeline/media.ts';
import { MediaAlerts } from '../src/pipeline/media-alerts.ts';
import { SourcePause } from '../src/pipeline/source-pause.ts';
import type { WakeHandlers } from '../src/queue/queue.ts';

/** The media role: fetches files, keeps them, and attaches them to the CRM's records. */
export function mediaHandlers(parts: Parts): WakeHandlers {
  return { ...fetchHandlers(parts), ...attachHandlers(parts) };
}

/** One handler per source at a time, over all processes. */
function fetchHandlers(parts: Parts): WakeHandlers {
  const { settings, sources, store, log } = parts;
  if (!settings.media.fetch) return {};
  const alerts = new MediaAlerts(store.ledger);
  const all = new Map([...sources.media.keys()].map((id) => [id, fetchDeps(parts, alerts, id)]));
  const withoutToken = new Set(settings.sources.map(({ id }) => id).filter((id) => !all.has(id)));
  return {
    media: async (subject = '', signal) => {
      const deps = all.get(subject);
      if (deps !== undefined) return fetchMedia(deps, signal);
      // Told once: the files wait until a start with a token.
      if (!withoutToken.delete(subject)) return;
      log.warn({ source: subject }, 'files wait: no access token is set');
      await alerts.raise(
        subject,
        'source-auth-failed',
        'Files wait: no access token is set for this source.',
      );
    },
  };
}

function fetchDeps(parts: Parts, alerts: MediaAlerts, id: string): MediaDeps {
  const { settings, sources, store, queue, files, instance, log } = parts;
  const source = sources.media.get(id);
  if (source === undefined) throw new Error(`source ${id} has no files`);
  return {
    ledger: store.ledger,
    queue,
    files,
    source,
    pause: new SourcePause(),
    alerts,
    maxBytes: settings.media.maxSize,
    types: settings.media.types,
    owner: instance,
    log,
  };
}

/** One handler per destination at a time, over all processes. */
function attachHandlers(parts: Parts): WakeHandlers {
  const { settings, store, files, destinations, brakes, instance, log } = parts;
  if (!settings.media.attach) return {};
  const targets = [...destinations.values()].flatMap((destination): [string, AttachTarget][] => {
    const brake = brakes.get(destination.id);
    // Told to nobody: records go on while files wait, so the destination's state is not for this to say.
    const fileBrake = new Brake(async () => undefined);
    return brake === undefined ? [] : [[destination.id, { destination, brake, fileBrake }]];
  });
  const deps: AttachDeps = {
    ledger: store.ledger,
    files,
    destinations: new Map(targets),
    owner: instance,
    log,
  };
  return { attach: (subject = '', signal) => attachAll(deps, subject, signal) };
}
