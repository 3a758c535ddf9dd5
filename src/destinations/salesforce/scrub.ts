import { hideSecrets } from '../../core/hide.ts';

const longest = 300;
const window = 12;

/**
 * The CRM's words, fit for a log or a screen: what was sent, tokens among it, is not repeated, phone numbers keep their last four digits,
 * at most 300 characters.
 *
 * @param values what must not be repeated, in whole or in parts of 12 characters and more
 */
export function scrub(message: string, values: readonly string[] = []): string {
  const long = values.filter((value) => value.length >= window);
  const short = values.filter((value) => value.length >= 3 && value.length < window);
  const start = hideSecrets(message).replaceAll(/\s+/g, ' ').trim().slice(0, 2_000);
  const blanked = short.reduce((text, value) => text.replaceAll(value, '…'), withoutParts(start, long));
  const text = blanked.replaceAll(/\+?\d[\d\s()./-]{5,}\d/g, (run) => {
    const digits = run.replaceAll(/\D/g, '');
    return digits.length < 7 ? run : `…${digits.slice(-4)}`;
  });
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** Salesforce quotes values in whole or cut: every part that stands in a sent value goes. */
function withoutParts(message: string, values: readonly string[]): string {
  const flat = values.map((value) => value.replaceAll(/\s+/g, ' '));
  const sent = (part: string) => flat.some((value) => value.includes(part));
  let clean = '';
  let at = 0;
  while (at < message.length) {
    let end = at + window;
    if (end > message.length || !sent(message.slice(at, end))) {
      clean += message[at];
      at += 1;
      continue;
    }
    while (end < message.length && sent(message.slice(at, end + 1))) end += 1;
    clean += '…';
    at = end;
  }
  return clean;
}
