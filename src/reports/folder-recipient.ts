import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { reportCsv } from './report-csv.ts';
import { reportHtml } from './report-html.ts';
import type { ReportRecipient } from './recipient.ts';

/** Three files for each day in a folder: for people, for programs (the sealed bytes), and for a spreadsheet. */
export function createFolderRecipient(folder: string): ReportRecipient {
  return {
    name: `folder ${folder}`,
    async send(sent) {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      const name = `report-${sent.report.day}`;
      await writeDurably(join(folder, `${name}.html`), reportHtml(sent));
      await writeDurably(join(folder, `${name}.csv`), reportCsv(sent.report));
      // The last one: where it is, the others are.
      await writeDurably(join(folder, `${name}.json`), sent.body);
    },
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  const file = await open(draft, 'w', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
