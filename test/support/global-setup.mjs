import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for what all test files share: see template.ts. */
export default function setUp() {
  process.env.WCS_TEST_TEMPLATES = mkdtempSync(join(tmpdir(), 'wcs-templates-'));
}

export function tearDown() {
  rmSync(process.env.WCS_TEST_TEMPLATES, { recursive: true, force: true });
}
