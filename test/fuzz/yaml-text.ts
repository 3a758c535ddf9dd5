import { stringify } from 'yaml';
import { Raw } from './ingredients.ts';
import { ingredient, toText, type Edit } from './mutate.ts';

/** YAML of a changed value, or the text of a file with something in it that no writer would write. */
export function yamlOf(file: string, changed: unknown, [first]: readonly Edit[]): string {
  if (first !== undefined && first.at % 4 === 0) {
    const at = (first.at * 31) % file.length;
    return file.slice(0, at) + toText(ingredient(first.what).make()) + file.slice(at + (first.what % 7));
  }
  const value = plain(changed);
  return first !== undefined && first.at % 4 === 1 ? (JSON.stringify(value) ?? '') : (stringify(value) ?? '');
}

/** What cannot stand in YAML as a value stands there as a text. */
function plain(value: unknown): unknown {
  if (value instanceof Raw) return toText(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
