import { isIPv6 } from 'node:net';
import { RateLimiterMemory } from 'rate-limiter-flexible';

const perMinute = 10;

/** Counts what was refused by the network that it came from, so that nobody guesses on. */
export class Guesses {
  readonly #limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });

  /** Ten were wrong in the last minute: from there nothing is looked at for a while, were it right. */
  async areOver(address: string): Promise<boolean> {
    const state = await this.#limiter.get(networkOf(address));
    return state !== null && state.remainingPoints <= 0;
  }

  /** Notes one that was wrong. */
  async note(address: string): Promise<void> {
    await this.#limiter.consume(networkOf(address)).catch(() => undefined);
  }
}

/** Whoever has one address of IPv6 has all of its /64. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = (text = '') => (text === '' ? [] : text.split(':'));
  const [first, last] = [groups(head), groups(tail)];
  const zeros = tail === undefined ? [] : Array<string>(8 - first.length - last.length).fill('0');
  return [...first, ...zeros, ...last].slice(0, 4).join(':').toLowerCase();
}
