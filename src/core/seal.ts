import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import { inclusionPath, leafHash, merkleRoot, rootOfPath, type PathStep } from './merkle.ts';

/** What is sealed: every table that is only added to. In this order their rows are the leaves of a seal. */
export const sealedTables = ['events', 'receipts', 'audit', 'daily_reports'] as const;
export type SealedTable = (typeof sealedTables)[number];

/** One row as it is sealed. `fields` in the order of {@link sealedFields}; times in UTC with microseconds. */
export interface SealedRecord {
  readonly table: SealedTable;
  readonly id: number;
  readonly fields: readonly (string | number | boolean | null)[];
}

/** Which columns of a table are sealed. Of an event's content it is the commitment: it may be destroyed by a rule. */
export const sealedFields: Readonly<Record<SealedTable, readonly string[]>> = {
  events: [
    'dedupe_key',
    'source',
    'source_kind',
    'kind',
    'business_number',
    'interaction_key',
    'occurred_at',
    'received_at',
    'content_hash',
  ],
  receipts: [
    'destination',
    'key',
    'revision',
    'outcome',
    'code',
    'reason',
    'record_id',
    'mapping_version',
    'content_hash',
    'late',
    'at',
  ],
  audit: ['at', 'actor', 'action', 'subject', 'detail'],
  daily_reports: ['day', 'at', 'body'],
};

/** Rows of one table: those with an id above `after`, up to and with `upTo`. */
export interface SealedRange {
  readonly table: SealedTable;
  readonly after: number;
  readonly upTo: number;
  readonly count: number;
}

/** What a seal's hash is made of. */
export interface SealHeader {
  /** from 1, without gaps */
  readonly number: number;
  /** ISO 8601 */
  readonly at: string;
  /** hash of the seal before; empty for the first */
  readonly previous: string;
  /** lower-case hex Merkle root of all rows */
  readonly root: string;
  /** one for each table, in the order of {@link sealedTables}; a seal of an older release has none of a newer table */
  readonly ranges: readonly SealedRange[];
}

/** A Merkle root over a run of rows, chained to the last one. */
export interface Seal extends SealHeader {
  /** lower-case hex sha256 of {@link headerText} */
  readonly hash: string;
  /** Ed25519 over the same text, base64; absent where no key is configured */
  readonly signature?: string;
  /** hash of each row by its id: says which one it was when the root does not fit */
  readonly leaves: readonly SealLeaf[];
}

export interface SealLeaf {
  readonly table: SealedTable;
  readonly id: number;
  readonly hash: string;
}

/**
 * The commitment to what an event says: it tells nothing of the content without the random `nonce`, which is destroyed
 * together with it. So a seal still fits after a purge, and nobody can try texts against it.
 *
 * @param payload the JSON text as it is stored
 */
export function contentHash(nonce: string, providerId: string | null, payload: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['wcs-content-1', nonce, providerId, payload]), 'utf8')
    .digest('hex');
}

export function leafOf({ table, id, fields }: SealedRecord): SealLeaf {
  return { table, id, hash: leafHash(JSON.stringify([table, id, ...fields])) };
}

/** The text that is hashed and signed. */
export function headerText({ number, at, previous, root, ranges }: SealHeader): string {
  const parts = ranges.map(({ table, after, upTo, count }) => [table, after, upTo, count]);
  return JSON.stringify(['wcs-seal-1', number, at, previous, root, parts]);
}

export function headerHash(header: SealHeader): string {
  return createHash('sha256').update(headerText(header), 'utf8').digest('hex');
}

/** Seals rows. @param key an Ed25519 private key */
export function makeSeal(
  rows: { readonly ranges: readonly SealedRange[]; readonly records: readonly SealedRecord[] },
  { number, at, previous }: Pick<SealHeader, 'number' | 'at' | 'previous'>,
  key?: KeyObject,
): Seal {
  const leaves = rows.records.map(leafOf);
  const root = merkleRoot(leaves.map(({ hash }) => hash));
  const header: SealHeader = { number, at, previous, root, ranges: rows.ranges };
  const signature =
    key === undefined ? undefined : sign(null, Buffer.from(headerText(header)), key).toString('base64');
  return { ...header, hash: headerHash(header), ...(signature !== undefined && { signature }), leaves };
}

/** Whether somebody with the private key made this seal. */
export function isSignedBy(seal: Seal, key: KeyObject): boolean {
  if (seal.signature === undefined) return false;
  return verify(null, Buffer.from(headerText(seal)), key, Buffer.from(seal.signature, 'base64'));
}

/** That one row is among those of a seal, for somebody who has the row, this, and the seal's hash from elsewhere. */
export interface InclusionProof {
  readonly record: SealedRecord;
  readonly path: readonly PathStep[];
  readonly seal: Omit<Seal, 'leaves'>;
}

/** @throws RangeError when the seal does not hold the row */
export function proofOf(record: SealedRecord, seal: Seal): InclusionProof {
  const { leaves, ...rest } = seal;
  const index = leaves.findIndex(({ table, id }) => table === record.table && id === record.id);
  const path = inclusionPath(
    leaves.map(({ hash }) => hash),
    index,
  );
  return { record, path, seal: rest };
}

/** Whether the row leads to the seal's root, and the seal's hash is its own. */
export function isProven({ record, path, seal }: InclusionProof): boolean {
  return rootOfPath(leafOf(record).hash, path) === seal.root && headerHash(seal) === seal.hash;
}
