import { IANAZone } from 'luxon';
import type { LocalDate } from './date-order.ts';

/** What a clock on the wall shows. */
export interface LocalTime extends LocalDate {
  readonly hour: number;
  readonly minute: number;
  /** absent on Android */
  readonly second?: number;
}

/** A time as milliseconds since 1970: as it was, and the same however the file goes on before it. */
export interface Instant {
  readonly at: number;
  /** in the autumn's repeated hour always the first of the two, so that keys do not depend on where a file begins */
  readonly canonical: number;
}

const dayMs = 86_400_000;

/** Steps back in a file that are no sign of the repeated hour: messages that came late by a moment. */
const disorderMs = 120_000;

/** Is this the name of a time zone, like `Europe/Berlin`? */
export function isZone(name: string): boolean {
  return IANAZone.isValidZone(name);
}

/**
 * Reads local times of one zone in the order of a file. In the hour that autumn repeats the order tells which of the two
 * is meant; a time that spring leaves out is moved on by the hour.
 */
export class LocalClock {
  readonly #zone: IANAZone;
  readonly #days = new Map<number, number | undefined>();
  #last = -Infinity;

  /** @param zone IANA name @throws RangeError for none */
  constructor(zone: string) {
    if (!isZone(zone)) throw new RangeError(`there is no time zone "${zone}"`);
    this.#zone = IANAZone.create(zone);
  }

  read(time: LocalTime): Instant {
    const { year, month, day, hour, minute, second = 0 } = time;
    const midnight = Date.UTC(year, month - 1, day);
    const wall = midnight + ((hour * 60 + minute) * 60 + second) * 1_000;
    const instant = this.#resolve(wall, midnight);
    this.#last = instant.at;
    return instant;
  }

  #resolve(wall: number, midnight: number): Instant {
    const steady = this.#steadyOffset(midnight);
    if (steady !== undefined) return same(wall - steady);
    const [early, late] = [this.#offset(midnight - dayMs), this.#offset(midnight + 2 * dayMs)];
    const [first, second] = [wall - early, wall - late];
    const firstFits = this.#offset(first) === early;
    const secondFits = this.#offset(second) === late;
    if (firstFits && secondFits) {
      const isSecond = first < this.#last - disorderMs && second >= this.#last - disorderMs;
      return { at: isSecond ? second : first, canonical: first };
    }
    return same(secondFits ? second : first);
  }

  /** The offset of a day on which, and around which, the clocks do not change. */
  #steadyOffset(midnight: number): number | undefined {
    if (!this.#days.has(midnight)) {
      if (this.#days.size > 5_000) this.#days.clear();
      const early = this.#offset(midnight - dayMs);
      this.#days.set(midnight, early === this.#offset(midnight + 2 * dayMs) ? early : undefined);
    }
    return this.#days.get(midnight);
  }

  #offset(at: number): number {
    return this.#zone.offset(at) * 60_000;
  }
}

function same(at: number): Instant {
  return { at, canonical: at };
}
