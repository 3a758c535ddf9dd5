import { RequestError } from './errors.ts';

/** What a process has room for at a time, over all its sources. */
export interface RoomLimits {
  /** requests that are read or wait for their commit */
  readonly requests: number;
  /** bytes of their bodies */
  readonly bytes: number;
  /** bytes of the largest body: room for one is kept free for each source */
  readonly largest: number;
  /** a source is turned away while one of its requests has waited for so many milliseconds for its commit */
  readonly ageMs: number;
  /** whose body takes longer than so many milliseconds makes room for the next one when there is none */
  readonly slowMs: number;
}

/** A request's share of the room, from its head until it is answered. */
export interface Place {
  /** So many more bytes of its body are held. @returns false: there is no room for them, and the place is given up */
  grow(bytes: number): boolean;
  /** Told when the place is taken back, since its body takes too long and somebody else waits. */
  onTaken(tell: () => void): void;
  /** The body is here: what now takes time is not the sender. */
  wait(): void;
  /** Of a sender who is gone: what waits for its commit is held all the same. */
  abandon(): void;
  /** May be called again. */
  leave(): void;
}

/** A source that was turned away within the last minute. */
export interface Shedding {
  readonly source: string;
  /** ISO 8601 */
  readonly since: string;
}

/** What is done when somebody is turned away. */
export interface AdmissionEvents {
  /** each time */
  shed(source: string): void;
  /** at the first time after a quiet minute, and then once a minute with how many there were since */
  overloaded(source: string, count: number): void;
}

/** Answered in place of a webhook, or while its body comes; `send again` is all that anybody can do about it. */
export class Overloaded extends RequestError {
  constructor() {
    super(503, 'overloaded', 'Too much is waiting here. Send it again.');
  }
}

const quietMs = 60_000;

interface Held {
  requests: number;
  bytes: number;
  readonly reading: Set<OnePlace>;
  readonly waiting: Set<OnePlace>;
  shedSince: number;
  shedLast: number;
  shedToldAt: number;
  shedCount: number;
}

/**
 * Lets in no more than can be committed in reasonable time and memory, so that what is too much is turned away at its
 * head, for the price of a line, and what was let in is answered in time. It counts what waits and looks at no average:
 * there is nothing to tune, and it recovers with the first commit.
 *
 * Half of the room is for whoever comes, the other half is kept for the sources in equal parts: the flood of one leaves
 * the others theirs. A ledger that hangs shows as age, source by source.
 *
 * Why not `@fastify/under-pressure`: it knows delay and utilisation of the event loop, heap and RSS, sampled once a second
 * for the process as a whole. It would see neither the cause here (a slow disk leaves the loop idle while requests pile
 * up) nor whose flood it is; within its second thousands are let in; and RSS stays high long after a peak, so that it would
 * go on refusing. A late event loop needs no signal of its own: what was let in then waits longer, and fills the room.
 */
export class Admission {
  readonly #limits: RoomLimits;
  readonly #events: AdmissionEvents;
  readonly #now: () => number;
  readonly #sources: ReadonlyMap<string, Held>;
  /** kept free for each source */
  readonly #own: { readonly requests: number; readonly bytes: number };
  /** what sources hold beyond their own */
  readonly #common = { requests: 0, bytes: 0 };

  /** @param now milliseconds on a clock that never goes back */
  constructor(
    sources: Iterable<string>,
    limits: RoomLimits,
    events: AdmissionEvents,
    now: () => number = () => performance.now(),
  ) {
    this.#limits = limits;
    this.#events = events;
    this.#now = now;
    this.#sources = new Map([...sources].map((id) => [id, nothingHeld()]));
    const share = 2 * Math.max(1, this.#sources.size);
    this.#own = {
      requests: Math.max(1, Math.floor(limits.requests / share)),
      bytes: Math.max(limits.largest, Math.floor(limits.bytes / share)),
    };
  }

  /**
   * Asks for a place. @param announced bytes that the head says will come; 0 where it does not say
   * @returns undefined: it is to be turned away, unread
   */
  enter(source: string, announced: number): Place | undefined {
    const held = this.#held(source);
    const now = this.#now();
    // What is longer than any may be is read past, not held.
    const bytes = Math.min(announced, this.#limits.largest);
    const [oldest] = held.waiting;
    const isStuck = oldest !== undefined && now - oldest.since > this.#limits.ageMs;
    if (!isStuck && !this.#fits(held, 1, bytes)) this.#takeSlowest(held, now);
    if (isStuck || !this.#fits(held, 1, bytes)) {
      this.#shed(source, held, now);
      return undefined;
    }
    this.#take(held, 1, 0);
    const place: OnePlace = new OnePlace(now, {
      grow: (more) => {
        const fits = this.#fits(held, 0, more);
        if (fits) this.#take(held, 0, more);
        else this.#shed(source, held, this.#now());
        return fits;
      },
      wait: () => {
        place.since = this.#now();
        held.reading.delete(place);
        held.waiting.add(place);
      },
      leave: (size) => {
        held.reading.delete(place);
        held.waiting.delete(place);
        this.#take(held, -1, -size);
      },
    });
    held.reading.add(place);
    return place;
  }

  /** What holds a place now. */
  inside(source: string): { readonly requests: number; readonly bytes: number } {
    const { requests, bytes } = this.#held(source);
    return { requests, bytes };
  }

  /** Sources that were turned away within the last minute. */
  shedding(): Shedding[] {
    const now = this.#now();
    const begin = Date.now() - now;
    return [...this.#sources].flatMap(([source, { shedSince, shedLast }]) =>
      now - shedLast < quietMs ? [{ source, since: new Date(begin + shedSince).toISOString() }] : [],
    );
  }

  #held(source: string): Held {
    const held = this.#sources.get(source);
    if (held === undefined) throw new Error(`there is no room for a source ${source}`);
    return held;
  }

  #fits(held: Held, requests: number, bytes: number): boolean {
    const beyond = (name: 'requests' | 'bytes', more: number) =>
      this.#common[name] + extra(held[name] + more, this.#own[name]) - extra(held[name], this.#own[name]);
    return (
      beyond('requests', requests) <= this.#limits.requests / 2 &&
      beyond('bytes', bytes) <= this.#limits.bytes / 2
    );
  }

  #take(held: Held, requests: number, bytes: number): void {
    for (const [name, more] of [['requests', requests] as const, ['bytes', bytes] as const]) {
      this.#common[name] += extra(held[name] + more, this.#own[name]) - extra(held[name], this.#own[name]);
      held[name] += more;
    }
  }

  /** A body that trickles must not keep others out. */
  #takeSlowest({ reading }: Held, now: number): void {
    const [first] = reading;
    if (first !== undefined && now - first.since > this.#limits.slowMs) first.taken();
  }

  #shed(source: string, held: Held, now: number): void {
    if (now - held.shedLast >= quietMs) {
      held.shedSince = now;
      held.shedToldAt = -Infinity;
      held.shedCount = 0;
    }
    held.shedLast = now;
    held.shedCount += 1;
    this.#events.shed(source);
    if (now - held.shedToldAt < quietMs) return;
    held.shedToldAt = now;
    this.#events.overloaded(source, held.shedCount);
    held.shedCount = 0;
  }
}

function nothingHeld(): Held {
  return {
    requests: 0,
    bytes: 0,
    reading: new Set(),
    waiting: new Set(),
    shedSince: 0,
    shedLast: -Infinity,
    shedToldAt: -Infinity,
    shedCount: 0,
  };
}

const extra = (held: number, own: number): number => Math.max(0, held - own);

interface Keeper {
  grow(bytes: number): boolean;
  wait(): void;
  leave(bytes: number): void;
}

class OnePlace implements Place {
  /** begin of what it does now: reading, or waiting */
  since: number;
  readonly #keeper: Keeper;
  #bytes = 0;
  #state: 'reading' | 'waiting' | 'left' = 'reading';
  #tell: () => void = () => undefined;

  constructor(since: number, keeper: Keeper) {
    this.since = since;
    this.#keeper = keeper;
  }

  grow(bytes: number): boolean {
    if (this.#state !== 'reading') return false;
    if (!this.#keeper.grow(bytes)) {
      this.leave();
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  onTaken(tell: () => void): void {
    this.#tell = tell;
  }

  taken(): void {
    this.leave();
    this.#tell();
  }

  wait(): void {
    if (this.#state !== 'reading') return;
    this.#state = 'waiting';
    this.#keeper.wait();
  }

  abandon(): void {
    if (this.#state === 'reading') this.leave();
  }

  leave(): void {
    if (this.#state === 'left') return;
    this.#state = 'left';
    this.#keeper.leave(this.#bytes);
  }
}
