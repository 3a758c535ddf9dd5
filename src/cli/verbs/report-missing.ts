import type { MissingItem } from '../../ledger/ledger.ts';
import { printJson, withOperations, type Context } from '../context.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const pageSize = 500;
/** What a terminal shows; `--json` has all. */
const mostShown = 1_000;

const words: Readonly<Record<MissingItem['what'], string>> = {
  content: 'content not captured',
  unrecognised: 'in no known shape',
  file: 'file not to be had',
};

/** `wcs report --missing`: by id what the counts only tell the number of. @returns 1 when something is missing */
export async function reportMissing(
  context: Context,
  range: { readonly from?: string; readonly to?: string },
  json: boolean,
): Promise<number> {
  const items = await withOperations(context, async (operations) => {
    const all: MissingItem[] = [];
    let cursor: string | undefined;
    do {
      const page = await operations.reports.missing({
        ...range,
        limit: pageSize,
        ...(cursor !== undefined && { cursor }),
      });
      all.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined && (json || all.length < mostShown));
    return all;
  });
  if (json) printJson(context, items);
  else
    context.terminal.out(items.length === 0 ? 'Nothing is missing.' : formatMissing(items, context.terminal));
  return items.length === 0 ? 0 : 1;
}

function formatMissing(items: readonly MissingItem[], terminal: Pick<Terminal, 'width' | 'colors'>): string {
  const shown = items.slice(0, mostShown);
  const table = formatTable(
    [{ head: 'day' }, { head: 'source' }, { head: 'number' }, { head: 'what' }, { head: 'id', wraps: true }],
    shown.map(({ day, source, businessNumber, what, id, messageId, file }) => [
      day,
      source,
      businessNumber === '' ? 'unknown' : businessNumber,
      file === undefined ? words[what] : `${words[what]} (${file.code})`,
      file === undefined ? (messageId ?? id) : `${file.id} of ${messageId ?? id}`,
    ]),
    terminal,
  );
  return items.length >= mostShown ? `${table}\n\nThere is more: --json has all of it.` : table;
}
