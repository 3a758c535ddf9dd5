import type { Session } from './types.ts';

/** Path under which the console is reached: `` or `/whatsapp`. */
export const prefix = document.querySelector<HTMLMetaElement>('meta[name="wcs-prefix"]')?.content ?? '';

/** What the server refused, in its own words. */
export class ApiError extends Error {
  readonly status: number;
  readonly faults: readonly { path: string; text: string }[];

  constructor(status: number, message: string, faults: readonly { path: string; text: string }[] = []) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

let csrf: string | undefined;

/** Remembers what the session's changes have to carry. */
export function useSessionOf(session: Session): void {
  csrf = session.csrf;
}

type Values = Record<string, string | number | undefined>;

/** An address of the API, with the values that there are. */
export function address(path: string, values: Values = {}): string {
  const given = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  const query = new URLSearchParams(given).toString();
  return `${prefix}${path}${query === '' ? '' : `?${query}`}`;
}

export function get<T>(path: string, values: Values = {}, signal?: AbortSignal): Promise<T> {
  return send<T>(address(path, values), { ...(signal && { signal }) });
}

/** A change. `keepalive`: goes out even when the page is closed meanwhile. */
export function change<T>(
  method: 'POST' | 'PUT',
  path: string,
  body?: unknown,
  keepalive = false,
): Promise<T> {
  return send<T>(address(path), {
    method,
    keepalive,
    headers: { 'content-type': 'application/json', ...(csrf !== undefined && { 'x-csrf-token': csrf }) },
    body: JSON.stringify(body ?? {}),
  });
}

async function send<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { ...init, credentials: 'same-origin' });
  const answer: unknown = await response.json().catch(() => ({}));
  if (response.ok) return answer as T;
  const { message, faults } = answer as { message?: string; faults?: { path: string; text: string }[] };
  throw new ApiError(response.status, message ?? `${response.status} ${response.statusText}`, faults);
}
