import type { KeyObject } from 'node:crypto';
import { proofOf, type InclusionProof } from '../core/seal.ts';
import type { Alert, Ledger, SealCopies } from '../ledger/ledger.ts';
import type { SealPlace } from '../seals/place.ts';
import { verifySeals, type Verification } from './verify.ts';

/** What people ask about seals. */
export interface SealOperations {
  /** Compares everything with its seals and their copies outside. */
  verify(): Promise<Verification>;
  /** That each row of an interaction is part of a seal; what is not sealed yet has none. undefined: there is no such one */
  proofs(key: string): Promise<Proofs | undefined>;
}

export interface Proofs {
  readonly proofs: readonly InclusionProof[];
  /** rows that are not sealed yet */
  readonly unsealed: number;
}

export interface SealOperationsDeps {
  readonly ledger: Pick<Ledger, 'seals' | 'sealedRecords' | 'recordsOf'>;
  readonly places: readonly SealPlace[];
  readonly publicKeys: readonly KeyObject[];
  readonly signedFrom: number;
}

/** {@link SealOperations} over a ledger. */
export function sealOperations(deps: SealOperationsDeps): SealOperations {
  return {
    verify: () => verifySeals(deps),
    proofs: (key) => proofs(deps, key),
  };
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
