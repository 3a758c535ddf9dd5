import { isScalar, LineCounter, parseDocument, visit, type Document, type YAMLMap } from 'yaml';

/** A YAML text that was read. */
export interface YamlText {
  /** `line 3: …`, at most a hundred of them: one often makes many */
  readonly mistakes: readonly string[];
  /** @throws Error for references that grow without end or lead to nothing */
  value(): unknown;
}

const mostMistakes = 100;

/** Reads a YAML text. Takes time by its length alone, whatever is in it, where `isDeepYaml` was asked before. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  // The parser compares each key with all before it, which takes minutes for very many; its pretty words do for very many mistakes.
  const options = { uniqueKeys: false, prettyErrors: false, logLevel: 'error' } as const;
  const document = parseDocument(text, { ...options, lineCounter: lines });
  const wrong = [
    ...document.errors.map(({ pos, message }) => ({ at: pos[0], text: message.split('\n')[0] ?? '' })),
    ...keysTwice(document),
  ];
  return {
    mistakes: wrong
      .slice(0, mostMistakes)
      .map(({ at, text: what }) => `line ${lines.linePos(at).line}: ${what}`),
    value: () => document.toJS() as unknown,
  };
}

function keysTwice(document: Document): { at: number; text: string }[] {
  const found: { at: number; text: string }[] = [];
  visit(document, {
    Map(_key, { items }: YAMLMap) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) found.push({ at: key.range?.[0] ?? 0, text: `Map keys must be unique` });
        seen.add(key.value);
      }
    },
  });
  return found;
}
