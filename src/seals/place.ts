import type { Seal, SealLeaf } from '../core/seal.ts';

/** The port to a place outside of the database that keeps copies of seals, where who alters the database cannot reach. */
export interface SealPlace {
  /** what people call it: `folder /mnt/seals` */
  readonly name: string;
  /** Keeps a copy; one that is there already stays as it is. Durable when it resolves. */
  put(seal: Seal): Promise<void>;
  /** The copy of this number; undefined: there is none. Absent where a place cannot be read. */
  get?(number: number): Promise<Seal | undefined>;
}

/** The file or object of a seal. */
export const sealFileName = (number: number): string => `seal-${String(number).padStart(8, '0')}.json`;

/** A seal as it is kept outside: JSON, one leaf a line, so that people can read it. */
export function sealText({ leaves, ...header }: Seal): string {
  const lines = leaves.map(({ table, id, hash }) => JSON.stringify([table, id, hash]));
  return `${JSON.stringify(header, null, 1).slice(0, -2)},\n "leaves": [\n${lines.join(',\n')}\n ]\n}\n`;
}

/** @throws SyntaxError when it is no seal */
export function readSeal(text: string): Seal {
  const { leaves, ...header } = JSON.parse(text) as Omit<Seal, 'leaves'> & {
    leaves: [string, number, string][];
  };
  if (typeof header.number !== 'number' || !Array.isArray(leaves)) throw new SyntaxError('This is no seal.');
  return {
    ...header,
    leaves: leaves.map(([table, id, hash]): SealLeaf => ({ table: table as SealLeaf['table'], id, hash })),
  };
}
