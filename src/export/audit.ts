import { sealedFields } from '../core/seal.ts';
import type { StoredRecord } from '../ledger/ledger.ts';
import type { ExportRun } from './run.ts';

/** An entry of the audit log, as its sealed row says. */
interface Entry {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

const pageOfIds = 1_000;

/** `audit.jsonl`: who did what, the oldest first. @returns how many */
export async function writeAudit(run: ExportRun): Promise<number> {
  let count = 0;
  async function* lines(): AsyncIterable<string> {
    for (let after = 0; after < run.end.audit; after += pageOfIds) {
      const upTo = Math.min(after + pageOfIds, run.end.audit);
      const range = { table: 'audit', after, upTo, count: upTo - after } as const;
      const found = await run.deps.ledger.exportedRecords(run.filter, [range]);
      for (const record of run.whole ? found : await chosenAudit(run, found)) {
        count += 1;
        yield `${JSON.stringify(entryOf(record))}\n`;
      }
    }
  }
  await run.output.add('audit.jsonl', lines());
  return count;
}

/**
 * What the trail of some records is: deeds that name one of them or their chats, or more than they could name; and what
 * people changed of the product itself in the time asked for.
 */
export async function chosenAudit(run: ExportRun, records: readonly StoredRecord[]): Promise<StoredRecord[]> {
  const entries = records.map((record) => ({ record, ...namedBy(entryOf(record)) }));
  const own = await run.deps.ledger.exportedAmong(run.filter, {
    keys: entries.flatMap(({ keys }) => keys),
    conversations: entries.flatMap(({ conversations }) => conversations),
  });
  return entries
    .filter(({ record, keys, conversations, hasMore, isOfSomebody }) => {
      const named = [...keys, ...conversations];
      const isNarrow = run.filter.keys !== undefined || run.filter.conversation !== undefined;
      if (named.length === 0) return isWithin(run, entryOf(record).at) && !(isOfSomebody && isNarrow);
      return hasMore || named.some((name) => own.has(name));
    })
    .map(({ record }) => record);
}

function entryOf({ id, fields }: StoredRecord): Entry {
  const row = Object.fromEntries(sealedFields.audit.map((name, at) => [name, String(fields[at] ?? '')]));
  const { at = '', actor = '', action = '', subject = '', detail = '{}' } = row;
  return { id, at, actor, action, subject, detail: JSON.parse(detail) as Entry['detail'] };
}

function namedBy({ subject, detail }: Entry) {
  const keys = texts([detail['keys'], detail['key'], subject]).filter((one) => /^[0-9a-f]{64}$/.test(one));
  const conversations = texts([detail['conversations'], detail['conversation'], subject]).filter((one) =>
    /^[0-9a-f]{32}$/.test(one),
  );
  const { count } = detail;
  // An export of a table by a person or by words names somebody, and not by an id.
  const isOfSomebody = ['person', 'text', 'who'].some((name) => name in detail);
  return {
    isOfSomebody,
    keys,
    conversations,
    hasMore: typeof count === 'number' && count > keys.length && keys.length > 0,
  };
}

function texts(values: readonly unknown[]): string[] {
  return values.flat().filter((value): value is string => typeof value === 'string');
}

function isWithin({ request: { from, to } }: ExportRun, at: string): boolean {
  const day = at.slice(0, 10);
  return (from === undefined || from <= day) && (to === undefined || day <= to);
}
