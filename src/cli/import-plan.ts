import type { Settings } from '../../config/settings.ts';
import { providerNumber } from '../core/phone.ts';
import {
  dateOrders,
  findParties,
  isZone,
  readDate,
  surveyChat,
  type ChatFile,
  type DateOrder,
  type Parties,
  type PartiesQuestion,
  type Survey,
} from '../sources/chat-export/index.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** The options of `wcs import` that say how a chat is to be understood. */
export interface PlanOptions {
  readonly source: string;
  readonly me?: string;
  readonly contact?: string;
  readonly person?: readonly string[];
  readonly number?: string;
  readonly timezone?: string;
  readonly dateOrder?: string;
  /** people without a number are imported too */
  readonly namesOnly?: boolean;
}

/** A chat, understood: what was given, asked or found in the file. */
export interface ImportPlan {
  readonly source: string;
  readonly businessNumber: string;
  readonly zone: string;
  readonly dateOrder: DateOrder;
  readonly parties: Parties;
  readonly survey: Survey;
  readonly names: readonly string[];
  /** days of the first and the last message, on the phone's clock */
  readonly days: { readonly first: string; readonly last: string };
}

type Ask = Terminal['ask'];

/** Finds out all that must be known before a chat is read. @throws UsageError that names the option; ChatExportError */
export async function planImport(
  options: PlanOptions,
  settings: Pick<Settings, 'sources'>,
  file: ChatFile,
  ask: Ask,
): Promise<ImportPlan> {
  const businessNumber = numberOf(options, settings);
  const numbers = numbersByName(options.person ?? []);
  const names = [options.me, ...numbers.keys(), file.chatName].filter((name) => name !== undefined);
  const survey = await surveyChat(await file.text(), { now: new Date(), names });
  const dateOrder = await findDateOrder(options, survey, ask);
  const zone = await findZone(options.timezone, ask);
  const parties = await findPartiesOrAsk({ ...options, numbers }, survey, businessNumber, file.chatName, ask);
  const days = [survey.first, survey.last].map((header) => dayOf(readDate(header, dateOrder))).toSorted();
  const [first = '', last = ''] = days;
  return {
    source: options.source,
    businessNumber,
    zone,
    dateOrder,
    parties,
    survey,
    names,
    days: { first, last },
  };
}

function numberOf({ source: id, number }: PlanOptions, settings: Pick<Settings, 'sources'>): string {
  const source = settings.sources.find((one) => one.id === id);
  if (source === undefined) {
    throw new UsageError(
      `there is no source "${id}"; there are: ${settings.sources.map((one) => one.id).join(', ')}`,
    );
  }
  const { businessNumbers } = source;
  if (number === undefined) {
    const [only, second] = businessNumbers === 'all' ? [] : businessNumbers;
    if (only === undefined || second !== undefined) {
      throw new UsageError('say which of the firm\'s numbers the chat is of: --number "+1555…"');
    }
    return only;
  }
  const given = phone(number, '--number');
  if (businessNumbers !== 'all' && !businessNumbers.includes(given)) {
    throw new UsageError(`the settings do not let the source "${id}" record the number of --number`);
  }
  return given;
}

/** `Ana=+49151…`, repeated */
function numbersByName(pairs: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=');
      if (at < 1) throw new UsageError(`--person is written "Name=+1555…"`);
      return [pair.slice(0, at).trim(), phone(pair.slice(at + 1), '--person')] as const;
    }),
  );
}

function phone(text: string, option: string): string {
  const number = /^\+[\d\s().-]{6,25}$/.test(text.trim()) ? providerNumber(text) : undefined;
  if (number === undefined)
    throw new UsageError(`${option} takes a phone number with its country code, like "+1555…"`);
  return number;
}

const orderNames: Partial<Record<DateOrder, string>> = {
  dmy: 'day, month, year',
  mdy: 'month, day, year',
  ymd: 'year, month, day',
};

async function findDateOrder({ dateOrder }: PlanOptions, survey: Survey, ask: Ask): Promise<DateOrder> {
  const isOrder = (text: string): text is DateOrder => (dateOrders as readonly string[]).includes(text);
  if (dateOrder !== undefined) {
    if (!isOrder(dateOrder)) throw new UsageError('--date-order is dmy, mdy or ymd');
    if (!survey.dateOrders.includes(dateOrder)) {
      throw new UsageError(
        `the dates of the file are not in the order ${dateOrder}; they could be: ${survey.dateOrders.join(', ')}`,
      );
    }
    return dateOrder;
  }
  const [only, second] = survey.dateOrders;
  if (only !== undefined && second === undefined) return only;
  const choices = survey.dateOrders.map((order) => `${order} (${orderNames[order] ?? order})`).join(', ');
  const sample = survey.first.date.join('/');
  const answer = await ask?.(`How is the date ${sample} to be read: ${choices}?`);
  if (answer !== undefined && isOrder(answer) && survey.dateOrders.includes(answer)) return answer;
  throw new UsageError(
    `the dates could be read in several ways; say which: --date-order ${survey.dateOrders.join(' | ')}`,
  );
}

async function findZone(given: string | undefined, ask: Ask): Promise<string> {
  const zone =
    given ?? (await ask?.('In which time zone was the phone that made the export (like Europe/Berlin)?'));
  if (zone === undefined) {
    throw new UsageError('an export does not tell its time zone; say it: --timezone Europe/Berlin');
  }
  if (!isZone(zone))
    throw new UsageError(`there is no time zone "${zone}"; --timezone takes names like Europe/Berlin`);
  return zone;
}

async function findPartiesOrAsk(
  options: PlanOptions & { readonly numbers: ReadonlyMap<string, string> },
  survey: Survey,
  businessNumber: string,
  chatName: string | undefined,
  ask: Ask,
): Promise<Parties> {
  let { me } = options;
  let contact = options.contact === undefined ? undefined : phone(options.contact, '--contact');
  for (let asked = 0; asked < 3; asked += 1) {
    const found = findParties({
      survey,
      businessNumber,
      numbers: options.numbers,
      ...(options.namesOnly && { namesOnly: true }),
      ...(chatName !== undefined && { chatName }),
      ...(me !== undefined && { me }),
      ...(contact !== undefined && { contact }),
    });
    if (!('ask' in found)) return found;
    const answer = await ask?.(questionOf(found));
    if (answer === undefined || answer === '') throw new UsageError(mistakeOf(found));
    if (found.ask === 'me') me = answer;
    else contact = phone(answer, '--contact');
  }
  throw new UsageError('it is not clear who is who in the chat; say it: --me "Name" --contact "+1555…"');
}

function questionOf(question: PartiesQuestion): string {
  return question.ask === 'me'
    ? `Which of these is the firm: ${question.senders.slice(0, 20).join(', ')}?`
    : `What is the phone number of ${question.name || 'the other side'}?`;
}

function mistakeOf(question: PartiesQuestion): string {
  return question.ask === 'me'
    ? `say which sender is the firm: --me "Name"; there are: ${question.senders.slice(0, 20).join(', ')}`
    : `the export does not tell the number of ${question.name || 'the other side'}; say it: --contact "+1555…" (or --names-only: the records then wait for somebody who assigns them)`;
}

function dayOf(date: ReturnType<typeof readDate>): string {
  if (date === undefined) return '';
  return `${date.year}-${String(date.month).padStart(2, '0')}-${String(date.day).padStart(2, '0')}`;
}
