import { setTimeout as sleep } from 'node:timers/promises';

/** How long, and who hears of it. */
export interface Patience {
  /** 0: not at all */
  readonly limitMs: number;
  /** ends the waiting at once */
  readonly signal?: AbortSignal;
  readonly tell: (text: string) => void;
}

const betweenMs = 500;
const tellEveryMs = 10_000;

/**
 * Opens a store that may not be there yet: containers start in any order. A store that answers and refuses (a wrong
 * password, a schema that does not fit) is not waited for.
 *
 * @param name what is opened, for people
 * @throws what the last try threw
 */
export async function whenThere<T>(
  name: string,
  open: () => Promise<T>,
  { limitMs, signal, tell }: Patience,
): Promise<T> {
  const started = performance.now();
  let tellAt = started;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const now = performance.now();
      if (!isAway(error) || now - started >= limitMs || signal?.aborted) throw error;
      if (now >= tellAt) {
        const left = Math.ceil((limitMs - (now - started)) / 1_000);
        tell(`${name} is not there yet; waiting for up to ${left} s more: ${(error as Error).message}`);
        tellAt = now + tellEveryMs;
      }
      await sleep(betweenMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

const socketCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
];
/** PostgreSQL: it starts up, stops, or has no connection free (Appendix A of its manual). */
const serverCodes = ['57P01', '57P02', '57P03', '53300'];
/** What has no code: pg's time-outs, and Redis while it reads its file. */
const words = /timeout|timed out|connection (was )?(terminated|closed)|socket closed|\bLOADING\b/i;

/** Nobody is there, or not yet for us. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && code !== '') {
    return socketCodes.includes(code) || serverCodes.includes(code) || code.startsWith('08');
  }
  return (
    words.test(error.message) ||
    socketCodes.some((each) => error.message.includes(each)) ||
    isAway(error.cause)
  );
}
