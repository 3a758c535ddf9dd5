import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((path) => join('src', path))
  .filter((path) => path.endsWith('.ts') && !/^src\/(sandbox|console)\//.test(path))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

const secret = String.raw`\b\w*(?:secret|token|signature|csrf|hmac|password|apiKey)\w*\b`;
/** With nothing, with a type, or with a word that stands in the code, nothing secret is compared. */
const harmless = String.raw`(?:undefined|null|''|'[\w-]*'|\d+)`;
const comparison = new RegExp(
  String.raw`(?:${secret}[\w.()\[\]?]* (?:===|!==) (?!${harmless})|(?<!typeof )[\w.)\]']+ (?:===|!==) [\w.]*${secret})`,
  'i',
);

/** Compared, and no secret: each with the reason. */
const allowed = [
  // the name by which a process finds its own lock again
  'src/ledger/folder-lock.ts: return highestLock(folder) === number && readHolder(folder, number)?.token === me.token;',
  // which of our own tokens of HubSpot was refused
  'src/destinations/hubspot/tokens.ts: if (this.#held !== undefined && this.#held.token !== refused) return this.#held.token;',
];

describe('a secret', () => {
  test('is never compared character by character', () => {
    const found = files.flatMap(({ path, text }) =>
      text
        .split('\n')
        .filter((line) => comparison.test(line) && !/typeof/.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(found.toSorted()).toEqual(allowed.toSorted());
  });

  test.each([
    'if (token === adminToken) {',
    'return given === this.csrfOf(session);',
    'if (request.headers.signature !== expected) {',
    'if (expected !== signature) {',
  ])('would be found out: %s', (line) => expect(comparison.test(line)).toBe(true));

  test('that a caller shows is compared by timingSafeEqual, whatever its length', () => {
    const comparing = files.filter(({ text }) => text.includes('timingSafeEqual(')).map(({ path }) => path);
    expect(comparing.toSorted()).toEqual([
      'src/core/chat-link.ts',
      'src/http/access.ts',
      'src/http/sessions.ts',
      'src/sources/twilio/signature.ts',
      'src/sources/whatsapp-cloud/challenge.ts',
      'src/sources/whatsapp-cloud/shared-secret.ts',
      'src/sources/whatsapp-cloud/signature.ts',
    ]);
    // Where the length of what is compared is a secret too, digests of it are compared.
    for (const path of [
      'src/http/access.ts',
      'src/sources/whatsapp-cloud/challenge.ts',
      'src/sources/whatsapp-cloud/shared-secret.ts',
    ]) {
      expect(readFileSync(path, 'utf8')).toMatch(/timingSafeEqual\(digest\(.*\), digest\(.*\)\)/);
    }
  });
});
