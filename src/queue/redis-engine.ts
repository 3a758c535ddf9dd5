import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Engine } from './engine.ts';
import { isOwnerDead } from './owner.ts';

const prefix = 'wcs';
const connectTimeoutMs = 5_000;
/**
 * A connection on which a command gets no byte back for so long is closed and made anew: a firewall that drops packets
 * closes nothing. Longer than the longest wait of a worker for its next job (BullMQ's drainDelay and its 10 s limit).
 */
const silenceMs = { producer: 5_000, consumer: 15_000 } as const;
/** Old and new primary change places behind one address: the old one refuses writes, and the connection is made anew. */
const reconnectOnError = (error: Error): boolean => error.message.startsWith('READONLY');
/** The newest events that BullMQ keeps; nobody here reads them. */
export const keptEvents = 100;

/**
 * BullMQ on Redis or Valkey. Producers fail at once while the server is away; workers wait for it and go on.
 *
 * @throws when the server cannot be reached or refuses the credentials
 */
export async function openRedisEngine(url: string, onTrouble: (error: Error) => void): Promise<Engine> {
  const producer = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: connectTimeoutMs,
    socketTimeout: silenceMs.producer,
    reconnectOnError,
  });
  let trouble: Error | undefined;
  producer.on('error', (error: Error) => {
    trouble = error;
    onTrouble(error);
  });
  try {
    await producer.connect();
  } catch (error) {
    producer.disconnect();
    throw new Error(`Redis cannot be reached: ${(trouble ?? (error as Error)).message}`, { cause: error });
  }

  let consumer: Redis | undefined;
  const consume = (): Redis => {
    if (consumer) return consumer;
    consumer = new Redis(url, {
      maxRetriesPerRequest: null,
      connectTimeout: connectTimeoutMs,
      socketTimeout: silenceMs.consumer,
      reconnectOnError,
    });
    consumer.on('error', onTrouble);
    return consumer;
  };
  return {
    makeQueue: (name) =>
      new Queue(name, {
        connection: producer,
        prefix,
        skipWaitingForReady: true,
        streams: { events: { maxLen: keptEvents } },
      }),
    makeWorker: (name, processor, settings) =>
      new Worker(name, processor, { ...settings, connection: consume(), prefix }),
    lockToken: async (queue, jobId) => (await producer.get(`${prefix}:${queue}:${jobId}:lock`)) ?? undefined,
    isDead: isOwnerDead,
    // Redis counts the time itself.
    now: async () => Date.now(),
    // A write: a full or read-only Redis answers PING.
    ping: async () => void (await producer.set(`${prefix}:ping`, '', 'PX', 60_000)),
    close: async () => {
      producer.disconnect();
      consumer?.disconnect();
    },
  };
}
