import type { Header } from './header.ts';

/** Which of the three numbers is what: day, month, year. */
export const dateOrders = ['dmy', 'mdy', 'ymd', 'ydm', 'myd', 'dym'] as const;
export type DateOrder = (typeof dateOrders)[number];

export interface LocalDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const daysIn = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The date of a header in an order, or undefined: there is no such day. Two-digit years are of this century. */
export function readDate(
  { date, longAt }: Pick<Header, 'date' | 'longAt'>,
  order: DateOrder,
): LocalDate | undefined {
  const at = (letter: string) => date[order.indexOf(letter) as 0 | 1 | 2];
  if (longAt !== undefined && order.indexOf('y') !== longAt) return undefined;
  const [day, month] = [at('d'), at('m')];
  const year = longAt === undefined ? 2000 + at('y') : at('y');
  if (day < 1 || month < 1 || month > 12 || day > (daysIn[month - 1] ?? 0) || at('y') > 9_999)
    return undefined;
  if (longAt === undefined && at('y') > 99) return undefined;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && day === 29 && !isLeap ? undefined : { year, month, day };
}

interface Candidate {
  readonly order: DateOrder;
  impossible: number;
  /** steps back by more than a day: exports are in order of time, but for a message that came late */
  backwards: number;
  last: number;
}

/** WhatsApp was not there before; the year that a phone's clock shows may be wrong, not by so much. */
const firstYear = 2009;

/** Finds the order of day, month and year from all headers of a file. */
export class DateOrderSurvey {
  readonly #candidates: Candidate[];
  readonly #lastYear: number;
  #mayBeginWithYear = true;

  constructor(now: Date) {
    this.#lastYear = now.getUTCFullYear() + 1;
    this.#candidates = dateOrders.map((order) => ({ order, impossible: 0, backwards: 0, last: 0 }));
  }

  add(header: Header): void {
    // 18-06-13 is written so somewhere (Canadian French); 13/06/18 and 13.06.18 begin with a year nowhere.
    if (header.longAt === undefined && header.separator !== '-') this.#mayBeginWithYear = false;
    for (const candidate of this.#candidates) {
      const date = readDate(header, candidate.order);
      if (date === undefined || date.year < firstYear || date.year > this.#lastYear) {
        candidate.impossible += 1;
        continue;
      }
      const day = date.year * 372 + date.month * 31 + date.day;
      if (day < candidate.last - 1) candidate.backwards += 1;
      candidate.last = day;
    }
  }

  /** The order when there is no doubt; several that all could be; none: no order fits the file. */
  result(): readonly DateOrder[] {
    const candidates = this.#candidates.filter(
      ({ order }) => this.#mayBeginWithYear || !order.startsWith('y'),
    );
    const least = Math.min(...candidates.map(({ impossible }) => impossible));
    const possible = candidates.filter(({ impossible }) => impossible === least);
    const orderly = possible.filter(({ backwards }) => backwards === 0);
    const left = orderly.length > 0 ? orderly : clearlyBest(possible);
    const usual = left.filter(({ order }) => ['dmy', 'mdy', 'ymd'].includes(order));
    return (usual.length > 0 ? usual : left).map(({ order }) => order);
  }
}

/** Late messages make a few steps back in the right order; a wrong one makes them all the time. */
function clearlyBest(candidates: readonly Candidate[]): readonly Candidate[] {
  const sorted = candidates.toSorted((a, b) => a.backwards - b.backwards);
  const [first, second] = sorted;
  if (!first || !second) return sorted;
  return second.backwards > first.backwards * 5 + 5 ? [first] : sorted;
}
