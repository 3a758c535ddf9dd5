import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FileResult, Interaction } from '../../src/core/interaction.ts';
import { openFolderStore } from '../../src/files/folder-store.ts';
import type { FileStore } from '../../src/files/file-store.ts';
import type { Alert, Ledger } from '../../src/ledger/ledger.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import type { Sql } from '../../src/ledger/sql.ts';
import { foldAll } from '../../src/pipeline/fold.ts';
import { fetchMedia, type MediaDeps } from '../../src/pipeline/media.ts';
import { MediaAlerts } from '../../src/pipeline/media-alerts.ts';
import { SourcePause } from '../../src/pipeline/source-pause.ts';
import type { MediaSource } from '../../src/sources/source.ts';
import { normalizeWhatsAppCloud } from '../../src/sources/whatsapp-cloud/index.ts';
import { incoming, split } from '../fixtures/whatsapp/bodies.ts';
import { emptyLedger } from '../contract/ledger-suite.ts';
import { makeTempFolder } from './temp.ts';

/** The real ledger, folder of files, fold and fetch around one source of files. */
export interface MediaBench {
  readonly ledger: Ledger;
  readonly sql: Sql;
  readonly files: FileStore;
  readonly pause: SourcePause;
  /** lines that were logged */
  readonly logged: string[];
  /** a message with this file comes in, and is folded. @returns key of its interaction */
  receive(id: string, file: object, type?: string): Promise<string>;
  /** one wake-up, as after a start when `more` says so */
  fetch(more?: Partial<MediaDeps>): Promise<void>;
  /** everything that waits is due now */
  hurry(): Promise<void>;
  results(key: string): Promise<(FileResult | undefined)[]>;
  row(key: string): Promise<{ state: string; attempts: number; code: string | null; due: boolean }>;
  alerts(): Promise<Pick<Alert, 'subject' | 'code' | 'text'>[]>;
  /** paths of kept files */
  kept(): string[];
  close(): void;
}

/** A new bench over an open ledger, which is emptied. */
export async function openMediaBench({ ledger, sql }: OpenLedger, source: MediaSource): Promise<MediaBench> {
  const folder = makeTempFolder('media');
  await emptyLedger(sql);
  await sql.exec('truncate wcs.alerts, wcs.media');
  const path = join(folder.path, 'media');
  mkdirSync(path);
  const files = await openFolderStore(path);
  const logged: string[] = [];
  const log = (fields: object, text: string) => void logged.push(`${text} ${JSON.stringify(fields)}`);
  const pause = new SourcePause();
  const deps: MediaDeps = {
    ledger,
    queue: { wake: async () => undefined },
    files,
    source,
    pause,
    alerts: new MediaAlerts(ledger),
    maxBytes: 1_000_000,
    types: [],
    owner: 'one',
    log: { info: log, warn: log },
  };
  const normalize = new Map([['whatsapp-cloud', normalizeWhatsAppCloud]]);
  const route = () => ({ destinations: ['sales'], statuses: 'failed' as const });
  const signal = new AbortController().signal;
  const fold = () => foldAll({ ledger, normalize, route }, () => undefined, signal);
  return {
    ledger,
    sql,
    files,
    pause,
    logged,
    async receive(id, file, type = 'image') {
      const drafts = split(incoming({ id, type, [type]: file }));
      const events = drafts.map(({ people: _people, ...draft }) => ({
        ...draft,
        source: source.id,
        sourceKind: 'whatsapp-cloud',
      }));
      await ledger.append(events, []);
      await fold();
      return drafts[0]?.interactionKey ?? '';
    },
    async fetch(more = {}) {
      await fetchMedia({ ...deps, ...more }, signal);
      await fold();
    },
    hurry: async () => void (await sql.query(`update wcs.media set not_before = '-infinity'`)),
    async results(key) {
      const found = await ledger.interaction(key);
      return mediaOf(found?.interaction).map(({ result }) => result);
    },
    async row(key) {
      const [row] = await sql.query<{ state: string; attempts: number; code: string | null; due: boolean }>(
        `select state, attempts, code, not_before <= now() and lease_owner is null as due
         from wcs.media where key = $1`,
        [key],
      );
      if (row === undefined) throw new Error('there is no such file');
      return row;
    },
    alerts: async () => (await ledger.alerts()).map(({ subject, code, text }) => ({ subject, code, text })),
    kept: () =>
      readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((entry) =>
        entry.isFile() ? [entry.name] : [],
      ),
    close: () => folder.remove(),
  };
}

function mediaOf(interaction: Interaction | undefined) {
  return interaction?.kind === 'message' ? (interaction.content?.media ?? []) : [];
}
