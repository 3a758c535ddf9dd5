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
