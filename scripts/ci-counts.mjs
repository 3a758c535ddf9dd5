// The closing line of the check, from jest's own results: `ci-counts.mjs <results.json> <exit code so far>`.
import { existsSync, readFileSync } from 'node:fs';

const [path, code] = process.argv.slice(2);
if (!existsSync(path)) {
  console.log('\nthe tests were not run to their end');
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const results = JSON.parse(readFileSync(path, 'utf8'));
const passed = results.numPassedTests;
let failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
// Those of the long run are known to be left out, and are no sign that something is missing on this machine.
const isOfLongRun = ({ status, title }) => status === 'todo' && title.includes('runs with npm run test:long');
const all = results.testResults.flatMap(({ assertionResults }) => assertionResults);
const ofLongRun = all.filter(isOfLongRun).length;
const leftOut = results.numPendingTests + results.numTodoTests - ofLongRun;
console.log('');
for (const suite of results.testResults) {
  for (const test of suite.assertionResults) {
    if (test.status === 'failed') console.log(`failed: ${test.fullName}`);
    else if (test.status !== 'passed' && !isOfLongRun(test)) console.log(`left out: ${test.fullName}`);
  }
}
if (leftOut > 0) console.log('a test that is left out counts as a failure of the check');
if (ofLongRun > 0) console.log(`${ofLongRun} more run with npm run test:long`);
if (passed === 0) console.log('no test was run');
if (code !== '0' && failed === 0 && leftOut === 0) {
  console.log('the test command failed, though none of its tests did');
  failed = 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || leftOut > 0 || passed === 0 || code !== '0' ? 1 : 0;
