/** Deeper than any settings or mapping by far; a parser of YAML takes minutes, or all memory, for what is much deeper. */
const deepest = 100;

/**
 * Is a YAML text nested so deeply that it must not be parsed at all? Brackets are counted wherever they stand, also in
 * quotes: real texts close what they open.
 */
export function isDeepYaml(text: string): boolean {
  let open = 0;
  for (const sign of text) {
    if (sign === '[' || sign === '{') open += 1;
    else if (sign === ']' || sign === '}') open = Math.max(0, open - 1);
    if (open > deepest) return true;
  }
  return inOneLine.test(text) || text.split('\n').some((line) => line.search(/\S/) > mostIndent);
}

/** `- - - x`, `? ? x`, `&a &b x`: each opens a level, or a property, in the same line. */
const inOneLine = /(?:^|\n)[ \t]*(?:(?:[-?:]|[&!][^\s]*)[ \t]+){50}/;
const mostIndent = 1_000;
