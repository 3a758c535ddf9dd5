import { canonicalPhone, formsOf } from './phone.ts';

const userId = /\b[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{3,64}\b/g;
/**
 * WhatsApp's ids of messages and calls are base64 of bytes with the other side's number in them: of a hundred signs or so.
 * What is much longer is read in parts, each of whole groups of four.
 */
const encoded = /[A-Za-z0-9+/_-]{16,8192}={0,2}/g;

const shortest = 7;
const longest = 15;

/** An address that a text may have, and where it stands. */
type Tell = (address: string, start: number, end: number) => void;

/** The addresses that a text is searched for. */
export interface Sought {
  /** @param address a number in its canonical form, or a user id */
  has(address: string): boolean;
  /**
   * May a number whose digits have this value be one of them? Long texts have millions of runs of groups: it is asked
   * before any of them is put together. Absent: any may be.
   */
  mayBe?(value: number): boolean;
}

/** For addresses (numbers in their canonical form, and user ids) in a set that does not change. */
export function soughtOf(addresses: ReadonlySet<string>): Sought {
  const known = soughtBefore.get(addresses);
  if (known !== undefined) return known;
  const phones = [...addresses].filter((address) => address.startsWith('+'));
  const values = new Set(phones.flatMap(formsOf).map((form) => Number(form.slice(1))));
  const sought: Sought = { has: (address) => addresses.has(address), mayBe: (value) => values.has(value) };
  soughtBefore.set(addresses, sought);
  return sought;
}

const soughtBefore = new WeakMap<ReadonlySet<string>, Sought>();

/**
 * Everything in a text that may be somebody's address: phone numbers with their country code in their canonical form,
 * however they are written, and user ids; also the numbers inside of WhatsApp's own ids. Most of what it finds is none.
 */
export function addressesIn(text: string): Set<string> {
  const found = new Set<string>();
  tellAll(text, (address) => found.add(address));
  return found;
}

/** Those that are user ids. */
export function userIdsIn(text: string): Set<string> {
  const found = new Set<string>();
  const tell = (id: string) => found.add(id);
  tellIds(text, tell);
  tellEncoded(text, (inside) => tellIds(inside, tell));
  return found;
}

/** Does a text have one of these addresses? */
export function mentions(text: string, sought: Sought): boolean {
  let isFound = false;
  const tell = (address: string) => (isFound ||= sought.has(address));
  tellAll(text, tell, sought.mayBe);
  return isFound;
}

/** Told one by one: a long text has more of them than a list should hold. */
function tellAll(text: string, tell: Tell, mayBe?: Sought['mayBe']): void {
  tellPlain(text, tell, mayBe);
  tellEncoded(text, (inside, start, end) => tellPlain(inside, (address) => tell(address, start, end), mayBe));
}

/** What is encoded in a text, and where. */
function tellEncoded(text: string, tell: Tell): void {
  for (const { 0: token, index } of text.matchAll(encoded))
    tell(Buffer.from(token, 'base64').toString('latin1'), index, index + token.length);
}

function tellPlain(text: string, tell: Tell, mayBe: Sought['mayBe']): void {
  tellNumbers(text, tell, mayBe);
  tellIds(text, tell);
}

function tellIds(text: string, tell: Tell): void {
  for (const { 0: id, index } of text.matchAll(userId)) tell(id, index, index + id.length);
}

/**
 * In `+1 555 000 1111 12:30` the number ends before the time: any run of groups may be one. Nothing is made of a group
 * but numbers until one may be sought: a text can have a million of them.
 */
function tellNumbers(text: string, tell: Tell, mayBe: Sought['mayBe']): void {
  const { starts, ends, values, scales, joined } = groupsOf(text);
  for (const [from, start] of starts.entries()) {
    const abroad = digitsFrom(text, start, 2) === '00' ? 2 : 0;
    let length = -abroad;
    let value = 0;
    for (let at = from; at < starts.length && (at === from || joined[at] === true); at += 1) {
      const end = ends[at] as number;
      length += end - (starts[at] as number);
      if (length > longest) break;
      value = value * (scales[at] as number) + (values[at] as number);
      if (length < shortest || mayBe?.(value) === false) continue;
      const bare = digitsFrom(text, start, length + abroad).slice(abroad);
      tell(canonicalPhone(`+${bare}`), start, end);
    }
  }
}

/** What people put between the digits of a number, and how much of it at most. */
const between = ' ()./\u00a0-';
const mostBetween = 3;

/**
 * The groups of digits of a text: where they stand, what they are worth, ten to the power of their lengths, and whether each
 * may go on with the number of the one before it. Not by a pattern: one that repeats a group overflows the stack on a long text.
 */
function groupsOf(text: string) {
  const starts: number[] = [];
  const ends: number[] = [];
  const values: number[] = [];
  const scales: number[] = [];
  const joined: boolean[] = [];
  let value = 0;
  let scale = 1;
  for (let at = 0; at <= text.length; at += 1) {
    // NaN behind the end, which is no digit either.
    const digit = text.charCodeAt(at) - zero;
    if (digit >= 0 && digit <= 9) {
      if (scale === 1) {
        starts.push(at);
        joined.push(isBetween(text, ends.at(-1), at));
      }
      value = value * 10 + digit;
      scale *= 10;
    } else if (scale > 1) {
      ends.push(at);
      values.push(value);
      scales.push(scale);
      value = 0;
      scale = 1;
    }
  }
  return { starts, ends, values, scales, joined };
}

function isBetween(text: string, from: number | undefined, to: number): boolean {
  if (from === undefined || to - from > mostBetween) return false;
  for (let at = from; at < to; at += 1) if (!between.includes(text[at] as string)) return false;
  return true;
}

const zero = '0'.charCodeAt(0);

/** So many digits from there on, without what stands between them. */
function digitsFrom(text: string, start: number, count: number): string {
  let digits = '';
  for (let at = start; at < text.length && digits.length < count; at += 1) {
    const sign = text[at] as string;
    if (sign >= '0' && sign <= '9') digits += sign;
  }
  return digits;
}

/** Stands for an address of somebody who is not recorded. */
export const blanked = '[excluded]';

/**
 * A JSON value without the addresses of some people: each is replaced by {@link blanked}, and a contact card or profile
 * of one of them as a whole, since it has the name too.
 */
export function withoutAddresses(value: unknown, sought: Sought): unknown {
  if (typeof value === 'string') return blankText(value, sought);
  if (typeof value === 'number') {
    const text = String(value);
    return blankText(text, sought) === text ? value : blanked;
  }
  if (Array.isArray(value)) return value.map((item) => withoutAddresses(item, sought));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      blankText(name, sought),
      name === 'contacts' && Array.isArray(inner)
        ? inner.map((card) => blankCard(card, sought))
        : withoutAddresses(inner, sought),
    ]),
  );
}

function blankCard(card: unknown, sought: Sought): unknown {
  return mentions(JSON.stringify(card) ?? '', sought) ? { name: { formatted_name: blanked } } : card;
}

function blankText(text: string, sought: Sought): string {
  const found: { start: number; end: number }[] = [];
  const tell: Tell = (address, start, end) => {
    if (sought.has(address)) found.push({ start, end });
  };
  tellAll(text, tell, sought.mayBe);
  const parts: string[] = [];
  let done = 0;
  for (const { start, end } of found.toSorted((a, b) => a.start - b.start)) {
    // What overlaps is blanked together.
    if (start >= done) parts.push(text.slice(done, start), blanked);
    done = Math.max(done, end);
  }
  return parts.join('') + text.slice(done);
}
