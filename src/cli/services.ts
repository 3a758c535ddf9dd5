import { readEnv, type Env } from '../../config/env.ts';
import { readSettings, type Settings } from '../../config/settings.ts';
import type { Restored } from '../compose-restore.ts';
import type { Destination, Finding } from '../destinations/destination.ts';
import { openOperations, type OpenOperations } from './operations.ts';

export interface Checked {
  readonly destination: string;
  readonly findings: readonly Finding[];
}

/** What a source's provider says of its settings. */
export interface CheckedSource {
  readonly source: string;
  readonly findings: readonly Finding[];
}

/** What the commands are made of; tests put their own in. */
export interface Services {
  /** @throws ConfigError */
  readEnv(): Env;
  /** @throws ConfigError */
  readSettings(env: Env): Settings;
  openOperations(env: Env, settings: Settings): Promise<OpenOperations>;
  runCheck(settings: Settings, destination?: string): Promise<readonly Checked[]>;
  checkSources(settings: Settings): Promise<readonly CheckedSource[]>;
  /** Puts a backup into an empty data folder. @throws RestoreRefused */
  restoreBackup(from: string, dataDir: string): Promise<Restored>;
  openDestinations(settings: Settings): Promise<{
    readonly destinations: ReadonlyMap<string, Destination>;
    close(): Promise<void>;
  }>;
}

/** The real ones. The composition is loaded when it is needed: `--help` loads no CRM and no database. */
export const services: Services = {
  readEnv: () => readEnv(),
  readSettings,
  openOperations,
  runCheck: async (settings, destination) => (await import('../compose.ts')).runCheck(settings, destination),
  checkSources: async (settings) => (await import('../compose-sources.ts')).checkSources(settings),
  restoreBackup: async (from, dataDir) =>
    (await import('../compose-restore.ts')).restoreBackup(from, dataDir),
  openDestinations: async (settings) => (await import('../compose.ts')).composeDestinations(settings),
};
