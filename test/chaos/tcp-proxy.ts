import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** When a moment is caught: before the other side gets the bytes, or when it has answered and nobody knows yet. */
export type Side = 'before' | 'after';

interface Trap {
  readonly words: readonly string[];
  readonly side: Side;
  left: number;
  spring(): void | Promise<void>;
}

/** How the other side answers: all of it; the half of each piece and then nothing; one byte a second. */
export type Answers = 'whole' | 'half' | 'trickle';

/** What a connection has seen of the traps. */
interface Seen {
  readonly progress: Map<Trap, number>;
  tail: string;
  /** springs with the next answer */
  armed: Trap | undefined;
}

/**
 * A TCP proxy on 127.0.0.1 that does harm on request: it is slow, cuts connections, refuses them, or takes bytes and gives
 * nothing back. And it catches moments: when certain words go by, somebody is told before the bytes go on.
 */
export class TcpProxy {
  #target: number;
  #answers: Answers = 'whole';
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#connected(client));
  #traps: Trap[] = [];
  #delayMs = 0;
  #isHole = false;
  #refuses = false;

  private constructor(target: number) {
    this.#target = target;
  }

  /** @param target a port on 127.0.0.1 */
  static async open(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** open connections, both ends counted once */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** New connections go to another port, as when an address is moved to another machine. */
  aim(target: number): void {
    this.#target = target;
  }

  /** Each piece of data is so much later, in both directions. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Breaks all connections now; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** New connections go to another port of 127.0.0.1, as behind a name that resolves to somebody else; the others are cut. */
  lead(target: number): void {
    this.#target = target;
    this.cut();
  }

  answer(how: Answers): void {
    this.#answers = how;
  }

  /** Breaks all connections and takes no new ones, until `refuse(false)`. */
  refuse(on: boolean): void {
    this.#refuses = on;
    if (on) this.cut();
  }

  /**
   * Takes bytes and connections and passes nothing on, as a firewall that drops packets. A connection that lost bytes is dead
   * for good, without being told so: whoever waits on it waits for ever, unless it gives up by itself.
   */
  blackHole(on: boolean): void {
    this.#isHole = on;
  }

  /**
   * Catches the moment at which a client's bytes hold these words, one after the other on one connection, for the `nth` time.
   * `before`: the bytes are held until `spring` is done. `after`: the bytes go on, and the answer is held.
   *
   * @returns when it has sprung
   */
  trap(
    words: string | readonly string[],
    side: Side,
    spring: () => void | Promise<void>,
    nth = 1,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const trap: Trap = {
        words: [words].flat(),
        side,
        left: nth,
        spring: async () => {
          try {
            await spring();
            resolve();
          } catch (error) {
            reject(error as Error);
          }
        },
      };
      this.#traps.push(trap);
    });
  }

  /** Back to a proxy that only passes on; traps that have not sprung are taken away. */
  heal(): void {
    this.#delayMs = 0;
    this.#answers = 'whole';
    this.#isHole = false;
    this.#refuses = false;
    this.#traps = [];
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #connected(client: Socket): void {
    if (this.#refuses) {
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.#target, '127.0.0.1');
    const seen: Seen = { progress: new Map(), tail: '', armed: undefined };
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => this.#sockets.delete(one));
    }
    this.#pass(client, server, (chunk) => this.#look(chunk, seen));
    this.#pass(server, client, () => this.#answered(seen), true);
  }

  /** In order: one piece after the other, whatever each has to wait for. */
  #pass(
    from: Socket,
    to: Socket,
    look: (chunk: Buffer) => Promise<void> | undefined,
    isAnswer = false,
  ): void {
    let last = Promise.resolve();
    let isSwallowed = false;
    from.on('data', (chunk: Buffer) => {
      isSwallowed ||= this.#isHole;
      if (isSwallowed) return;
      const caught = look(chunk);
      const delayMs = this.#delayMs;
      const before = last;
      last = (async () => {
        await before;
        if (delayMs > 0) await sleep(delayMs);
        await caught;
        if (isAnswer && this.#answers !== 'whole') await this.#stingy(chunk, to);
        else if (!to.destroyed) to.write(chunk);
      })();
    });
    from.on('end', () => void last.then(() => to.end()));
    // What was said before somebody hung up is still passed on.
    from.on('close', () => void last.then(() => to.destroySoon()));
  }

  async #stingy(chunk: Buffer, to: Socket): Promise<void> {
    if (this.#answers === 'half') {
      if (!to.destroyed) to.write(chunk.subarray(0, chunk.length / 2));
      // The rest never comes: whoever waits gives up by himself.
      if (!to.destroyed) await once(to, 'close');
      return;
    }
    for (const byte of chunk) {
      if (to.destroyed) return;
      to.write(Buffer.of(byte));
      if (this.#answers === 'trickle') await sleep(1_000, undefined, { ref: false });
    }
  }

  #look(chunk: Buffer, seen: Seen): Promise<void> | undefined {
    if (this.#traps.length === 0) return undefined;
    const text = seen.tail + chunk.toString('latin1');
    seen.tail = text.slice(-200);
    for (const trap of this.#traps) {
      const done = seen.progress.get(trap) ?? 0;
      const word = trap.words[done] ?? '';
      const at = text.indexOf(word);
      if (at < 0) continue;
      seen.tail = text.slice(at + word.length).slice(-200);
      seen.progress.set(trap, done + 1);
      if (done + 1 < trap.words.length) continue;
      seen.progress.delete(trap);
      trap.left -= 1;
      if (trap.left > 0) continue;
      this.#traps = this.#traps.filter((one) => one !== trap);
      if (trap.side === 'before') return Promise.resolve(trap.spring());
      seen.armed = trap;
    }
    return undefined;
  }

  #answered(seen: Seen): Promise<void> | undefined {
    const { armed } = seen;
    if (armed === undefined) return undefined;
    seen.armed = undefined;
    return Promise.resolve(armed.spring());
  }
}
