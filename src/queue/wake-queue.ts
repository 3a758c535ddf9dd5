import type { JobsOptions } from 'bullmq';
import type { Engine, WakeBullQueue, WakeBullWorker, WakeJob } from './engine.ts';
import { Joiner } from './joiner.ts';
import { thisOwner } from './owner.ts';
import { wakeKinds, type Queue, type Wake, type WakeHandlers, type WakeKind } from './queue.ts';

export interface QueueOptions {
  /** told of a handler that failed; its work is found again by the tick */
  readonly onError?: (kind: WakeKind, subject: string | undefined, error: unknown) => void;
  /** told of trouble with the queue's store, again and again while it lasts */
  readonly onTrouble?: (error: Error) => void;
}

/** What the role `reconcile` does comes seldom: it shares a queue, since on PostgreSQL each one costs a connection. */
const upkeep: readonly WakeKind[] = ['retention', 'seal', 'report', 'reconcile'];
const queueOf = (kind: WakeKind): string => (upkeep.includes(kind) ? 'wcs-upkeep' : `wcs-${kind}`);

/** BullMQ queues, each with a worker where a process has all roles. */
export const queueNames: readonly string[] = [...new Set(wakeKinds.map(queueOf))];

/** wake-ups of one kind and subject within this time are joined */
const joinWindowMs = 100;
/** how long a caller waits at most until its wake-up is in the queue, or known not to be */
const answerTimeoutMs = 3_000;
/** how long `close` waits for a store that does not answer, once the handlers are done */
const closeTimeoutMs = 5_000;
/** A deliver handler may wait inside for its batch to fill, so many may run at once. */
const concurrency = 64;
const timerId = 'tick-timer';

const jobOptions: JobsOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

/** A job whose process died without a trace comes back after 10 s (its lock) and at most 2 s more (the next look). */
const workerSettings = {
  name: thisOwner,
  concurrency,
  lockDuration: 10_000,
  stalledInterval: 2_000,
  maxStalledCount: 1_000_000,
  runRetryDelay: 1_000,
};

/**
 * The queue on BullMQ. One BullMQ queue per kind (but for upkeep), so that a process takes only what it works on. At most
 * one job of a kind and subject exists in it, waiting or running, and at most one more is kept behind a running one.
 */
export class WakeQueue implements Queue {
  readonly #engine: Engine;
  readonly #options: QueueOptions;
  /** by name */
  readonly #queues: ReadonlyMap<string, WakeBullQueue>;
  readonly #workers = new Map<string, WakeBullWorker>();
  readonly #handlersRunning = new Set<Promise<void>>();
  readonly #joiner = new Joiner(joinWindowMs);
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  #isDrained = false;
  #closing: Promise<void> | undefined;

  private constructor(engine: Engine, options: QueueOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#queues = new Map(queueNames.map((name) => [name, engine.makeQueue(name)]));
    for (const queue of this.#queues.values()) queue.on('error', (error) => this.#trouble(error));
  }

  /** @throws when the store cannot be used; the engine is closed then */
  static async open(engine: Engine, options: QueueOptions): Promise<WakeQueue> {
    const queue = new WakeQueue(engine, options);
    try {
      await inTime(Promise.all([...queue.#queues.values()].map((each) => each.waitUntilReady())));
    } catch (error) {
      await queue.close();
      throw error;
    }
    return queue;
  }

  wake({ kind, subject }: Wake): Promise<void> {
    if (this.#closing) return Promise.reject(new Error('the queue is closed'));
    return this.#joiner.join(`${kind} ${subject ?? ''}`, () => inTime(this.#add(kind, subject)));
  }

  async work(handlers: WakeHandlers): Promise<void> {
    for (const name of queueNames) {
      const own = wakeKinds.filter((kind) => queueOf(kind) === name && handlers[kind] !== undefined);
      if (own.length === 0) continue;
      await this.#freeOrphans(name);
      const worker = this.#engine.makeWorker(
        name,
        (job, _token, signal) => this.#track(this.#run(handlers, job, signal ?? neverAborted)),
        workerSettings,
      );
      worker.on('error', (error) => this.#trouble(error));
      // Another process may have taken the subject over by now.
      worker.on('lockRenewalFailed', (ids) => ids.forEach((id) => worker.cancelJob(id, 'the lock is lost')));
      this.#workers.set(name, worker);
    }
    await Promise.all([...this.#workers.values()].map((worker) => worker.waitUntilReady()));
  }

  async scheduleTick(everyMs: number): Promise<void> {
    clearInterval(this.#timer);
    // Each process has a timer and the store lets one of them through per period: nothing is in the store that a wipe
    // could take away for good, as it would BullMQ's job scheduler.
    const fire = (): Promise<unknown> => inTime(this.#fireTimer(everyMs));
    this.#timer = setInterval(() => void fire().catch((error: Error) => this.#trouble(error)), everyMs);
    this.#timer.unref();
    await fire();
  }

  ping(): Promise<void> {
    return inTime(this.#engine.ping());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async drain(withinMs: number): Promise<number> {
    this.#draining ??= this.#drain();
    await inTime(this.#draining, withinMs).catch(() => undefined);
    this.#isDrained = true;
    return this.#handlersRunning.size;
  }

  async #drain(): Promise<void> {
    clearInterval(this.#timer);
    const workers = [...this.#workers.values()];
    const closed = Promise.allSettled(workers.map((worker) => worker.close()));
    for (const worker of workers) worker.cancelAllJobs('the queue closes');
    await Promise.allSettled(this.#handlersRunning);
    await inTime(closed, closeTimeoutMs).catch((error: Error) => this.#trouble(error));
  }

  async #close(): Promise<void> {
    this.#draining ??= this.#drain();
    // Who has drained it has waited long enough.
    if (!this.#isDrained) await this.#draining;
    await this.#joiner.close();
    await Promise.allSettled(
      [...this.#queues.values()].map((queue) => inTime(queue.close(), closeTimeoutMs)),
    );
    await this.#engine.close();
  }

  async #add(kind: WakeKind, subject: string | undefined): Promise<void> {
    await this.#queue(kind).add(kind, subject === undefined ? {} : { subject }, {
      ...jobOptions,
      deduplication: { id: `${kind} of ${subject ?? 'all'}`, keepLastIfActive: true },
    });
  }

  /**
   * The fixed job id keeps them from piling up where nobody works on ticks. BullMQ would count the time by the clock of this
   * process: put back by an hour, there would be no tick for an hour.
   */
  async #fireTimer(everyMs: number): Promise<void> {
    const timestamp = await this.#engine.now();
    await this.#queue('tick').add(
      timerId,
      {},
      {
        ...jobOptions,
        jobId: timerId,
        timestamp,
        deduplication: { id: timerId, ttl: Math.ceil(everyMs * 0.9) },
      },
    );
  }

  async #run(handlers: WakeHandlers, job: WakeJob, signal: AbortSignal): Promise<void> {
    if (job.name === timerId) return this.#add('tick', undefined);
    const kind = job.name as WakeKind;
    const { subject } = job.data;
    try {
      if (!this.#draining) await handlers[kind]?.(subject, signal);
    } catch (error) {
      this.#options.onError?.(kind, subject, error);
    }
    // Cut short: what is left is for whoever comes next. The job still runs, so this is kept and comes after it.
    if (this.#draining || signal.aborted) await inTime(this.#add(kind, subject));
  }

  /** Failures of handlers end here and never reach BullMQ, which would keep their messages. */
  #track(run: Promise<void>): Promise<void> {
    const quiet = run.catch((error: Error) => this.#trouble(error));
    this.#handlersRunning.add(quiet);
    void quiet.then(() => this.#handlersRunning.delete(quiet));
    return quiet;
  }

  /** Jobs that a dead process left running would hold up their subjects until their locks run out. */
  async #freeOrphans(name: string): Promise<void> {
    const queue = this.#queues.get(name) as WakeBullQueue;
    for (const job of await queue.getActive()) {
      if (job.id === undefined || job.processedBy === undefined) continue;
      if (!this.#engine.isDead(job.processedBy)) continue;
      // Exactly this lock: if another process took the job over in the meantime, nothing happens.
      const token = await this.#engine.lockToken(queue.name, job.id);
      if (token === undefined) continue;
      if (job.name !== timerId) await this.#add(job.name as WakeKind, job.data.subject);
      await job.moveToFailed(new Error('its process died'), token).catch(() => undefined);
    }
  }

  #queue(kind: WakeKind): WakeBullQueue {
    return this.#queues.get(queueOf(kind)) as WakeBullQueue;
  }

  #trouble(error: Error): void {
    this.#options.onTrouble?.(error);
  }
}

const neverAborted = new AbortController().signal;

/** A store that hangs must not hold up a caller: the answer is an error then, whatever comes later. */
async function inTime<T>(work: Promise<T>, ms = answerTimeoutMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the queue's store did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
