import { cleanText } from '../core/text.ts';
import type { ExportFilter } from './export-records.ts';
import type { SqlValue } from './sql.ts';

/** Conditions of a statement with their parameters. */
export class Places {
  readonly params: SqlValue[] = [];

  /** @returns how the statement names the value */
  add(value: SqlValue): string {
    this.params.push(typeof value === 'string' ? cleanText(value) : value);
    return `$${this.params.length}`;
  }
}

const start = (place: string) => `${place}::text::date::timestamp at time zone 'UTC'`;
const end = (place: string) => `(${place}::text::date + 1)::timestamp at time zone 'UTC'`;

/** Of interactions (`i`) that a filter lets through. */
export function interactionConditions(filter: ExportFilter, places: Places): string[] {
  const { keys, conversation } = filter;
  return [
    ...placeConditions(filter, places, 'i'),
    ...(keys === undefined ? [] : [`i.key = any(${places.add(keys)}::text[])`]),
    ...(conversation === undefined ? [] : [`i.conversation = ${places.add(conversation)}`]),
  ];
}

/** Number and time, which every event has: also one that belongs to no message. */
function placeConditions(
  { businessNumber, from, to, held }: ExportFilter,
  places: Places,
  row: 'i' | 'e',
): string[] {
  const holdings = (held ?? []).map((one) => {
    const until = one.to === undefined ? '' : ` and ${row}.occurred_at < ${end(places.add(one.to))}`;
    return `(${row}.business_number = ${places.add(one.number)} and ${row}.occurred_at >= ${start(places.add(one.from))}${until})`;
  });
  return [
    ...(businessNumber === undefined ? [] : [`${row}.business_number = ${places.add(businessNumber)}`]),
    ...(from === undefined ? [] : [`${row}.occurred_at >= ${start(places.add(from))}`]),
    ...(to === undefined ? [] : [`${row}.occurred_at < ${end(places.add(to))}`]),
    ...(held === undefined ? [] : [`(${holdings.join(' or ') || 'false'})`]),
  ];
}

/**
 * Of events (`e`): those of the interactions. Where no person or chat is asked for, also those that belong to none: notices,
 * unknown shapes, what was not read yet.
 */
export function eventCondition(filter: ExportFilter, places: Places): string {
  const own = interactionConditions(filter, places);
  if (own.length === 0) return 'true';
  const belongs = `exists (select from wcs.interactions i where ${['i.key = e.interaction_key', ...own].join(' and ')})`;
  if (filter.keys !== undefined || filter.conversation !== undefined) return belongs;
  const loose = placeConditions(filter, places, 'e').join(' and ');
  return `(${belongs} or (${loose} and not exists (select from wcs.interactions i where i.key = e.interaction_key)))`;
}

/** Of receipts (`e`): those of the interactions. */
export function receiptCondition(filter: ExportFilter, places: Places): string {
  const own = interactionConditions(filter, places);
  if (own.length === 0) return 'true';
  return `exists (select from wcs.interactions i where ${['i.key = e.key', ...own].join(' and ')})`;
}
