import { wordsOf } from '../core/words.ts';

/**
 * What the words of a search ask of an index made by `wordsOf`, as text of a tsquery: all of them, the last one as the
 * beginning of a word, as people type. Undefined: there is no word in it.
 */
export function wordQuery(text: string): string | undefined {
  const words = wordsOf(text);
  if (words.length === 0) return undefined;
  return words
    .map(
      (word, at) =>
        `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'${at === words.length - 1 ? ':*' : ''}`,
    )
    .join(' & ');
}

/** The digits of something that looks like (part of) a number; undefined: it does not. */
export function digitsOf(text: string): string | undefined {
  const digits = text.replace(/\D/g, '');
  return digits.length >= 3 && /^[\d\s+().\-/]+$/.test(text.trim()) ? digits : undefined;
}
