import { canonicalPhone } from './phone.ts';

/** Digits with what people put between them. */
const digitRun = /\d(?:[ ()./\u00a0-]{0,3}\d){6,}/g;
const userId = /\b[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{3,64}\b/g;
/** WhatsApp's ids of messages and calls are base64 of bytes with the other side's number in them. */
const encoded = /[A-Za-z0-9+/_-]{16,}={0,2}/g;

const shortest = 7;
const longest = 15;

interface Span {
  readonly start: number;
  readonly end: number;
  readonly addresses: readonly string[];
}

/**
 * Everything in a text that may be somebody's address: phone numbers with their country code in their canonical form,
 * however they are written, and user ids; also the numbers inside of WhatsApp's own ids. Most of what it finds is none.
 */
export function addressesIn(text: string): Set<string> {
  return new Set(spansOf(text).flatMap(({ addresses }) => addresses));
}

function spansOf(text: string): Span[] {
  return [...plainSpans(text), ...encodedSpans(text)];
}

function plainSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const { 0: run, index } of text.matchAll(digitRun)) spans.push(...numbersOf(run, index));
  for (const { 0: id, index } of text.matchAll(userId)) {
    spans.push({ start: index, end: index + id.length, addresses: [id] });
  }
  return spans;
}

/** In `+1 555 000 1111 12:30` the number ends before the time: any run of groups may be one. */
function numbersOf(run: string, offset: number): Span[] {
  const groups = [...run.matchAll(/\d+/g)];
  return groups.flatMap((first, from) => {
    const spans: Span[] = [];
    let digits = '';
    for (const group of groups.slice(from)) {
      digits += group[0];
      const bare = digits.replace(/^00/, '');
      if (bare.length > longest) break;
      if (bare.length < shortest) continue;
      const address = canonicalPhone(`+${bare}`);
      const end = offset + group.index + group[0].length;
      spans.push({ start: offset + first.index, end, addresses: [address] });
    }
    return spans;
  });
}

function encodedSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const { 0: token, index } of text.matchAll(encoded)) {
    const addresses = plainSpans(Buffer.from(token, 'base64').toString('latin1')).flatMap(
      (span) => span.addresses,
    );
    if (addresses.length > 0) spans.push({ start: index, end: index + token.length, addresses });
  }
  return spans;
}

/** Stands for an address of somebody who is not recorded. */
export const blanked = '[excluded]';

/**
 * A JSON value without the addresses of some people: each is replaced by {@link blanked}, and a contact card or profile
 * of one of them as a whole, since it has the name too.
 */
export function withoutAddresses(value: unknown, isExcluded: (address: string) => boolean): unknown {
  if (typeof value === 'string') return blankText(value, isExcluded);
  if (typeof value === 'number') {
    const text = String(value);
    return blankText(text, isExcluded) === text ? value : blanked;
  }
  if (Array.isArray(value)) return value.map((item) => withoutAddresses(item, isExcluded));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      blankText(name, isExcluded),
      name === 'contacts' && Array.isArray(inner)
        ? inner.map((card) => blankCard(card, isExcluded))
        : withoutAddresses(inner, isExcluded),
    ]),
  );
}

function blankCard(card: unknown, isExcluded: (address: string) => boolean): unknown {
  const isOne = [...addressesIn(JSON.stringify(card) ?? '')].some(isExcluded);
  return isOne ? { name: { formatted_name: blanked } } : card;
}

function blankText(text: string, isExcluded: (address: string) => boolean): string {
  const found = spansOf(text).filter(({ addresses }) => addresses.some(isExcluded));
  let result = text;
  // From the end on, so that the places before it stay where they are; of two that overlap the longer one.
  for (const { start, end } of found.toSorted((a, b) => b.start - a.start || b.end - a.end)) {
    if (end <= result.length) result = result.slice(0, start) + blanked + result.slice(end);
  }
  return result;
}
