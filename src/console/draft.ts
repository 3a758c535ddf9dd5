import { isMap, isScalar, parseDocument, stringify, type Document } from 'yaml';

/** A mapping as text while it is edited: changes of single rules keep everything else as it was written. */

/** A field's rule: where it stands, and as text on one or more lines. */
export interface DraftRule {
  readonly group: 'fields' | 'createOnly';
  readonly field: string;
  readonly text: string;
}

/** Undefined: the text cannot be read. */
export function readDraft(text: string): Document.Parsed | undefined {
  const document = parseDocument(text);
  return document.errors.length > 0 || !isMap(document.contents) ? undefined : document;
}

export function partsOf(document: Document.Parsed): string[] {
  const known = ['message', 'call', 'conversation', 'contact', 'lead'];
  return known.filter((part) => document.has(part));
}

export function rulesOf(document: Document.Parsed, part: string): DraftRule[] {
  return (['fields', 'createOnly'] as const).flatMap((group) => {
    const map = document.getIn([part, group]);
    if (!isMap(map)) return [];
    return map.items.map(({ key, value }) => ({
      group,
      field: String(isScalar(key) ? key.value : key),
      text: ruleText(value),
    }));
  });
}

function ruleText(node: unknown): string {
  const value: unknown =
    node && typeof node === 'object' && 'toJSON' in node ? (node as { toJSON(): unknown }).toJSON() : node;
  const template = (value as { template?: unknown } | null)?.template;
  const isLong = typeof template === 'string' && template.includes('\n');
  return stringify(value, isLong ? { lineWidth: 0 } : { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
}

/** The whole text with one rule changed; the text as it was where the rule cannot be read. */
export function withRule(
  text: string,
  part: string,
  { group, field }: Omit<DraftRule, 'text'>,
  rule: string,
): string {
  const document = readDraft(text);
  const parsed = parseDocument(rule);
  if (document === undefined || parsed.errors.length > 0) return text;
  document.setIn([part, group, field], parsed.contents);
  return document.toString({ lineWidth: 0 });
}

export function withoutRule(text: string, part: string, { group, field }: Omit<DraftRule, 'text'>): string {
  const document = readDraft(text);
  if (document === undefined) return text;
  document.deleteIn([part, group, field]);
  return document.toString({ lineWidth: 0 });
}

const name = (destination: string) => `wcs-draft ${destination}`;

export interface Draft {
  readonly text: string;
  /** version that it was made from */
  readonly after: string;
}

/** Drafts stay in this browser until they are published; they hold rules, never what anybody wrote. */
export function keptDraft(destination: string): Draft | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(name(destination)) ?? 'null') as Draft | null;
    return kept ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(destination: string, draft: Draft | undefined): void {
  if (draft === undefined) localStorage.removeItem(name(destination));
  else localStorage.setItem(name(destination), JSON.stringify(draft));
}
