// Any fixed locale: processes on machines with different ones have to agree.
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/** Longer words and further text are left out: nobody searches for them. */
const most = { characters: 20_000, words: 2_000, word: 60 };

/**
 * The words of a text for a search index, each once: lower case, without accents, and also where a language writes none
 * apart (Chinese, Thai). The same for what is kept and for what is asked.
 */
export function wordsOf(text: string): string[] {
  const plain = text.slice(0, most.characters).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const words = new Set<string>();
  for (const { segment, isWordLike } of segmenter.segment(plain)) {
    if (isWordLike === true && segment.length <= most.word) words.add(segment);
    if (words.size === most.words) break;
  }
  return [...words];
}
