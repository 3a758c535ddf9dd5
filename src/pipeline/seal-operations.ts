import type { KeyObject } from 'node:crypto';
import { proofOf, type InclusionProof } from '../core/seal.ts';
import type { Alert, Ledger, SealCopies } from '../ledger/ledger.ts';
import type { SealPlace } from '../seals/place.ts';
import { verifySeals, type Verification } from './verify.ts';

/** What people ask about seals. */
export interface SealOperations {
  /** The last seal and how far its copies are, without comparing anything. */
  state(): Promise<SealState>;
  /** Compares everything with its seals and their copies outside. */
  verify(): Promise<Verification>;
  /** That each row of an interaction is part of a seal; what is not sealed yet has none. undefined: there is no such one */
  proofs(key: string): Promise<Proofs | undefined>;
}

export interface SealState {
  /** absent: nothing was sealed yet */
  readonly last?: {
    /** of how many seals it is the last */
    readonly number: number;
    /** ISO 8601 */
    readonly at: string;
    /** lower-case hex sha256 */
    readonly hash: string;
    readonly signed: boolean;
  };
  /** the places of the settings */
  readonly copies: readonly {
    readonly place: string;
    /** the newest seal that it has; 0: none yet */
    readonly number: number;
    /** why the last copy could not be kept; it is tried again */
    readonly error?: string;
    /** false: a copy can be put there and not be compared from here */
    readonly isReadable: boolean;
  }[];
}

export interface Proofs {
  readonly proofs: readonly InclusionProof[];
  /** rows that are not sealed yet */
  readonly unsealed: number;
}

export interface SealOperationsDeps {
  readonly ledger: Pick<Ledger, 'seals' | 'lastSeal' | 'sealCopies' | 'sealedRecords' | 'recordsOf'>;
  readonly places: readonly SealPlace[];
  readonly publicKeys: readonly KeyObject[];
  readonly signedFrom: number;
}

/** {@link SealOperations} over a ledger. */
export function sealOperations(deps: SealOperationsDeps): SealOperations {
  return {
    state: () => state(deps),
    verify: () => verifySeals(deps),
    proofs: (key) => proofs(deps, key),
  };
}

async function state({ ledger, places }: SealOperationsDeps): Promise<SealState> {
  const [last, kept] = await Promise.all([ledger.lastSeal(), ledger.sealCopies()]);
  const copies = places.map((place) => {
    const { number = 0, error } = kept.find((one) => one.place === place.name) ?? {};
    const isReadable = place.get !== undefined;
    return { place: place.name, number, ...(error !== undefined && { error }), isReadable };
  });
  if (last === undefined) return { copies };
  const { number, at, hash, signature } = last;
  return { last: { number, at, hash, signed: signature !== undefined }, copies };
}

async function proofs({ ledger }: SealOperationsDeps, key: string): Promise<Proofs | undefined> {
  const records = await ledger.recordsOf(key);
  if (records.length === 0) return undefined;
  const found: InclusionProof[] = [];
  for (const { seal: number, ...record } of records) {
    if (number === undefined) continue;
    const [seal] = await ledger.seals({ after: number - 1, limit: 1 });
    if (seal !== undefined) found.push(proofOf(record, seal));
  }
  return { proofs: found, unsealed: records.length - found.length };
}

/** Places that take no copies of seals: who alters the database could not be told from them. */
export function copyAlerts(copies: readonly SealCopies[]): Alert[] {
  return copies.flatMap(({ place, error, since }) =>
    error === undefined || since === undefined
      ? []
      : [
          {
            source: 'seals',
            subject: place,
            code: 'seal-copy',
            text: `It takes no copies of seals (${error}); they are tried again each time something is sealed.`,
            since,
          },
        ],
  );
}
