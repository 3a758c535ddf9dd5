import type { KeyObject } from 'node:crypto';
import { merkleRoot } from '../core/merkle.ts';
import {
  contentHash,
  headerHash,
  isSignedBy,
  leafOf,
  sealedTables,
  type Seal,
  type SealLeaf,
} from '../core/seal.ts';
import type { SealStore, StoredRecord } from '../ledger/ledger.ts';
import type { SealPlace } from '../seals/place.ts';
import { PurgeTrail } from './verify-purges.ts';

/** Something that is not as it was sealed. */
export interface SealFinding {
  readonly kind: 'altered' | 'missing' | 'added' | 'moved' | 'content' | 'seal' | 'signature' | 'copy';
  /** number of the seal */
  readonly seal?: number;
  /** `events 12`: which row */
  readonly record?: string;
  readonly text: string;
}

export interface Verification {
  readonly ok: boolean;
  readonly seals: number;
  /** rows that were compared with their seal */
  readonly records: number;
  /** of which the content was destroyed by a rule: their commitment was compared */
  readonly purged: number;
  /** rows that came after the last seal */
  readonly unsealed: number;
  /** ISO 8601 of the last seal */
  readonly sealedUpTo?: string;
  /** `no key`: nobody said by which key the seals should be signed */
  readonly signatures: 'checked' | 'no key';
  /** places outside with their last copy that was compared */
  readonly copies: readonly { readonly place: string; readonly compared: number }[];
  readonly findings: readonly SealFinding[];
}

export interface VerifyDeps {
  readonly ledger: Pick<SealStore, 'seals' | 'sealedRecords'>;
  readonly places: readonly SealPlace[];
  /** Ed25519: of all keys that ever signed; none: signatures are not looked at */
  readonly publicKeys?: readonly KeyObject[];
  /** seals before this number need no signature */
  readonly signedFrom?: number;
}

/** Some of the seals: those after a number, up to and with another one. */
export interface SealSlice {
  readonly after: number;
  readonly upTo: number;
}

const sealsAtATime = 10;
const end = Number.MAX_SAFE_INTEGER;

/**
 * Compares every row with its seal, the seals with each other, and with their copies outside. Who can write to the database
 * can make new seals for what he altered: the copies and the signatures tell these apart.
 */
export async function verifySeals(deps: VerifyDeps): Promise<Verification> {
  const { ledger, places } = deps;
  const run = new VerifyRun(deps);
  const last = await run.follow({ after: 0, upTo: end });
  await checkFurtherCopies(last?.number ?? 0, run.copies, run.findings);
  const rest = await ledger.sealedRecords(restOf(last));
  run.trail.note(rest);
  run.findings.push(...alteredOrMoved(run.altered), ...checkContents(rest), ...untold(run.trail));
  return {
    ok: run.findings.length === 0,
    ...run.counts,
    unsealed: rest.length,
    ...(last !== undefined && { sealedUpTo: last.at }),
    signatures: (deps.publicKeys ?? []).length === 0 ? 'no key' : 'checked',
    copies: places.map(({ name }, at) => ({ place: name, compared: run.copies[at]?.compared ?? 0 })),
    findings: run.findings,
  };
}

/** Of a part of the seals. */
export type PartVerification = Pick<Verification, 'records' | 'findings'>;

/**
 * The same for some of the seals: what a program does every day, without reading everything. That content without a text was
 * destroyed by a rule is looked up by {@link verifySeals} alone, which sees the whole audit trail.
 */
export async function verifySlice(deps: VerifyDeps, slice: SealSlice): Promise<PartVerification> {
  const run = new VerifyRun(deps);
  const [before] = slice.after === 0 ? [] : await deps.ledger.seals({ after: slice.after - 1, limit: 1 });
  await run.follow(slice, before);
  return { records: run.counts.records, findings: [...run.findings, ...alteredOrMoved(run.altered)] };
}

/** What is found while seals are gone through one after the other. */
class VerifyRun {
  readonly findings: SealFinding[] = [];
  readonly counts = { seals: 0, records: 0, purged: 0 };
  readonly altered: Compared['altered'][number][] = [];
  readonly trail = new PurgeTrail();
  readonly copies: Copies;
  readonly #deps: VerifyDeps;

  constructor(deps: VerifyDeps) {
    this.#deps = deps;
    this.copies = deps.places.map((place) => ({ place, compared: 0 }));
  }

  /** @param before the seal before the first one @returns the last one */
  async follow({ after, upTo }: SealSlice, before?: Seal): Promise<Seal | undefined> {
    let last = before;
    for (let from = after; from < upTo;) {
      const page = await this.#deps.ledger.seals({ after: from, limit: sealsAtATime });
      for (const seal of page.filter(({ number }) => number <= upTo)) {
        await this.#look(seal, last);
        last = seal;
      }
      from = page.length < sealsAtATime ? upTo : (page.at(-1)?.number ?? upTo);
    }
    return last;
  }

  async #look(seal: Seal, before: Seal | undefined): Promise<void> {
    const { findings, counts } = this;
    findings.push(...checkChain(seal, before), ...checkSignature(seal, this.#deps));
    const outside = await checkCopies(seal, this.copies, findings);
    const records = await this.#deps.ledger.sealedRecords(seal.ranges);
    const compared = checkRecords(seal, records, outside);
    findings.push(...compared.findings, ...checkContents(records, seal.number));
    this.trail.note(records);
    this.altered.push(...compared.altered);
    counts.seals += 1;
    counts.records += records.length;
    counts.purged += records.filter(({ purgeId }) => purgeId !== undefined).length;
  }
}

function restOf(last: Seal | undefined) {
  return sealedTables.map((table) => {
    const after = last?.ranges.find((range) => range.table === table)?.upTo ?? 0;
    return { table, after, upTo: end, count: 0 };
  });
}

function checkChain(seal: Seal, before: Seal | undefined): SealFinding[] {
  const problems: string[] = [];
  const expected = (before?.number ?? 0) + 1;
  if (seal.number !== expected) problems.push(`seal ${expected} is missing`);
  else if (seal.previous !== (before?.hash ?? '')) problems.push('it does not follow the seal before it');
  if (headerHash(seal) !== seal.hash) problems.push('its hash is not that of what it says');
  for (const { table, after } of seal.ranges) {
    const end = before?.ranges.find((range) => range.table === table)?.upTo ?? 0;
    if (seal.number === expected && after !== end) problems.push(`there is a gap in ${table} before it`);
  }
  return problems.map((text) => ({ kind: 'seal', seal: seal.number, text }));
}

function checkSignature(seal: Seal, { publicKeys = [], signedFrom = 1 }: VerifyDeps): SealFinding[] {
  if (publicKeys.length === 0 || publicKeys.some((key) => isSignedBy(seal, key))) return [];
  if (seal.signature === undefined && seal.number < signedFrom) return [];
  const text = seal.signature === undefined ? 'it is not signed' : 'it is signed by somebody else';
  return [{ kind: 'signature', seal: seal.number, text }];
}

type Copies = { readonly place: SealPlace; compared: number }[];

/** @returns a copy, which may still have what was altered in the seal's own list of rows */
async function checkCopies(seal: Seal, copies: Copies, findings: SealFinding[]): Promise<Seal | undefined> {
  let outside: Seal | undefined;
  for (const one of copies) {
    const copy = await readCopy(one.place, seal.number, findings);
    if (copy === undefined) continue;
    one.compared = seal.number;
    outside ??= copy;
    if (copy.hash === seal.hash && headerHash(copy) === copy.hash) continue;
    const text = `it is not the one that ${one.place.name} has a copy of`;
    findings.push({ kind: 'copy', seal: seal.number, text });
  }
  return outside;
}

async function readCopy(
  place: SealPlace,
  number: number,
  findings: SealFinding[],
): Promise<Seal | undefined> {
  try {
    return await place.get?.(number);
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown error';
    findings.push({ kind: 'copy', seal: number, text: `${place.name} cannot be read: ${reason}` });
    return undefined;
  }
}

async function checkFurtherCopies(last: number, copies: Copies, findings: SealFinding[]): Promise<void> {
  for (const { place } of copies) {
    const further = await readCopy(place, last + 1, findings);
    if (further === undefined) continue;
    const text = `${place.name} has it, and the database does not: the newest rows and seals were taken away`;
    findings.push({ kind: 'copy', seal: last + 1, text });
  }
}

const nameOf = ({ table, id }: { readonly table: string; readonly id: number }): string => `${table} ${id}`;

interface Compared {
  readonly findings: readonly SealFinding[];
  /** rows that are not what was sealed, with the hash that was */
  readonly altered: readonly {
    readonly record: StoredRecord;
    readonly sealed: SealLeaf;
    readonly seal: number;
  }[];
}

/** Compares the rows of a seal with its list of them, where the root does not say that all is well. */
function checkRecords(seal: Seal, records: readonly StoredRecord[], outside?: Seal): Compared {
  const fits = merkleRoot(records.map((record) => leafOf(record).hash)) === seal.root;
  if (fits && isListOf(seal, seal.leaves) && isListed(records, seal.leaves))
    return { findings: [], altered: [] };
  const leaves = [seal.leaves, outside?.leaves ?? []].find((list) => isListOf(seal, list));
  if (leaves === undefined) {
    const text = 'its list of rows was altered: which of its rows were cannot be told without a copy';
    return { findings: [{ kind: 'seal', seal: seal.number, text }], altered: [] };
  }
  const findings = leaves === seal.leaves ? [] : [listAltered(seal)];
  const say = (kind: SealFinding['kind'], record: string, text: string) =>
    findings.push({ kind, seal: seal.number, record, text });
  const found = new Map(records.map((record) => [nameOf(record), record]));
  const listed = new Set(leaves.map(nameOf));
  for (const name of listed)
    if (!found.has(name)) say('missing', name, 'it was sealed and is not there any more');
  for (const name of found.keys())
    if (!listed.has(name)) say('added', name, 'it was put between what had been sealed');
  const altered = leaves.flatMap((sealed) => {
    const record = found.get(nameOf(sealed));
    const isSame = record === undefined || leafOf(record).hash === sealed.hash;
    return isSame ? [] : [{ record, sealed, seal: seal.number }];
  });
  return { findings, altered };
}

function listAltered(seal: Seal): SealFinding {
  return { kind: 'seal', seal: seal.number, text: 'its list of rows was altered; the copy outside was used' };
}

/** Whether the list gives the root of the seal, and has as many rows of each table as the seal says. */
function isListOf(seal: Seal, leaves: readonly SealLeaf[]): boolean {
  const counts = seal.ranges.every(
    ({ table, after, upTo, count }) =>
      leaves.filter((leaf) => leaf.table === table && leaf.id > after && leaf.id <= upTo).length === count,
  );
  return counts && merkleRoot(leaves.map(({ hash }) => hash)) === seal.root;
}

function isListed(records: readonly StoredRecord[], leaves: readonly SealLeaf[]): boolean {
  return records.every((record, index) => nameOf(record) === nameOf(leaves[index] ?? { table: '', id: 0 }));
}

const mostCompared = 500;

/** What became of rows that are not what was sealed: altered, or another one that was sealed elsewhere. */
function alteredOrMoved(altered: Compared['altered']): SealFinding[] {
  return altered.map(({ record, seal }, index): SealFinding => {
    const name = nameOf(record);
    const from = index < mostCompared ? placeOf(record, altered) : undefined;
    return from === undefined
      ? { kind: 'altered', seal, record: name, text: 'it is not what was sealed' }
      : { kind: 'moved', seal, record: name, text: `it is what was sealed as ${from}` };
  });
}

function placeOf(record: StoredRecord, altered: Compared['altered']): string | undefined {
  const from = altered.slice(0, mostCompared).find(({ sealed: { table, id, hash } }) => {
    return table === record.table && leafOf({ ...record, table, id }).hash === hash;
  });
  return from && nameOf(from.sealed);
}

function checkContents(records: readonly StoredRecord[], seal?: number): SealFinding[] {
  return records.flatMap((record): SealFinding[] => {
    if (isAsItCame(record)) return [];
    const text = 'its content is not what came in';
    return [{ kind: 'content', record: nameOf(record), text, ...(seal !== undefined && { seal }) }];
  });
}

function untold(trail: PurgeTrail): SealFinding[] {
  const text = 'its content was destroyed, and the trail knows of no purge that did';
  return trail.untold().map((record) => ({ kind: 'content', record, text }));
}

function isAsItCame({ table, fields, content, purgeId }: StoredRecord): boolean {
  if (table !== 'events' || purgeId !== undefined) return true;
  if (content === undefined) return false;
  return contentHash(content.nonce, content.providerId, content.payload) === fields.at(-1);
}
