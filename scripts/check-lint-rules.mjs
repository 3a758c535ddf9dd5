// Proves that the rules for the direction of dependency still fire: lints small wrong files, each in its folder of a
// temporary copy of the tree, and right ones beside them. A rule that was lost in the configuration passes silently.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** folder, what it imports, and whether it may */
const cases = [
  ['src/core', './phone.ts', true],
  ['src/core', 'node:crypto', true],
  ['src/core', 'libphonenumber-js', true],
  ['src/core', 'yaml', true],
  ['src/core', 'node:fs', false],
  ['src/core', 'zod', false],
  ['src/core', '../ledger/ledger.ts', false],
  ['src/core', '../pipeline/fold.ts', false],
  ['src/sources/whatsapp-cloud', '../../core/key.ts', true],
  ['src/sources/whatsapp-cloud', '../source.ts', true],
  ['src/sources/whatsapp-cloud', 'axios', true],
  ['src/sources/whatsapp-cloud', '../../queue/queue.ts', true],
  ['src/sources/whatsapp-cloud', '../../queue/bullmq.ts', false],
  ['src/sources/whatsapp-cloud', '../../pipeline/fold.ts', false],
  ['src/sources/whatsapp-cloud', 'fastify', false],
  ['src/ledger', 'pg', true],
  ['src/ledger', '@electric-sql/pglite', true],
  ['src/ledger', '../destinations/destination.ts', true],
  ['src/ledger', '../queue/bullmq.ts', false],
  ['src/ledger', '../destinations/hubspot/index.ts', false],
  ['src/ledger', 'bullmq', false],
  ['src/queue', 'bullmq', true],
  ['src/queue', 'ioredis', true],
  ['src/queue', 'pg', true],
  ['src/queue', '../ledger/embedded.ts', false],
  ['src/files', './file-store.ts', true],
  ['src/files', '../ledger/ledger.ts', true],
  ['src/files', '../ledger/postgres.ts', false],
  ['src/seals', 'aws4fetch', true],
  ['src/seals', '../core/seal.ts', true],
  ['src/seals', '../ledger/ledger.ts', false],
  ['src/reports', 'nodemailer', true],
  ['src/reports', '../core/daily-report.ts', true],
  ['src/reports', '../observe/csv.ts', true],
  ['src/reports', '../ledger/ledger.ts', false],
  ['src/reports', '../seals/place.ts', false],
  ['src/seals', '../reports/recipient.ts', false],
  ['src/pipeline', '../reports/recipient.ts', true],
  ['src/pipeline', '../reports/mail-recipient.ts', false],
  ['src/pipeline', 'nodemailer', false],
  ['src/http', '../reports/report-html.ts', false],
  ['src/seals', '../keys/aws-kms.ts', false],
  ['src/keys', 'aws4fetch', true],
  ['src/keys', '../core/key.ts', true],
  ['src/keys', '../ledger/ledger.ts', false],
  ['src/keys', '../seals/place.ts', false],
  ['src/ledger', '../keys/keyring.ts', true],
  ['src/ledger', '../keys/aws-kms.ts', false],
  ['src/files', '../keys/file-keys.ts', true],
  ['src/files', '../keys/keyring.ts', false],
  ['src/pipeline', '../keys/keyring.ts', false],
  ['src/pipeline', '../seals/place.ts', true],
  ['src/pipeline', '../seals/folder-place.ts', false],
  ['src/ledger', 'aws4fetch', false],
  ['src/pipeline', '../files/file-store.ts', true],
  ['src/pipeline', '../files/folder-store.ts', false],
  ['src/pipeline', '../compose-sources.ts', false],
  ['src/directory', '../destinations/destination.ts', true],
  ['src/directory', '../ledger/postgres.ts', false],
  ['src/mapping', '../core/activity.ts', true],
  ['src/mapping', '../destinations/salesforce/index.ts', false],
  ['src/mapping', '../pipeline/match.ts', false],
  ['src/observe', '../core/phone.ts', true],
  ['src/observe', '../ledger/ledger.ts', false],
  ['src/destinations', './hubspot/index.ts', false],
  ['src/destinations/salesforce', 'jsforce', true],
  ['src/destinations/salesforce', '../destination.ts', true],
  ['src/destinations/salesforce', '@hubspot/api-client', false],
  ['src/destinations/salesforce', '../hubspot/client.ts', false],
  ['src/destinations/hubspot', '@hubspot/api-client', true],
  ['src/destinations/hubspot', 'jsforce', false],
  ['src/destinations/hubspot', '../salesforce/client.ts', false],
  ['src/destinations/hubspot', '../../ledger/postgres.ts', false],
  ['src/pipeline', '../ledger/ledger.ts', true],
  ['src/pipeline', '../mapping/match.ts', true],
  ['src/pipeline', '../directory/known-fields.ts', true],
  ['src/pipeline', '../ledger/postgres.ts', false],
  ['src/pipeline', '../queue/bullmq.ts', false],
  ['src/pipeline', '../http/server.ts', false],
  ['src/pipeline', '../compose.ts', false],
  ['src/export', '../pipeline/export-operations.ts', true],
  ['src/export', '../mapping/render-body.ts', true],
  ['src/export', '../ledger/ledger.ts', true],
  ['src/export', 'yazl', true],
  ['src/export', 'nodemailer/lib/mail-composer', true],
  ['src/export', '../ledger/postgres.ts', false],
  ['src/export', '../files/folder-store.ts', false],
  ['src/export', '../http/server.ts', false],
  ['src/pipeline', '../export/export.ts', false],
  ['src/http', '../export/export.ts', false],
  ['src/ledger', 'yazl', false],
  ['src/http', '../pipeline/operations.ts', true],
  ['src/http', 'fastify', true],
  ['src/http', '../ledger/postgres.ts', false],
  ['src/http', '../mapping/mapping.ts', false],
  ['src/console', '../core/interaction.ts', true],
  ['src/console', '../http/answers.ts', true],
  ['src/console', 'react', true],
  ['src/console', '../pipeline/chats.ts', false],
  ['src/console', '../ledger/ledger.ts', false],
  ['src/console', 'node:fs', false],
  ['src/http', '../console/texts.ts', false],
  ['src/sandbox/hubspot', 'fastify', true],
  ['src/sandbox/hubspot', '../../core/phone.ts', true],
  ['src/sandbox/hubspot', '../../destinations/destination.ts', false],
  ['src/sandbox/hubspot', '../../ledger/ledger.ts', false],
  ['src/cli', '../compose.ts', true],
  ['src/cli', '../sandbox/hubspot/index.ts', true],
  ['src/cli', 'jsforce', false],
  ['workers', '../src/compose.ts', true],
  ['workers', '../src/pipeline/fold.ts', true],
  ['workers', '../src/ledger/postgres.ts', false],
  ['workers', 'ioredis', false],
  ['config', '../src/core/phone.ts', true],
  ['config', '../src/ledger/ledger.ts', false],
];

const cli = resolve('node_modules/oxlint/bin/oxlint');
const folder = mkdtempSync(join(tmpdir(), 'wcs-lint-'));
const failures = [];
try {
  copyFileSync('.oxlintrc.json', join(folder, '.oxlintrc.json'));
  const expected = new Map();
  const write = (path, text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  cases.forEach(([where, specifier, allowed], index) => {
    const path = `${where}/case-${index}.ts`;
    write(path, `import * as it from '${specifier}';\n\nexport const use = it;\n`);
    expected.set(path, {
      rule: 'no-restricted-imports',
      fires: !allowed,
      what: `${where} imports ${specifier}`,
    });
  });
  const envLine = 'export const home = process.env.HOME;\n';
  write('src/http/env.ts', envLine);
  expected.set('src/http/env.ts', {
    rule: 'no-process-env',
    fires: true,
    what: 'src/http reads process.env',
  });
  write('config/env.ts', envLine);
  expected.set('config/env.ts', { rule: 'no-process-env', fires: false, what: 'config reads process.env' });
  write('src/core/one.ts', "import { two } from './two.ts';\n\nexport const one = (): number => two();\n");
  write('src/core/two.ts', "import { one } from './one.ts';\n\nexport const two = (): number => one();\n");
  expected.set('src/core/one.ts', { rule: 'no-cycle', fires: true, what: 'two files import each other' });

  const run = spawnSync(process.execPath, [cli, '--format=json', '.'], { cwd: folder, encoding: 'utf8' });
  const found = JSON.parse(run.stdout).diagnostics.map(
    ({ code, filename }) => `${filename.replace(/^\.\//, '')} ${code}`,
  );
  for (const [path, { rule, fires, what }] of expected) {
    const fired = found.some((line) => line.startsWith(`${path} `) && line.includes(rule));
    if (fired !== fires) failures.push(`${what}: ${rule} ${fires ? 'does not fire' : 'fires'}`);
  }
  console.log(`lint rules: ${expected.size - failures.length} of ${expected.size} as expected`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;
