import type { Settings } from './settings.ts';

/** Names of settings whose values are never shown. Names of CRM fields are no secrets. */
const isSecret = /secret|token|password|privateKey|apiKey|clientId|username|auth.*sid/i;

/** The settings as they may be shown: secrets masked, durations in milliseconds as they were read. */
export function maskSettings(settings: Settings): Record<string, unknown> {
  return masked(settings) as Record<string, unknown>;
}

function masked(value: unknown, name = ''): unknown {
  if (isSecret.test(name) && typeof value !== 'object') return '•••';
  if (Array.isArray(value)) return value.map((item) => masked(item, name));
  if (typeof value === 'string' && URL.canParse(value)) return withoutLogin(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, key)]));
}

/** An address may carry a login. */
function withoutLogin(text: string): string {
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '•••';
  url.password = '';
  return decodeURI(url.href);
}
