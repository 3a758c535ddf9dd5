import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';

/** A phone number as read from text that a person or a provider wrote. */
export interface Phone {
  /** E.164, `+14155550100` */
  readonly e164: string;
  /** national significant number, digits only: what both CRMs' search indexes hold */
  readonly national: string;
}

/** Reads a number in any common format; `region` (ISO country) reads those without a country code. Undefined: not a number. */
export function parsePhone(text: string, region?: string): Phone | undefined {
  const parsed = parsePhoneNumberFromString(text, region as CountryCode | undefined);
  if (!parsed?.isPossible()) return undefined;
  return { e164: parsed.number, national: parsed.nationalNumber };
}

/**
 * The numbers in a field of a CRM, as people write them: with text around them, an extension, several in one field, or a
 * country code without its plus. Each once, in the form of {@link canonicalPhone}.
 */
export function phonesIn(text: string, region: string): string[] {
  const parts = text
    .split(/[;,|\n]|\s(?:or|oder|ou|o|und|and|e|y)\s/i)
    .filter((part) => /\p{Nd}/u.test(part))
    .slice(0, mostNumbers);
  return [...new Set(parts.flatMap((part) => readOne(part, region)?.e164 ?? []).map(canonicalPhone))];
}

/** In one field of a person: more of them is a text about something else. */
const mostNumbers = 50;

function readOne(part: string, region: string): Phone | undefined {
  const bare = part.replace(/[\s().\-/]/g, '');
  // The metadata knows Mexico's mobile numbers without their old 1 only.
  const mexico = /^(?:\+|00)?521(\d{10})$/.exec(bare);
  if (mexico) return parsePhone(`+52${mexico[1]}`);
  // The ITU's prefix first: some countries read a carrier's code after their own 00.
  const abroad = /^00([1-9]\d{7,14})$/.exec(bare);
  const asWritten = (abroad && parsePhone(`+${abroad[1]}`)) ?? parsePhone(withoutTrunkZero(part), region);
  if (asWritten !== undefined) return asWritten;
  // No number of this region: then the country code stands there without its sign.
  return /^[1-9]\d{7,14}$/.test(bare) ? parsePhone(`+${bare}`) : undefined;
}

/** `+49 (0)151 …`: the zero is dialled inside of the country only. Italy keeps its own, which stands without brackets. */
function withoutTrunkZero(text: string): string {
  return text.replace(/(\+\s*\d{1,3}[\s.-]*)\(0\)/, '$1');
}

/**
 * One form for the numbers of one line, where a country has several; WhatsApp keeps the form in which an account was made:
 * - Brazil: mobile numbers got a ninth digit (ANATEL, 2012 to 2016)
 * - Argentina: a 9 after the country code says mobile, from abroad only (ENACOM); lines and mobiles share no numbers
 * - Mexico: a 1 after the country code said mobile until 2019 (IFT)
 *
 * @param e164 with the plus
 */
export function canonicalPhone(e164: string): string {
  // Most numbers are of none of these countries, and whole texts are looked through.
  return e164.startsWith('+5') ? canonical(e164) : e164;
}

function canonical(e164: string): string {
  return e164
    .replace(/^\+55(\d{2})([6-9]\d{7})$/, '+55$19$2')
    .replace(/^\+549(\d{10})$/, '+54$1')
    .replace(/^\+521(\d{10})$/, '+52$1');
}

/** All forms of a canonical number in which a CRM may hold it: what a search has to ask for. The canonical one first. */
export function formsOf(canonical: string): string[] {
  if (!canonical.startsWith('+5')) return [canonical];
  const brazil = /^\+55(\d{2})9([6-9]\d{7})$/.exec(canonical);
  if (brazil) return [canonical, `+55${brazil[1]}${brazil[2]}`];
  const argentina = /^\+54(\d{10})$/.exec(canonical);
  if (argentina) return [canonical, `+549${argentina[1]}`];
  const mexico = /^\+52(\d{10})$/.exec(canonical);
  return mexico ? [canonical, `+521${mexico[1]}`] : [canonical];
}

/**
 * A number that WhatsApp itself gave (`15550783881`, `+1 631-555-8151`): digits with the country code, never a national
 * format. Undefined when empty or when it is a business-scoped user id in the place of a number.
 */
export function providerNumber(text: string | undefined | null): string | undefined {
  if (!text || isUserId(text)) return undefined;
  const digits = text.replace(/\D/g, '');
  return digits.length >= 5 && digits.length <= 20 ? `+${digits}` : undefined;
}

/** WhatsApp's business-scoped user id, `US.13491208655302741918` or `US.ENT.118…` (Meta, "Business-scoped user IDs"). */
export function isUserId(text: string): boolean {
  return /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]+$/.test(text);
}
