import { existsSync, readFileSync } from 'node:fs';

/** A part of a page that names its tests, as docs/compliance.md and docs/security.md do. */
export interface NamingPart {
  readonly head: string;
  readonly text: string;
}

/** A test as a page names it. */
export interface NamedTest {
  readonly file: string;
  readonly name: string;
}

/** The parts of a page: each under a heading of the third level, up to the next heading. */
export function partsOf(page: string): NamingPart[] {
  return page
    .split(/^### /m)
    .slice(1)
    .map((part) => ({ head: part.split('\n', 1)[0] ?? '', text: part.split(/^## /m, 1)[0] ?? '' }));
}

/** What a part says under a word: up to the next one. */
export function saidOf({ text }: NamingPart, word: string): string {
  return new RegExp(`^- ${word}: ([^]*?)(?=^- |(?![^]))`, 'm').exec(text)?.[1] ?? '';
}

/** Tests that a part names, each with its file: `test/file` "name", "name". */
export function namedTests(part: NamingPart): NamedTest[] {
  let file = '';
  return [...saidOf(part, 'Tests').matchAll(/`(test\/[^`]+)`|"([^"]+)"/g)].flatMap(([, path, name]) => {
    if (path !== undefined) file = path;
    return name === undefined ? [] : [{ file, name }];
  });
}

/** Whether a file has a test, or a group of tests, of this name. */
export function hasTest({ file, name }: NamedTest): boolean {
  if (!existsSync(file)) return false;
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`[(\s](['"\`])${escaped}\1,\s`).test(readFileSync(file, 'utf8'));
}

/** Files that a page names and takes no test from. */
export function filesInVain(page: string): string[] {
  const files = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file ?? '');
  const used = new Set(partsOf(page).flatMap((part) => namedTests(part).map(({ file }) => file)));
  return files.filter((file) => !used.has(file));
}
