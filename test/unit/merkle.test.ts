import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inclusionPath, inclusionPaths, leafHash, merkleRoot, rootOfPath } from '../../src/core/merkle.ts';

// The reference leaves and roots of the Certificate Transparency project (RFC 6962).
const leaves = ['', '\u0000', '\u0010', ' !', '01', '@ABC', 'PQRSTUVW', '`abcdefghijklmno'].map(leafHash);
const roots: readonly (readonly [number, string])[] = [
  [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  [5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
  [7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
];

test.each(roots)('the tree of %d leaves has the root of the reference', (length, root) => {
  expect(merkleRoot(leaves.slice(0, length))).toBe(root);
});

test('every leaf of any tree leads to its root, and another leaf does not', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 40 }), fc.nat(), (texts, nth) => {
      const hashes = texts.map(leafHash);
      const index = nth % texts.length;
      const path = inclusionPath(hashes, index);
      expect(rootOfPath(hashes[index] ?? '', path)).toBe(merkleRoot(hashes));
      expect(rootOfPath(leafHash('\u0000another'), path)).not.toBe(merkleRoot(hashes));
    }),
  );
});

test('the ways of all leaves from one tree are those of each leaf by itself', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 40 }), (texts) => {
      const hashes = texts.map(leafHash);
      const pathOf = inclusionPaths(hashes);
      expect(hashes.map((_hash, index) => pathOf(index))).toEqual(
        hashes.map((_hash, index) => inclusionPath(hashes, index)),
      );
    }),
  );
});

test('there is no path from a leaf that is not there', () => {
  expect(() => inclusionPath(leaves, 8)).toThrow(RangeError);
  expect(() => inclusionPath(leaves, -1)).toThrow(RangeError);
});
