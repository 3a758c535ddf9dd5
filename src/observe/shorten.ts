import { parsePhone } from '../core/phone.ts';

const phone = /\+\d[\d ().-]{4,18}\d/g;
const userId = /\b([A-Z]{2}\.(?:ENT\.)?)([A-Za-z0-9]{4})[A-Za-z0-9]{4,}\b/g;

/**
 * A text with every phone number and WhatsApp user id in it made short, so that it may be shown or logged:
 * `+14155550100` becomes `+1 415 ••• 0100`, `US.13491208655302741918` becomes `US.1349•••`. At least three digits of a
 * number are always hidden.
 */
export function shorten(text: string): string {
  return text.replace(phone, shortenPhone).replace(userId, '$1$2•••');
}

function shortenPhone(text: string): string {
  const digits = text.replace(/\D/g, '');
  if (digits.length < 7) return text;
  const national = parsePhone(`+${digits}`)?.national ?? digits.slice(2);
  const country = digits.slice(0, digits.length - national.length);
  const begin = national.slice(0, Math.max(0, Math.min(3, national.length - 7)));
  const end = national.slice(-Math.max(2, Math.min(4, national.length - 3)));
  return [`+${country}`, begin, '•••', end].filter((part) => part !== '').join(' ');
}
