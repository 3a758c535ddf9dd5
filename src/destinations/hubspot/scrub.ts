import { hideSecrets } from '../../core/hide.ts';

/**
 * Words of the CRM, fit for a log or a screen: without the values that were sent, without tokens, without phone numbers
 * (runs of seven digits and more keep their last four), at most 300 characters.
 *
 * @param secrets what must not be repeated: the token, the values of the record
 */
export function scrub(text: string, secrets: readonly string[] = []): string {
  const blanked = secrets
    .filter((secret) => secret.length >= 4)
    .toSorted((a, b) => b.length - a.length)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), ...firstWords(secret)])
    .reduce((rest, secret) => rest.replaceAll(secret, '…'), hideSecrets(text));
  const short = blanked
    .replaceAll(/\bpat-[\w-]+/g, '…')
    .replaceAll(/\+?\d[\d\s().-]{5,}\d/g, (run) => {
      const digits = run.replaceAll(/\D/g, '');
      return digits.length < 7 ? run : `…${digits.slice(-4)}`;
    })
    .replaceAll(/\s+/g, ' ')
    .trim();
  return short.length <= 300 ? short : `${short.slice(0, 299)}…`;
}

/** A long value may be quoted in part: its beginning gives it away too. */
function firstWords(secret: string): string[] {
  return secret.length > 24 ? [secret.slice(0, 24)] : [];
}
