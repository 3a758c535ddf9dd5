import { createHash } from 'node:crypto';

/**
 * Merkle trees after RFC 6962, section 2.1: leaves and nodes are hashed with different first bytes, so that no node can
 * be passed off as a leaf; a list that is no power of two is split at the largest one below its length.
 */

const leafByte = Buffer.from([0]);
const nodeByte = Buffer.from([1]);

/** Lower-case hex hash of one leaf's text (UTF-8). */
export function leafHash(text: string): string {
  return createHash('sha256').update(leafByte).update(text, 'utf8').digest('hex');
}

function nodeHash(left: string, right: string): string {
  return createHash('sha256')
    .update(nodeByte)
    .update(Buffer.from(left, 'hex'))
    .update(Buffer.from(right, 'hex'))
    .digest('hex');
}

/** Root over the hashes of leaves, in their order. Of none: the hash of nothing. */
export function merkleRoot(leaves: readonly string[]): string {
  const [only] = leaves;
  if (only === undefined) return createHash('sha256').digest('hex');
  if (leaves.length === 1) return only;
  const split = splitOf(leaves.length);
  return nodeHash(merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split)));
}

/** One step from a leaf to the root: the hash beside it, and on which side that is. */
export interface PathStep {
  readonly side: 'left' | 'right';
  readonly hash: string;
}

/** What is needed, beside the leaf, to compute the root; from the leaf upwards. @throws RangeError */
export function inclusionPath(leaves: readonly string[], index: number): PathStep[] {
  if (!(index >= 0 && index < leaves.length)) throw new RangeError('There is no such leaf.');
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...inclusionPath(left, index), { side: 'right', hash: merkleRoot(right) }]
    : [...inclusionPath(right, index - split), { side: 'left', hash: merkleRoot(left) }];
}

/**
 * The same for many leaves of one list: every node is hashed once. A level of the tree is made of the one below by pairs;
 * one that is left over goes up as it is, which is the split of RFC 6962 seen from below.
 */
export function inclusionPaths(leaves: readonly string[]): (index: number) => PathStep[] {
  const levels: string[][] = [[...leaves]];
  for (let level = levels[0] ?? []; level.length > 1; level = levels.at(-1) ?? []) {
    const pairs = Math.ceil(level.length / 2);
    levels.push(
      Array.from({ length: pairs }, (_none, at) => {
        const [left = '', right] = [level[at * 2], level[at * 2 + 1]];
        return right === undefined ? left : nodeHash(left, right);
      }),
    );
  }
  return (index) =>
    levels.flatMap((level, height): PathStep[] => {
      const at = Math.floor(index / 2 ** height);
      const hash = level[at % 2 === 0 ? at + 1 : at - 1];
      return hash === undefined ? [] : [{ side: at % 2 === 0 ? 'right' : 'left', hash }];
    });
}

/** The root that a leaf and its path lead to. */
export function rootOfPath(leaf: string, path: readonly PathStep[]): string {
  return path.reduce(
    (hash, step) => (step.side === 'left' ? nodeHash(step.hash, hash) : nodeHash(hash, step.hash)),
    leaf,
  );
}

function splitOf(length: number): number {
  return 2 ** Math.ceil(Math.log2(length) - 1);
}
