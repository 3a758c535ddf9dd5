import { closestMatch } from 'leven';

/** The name that was probably meant: one that differs in a few letters, or only in case and punctuation. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/__c$|[^a-z0-9]/g, '');
  const same = names.find((one) => plain(one) === plain(name));
  if (same !== undefined) return same;
  const found = closestMatch(plain(name), names.map(plain), {
    maxDistance: Math.max(2, Math.floor(plain(name).length / 4)),
  });
  return found === undefined ? undefined : names.find((one) => plain(one) === found);
}

/** `; did you mean "Subject"?`, or nothing. */
export function didYouMean(name: string, names: readonly string[]): string {
  const one = nearest(name, names);
  return one === undefined ? '' : `; did you mean "${one}"?`;
}
