import { format } from 'prettier';
import { errorTable, type ErrorCode, type Fate } from '../../src/core/errors.ts';
import { errorRows as hubspotRows } from '../../src/destinations/hubspot/error-table.ts';
import { errorRows as salesforceRows } from '../../src/destinations/salesforce/error-table.ts';

/** A row of either CRM's error table, in words. */
interface Line {
  readonly says: string;
  readonly where: string;
  readonly meaning: string;
  /** undefined: the record is there already and is adopted */
  readonly code: ErrorCode | undefined;
}

type Group = Fate | 'adopted';

/** In the order in which they matter to who reads. */
const groups: Readonly<Record<Group, { readonly title: string; readonly text: string }>> = {
  stop: {
    title: 'The destination stops until somebody mends the cause',
    text: 'Nothing is lost and no attempt is burnt. The worker tries again every few minutes, so it goes on by itself when the cause is mended. `wcs check` names what is wrong.',
  },
  wait: {
    title: 'The destination waits',
    text: 'It pauses as long as the CRM asks, or with growing pauses. Nobody has to do anything, unless the limit is too small for what is sent.',
  },
  'read-back': {
    title: 'Nobody knows whether it was written',
    text: 'The CRM is asked for the record by its key before anything is sent again. Nothing to do.',
  },
  retry: {
    title: 'The record is tried again by itself',
    text: 'With growing pauses; after eight attempts it is a dead letter.',
  },
  rematch: {
    title: 'The contact is looked for again',
    text: 'It was deleted, merged or converted since it was found. Nothing to do, unless nobody has the number any more: then the record is parked.',
  },
  park: {
    title: 'A person must decide',
    text: 'See `wcs parked list`.',
  },
  'dead-letter': {
    title: 'It will never work as it is',
    text: 'The record is a dead letter, with the reason: `wcs failed list`. Mend the mapping or the rule, look at the result with `wcs preview`, then `wcs failed replay`.',
  },
  adopted: {
    title: 'Not an error: the record is there already',
    text: 'An earlier delivery made it and its answer was lost. It is taken as delivered, by its key.',
  },
};

const places = {
  login: 'at the login',
  call: 'of a whole call',
  outage: 'of a whole call, HTTP 5xx',
  row: 'of one record',
  file: 'of a file',
} as const;

/** docs/errors-salesforce.md, formatted. */
export function salesforcePage(): Promise<string> {
  const lines = salesforceRows.map(({ at, names, sign, meaning, code }): Line => ({
    says:
      [names.filter(Boolean).map(asCode).join(', '), sign && `(${sign})`].filter(Boolean).join(' ') ||
      'anything else',
    where: at.map((place) => places[place]).join(', '),
    meaning,
    code: code === 'adopted' ? undefined : code,
  }));
  return page('Salesforce', lines);
}

/** docs/errors-hubspot.md, formatted. */
export function hubspotPage(): Promise<string> {
  const lines = hubspotRows.map(({ at, sign, meaning, code }): Line => ({
    says: sign,
    where: whereOf(at),
    meaning,
    code: code === 'conflict' ? undefined : code,
  }));
  return page('HubSpot', lines);
}

function whereOf(at: (typeof hubspotRows)[number]['at']): string {
  const statuses = at.filter((place) => place !== 'row' && place !== 'other');
  return [
    statuses.length > 0 ? `HTTP ${statuses.join(', ')}` : '',
    at.includes('row') ? 'one record of a 207' : '',
    at.includes('other') ? 'any other HTTP status' : '',
  ]
    .filter(Boolean)
    .join('; ');
}

async function page(crm: string, lines: readonly Line[]): Promise<string> {
  const head = `# What ${crm} refuses, and what the worker makes of it

Made from the adapter's error table by \`npm run docs:errors\`; a test keeps the two alike and meets every row. What is
more exact goes before what is general. The codes in the last column are the worker's own: they stand in \`wcs failed list\`, the log and the receipts, and
[errors.md](errors.md) says more about each.
`;
  const sections = (Object.keys(groups) as Group[]).flatMap((group) => {
    const own = lines.filter(({ code }) => groupOf(code) === group);
    return own.length === 0 ? [] : [section(crm, group, own)];
  });
  return format([head, ...sections].join('\n'), { parser: 'markdown', printWidth: 110 });
}

function groupOf(code: ErrorCode | undefined): Group {
  return code === undefined ? 'adopted' : errorTable[code].fate;
}

function section(crm: string, group: Group, lines: readonly Line[]): string {
  const rows = lines.map(({ says, where, meaning, code }) => {
    const own = code === undefined ? '' : `[${code}](errors.md#${code})`;
    return `| ${[says, where, meaning, own].map(cell).join(' | ')} |`;
  });
  const { title, text } = groups[group];
  return [
    `## ${title}`,
    '',
    text,
    '',
    `| ${crm} says | where | meaning | code |`,
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

const asCode = (name: string): string => `\`${name}\``;
const cell = (text: string): string => text.replaceAll('|', '\\|');
