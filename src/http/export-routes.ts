import { reportColumns } from '../core/activity.ts';
import type { Interaction } from '../core/interaction.ts';
import type { InteractionFilter } from '../ledger/ledger.ts';
import { auditRows } from '../observe/audit-rows.ts';
import { formatCsv } from '../observe/csv.ts';
import type { LinkedView } from '../pipeline/chats.ts';
import type { ConsoleOperations } from '../pipeline/operations.ts';
import { compact } from './compact.ts';
import type { RequestSchemas } from './requests.ts';
import { route, type ApiRoute, type FileAnswer } from './route.ts';

/** Tables for a spreadsheet, for those who may read; each export is kept in the audit log. */
export function exportRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/export/report.csv', {
      summary: 'The report as CSV',
      needs: 'compliance',
      query: schemas.reportRange,
      answer: undefined,
      handle: async (operations, { query, identity }): Promise<FileAnswer> => {
        const { from, to, rows } = await operations.report(compact(query));
        await keep(operations, identity.actor, { what: 'report', from, to });
        const names = ['received', ...reportColumns, 'withoutContent'] as const;
        const cells = rows.map((row) => [
          row.day,
          row.source,
          row.businessNumber,
          ...names.map((name) => row[name]),
        ]);
        const text = formatCsv(['day', 'source', 'businessNumber', ...names], cells);
        return { file: textOf([text]), type: 'text/csv; charset=utf-8', name: `report-${from}-${to}.csv` };
      },
    }),
    route('GET', '/api/export/interactions.csv', {
      summary: 'Messages and calls with what became of them, as CSV; the oldest first',
      needs: 'compliance',
      query: schemas.exporting,
      answer: undefined,
      handle: async (operations, { query, identity }): Promise<FileAnswer> => {
        await keep(operations, identity.actor, { what: 'interactions', ...compact(query) });
        return {
          file: textOf(interactionRows(operations, compact(query))),
          type: 'text/csv; charset=utf-8',
          name: `interactions${query.from === undefined ? '' : `-${query.from}`}.csv`,
        };
      },
    }),
    route('GET', '/api/export/audit.csv', {
      summary: 'The audit log as CSV, the newest first',
      needs: 'compliance',
      query: schemas.auditExport,
      answer: undefined,
      handle: async (operations, { query, identity }): Promise<FileAnswer> => {
        await keep(operations, identity.actor, { what: 'audit', ...compact(query) });
        return {
          file: textOf(auditRows((page) => operations.audit({ ...compact(query), ...page }))),
          type: 'text/csv; charset=utf-8',
          name: 'audit.csv',
        };
      },
    }),
  ];
}

function keep(operations: ConsoleOperations, actor: string, detail: Record<string, unknown>): Promise<void> {
  return operations.keepAudit({ actor, action: 'report.export', subject: '', detail });
}

const heads = [
  'occurredAt',
  'source',
  'businessNumber',
  'direction',
  'person',
  'phone',
  'userId',
  'kind',
  'text',
];
const activityHeads = ['destination', 'state', 'code', 'reason', 'contact', 'recordId', 'changedAt', 'key'];
const pageSize = 500;

/** A line for each activity; an interaction without any has one too. A page in memory at a time. */
async function* interactionRows(
  operations: ConsoleOperations,
  filter: Omit<InteractionFilter, 'limit' | 'cursor' | 'order'>,
): AsyncIterable<string> {
  yield formatCsv([...heads, ...activityHeads], []);
  let cursor: string | undefined;
  do {
    const page = await operations.interactions({
      ...filter,
      order: 'oldest',
      limit: pageSize,
      ...(cursor !== undefined && { cursor }),
    });
    const rows = page.items.flatMap(rowsOf);
    if (rows.length > 0) {
      const [first = [], ...rest] = rows;
      yield formatCsv(first, rest);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
}

function rowsOf({ interaction, activities }: LinkedView): string[][] {
  const own = [...cellsOf(interaction)];
  if (activities.length === 0) return [[...own, '', 'ignored', '', '', '', '', '', interaction.key]];
  return activities.map(({ destination, state, code, reason, contact, recordId, changedAt }) => [
    ...own,
    destination,
    state,
    code ?? '',
    reason ?? '',
    contact?.name ?? contact?.id ?? '',
    recordId ?? '',
    changedAt,
    interaction.key,
  ]);
}

function cellsOf(interaction: Interaction): string[] {
  const { occurredAt, source, businessNumber, direction, person, kind } = interaction;
  const text =
    interaction.kind === 'message' ? (interaction.content?.text ?? '') : (interaction.result ?? '');
  const { name = '', phone = '', userId = '' } = person;
  return [occurredAt, source, businessNumber, direction, name, phone, userId, kind, text];
}

async function* textOf(parts: Iterable<string> | AsyncIterable<string>): AsyncIterable<string> {
  yield* parts;
}
