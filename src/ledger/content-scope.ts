import { hashKey } from '../core/key.ts';
import { canonicalPhone } from '../core/phone.ts';

/** Whose content of which month it is: what one key seals, and what is destroyed with it. */
export interface ScopeOf {
  readonly source: string;
  readonly businessNumber?: string | null | undefined;
  /** phone number or user id of the other side; undefined: it names nobody */
  readonly person?: string | null | undefined;
  /** ISO 8601 */
  readonly occurredAt: string;
}

/** The scope of a content key: one for each person, number of the firm and UTC month. Hashed; names nobody by itself. */
export function contentScope({ source, businessNumber, person, occurredAt }: ScopeOf): string {
  const whose = person ? ['person', canonicalPhone(person)] : ['source', source];
  return hashKey('wcs-scope-1', businessNumber ?? '', ...whose, occurredAt.slice(0, 7));
}

/** The scope of a file's key begins with this. @param sha256 of the file's content */
export const fileScopes = (sha256: string): string => `file:${sha256}:`;
