import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Interaction, Media } from '../core/interaction.ts';
import { readablePhone } from '../core/text.ts';
import { safeFileName } from '../pipeline/file-names.ts';
import { nameOf, placeOf, typeOf } from './files.ts';
import type { ExportRun } from './run.ts';

/** Somebody as an e-mail names them. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

export interface Mail {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly subject: string;
  /** ISO 8601 */
  readonly date: string;
  /** what the message's own id is made of: hex digits */
  readonly id: string;
  readonly inReplyTo?: string | undefined;
  readonly text: string;
  readonly html?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly files: readonly Media[];
}

/** Reserved for what never exists (RFC 2606): nothing can be sent to these. */
const domain = 'whatsapp.invalid';

/** An address made of a number or a user id: `+14155550100@whatsapp.invalid`. */
export function mailboxOf(name: string, address: string): Mailbox {
  const local = address.replace(/[^\w+.-]/g, '_').replace(/^\.+|\.+$|\.(?=\.)/g, '_');
  return { name, address: `${local === '' ? 'unknown' : local}@${domain}` };
}

/** The person on the other side; of what the firm wrote in a group, the group. */
export function otherBox({ person, group, direction }: Interaction, name: string): Mailbox {
  if (group !== undefined && direction === 'outbound') {
    return mailboxOf(group.subject ?? 'WhatsApp group', group.id);
  }
  return mailboxOf(name, person.phone ?? person.userId ?? person.username ?? 'unknown');
}

/** The firm: by who held the number. */
export function firmBox({ businessNumber }: Interaction, owner: string | undefined): Mailbox {
  return mailboxOf(owner ?? readablePhone(businessNumber), businessNumber);
}

export const messageId = (id: string): string => `<${id}@${domain}>`;

/** A mail as it is sent (RFC 5322, MIME), the same bytes each time; files are read while it is written. */
export async function mailSource({ deps }: ExportRun, mail: Mail): Promise<AsyncIterable<Uint8Array>> {
  const attachments = [];
  for (const media of mail.files) {
    const { result } = media;
    if (result?.state !== 'stored' || !(await deps.files.has(result.sha256))) continue;
    const { sha256 } = result;
    attachments.push({
      filename: safeFileName(nameOf(media) ?? '') || (placeOf(media) ?? sha256).slice('media/'.length),
      contentType: typeOf(media) || 'application/octet-stream',
      content: Readable.from(read(sha256)),
      contentDisposition: 'attachment' as const,
    });
  }
  async function* read(sha256: string): AsyncIterable<Uint8Array> {
    yield* (await deps.files.open(sha256)) as AsyncIterable<Uint8Array>;
  }
  const { from, to, subject, date, id, inReplyTo, text, html, headers } = mail;
  const named = new Map(Object.keys(headers).map((key) => [key.toLowerCase(), key]));
  const composer = new MailComposer({
    from: { ...from },
    to: to.map((one) => ({ ...one })),
    subject,
    date: new Date(date),
    messageId: messageId(id),
    ...(inReplyTo !== undefined && { inReplyTo: messageId(inReplyTo), references: [messageId(inReplyTo)] }),
    text,
    ...(html !== undefined && { html }),
    headers: { ...headers, 'Auto-Submitted': 'auto-generated' },
    attachments,
    normalizeHeaderKey: (key: string) => named.get(key.toLowerCase()) ?? key,
    baseBoundary: id.slice(0, 24),
    newline: '\r\n',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().createReadStream() as AsyncIterable<Uint8Array>;
}
