/** An element of a SOAP message; names are without their prefix. */
export interface Element {
  readonly name: string;
  readonly type: string | undefined;
  readonly children: Element[];
  text: string;
}

const pattern = /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([\w.:-]+)((?:\s+[\w.:-]+="[^"]*")*)\s*(\/?)>|([^<]+)/y;

/** Reads a small XML document (no CDATA, no DTD). Undefined when it is not well formed. */
export function parseXml(text: string): Element | undefined {
  const root: Element = { name: '', type: undefined, children: [], text: '' };
  const open = [root];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const found = pattern.exec(text);
    const current = open.at(-1);
    if (found === null || current === undefined) return undefined;
    const [, closing, rawName, attributes = '', selfClosing, content] = found;
    if (content !== undefined) current.text += unescapeXml(content);
    if (rawName === undefined) continue;
    const name = rawName.replace(/^.*:/, '');
    if (closing) {
      if (current.name !== name || open.length === 1) return undefined;
      open.pop();
      continue;
    }
    const type = /xsi:type="(?:[^":]*:)?([^"]*)"/.exec(attributes)?.[1];
    const element: Element = { name, type, children: [], text: '' };
    current.children.push(element);
    if (!selfClosing) open.push(element);
  }
  return open.length === 1 ? root.children[0] : undefined;
}

export function child(element: Element | undefined, ...path: readonly string[]): Element | undefined {
  return path.reduce<Element | undefined>(
    (current, name) => current?.children.find((one) => one.name === name),
    element,
  );
}

export function childText(element: Element | undefined, name: string): string | undefined {
  return child(element, name)?.text.trim();
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function unescapeXml(text: string): string {
  const known: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(\w+);/g, (all, name: string) => known[name] ?? all);
}
