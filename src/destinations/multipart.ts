import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';

/** One part of a form: a field of text, or a file. */
export interface FormPart {
  readonly name: string;
  readonly content: string | Buffer;
  /** default: text without a type of its own */
  readonly contentType?: string;
  readonly fileName?: string;
}

/** A form as the body of a request. */
export interface Form {
  /** with the boundary */
  readonly contentType: string;
  /** bytes */
  readonly length: number;
  /** the body, made of the parts as they are: a file is not copied. A new one each time it is called */
  stream(): Readable;
}

/** `multipart/form-data` (RFC 7578) of known length, since neither CRM documents chunked uploads. */
export function createForm(parts: readonly FormPart[]): Form {
  const boundary = `----wcs-${randomBytes(18).toString('hex')}`;
  const chunks = parts.flatMap((part) => [
    Buffer.from(`--${boundary}\r\n${headOf(part)}\r\n\r\n`),
    typeof part.content === 'string' ? Buffer.from(part.content) : part.content,
    Buffer.from('\r\n'),
  ]);
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    stream: () => Readable.from(chunks, { objectMode: false }),
  };
}

function headOf({ name, contentType, fileName }: FormPart): string {
  const file = fileName === undefined ? '' : `; filename="${escape(fileName)}"`;
  const type = contentType === undefined ? '' : `\r\nContent-Type: ${contentType.replaceAll(/[\r\n]/g, '')}`;
  return `Content-Disposition: form-data; name="${escape(name)}"${file}${type}`;
}

/** As browsers do (HTML standard, multipart form data). */
function escape(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Milliseconds that an upload may take beside the time of any call: 100 kB a second at the least. */
export function uploadTimeMs(bytes: number): number {
  return Math.ceil(bytes / 100);
}
