import { z } from 'zod';

/** Kinds of values that several settings share. */

/** Of a source or destination: also part of addresses and labels. */
export const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens');

/** E.164. YAML reads +15550783881 without quotes as a number: take it as what was meant. */
export const number = z
  .union([z.string(), z.number().transform((value) => `+${value}`)])
  .transform((text) => text.replace(/[\s().-]/g, ''))
  .pipe(
    z.string().regex(/^\+\d{5,20}$/, 'must be a phone number with its country code, like "+15550783881"'),
  );

/** A phone number, or a WhatsApp user id. */
export const person = z.union([
  number,
  z
    .string()
    .regex(
      /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]+$/,
      'must be a phone number like "+15550001111" or a WhatsApp user id like "US.1349…"',
    ),
]);

/** Without slashes at its end. */
export const httpUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'must be an http(s) address',
  )
  .transform((text) => text.replace(/\/+$/, ''));

/** `50%` to 0.5. */
export const percent = z
  .string()
  .regex(/^([1-9]\d?|100)%$/, 'must be a share like 50%')
  .transform((text) => Number.parseInt(text, 10) / 100);

/** Never shown. */
export const secret = z.string().min(1, 'must not be empty');

/** `90s`, `15m`, `2h`, `1d`, `250ms` to milliseconds. */
export const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, 'must be a time like 500ms, 60s, 15m, 2h')
  .transform((text) => {
    const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
    const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    return Number(amount) * (units[unit ?? 's'] ?? 1_000);
  });

/** `7y`, `18mo`, `90d`, `12h`: how long something is kept, as an ISO 8601 duration. Years and months are the calendar's. */
export const term = z
  .string()
  .regex(/^\d{1,5}(y|mo|d|h|m|s)$/, 'must be a time like 7y, 18mo, 90d')
  .transform((text) => {
    const [, amount, unit] = /^(\d+)(\w+)$/.exec(text) ?? [];
    const units: Record<string, string> = { y: 'PnY', mo: 'PnM', d: 'PnD', h: 'PTnH', m: 'PTnM', s: 'PTnS' };
    return (units[unit ?? 'd'] ?? 'PnD').replace('n', amount ?? '0');
  });
