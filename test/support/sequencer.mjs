import { statSync } from 'node:fs';

/**
 * Those that last longest come first, so that no runner is left with one of them at the end. Without times of an earlier run jest
 * goes by the size of a file, and these are small: their tests stand in suites beside them.
 */
const first = ['contract/ledger-', 'e2e/', 'chaos/', 'contract/', 'integration/'];

const rank = ({ path }) => {
  const at = first.findIndex((part) => path.includes(`/test/${part}`));
  return at < 0 ? first.length : at;
};
const size = ({ path }) => statSync(path).size;

export default class Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => rank(a) - rank(b) || size(b) - size(a));
  }

  shard(tests) {
    return tests;
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {
    // Nothing is kept.
  }
}
