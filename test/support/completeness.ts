import { parseSettings, type Settings } from '../../config/settings.ts';
import { composeSeals } from '../../src/compose-seals.ts';
import { composeReports } from '../../src/compose-reports.ts';
import { makeSources, type SourceParts } from '../../src/compose-sources.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { capture, type CaptureDeps } from '../../src/pipeline/capture.ts';
import { dayAfter } from '../../src/pipeline/daily-report.ts';
import { foldAll } from '../../src/pipeline/fold.ts';
import type { ReportDeps } from '../../src/pipeline/reports.ts';

/** The day that the reports are about: the ledger began on it, and for the reports it is over. */
export const today = new Date().toISOString().slice(0, 10);
export const at = (time: string, day = today): Date => new Date(`${day}T${time}Z`);

export interface Firm {
  readonly settings: Settings;
  readonly sources: SourceParts;
  readonly reports: ReportDeps & { now: () => Date };
  /** a webhook of a source, as if it had been verified */
  receive(source: string, body: object): Promise<void>;
  fold(): Promise<void>;
}

/** The real sources and reports over a ledger, on the morning after {@link today}. */
export function firmOf(ledger: Ledger, yaml: string): Firm {
  const settings = parseSettings(yaml, {});
  const sources = makeSources(settings);
  const quiet = {
    queue: { wake: async () => undefined },
    metrics: { events: () => undefined, excluded: () => undefined },
  };
  const log = { warn: () => undefined };
  const seals = { ...composeSeals({ dataDir: '' }, settings), places: [] };
  const captureDeps: CaptureDeps = {
    ledger,
    rules: sources.gateRules,
    ...quiet,
    onWakeError: () => undefined,
  };
  return {
    settings,
    sources,
    reports: {
      ...composeReports({ settings, ledger, sources, seals, ...quiet, log }),
      now: () => at('07:00:00', dayAfter(today)),
    },
    receive: (source, body) =>
      capture(captureDeps, sources.webhooks.get(source)!, Buffer.from(JSON.stringify(body)), at('10:00:00')),
    fold: () =>
      foldAll(
        {
          ledger,
          normalize: sources.normalize,
          route: () => ({ destinations: ['sales'], statuses: 'none' }),
        },
        () => undefined,
        new AbortController().signal,
      ),
  };
}

export const crm = `
destinations:
  - { id: sales, type: hubspot, apiUrl: 'http://127.0.0.1:1', accessToken: token }
`;
