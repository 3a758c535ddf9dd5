/** Markup that is known to be safe: it was made by {@link markup} alone. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | false | undefined | readonly (Html | false)[];

/** A template whose values are escaped unless they are markup themselves; false and undefined are nothing. */
export function markup(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(
    unindented(strings)
      .map((text, at) => text + textOf(values[at]))
      .join(''),
  );
}

const known = new WeakMap<TemplateStringsArray, readonly string[]>();

/** How a template is indented here is nothing that a page needs. */
function unindented(strings: TemplateStringsArray): readonly string[] {
  const parts = known.get(strings) ?? strings.map((text) => text.replace(/\n\s+/g, '\n'));
  known.set(strings, parts);
  return parts;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function textOf(value: Value): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(textOf).join('\n');
  return escape(String(value));
}

/** Control characters, which a page may not hold, become their pictures: nothing that was written is left out. */
function escape(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] ?? '')
    .replace(/\p{Cc}/gu, (control) => {
      const code = control.charCodeAt(0);
      if ('\t\r\n'.includes(control)) return control;
      return code < 0x20 ? String.fromCodePoint(0x2400 + code) : '\ufffd';
    });
}

/** A whole page. `root`: the way to the folder of `style.css`. No script can run in it, and nothing is fetched from elsewhere. */
export function page(title: string, root: string, body: Html): string {
  const policy = "default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'self' file:";
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}; base-uri 'none'; form-action 'none'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <link rel="stylesheet" href="${root}style.css" />
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;
}
