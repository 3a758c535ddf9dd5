import { formatCsv } from './csv.ts';

/** An entry of the audit log. */
interface AuditLine {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: object;
}

interface AuditPage {
  readonly items: readonly AuditLine[];
  readonly cursor?: string;
}

const pageSize = 500;

/**
 * The audit log as CSV, the newest entry first; a page in memory at a time. Details are JSON.
 *
 * @param ask the next page of what is wanted
 */
export async function* auditRows(
  ask: (page: { readonly limit: number; readonly cursor?: string }) => Promise<AuditPage>,
): AsyncIterable<string> {
  yield formatCsv(['id', 'at', 'actor', 'action', 'subject', 'detail'], []);
  let cursor: string | undefined;
  do {
    const page = await ask({ limit: pageSize, ...(cursor !== undefined && { cursor }) });
    const [first, ...rest] = page.items.map(({ id, at, actor, action, subject, detail }) => [
      String(id),
      at,
      actor,
      action,
      subject,
      JSON.stringify(detail),
    ]);
    if (first !== undefined) yield formatCsv(first, rest);
    cursor = page.cursor;
  } while (cursor !== undefined);
}
