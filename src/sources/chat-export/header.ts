/** What stands before a message: when, in the words of the phone that made the export. */
export interface Header {
  /** the same for all headers of a file: brackets, separators, seconds, what ends it */
  readonly style: string;
  /** the three numbers of the date as they stand there */
  readonly date: readonly [number, number, number];
  /** between them */
  readonly separator: string;
  /** which of them has four digits, the year: 0, 1, 2; absent: two-digit years */
  readonly longAt?: 0 | 1 | 2;
  /** 0 to 23 */
  readonly hour: number;
  readonly minute: number;
  readonly second?: number;
  /** what follows: `Name: text`, or a notice by WhatsApp */
  readonly rest: string;
}

// With an end: a stranger's line of thousands of marks would be tried in every way.
const mark = '[\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff]{0,8}';
const digits = (count: string) => `(\\p{Nd}{${count}})${mark}`;
const before = 'ÖÖ|ÖS|de\\.|du\\.|上午|下午|午前|午後|오전|오후|凌晨|早上|中午|晚上';
const after = `[ap]\\.?\\s?m\\.?|π\\.?\\s?μ\\.?|μ\\.?\\s?μ\\.?|ص|م|${before}`;

/**
 * The formats of Android and iOS in all languages whose parts are known: `13/06/18, 21:25 - `, `[13/06/2018, 9:25:15 PM] `,
 * `13.6.2018 klo 21.25.15 - `, `13. 6. 2018. 21:25:15 `, `2018/06/13, 9:25 pm - ` (parsers of Pustur and chat-miner).
 */
const pattern = new RegExp(
  `^${mark}(\\[)?${mark}` +
    `${digits('1,4')}([./-]) ?${mark}${digits('1,4')}[./-] ?${mark}${digits('1,4')}(\\.)?([,،])?\\s{0,8}` +
    `(?:(?:klo|kl\\.?|um|a las|às|at|à|alle|om)\\s{1,8})?${mark}(?:(${before})\\s?)?` +
    `${digits('1,2')}[:.h]${mark}${digits('2')}(?:[:.]${mark}${digits('2')})?(?:\\s?${mark}(${after})${mark}(?![\\p{L}]))?${mark}` +
    `(?:(\\])\\s?|(\\s[-–—])(?:\\s|$)|(:)\\s|(\\s))`,
  'iu',
);

const afternoon = /^(?:p|μ|م|ÖS|du|下午|午後|오후|晚上|中午)/iu;

/** Reads the header at the start of a line, or undefined: the line has none. */
export function readHeader(line: string): Header | undefined {
  // Most lines that are no header differ here already.
  if (!/^\P{L}{0,6}\p{Nd}/u.test(line)) return undefined;
  const found = pattern.exec(line);
  if (found === null) return undefined;
  const [whole, open, a, separator, b, c, dot, comma, early, h, m, s, late, close, dash, colon] = found;
  if ((open === undefined) !== (close === undefined)) return undefined;
  const hour = hourOf(numberOf(h), early ?? late);
  const minute = numberOf(m);
  const second = s === undefined ? undefined : numberOf(s);
  if (hour === undefined || minute > 59 || (second ?? 0) > 59) return undefined;
  const lengths = [a, b, c].map((text) => text?.length ?? 0);
  if (lengths.includes(3) || lengths.filter((length) => length === 4).length > 1) return undefined;
  const longAt = lengths.indexOf(4);
  const ending = close ?? (dash ? '-' : (colon ?? ' '));
  return {
    style: [open ?? '', separator, dot ?? '', comma ?? '', s === undefined ? 'm' : 's', longAt, ending].join(
      ' ',
    ),
    date: [numberOf(a), numberOf(b), numberOf(c)],
    separator: separator ?? '',
    ...(longAt >= 0 && { longAt: longAt as 0 | 1 | 2 }),
    hour,
    minute,
    ...(second !== undefined && { second }),
    rest: line.slice(whole.length),
  };
}

function hourOf(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour < 24 ? hour : undefined;
  const isAfternoon = afternoon.test(half);
  // Some phones write 0:08 a. m., some 13:08 PM: what is beyond twelve needs no half.
  if (hour > 12) return hour < 24 ? hour : undefined;
  return (hour % 12) + (isAfternoon ? 12 : 0);
}

/** A number in any script's digits: blocks of digits begin at multiples of 16 or at 6 beyond, zero first. */
function numberOf(text: string | undefined): number {
  let value = 0;
  for (const digit of text ?? '') value = value * 10 + digitOf(digit);
  return value;
}

function digitOf(digit: string): number {
  const plain = Number(digit);
  if (!Number.isNaN(plain)) return plain;
  const point = digit.codePointAt(0) ?? 0;
  let zero = point;
  while (zero > point - 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return point - zero;
}
