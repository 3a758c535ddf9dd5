import { compare } from './fold-order.ts';

/** Two addresses (E.164 or user id) of one person: had at the same time, or one given up for the other. */
export interface IdentityLink {
  readonly kind: 'same' | 'became';
  readonly a: string;
  readonly b: string;
  /** ISO 8601 */
  readonly at: string;
}

/** All that was told of one link; times in milliseconds. Of `same`, `a` is the lesser text. */
export interface KnownLink {
  readonly kind: IdentityLink['kind'];
  readonly a: string;
  readonly b: string;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** How many links may lie between an address and a further one of the same person. */
export const maxSteps = 6;
const maxFurther = 12;

/**
 * One change is told several times, in seconds (the number, the user id, each to every number of the firm): so long
 * after it the old address is still the old owner's. Milliseconds.
 */
export const settlingMs = 30_000;

/**
 * Who is who among addresses. A phone number that was given up may belong to somebody else later, so an address has
 * eras, which end when it is given up; links join an address in one era with another in one of its eras.
 */
export class Identities {
  readonly #links = new Map<string, KnownLink[]>();
  readonly #ends = new Map<string, readonly number[]>();

  /** @param links all that are known of the addresses to be asked for, out to {@link maxSteps} */
  constructor(links: readonly KnownLink[]) {
    for (const link of links) {
      for (const address of [link.a, link.b])
        this.#links.set(address, [...(this.#links.get(address) ?? []), link]);
    }
    for (const [address, own] of this.#links) {
      const ends = own
        .filter(({ kind, a }) => kind === 'became' && a === address)
        .flatMap(({ firstAt, lastAt }) => [firstAt, lastAt]);
      if (ends.length > 0)
        this.#ends.set(
          address,
          [...new Set(ends)].sort((x, y) => x - y),
        );
    }
  }

  /**
   * The further addresses of the person who had these at that time, the nearest first. Not among them: a number that
   * somebody else is known to have had since.
   *
   * @param own of one person, at `at` (milliseconds)
   */
  further(own: readonly string[], at: number): string[] {
    if (!own.some((address) => this.#links.has(address))) return [];
    const start = own.map((address) => toNode(address, this.#eraAt(address, at), !own.every(isPhone)));
    const reached = this.#walk(start);
    const eras = new Map<string, Set<number>>();
    for (const { address, era } of reached) {
      eras.set(address, (eras.get(address) ?? new Set()).add(era));
    }
    const mine = new Set(own);
    return [...eras]
      .filter(([address, known]) => !mine.has(address) && known.has(this.#lastEra(address)))
      .map(([address]) => address)
      .slice(0, maxFurther);
  }

  /**
   * Which of these are of whoever has an address now, be it under other addresses: not those of somebody who had it
   * before and gave it up.
   *
   * @param subjects each with its person's own addresses, at `at` (milliseconds)
   */
  ofHolder<T extends { readonly own: readonly string[]; readonly at: number }>(
    address: string,
    subjects: readonly T[],
  ): T[] {
    const direct = subjects.filter(({ own }) => own.includes(address));
    const eras = direct.map(({ at }) => this.#eraAt(address, at));
    const era = Math.max(this.#lastEra(address), ...eras);
    return subjects.filter(({ own, at }) => {
      if (own.includes(address) && this.#eraAt(address, at) === era) return true;
      const others = own.filter((one) => one !== address);
      const start = others.map((one) => toNode(one, this.#eraAt(one, at), !own.every(isPhone)));
      return this.#walk(start).some((node) => node.address === address && node.era === era);
    });
  }

  /** Every address that can be reached from these, whatever the time: whom a change of their links may concern. */
  around(addresses: readonly string[]): string[] {
    const seen = new Set(addresses);
    let edge = [...seen];
    for (let step = 0; step < maxSteps && edge.length > 0; step += 1) {
      const next = edge.flatMap((address) => (this.#links.get(address) ?? []).flatMap(({ a, b }) => [a, b]));
      edge = [...new Set(next)].filter((address) => !seen.has(address));
      for (const address of edge) seen.add(address);
    }
    return [...seen];
  }

  #walk(start: readonly Node[]): Node[] {
    const seen = new Map(start.map((node) => [nodeKey(node), node]));
    let edge = start;
    for (let step = 0; step < maxSteps && edge.length > 0; step += 1) {
      const next = edge.flatMap((node) => this.#neighbours(node)).sort(byWorth);
      edge = next.filter((node) => {
        const key = nodeKey(node);
        if (seen.has(key)) return false;
        seen.set(key, node);
        return true;
      });
    }
    return [...seen.values()];
  }

  #neighbours(node: Node): Node[] {
    const { address, era, byId } = node;
    return (this.#links.get(address) ?? []).flatMap((link) => {
      const other = link.a === address ? link.b : link.a;
      // A number that one user id has now and another had before has changed hands, though nobody told.
      if (link.kind === 'same' && byId && !isPhone(other)) return [];
      const isFromId = link.kind === 'same' && !isPhone(address);
      return this.#joins(link).flatMap(([eraA, eraB]) => {
        const [here, there] = link.a === address ? [eraA, eraB] : [eraB, eraA];
        return here === era ? [toNode(other, there, isFromId)] : [];
      });
    });
  }

  /** The eras of `a` and `b` that a link joins. */
  #joins(link: KnownLink): (readonly [eraOfA: number, eraOfB: number])[] {
    const { kind, a, b, firstAt, lastAt } = link;
    const times = lastAt === firstAt ? [firstAt] : [firstAt, lastAt];
    if (kind === 'same') return times.map((at) => [this.#eraAt(a, at), this.#eraAt(b, at)]);
    const told = times.length === 1 || this.#cameBack(link) ? times : [firstAt];
    return told.map((at) => [this.#before(a, at), this.#before(b, at + 1)]);
  }

  /** Told again after the way back was told: it happened twice. Otherwise it was only told late. */
  #cameBack({ a, b, firstAt, lastAt }: KnownLink): boolean {
    return (this.#links.get(a) ?? []).some(
      (link) =>
        link.kind === 'became' &&
        link.a === b &&
        link.b === a &&
        [link.firstAt, link.lastAt].some((at) => at > firstAt && at < lastAt),
    );
  }

  /** The last era in which anybody is known to have had it. */
  #lastEra(address: string): number {
    if (!this.#ends.has(address)) return 0;
    const eras = (this.#links.get(address) ?? []).flatMap((link) =>
      this.#joins(link).map(([eraA, eraB]) => (link.a === address ? eraA : eraB)),
    );
    return Math.max(...eras);
  }

  #eraAt(address: string, at: number): number {
    return this.#before(address, at - settlingMs);
  }

  /** How often it was given up before a time. */
  #before(address: string, at: number): number {
    const ends = this.#ends.get(address);
    return ends === undefined ? 0 : ends.filter((end) => end < at).length;
  }
}

interface Node {
  readonly address: string;
  readonly era: number;
  /** a number that was reached as the number of a user id */
  readonly byId: boolean;
}

function toNode(address: string, era: number, byId: boolean): Node {
  return { address, era, byId: byId && isPhone(address) };
}

function nodeKey({ address, era, byId }: Node): string {
  return `${address} ${era} ${byId}`;
}

/** Of several that are equally near: user ids first, they are exact. */
function byWorth(x: Node, y: Node): number {
  const kind = Number(isPhone(x.address)) - Number(isPhone(y.address));
  return kind || compare(x.address, y.address) || x.era - y.era;
}

function isPhone(address: string): boolean {
  return address.startsWith('+');
}
