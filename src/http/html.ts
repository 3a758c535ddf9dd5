/** A piece of HTML that is safe to send: made by {@link html} only, or written in the source. */
export interface Html {
  readonly html: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Template tag: every value is escaped unless it is {@link Html} itself (or a list of such). */
export function html(texts: TemplateStringsArray, ...values: readonly (Value | readonly Value[])[]): Html {
  const parts = values.map((value, at) => `${piece(value)}${texts[at + 1] ?? ''}`);
  return { html: `${texts[0] ?? ''}${parts.join('')}` };
}

type Value = string | number | Html;

function piece(value: Value | readonly Value[]): string {
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (one) => entities[one] ?? '');
  if (typeof value === 'number') return String(value);
  return 'html' in value ? value.html : value.map(piece).join('');
}
