// Writes the pages and JSON Schemas that are made from the code's schemas.
import { writeFileSync } from 'node:fs';
import { generatedPages } from '../test/support/generated-pages.ts';

for (const [path, page] of Object.entries(generatedPages)) writeFileSync(path, await page());
