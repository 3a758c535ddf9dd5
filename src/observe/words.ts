import type { QuotaUse } from '../core/budget.ts';
import { errorTable, type ErrorCode } from '../core/errors.ts';
import { shorten } from './shorten.ts';

/** Why a destination does not run, and the fix, in words: the error table's, then what the CRM said. */
export function troubleText({ code, reason }: { readonly code?: string; readonly reason?: string }): string {
  const known = code !== undefined && Object.hasOwn(errorTable, code);
  const help = known ? errorTable[code as ErrorCode].text : '';
  // Reasons often begin with the table's own words.
  const parts = reason?.startsWith(help) ? [reason] : [help, reason ?? ''];
  return shorten(parts.filter((part) => part !== '').join(' ')) || 'No reason is known.';
}

/** An alert of a source: which, since when, what happened and what to do. */
export function alertText({ source, text, since }: { source: string; text: string; since: string }): string {
  return `${source}: ${shorten(text)} Since ${since.slice(0, 16).replace('T', ' ')} UTC.`;
}

const parkedReasons: Readonly<Record<string, string>> = {
  'not-created': 'The CRM refused to make a contact of this person.',
  'consent-unknown': 'The CRM does not show the field by which people opt out or in.',
  'excluded-by-field': 'The person opted out in the CRM, or not in.',
  'no-contact': 'No contact has this number or user id.',
  'many-contacts': 'Several contacts have this number or user id.',
  'no-address': 'WhatsApp gave neither a number nor a user id.',
  'destination-removed': 'The destination is no longer in the settings.',
};

/** Why something waits for a person, in words. */
export function waitingText(item: { readonly code?: string; readonly reason?: string }): string {
  if (item.code !== undefined) return troubleText(item);
  const reason = item.reason ?? '';
  const [word = '', ...rest] = reason.split(': ');
  const known = parkedReasons[word];
  return known === undefined ? shorten(reason) : shorten([known, rest.join(': ')].filter(Boolean).join(' '));
}

/** What to do, where the cause alone does not say it. */
const causeHelp: Readonly<Record<string, string>> = {
  'no-contact':
    'Add the number to the contact in the CRM and these are logged by themselves. Or choose the contact here, make one, or decide that they are not logged.',
  'many-contacts':
    'Merge the duplicates in the CRM, or choose the right one here. The setting "multiple" decides for all.',
  'no-address': 'Only a person can say who this is: choose the contact here.',
  'not-created': 'Mend what the CRM says, or choose a contact that exists.',
  'consent-unknown': 'Let the worker read the field in the CRM; "wcs check" names it.',
  'dry-run': 'The route is on trial: set dryRun to false in the settings, and these are logged.',
};

/** Why many things wait for a person, and what to do, in words. */
export function causeText(cause: string): { readonly text: string; readonly help?: string } {
  const isCode = Object.hasOwn(errorTable, cause);
  const text = isCode ? errorTable[cause as ErrorCode].text : waitingText({ reason: cause });
  const help = causeHelp[cause];
  return { text, ...(help !== undefined && { help }) };
}

/** Sentences about events that have not become interactions; none when there is nothing to say. */
export function inboxNotes(backlog: {
  readonly inbox: number;
  readonly stuck?: number;
  readonly unrecognised: number;
}): string[] {
  const { inbox, stuck = 0, unrecognised } = backlog;
  return [
    ...(inbox > 0 ? [`${inbox} events wait to be read.`] : []),
    ...(stuck > 0 ? [`${stuck} of them could not be read and are tried again; the log says why.`] : []),
    ...(unrecognised > 0
      ? [`${unrecognised} events have a shape that this version does not know; they are kept.`]
      : []),
  ];
}

/** `120 of 50,000 API calls today (our share of 100,000)`; undefined while no call was made. */
export function quotaText(quota: QuotaUse | undefined): string | undefined {
  if (quota === undefined || (quota.ours === 0 && quota.allowed === undefined)) return undefined;
  const said = (count: number) => count.toLocaleString('en-US');
  const { ours, allowed, dailyLimit } = quota;
  if (allowed === undefined) return `${said(ours)} API calls today`;
  const of = dailyLimit === undefined ? '' : ` (our share of ${said(dailyLimit)})`;
  return `${said(ours)} of ${said(allowed)} API calls today${of}`;
}
