import type { Crms } from '../support/spine.ts';
import type { TcpProxy } from './tcp-proxy.ts';
import type { World } from './world.ts';

/** One kind of harm, done while traffic runs. */
export interface Scenario {
  /** lower case, with hyphens: what `--only` names */
  readonly name: string;
  /** what happens, in a sentence */
  readonly title: string;
  /** which stores the workers have: none of their own, PostgreSQL alone, or PostgreSQL and Redis */
  readonly stores: 'embedded' | 'postgres' | 'servers';
  /** roles of each process; default: one process with all of them */
  readonly processes?: readonly string[];
  /** messages and calls of the traffic; default 200 */
  readonly interactions?: number;
  /** they come again and again until the harm is done, so that what it waits for comes on any machine */
  readonly lasts?: boolean;
  /** webhooks a second; default 60 */
  readonly perSecond?: number;
  /** lines that go into both destinations of the settings */
  readonly settings?: string;
  /** so many at the end of `processes` run only when the scenario starts them; default 0 */
  readonly reserve?: number;
  /** parameters of the workers' DATABASE_URL */
  readonly databaseQuery?: string;
  /** part of every change's tests */
  readonly isShort?: boolean;
  /** Made before the processes start; what the harm needs of it is kept by the scenario. */
  open?(parts: OpenParts): Promise<Opened>;
  /** environment and arguments of Node for each process, by its place in `processes` */
  start?(place: number): StartOptions;
  /**
   * Does the harm and ends it. Traffic is being sent meanwhile; the runner waits for the rest of it afterwards, and for
   * everything to be logged, and checks what holds after every scenario (checks.ts). What should be seen while the harm
   * lasts is asserted in here. @throws AssertionError
   */
  harm(world: World): Promise<void>;
}

/** What is there before the processes start. */
export interface OpenParts {
  readonly crms: Crms;
  readonly network: { readonly salesforce: TcpProxy; readonly hubspot: TcpProxy };
  /** of the scenario, removed after it */
  readonly folder: string;
}

/** What a scenario puts in the place of something. */
export interface Opened {
  /** where the workers find the CRMs; default: their proxies */
  readonly addresses?: { readonly salesforce: string; readonly hubspot: string };
  /** of a server of the scenario's own; default: a database in the one of the run */
  readonly databaseUrl?: string;
  close(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  readonly args?: readonly string[];
  /** told of the process's id before it is ready */
  onSpawn?(pid: number): void;
}
