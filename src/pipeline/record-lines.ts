import { sealText } from '../seals/place.ts';
import type { PathStep } from '../core/merkle.ts';
import { sealedTables, type Seal } from '../core/seal.ts';
import type { SealStore, StoredRecord } from '../ledger/ledger.ts';

/**
 * One row as a line of `records.jsonl` (docs/proof.md): what was sealed, and of an event its content with the nonce that
 * opens the commitment. `proof`: its way to the root of its seal, where the list of the seal's rows is not beside it.
 */
export function recordLine(
  { table, id, fields, content, purgeId }: StoredRecord,
  proof?: { readonly seal: number; readonly path: readonly PathStep[] },
): string {
  const opened = content && [content.nonce, content.providerId, content.payload];
  const way = proof && { seal: proof.seal, path: proof.path.map(({ side, hash }) => [side, hash]) };
  return `${JSON.stringify({ record: [table, id, ...fields], content: opened, purged: purgeId, proof: way })}\n`;
}

/** Every row of the ledger that is sealed, and those after; a seal's worth in memory at a time. */
export async function* allRecordLines(
  ledger: Pick<SealStore, 'seals' | 'sealedRecords'>,
  onSeal: (seal: Seal, text: string) => Promise<void>,
): AsyncIterable<string> {
  let last: Seal | undefined;
  for (;;) {
    const [seal] = await ledger.seals({ after: last?.number ?? 0, limit: 1 });
    if (seal === undefined) break;
    await onSeal(seal, sealText(seal));
    for (const record of await ledger.sealedRecords(seal.ranges)) yield recordLine(record);
    last = seal;
  }
  for (const table of sealedTables) {
    const after = last?.ranges.find((range) => range.table === table)?.upTo ?? 0;
    const rest = { table, after, upTo: Number.MAX_SAFE_INTEGER, count: 0 };
    for (const record of await ledger.sealedRecords([rest])) yield recordLine(record);
  }
}
