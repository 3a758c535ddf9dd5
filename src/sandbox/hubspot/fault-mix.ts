import { createHash } from 'node:crypto';
import type { CallInfo } from './calls.ts';
import { refusalOf } from './errors.ts';
import type { CallMatch, Fault } from './faults.ts';

/** Kinds of faults in a mix. A row of a batch is refused as locked; all others concern the whole request. */
export const mixKinds = [
  'lose-answer',
  'drop',
  '502-after-commit',
  '503',
  '423',
  '429',
  '477',
  'truncate',
  'row',
] as const;
export type MixKind = (typeof mixKinds)[number];

export interface MixOptions {
  /** probability of each kind, 0 to 1 */
  readonly share: number;
  /** an integer; the same one gives the same faults */
  readonly seed: number;
  /** default: all */
  readonly kinds?: readonly MixKind[];
  /** default: requests that write records */
  readonly match?: CallMatch;
}

interface Roll {
  readonly kinds: ReadonlySet<MixKind>;
  /** 0 to 1: which row of the batch */
  readonly row: number;
}

const refused = ['503', '423', '429', '477'] as const;

/** Faults by a die that is thrown once for each request: a hash of the seed and the request's number. */
export class FaultMix {
  readonly #options: Required<MixOptions>;
  readonly #rolls = new WeakMap<CallInfo, Roll>();
  #requests = 0;

  constructor(options: Omit<MixOptions, 'match'> & Required<Pick<MixOptions, 'match'>>) {
    this.#options = { kinds: mixKinds, ...options };
  }

  faultFor(kind: Fault['kind'], call: CallInfo): Fault | undefined {
    if (!this.#options.match(call)) return undefined;
    const { kinds } = this.#rollOf(call);
    const status = refused.find((each) => kinds.has(each));
    if (kind === 'status' && status !== undefined) {
      // The documented example of a 477 asks for hours.
      const refusal = refusalOf(Number(status), 1);
      return { kind, status: refusal.status, refusal };
    }
    if ((kind === 'drop' || kind === 'lose-answer') && kinds.has(kind)) return { kind };
    if (kind === 'truncate' && kinds.has(kind)) return { kind, keep: -1 };
    if (kind === 'status-after-commit' && kinds.has('502-after-commit')) return { kind, status: 502 };
    return undefined;
  }

  /** The row of this batch that is refused, if one is. */
  rowFor<T>(call: CallInfo, rows: readonly T[]): T | undefined {
    if (!this.#options.match(call)) return undefined;
    const { kinds, row } = this.#rollOf(call);
    return kinds.has('row') ? rows[Math.floor(row * rows.length)] : undefined;
  }

  #rollOf(call: CallInfo): Roll {
    let roll = this.#rolls.get(call);
    if (roll) return roll;
    const { kinds, seed, share } = this.#options;
    const digest = createHash('sha512').update(`${seed} ${this.#requests++}`).digest();
    const die = (index: number): number => digest.readUInt32BE(index * 4) / 2 ** 32;
    const hit = mixKinds.filter((kind, index) => die(index) < share && kinds.includes(kind));
    roll = { kinds: new Set(hit), row: die(mixKinds.length) };
    this.#rolls.set(call, roll);
    return roll;
  }
}
