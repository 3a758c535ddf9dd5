/**
 * A text from anywhere without what opens something: bearer and basic tokens, logins and tokens in addresses, and each of
 * `secrets`, also as JSON or an address writes it.
 */
export function hideSecrets(text: string, secrets: readonly string[] = []): string {
  return secrets
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
    .reduce((rest, secret) => rest.replaceAll(secret, '[removed]'), text)
    .replace(/\b(Bearer|Basic) +[\w~+/.=-]{8,}/gi, '$1 [removed]')
    .replace(/(\w:\/\/)[^\s/@"]{1,500}@/g, '$1[removed]@')
    .replace(
      /\b((?:access_|refresh_|id_)?token|client_id|client_secret|password|assertion)=[^\s&"']{1,4096}/gi,
      '$1=[removed]',
    );
}
