// Writes docs/errors-salesforce.md and docs/errors-hubspot.md from the adapters' error tables.
import { writeFileSync } from 'node:fs';
import { hubspotPage, salesforcePage } from '../test/support/error-pages.ts';

writeFileSync('docs/errors-salesforce.md', await salesforcePage());
writeFileSync('docs/errors-hubspot.md', await hubspotPage());
