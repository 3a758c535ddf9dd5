import { inclusionPaths } from '../core/merkle.ts';
import { leafOf, type SealLeaf, type SealedTable } from '../core/seal.ts';
import type { Seal, StoredRecord } from '../ledger/ledger.ts';
import { recordLine } from '../pipeline/record-lines.ts';
import { sealFileName, sealText } from '../seals/place.ts';
import { chosenAudit } from './audit.ts';
import type { ExportRun } from './run.ts';

/** What was written of the sealed rows. */
export interface RecordCounts {
  records: number;
  purged: number;
  /** number of the first seal that has one of them */
  first?: number;
}

/**
 * `records.jsonl` and `seals/`: of everything, the seals with their lists of rows; of a part, each row with its way to the
 * root of its seal, and the seals' headers from the first one concerned to the last.
 */
export async function writeRecords(run: ExportRun): Promise<RecordCounts> {
  const { output, whole } = run;
  const counts: RecordCounts = { records: 0, purged: 0 };
  await output.add('records.jsonl', recordLines(run, counts));
  if (whole) {
    for await (const seal of seals(run))
      await output.add(`seals/${sealFileName(seal.number)}`, [sealText(seal)]);
  } else if (counts.first !== undefined) {
    await output.add('seals/chain.jsonl', headers(run, counts.first));
  }
  return counts;
}

/** The seals of an export in their order, one in memory at a time. */
async function* seals({ deps, head }: ExportRun, first = 1): AsyncIterable<Seal> {
  for (let number = first; number <= (head?.number ?? 0); number += 1) {
    const [seal] = await deps.ledger.seals({ after: number - 1, limit: 1 });
    if (seal === undefined) return;
    number = seal.number;
    yield seal;
  }
}

async function* headers(run: ExportRun, first: number): AsyncIterable<string> {
  for await (const { leaves: _leaves, ...header } of seals(run, first)) yield `${JSON.stringify(header)}\n`;
}

async function* recordLines(run: ExportRun, counts: RecordCounts): AsyncIterable<string> {
  const { deps, filter, whole } = run;
  for await (const seal of seals(run)) {
    const found = await deps.ledger.exportedRecords(filter, seal.ranges);
    const records = whole ? found : await withoutOthers(run, found);
    if (records.length > 0) {
      counts.first ??= seal.number;
      const leaves = new Map(seal.leaves.map((leaf, index) => [nameOf(leaf), { ...leaf, index }]));
      const pathOf = whole ? undefined : inclusionPaths(seal.leaves.map(({ hash }) => hash));
      for (const record of records) {
        const leaf = leaves.get(nameOf(record));
        check(run, record, leaf, seal.number);
        yield recordLine(
          record,
          pathOf && { seal: seal.number, path: leaf === undefined ? [] : pathOf(leaf.index) },
        );
      }
      counts.records += records.length;
      counts.purged += records.filter(({ purgeId }) => purgeId !== undefined).length;
    }
    run.advance(rowsIn(seal));
  }
}

/** Of the audit log what concerns these records. */
async function withoutOthers(run: ExportRun, found: readonly StoredRecord[]): Promise<StoredRecord[]> {
  const audit = found.filter(({ table }) => table === 'audit');
  const kept = new Set(await chosenAudit(run, audit));
  return found.filter((record) => record.table !== 'audit' || kept.has(record));
}

function check(run: ExportRun, record: StoredRecord, leaf: SealLeaf | undefined, seal: number): void {
  if (leaf?.hash === leafOf(record).hash) return;
  run.problems.say(`${nameOf(record)}: is not what was sealed in seal ${seal}`);
}

function nameOf({ table, id }: { readonly table: SealedTable; readonly id: number }): string {
  return `${table} ${id}`;
}

/** Rows of a seal, for the progress. */
export function rowsIn({ ranges }: Pick<Seal, 'ranges'>): number {
  return ranges.reduce((sum, { count }) => sum + count, 0);
}
