/** One field of a form. */
export interface FormPart {
  readonly mimeType: string;
  readonly data: Buffer;
}

/** The fields of a `multipart/form-data` body by name; empty when it is none. */
export function readForm(body: Buffer, contentType: string): ReadonlyMap<string, FormPart> {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return new Map();
  // latin1 keeps every byte
  const [, ...sections] = body.toString('latin1').split(`--${boundary}`);
  return new Map(sections.flatMap(readSection));
}

function readSection(section: string): (readonly [string, FormPart])[] {
  const end = section.indexOf('\r\n\r\n');
  const head = section.slice(0, end);
  const name = /\bname="([^"]*)"/i.exec(head)?.[1];
  if (end < 0 || name === undefined) return [];
  const mimeType = /content-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? 'text/plain';
  const data = Buffer.from(section.slice(end + 4, -2), 'latin1');
  return [[name, { mimeType, data }]];
}
