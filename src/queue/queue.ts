/** What a wake-up asks for. Jobs carry no content: the ledger says what there is to do. */
export const wakeKinds = [
  'process',
  'match',
  'deliver',
  'directory',
  'poll',
  'media',
  'attach',
  'rollup',
  'retention',
  'seal',
  'report',
  'reconcile',
  'tick',
] as const;
export type WakeKind = (typeof wakeKinds)[number];

export interface Wake {
  readonly kind: WakeKind;
  /** destination id for `match`, `deliver`, `directory`, `attach`, `rollup` and `reconcile`; source id for `poll` and `media`; else absent */
  readonly subject?: string;
}

export type WakeHandler = (subject: string | undefined, signal: AbortSignal) => Promise<void>;

/** Which kinds this process works on. */
export type WakeHandlers = Partial<Record<WakeKind, WakeHandler>>;

/**
 * The port to the job queue. A wake-up of the same kind and subject that waits already is not added twice; one that comes
 * while its handler runs is kept and runs after it, so that none is lost (BullMQ: deduplication with keepLastIfActive).
 * The queue may be wiped at any time: nothing but wake-ups is in it, and a scheduled `tick` makes them again.
 */
export interface Queue {
  /** Resolves when the wake-up is in the queue. Cheap to call often: bursts in one process are joined. */
  wake(wake: Wake): Promise<void>;
  /** Starts working. At most one handler per kind and subject runs at any time, over all processes. */
  work(handlers: WakeHandlers): Promise<void>;
  /** Makes `tick` come every so many milliseconds, over all processes together. */
  scheduleTick(everyMs: number): Promise<void>;
  /** Throws when the queue cannot be reached. */
  ping(): Promise<void>;
  /**
   * Stops taking work and waits for handlers that run; they see their signal aborted. Wake-ups are still taken.
   *
   * @param withinMs how long it waits
   * @returns how many still run then
   */
  drain(withinMs: number): Promise<number>;
  /** Drains, as long as that takes if nobody drained it before, and lets go of all connections. */
  close(): Promise<void>;
}
