import { DateTime } from 'luxon';

/**
 * `2026-06-01 10:00 UTC`, `2026-06-01 12:00 UTC+2`: the same on every machine, unlike names of zones.
 *
 * @param zone IANA name
 * @param precision the last part that is shown
 */
export function readableTime(iso: string, zone: string, precision: 'minute' | 'second' = 'minute'): string {
  const { offset, local } = inZone(iso, zone);
  return `${local.slice(0, 10)} ${local.slice(11, precision === 'minute' ? 16 : 19)} UTC${offsetText(offset)}`;
}

/** `2026-06-01`: the day there. */
export function dayIn(iso: string, zone: string): string {
  return inZone(iso, zone).local.slice(0, 10);
}

/** `10:05`: the time of day there. */
export function timeIn(iso: string, zone: string): string {
  return inZone(iso, zone).local.slice(11, 16);
}

/** `+2`, `-3:30`, nothing for UTC itself. */
function offsetText(offset: number): string {
  if (offset === 0) return '';
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.floor(Math.abs(offset) % 60)];
  const rest = minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`;
  return `${offset < 0 ? '-' : '+'}${hours}${rest}`;
}

/** The time of a clock there, as ISO 8601 without a zone, and how many minutes it is before UTC. */
function inZone(iso: string, zone: string): { readonly offset: number; readonly local: string } {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return { offset: 0, local: iso };
  const offset = offsetAt(at, zone);
  return { offset, local: new Date(at + offset * 60_000).toISOString() };
}

const quarterMs = 15 * 60_000;
const mostOffsets = 20_000;
/** Clocks change at a quarter of an hour: a long chat asks for few of these, and asking is slow. */
const offsets = new Map<string, number>();

function offsetAt(at: number, zone: string): number {
  const slot = `${zone} ${Math.floor(at / quarterMs)}`;
  const known = offsets.get(slot);
  if (known !== undefined) return known;
  const time = DateTime.fromMillis(at, { zone });
  const offset = time.isValid ? time.offset : 0;
  if (offsets.size >= mostOffsets) offsets.clear();
  offsets.set(slot, offset);
  return offset;
}
