import { EventEmitter, on } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { QueueOptions } from '../../src/queue/bullmq.ts';
import { wakeKinds, type Queue, type WakeHandler, type WakeKind } from '../../src/queue/queue.ts';

/** A store for queues, and what the suite must do to it from outside. */
export interface QueueHarness {
  open(options?: QueueOptions): Promise<Queue>;
  /** Takes everything out of the store, as an operator or an accident would. */
  wipe(): Promise<void>;
  /** All that is in the store, as text. */
  dump(): Promise<string>;
  close(): Promise<void>;
}

/** Runs of handlers, and a way to wait for them. */
class Probe {
  readonly starts: (string | undefined)[] = [];
  running = 0;
  most = 0;
  readonly #events = new EventEmitter();

  handler(work: WakeHandler = () => Promise.resolve()): WakeHandler {
    return async (subject, signal) => {
      this.starts.push(subject);
      this.running += 1;
      this.most = Math.max(this.most, this.running);
      this.tell();
      try {
        await work(subject, signal);
      } finally {
        this.running -= 1;
        this.tell();
      }
    };
  }

  tell(): void {
    this.#events.emit('change');
  }

  /** Resolves when it holds; rejects after some seconds. */
  async until(holds: () => boolean, ms = 10_000): Promise<void> {
    if (holds()) return;
    for await (const _ of on(this.#events, 'change', { signal: AbortSignal.timeout(ms) }))
      if (holds()) return;
  }
}

/** What every store must do under the queue. Names say "queue on <store>". */
export function queueSuite(start: () => Promise<QueueHarness>): void {
  let harness: QueueHarness;
  let opened: Queue[] = [];

  beforeAll(async () => {
    harness = await start();
  });
  afterEach(async () => {
    await Promise.all(opened.map((queue) => queue.close()));
    opened = [];
    await harness.wipe();
  });
  afterAll(() => harness.close());

  const open = async (options?: QueueOptions): Promise<Queue> => {
    const queue = await harness.open(options);
    opened.push(queue);
    return queue;
  };

  /** A gate that handlers wait at. */
  const makeGate = (): { opened: Promise<void>; open: () => void } => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    return { opened: gate, open };
  };

  describe('waking', () => {
    it('reaches every kind of work in a process that does all of it, and each of its subjects', async () => {
      const queue = await open();
      const probe = new Probe();
      const handlerOf = (kind: WakeKind): WakeHandler => {
        const handle = probe.handler();
        return (subject, signal) => handle(`${kind} ${subject}`, signal);
      };
      await queue.work(Object.fromEntries(wakeKinds.map((kind) => [kind, handlerOf(kind)])));
      const expected = wakeKinds.flatMap((kind) => [`${kind} a`, `${kind} b`]);
      await Promise.all(
        wakeKinds.flatMap((kind) => ['a', 'b'].map((subject) => queue.wake({ kind, subject }))),
      );
      await probe.until(() => new Set(probe.starts).size === expected.length);
      expect([...new Set(probe.starts)].toSorted()).toEqual(expected.toSorted());
    });

    it('brings a wake-up to the handler of its kind, with its subject', async () => {
      const queue = await open();
      const process = new Probe();
      const deliver = new Probe();
      await queue.work({ process: process.handler(), deliver: deliver.handler() });
      await queue.wake({ kind: 'process' });
      await queue.wake({ kind: 'deliver', subject: 'sales' });
      await queue.wake({ kind: 'deliver', subject: 'marketing' });
      await process.until(() => process.starts.length === 1);
      await deliver.until(() => deliver.starts.length === 2);
      expect(process.starts).toEqual([undefined]);
      expect(new Set(deliver.starts)).toEqual(new Set(['sales', 'marketing']));
    });

    it('reaches a worker in another process through the store', async () => {
      const [producer, consumer] = [await open(), await open()];
      const probe = new Probe();
      await consumer.work({ directory: probe.handler() });
      await producer.wake({ kind: 'directory', subject: 'sales' });
      await probe.until(() => probe.starts.length === 1);
    });

    it('runs a handler once for many wake-ups that came before anybody worked', async () => {
      const [one, two] = [await open(), await open()];
      for (let i = 0; i < 5; i++) {
        await one.wake({ kind: 'deliver', subject: 'sales' });
        await two.wake({ kind: 'deliver', subject: 'sales' });
      }
      const probe = new Probe();
      await one.work({ deliver: probe.handler() });
      await probe.until(() => probe.starts.length > 0 && probe.running === 0);
      await one.wake({ kind: 'deliver', subject: 'last' });
      await probe.until(() => probe.starts.includes('last'));
      expect(probe.starts).toEqual(['sales', 'last']);
    });

    it('runs the handler again, once, after wake-ups that came while it ran', async () => {
      const queue = await open();
      const probe = new Probe();
      const gate = makeGate();
      await queue.work({ process: probe.handler(() => gate.opened) });
      await queue.wake({ kind: 'process' });
      await probe.until(() => probe.running === 1);
      for (let i = 0; i < 3; i++) await queue.wake({ kind: 'process' });
      gate.open();
      await probe.until(() => probe.starts.length === 2 && probe.running === 0);
      await queue.wake({ kind: 'process' });
      await probe.until(() => probe.starts.length === 3 && probe.running === 0);
      expect(probe.most).toBe(1);
    });

    it('joins a burst in one process into few jobs and still runs after the last of them', async () => {
      const queue = await open();
      const probe = new Probe();
      let written = 0;
      let seen = 0;
      await queue.work({
        process: probe.handler(async () => {
          seen = written;
        }),
      });
      await Promise.all(
        Array.from({ length: 500 }, async () => {
          written += 1;
          await queue.wake({ kind: 'process' });
        }),
      );
      await probe.until(() => seen === 500 && probe.running === 0);
      expect(probe.starts.length).toBeLessThan(5);
    });

    it('wakes an idle worker within 100 ms', async () => {
      const [producer, consumer] = [await open(), await open()];
      const probe = new Probe();
      await consumer.work({ process: probe.handler() });
      const times: number[] = [];
      // A busy machine may be late once; a queue that polls is late every time.
      while (times.length < 3 && !times.some((time) => time < 100)) {
        await pause(1_200);
        const runs = probe.starts.length;
        const before = performance.now();
        await producer.wake({ kind: 'process' });
        await probe.until(() => probe.starts.length > runs);
        times.push(performance.now() - before);
      }
      expect(Math.min(...times)).toBeLessThan(100);
    });
  });

  describe('under any interleaving', () => {
    it('loses no wake-up, and never runs a subject twice at a time over two processes', async () => {
      const queues = [await open(), await open()] as const;
      const subjects = ['sales', 'marketing'];
      const probes = new Map(subjects.map((subject) => [subject, new Probe()]));
      const written = new Map(subjects.map((subject) => [subject, 0]));
      const seen = new Map(subjects.map((subject) => [subject, 0]));
      let lengths: readonly number[] = [0];
      let runs = 0;
      const handler: WakeHandler = (subject = '', signal) =>
        (probes.get(subject) as Probe).handler(async () => {
          const now = written.get(subject) ?? 0;
          await pause(lengths[runs++ % lengths.length]);
          seen.set(subject, now);
        })(subject, signal);
      for (const queue of queues) await queue.work({ deliver: handler });

      const step = fc.record({
        queue: fc.constantFrom(0 as const, 1 as const),
        subject: fc.constantFrom(...subjects),
        wait: fc.integer({ min: 0, max: 12 }),
      });
      const property = fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 25 }),
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 6 }),
        async (steps, handlerTimes) => {
          lengths = handlerTimes;
          const sent: Promise<void>[] = [];
          for (const { queue, subject, wait } of steps) {
            written.set(subject, (written.get(subject) ?? 0) + 1);
            sent.push(queues[queue].wake({ kind: 'deliver', subject }));
            if (wait > 0) await pause(wait);
          }
          await Promise.all(sent);
          for (const [subject, probe] of probes) {
            await probe.until(() => seen.get(subject) === written.get(subject));
            expect(probe.most).toBeLessThanOrEqual(1);
          }
        },
      );
      await fc.assert(property, { numRuns: 25, endOnFailure: true });
    }, 60_000);
  });

  describe('trouble', () => {
    it('goes on after a handler fails, and says which one it was', async () => {
      const told: unknown[] = [];
      const queue = await open({ onError: (kind, subject, error) => told.push([kind, subject, error]) });
      const probe = new Probe();
      const error = new Error('secret content of a message');
      await queue.work({
        deliver: probe.handler((subject) => (subject === 'bad' ? Promise.reject(error) : Promise.resolve())),
      });
      await queue.wake({ kind: 'deliver', subject: 'bad' });
      await probe.until(() => probe.starts.length === 1 && probe.running === 0);
      await queue.wake({ kind: 'deliver', subject: 'good' });
      await queue.wake({ kind: 'deliver', subject: 'bad' });
      await probe.until(() => probe.starts.length === 3 && probe.running === 0);
      await queue.close();
      expect(told).toEqual([
        ['deliver', 'bad', error],
        ['deliver', 'bad', error],
      ]);
      expect(await harness.dump()).not.toContain('secret content');
    });

    it('works again after its store was wiped, by a new wake-up or the tick', async () => {
      const queue = await open();
      const process = new Probe();
      const tick = new Probe();
      await queue.work({ process: process.handler(), tick: tick.handler() });
      await queue.scheduleTick(200);
      await queue.wake({ kind: 'process' });
      await process.until(() => process.starts.length === 1 && process.running === 0);
      await harness.wipe();
      const ticks = tick.starts.length;
      await queue.wake({ kind: 'process' });
      await process.until(() => process.starts.length === 2);
      await tick.until(() => tick.starts.length > ticks + 1);
    });

    it('works again after its store was wiped while a handler ran', async () => {
      const queue = await open();
      const probe = new Probe();
      const gate = makeGate();
      await queue.work({ process: probe.handler(() => gate.opened) });
      await queue.wake({ kind: 'process' });
      await probe.until(() => probe.running === 1);
      await harness.wipe();
      gate.open();
      await probe.until(() => probe.running === 0);
      await queue.wake({ kind: 'process' });
      await probe.until(() => probe.starts.length === 2);
    });
  });

  describe('the tick', () => {
    it('comes at its pace over all processes together, and never twice at a time', async () => {
      const queues = [await open(), await open(), await open()];
      const probe = new Probe();
      const began = performance.now();
      for (const queue of queues) {
        await queue.work({ tick: probe.handler(() => pause(20)) });
        await queue.scheduleTick(300);
      }
      await probe.until(() => probe.starts.length === 4);
      // Three processes with a tick each of their own would be there in a third of the time.
      expect(performance.now() - began).toBeGreaterThan(3 * 300 * 0.8);
      expect(probe.most).toBe(1);
    });

    it('goes on when the clock of its process is put back by an hour', async () => {
      const queue = await open();
      const probe = new Probe();
      await queue.work({ tick: probe.handler() });
      await queue.scheduleTick(300);
      await probe.until(() => probe.starts.length === 1);
      const { now } = Date;
      const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
      try {
        await probe.until(() => probe.starts.length === 4);
      } finally {
        clock.mockRestore();
      }
    });
  });

  describe('closing', () => {
    it('aborts the signals of handlers, waits for them, and leaves their work for the next process', async () => {
      const queue = await open();
      const probe = new Probe();
      let aborted = 0;
      await queue.work({
        deliver: probe.handler(async (_subject, signal) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          await pause(30);
          aborted += 1;
        }),
      });
      await queue.wake({ kind: 'deliver', subject: 'sales' });
      await queue.wake({ kind: 'deliver', subject: 'marketing' });
      await probe.until(() => probe.running === 2);
      await queue.close();
      expect(aborted).toBe(2);
      expect(probe.running).toBe(0);

      const next = new Probe();
      const heir = await open();
      await heir.work({ deliver: next.handler() });
      await next.until(() => next.starts.length === 2, 3_000);
    });

    it('sends the wake-ups that wait to be joined, and refuses new ones', async () => {
      const queue = await open();
      await queue.wake({ kind: 'process' });
      const waiting = queue.wake({ kind: 'process' });
      await queue.close();
      await waiting;
      await expect(queue.wake({ kind: 'process' })).rejects.toThrow('closed');

      const probe = new Probe();
      const heir = await open();
      await heir.work({ process: probe.handler() });
      await probe.until(() => probe.starts.length === 1);
    });
  });

  it('keeps nothing but kinds and subjects in the store, and no finished jobs', async () => {
    const queue = await open();
    const probe = new Probe();
    await queue.work({ process: probe.handler(), deliver: probe.handler() });
    await queue.wake({ kind: 'process' });
    await queue.wake({ kind: 'deliver', subject: 'sales' });
    await probe.until(() => probe.starts.length === 2 && probe.running === 0);
    await queue.close();
    const dump = await harness.dump();
    expect(dump).not.toMatch(/completed_job|"state":"(completed|failed)"/);

    const idle = await open();
    await idle.wake({ kind: 'deliver', subject: 'sales' });
    expect(await harness.dump()).toContain('{"subject":"sales"}');
    await expect(idle.ping()).resolves.toBeUndefined();
  });
}
