import { createTransport } from 'nodemailer';
import { findingsOf } from '../core/daily-report.ts';
import type { ReportRecipient } from './recipient.ts';
import { reportCsv } from './report-csv.ts';
import { reportHtml } from './report-html.ts';
import { reportText } from './report-text.ts';

export interface MailRecipientOptions {
  /** whom it goes to */
  readonly address: string;
  readonly from: string;
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    /** TLS from the first byte (port 465); else STARTTLS where the server offers it */
    readonly secure: boolean;
    /** nothing is sent without TLS */
    readonly requireTls: boolean;
    readonly user?: string;
    readonly password?: string;
  };
  readonly timeoutMs?: number;
}

/** Sends each report as an e-mail, with its tables and the sealed bytes attached. A repeat has the same Message-ID. */
export function createMailRecipient(options: MailRecipientOptions): ReportRecipient {
  const { address, from, smtp, timeoutMs = 60_000 } = options;
  const transport = createTransport({
    host: smtp.host,
    port: smtp.port,
    secure: smtp.secure,
    requireTLS: smtp.requireTls,
    ...(smtp.user !== undefined && { auth: { user: smtp.user, pass: smtp.password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // Nothing that a report says is taken for a file or an address to be read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name: `email ${address}`,
    async send(sent) {
      const { report, body, hash } = sent;
      const findings = findingsOf(report).length;
      const outcome = findings === 0 ? 'nothing to look at' : `${findings} to look at`;
      const refused = await transport
        .sendMail({
          from,
          to: address,
          subject: `WhatsApp records of ${report.day}: ${outcome}`,
          messageId: `<${hash}@whatsapp-crm-sync>`,
          date: new Date(report.madeAt),
          headers: { 'X-Idempotency-Key': hash, 'Auto-Submitted': 'auto-generated' },
          text: reportText(sent),
          html: reportHtml(sent),
          attachments: [
            { filename: `report-${report.day}.csv`, content: reportCsv(report), contentType: 'text/csv' },
            { filename: `report-${report.day}.json`, content: body, contentType: 'application/json' },
          ],
        })
        .then(() => undefined, refusalOf);
      if (refused !== undefined) throw new Error(`${smtp.host} did not take it: ${refused}`);
    },
  };
}

/** Never the error itself: it may carry the credentials of the server. */
function refusalOf(error: unknown): string {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return String(responseCode ?? code ?? 'unknown');
}
