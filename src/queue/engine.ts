import type { Job, Processor, Queue, Worker, WorkerOptions } from 'bullmq';

/** Everything in a job: which destination, when it is one's. Never content, never a number. */
export interface WakeBody {
  readonly subject?: string;
}

export type WakeJob = Job<WakeBody>;
export type WakeBullQueue = Queue<WakeBody>;
export type WakeBullWorker = Worker<WakeBody>;

/** How a worker behaves, whatever the store; the connection is the engine's. */
export type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix'>;

/** What differs between the stores that BullMQ runs on. */
export interface Engine {
  makeQueue(name: string): WakeBullQueue;
  makeWorker(name: string, processor: Processor<WakeBody>, settings: WorkerSettings): WakeBullWorker;
  /** The token with which a running job is locked; undefined when it is not locked (any more). */
  lockToken(queue: string, jobId: string): Promise<string | undefined>;
  /** Is the process that took a job surely gone? When that cannot be known: false, and its lock has to run out. */
  isDead(owner: string): boolean;
  /** Milliseconds by the clock that says until when a job bars its like: one that no process sets. */
  now(): Promise<number>;
  /** Throws when the store does not answer. */
  ping(): Promise<void>;
  /** Lets go of the connections it made. */
  close(): Promise<void>;
}
