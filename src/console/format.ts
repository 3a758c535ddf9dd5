/** `2026-11-24 10:15` in UTC, or the time alone. */
export function timeText(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}

export function clockText(instant: string): string {
  return instant.slice(11, 16);
}

/** `24 November 2026` */
export function dayText(day: string): string {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  return date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
}

/** `3 min ago` */
export function agoText(instant: string, now = Date.now()): string {
  return `${spanText(Math.max(0, (now - Date.parse(instant)) / 1_000))} ago`;
}

/** `4 s`, `12 min`, `3 h`, `5 days` */
export function spanText(seconds: number): string {
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(seconds < 1 ? 1 : 0) : Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export function countText(count: number): string {
  return count.toLocaleString('en');
}

export function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  return bytes < 1_048_576 ? `${Math.round(bytes / 1_024)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}

/** The UTC day so many days ago, `2026-11-24`. */
export function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

/** How far apart two colours are from their background is the theme's matter; which state has which colour is ours. */
export const tones: Readonly<Record<string, string>> = {
  logged: 'teal',
  delivered: 'teal',
  pending: 'blue',
  matching: 'blue',
  ready: 'blue',
  sending: 'blue',
  unknown: 'blue',
  parked: 'yellow',
  excluded: 'gray',
  ignored: 'gray',
  failed: 'red',
  running: 'teal',
  waiting: 'yellow',
  stopped: 'red',
};
