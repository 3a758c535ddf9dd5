import { DateTime } from 'luxon';

/**
 * `2026-06-01 10:00 UTC`, `2026-06-01 12:00 UTC+2`: the same on every machine, unlike names of zones.
 *
 * @param zone IANA name
 * @param precision the last part that is shown
 */
export function readableTime(iso: string, zone: string, precision: 'minute' | 'second' = 'minute'): string {
  const time = inZone(iso, zone);
  const offset = time.offset === 0 ? '' : time.toFormat('Z');
  return `${time.toFormat(precision === 'minute' ? 'yyyy-MM-dd HH:mm' : 'yyyy-MM-dd HH:mm:ss')} UTC${offset}`;
}

/** `2026-06-01`: the day there. */
export function dayIn(iso: string, zone: string): string {
  return inZone(iso, zone).toFormat('yyyy-MM-dd');
}

/** `10:05`: the time of day there. */
export function timeIn(iso: string, zone: string): string {
  return inZone(iso, zone).toFormat('HH:mm');
}

function inZone(iso: string, zone: string): DateTime {
  const time = DateTime.fromISO(iso, { zone });
  return time.isValid ? time : DateTime.fromISO(iso, { zone: 'utc' });
}
