import type { Env } from './env.ts';
import type { Settings } from './settings.ts';

/** Names of settings whose values are never shown. Names of CRM fields are no secrets. */
const isSecret =
  /secret|token|password|privateKey|apiKey|clientId|username|accessKeyId|signingKey|auth.*sid/i;

/**
 * The settings as they may be shown: secrets masked, durations in milliseconds as they were read. Of the people who are
 * never recorded it tells how many.
 */
export function maskSettings(settings: Settings): Record<string, unknown> {
  const { policies } = settings;
  const { length } = policies.excluded;
  const excluded = length === 1 ? '1 person' : `${length} people`;
  return masked({ ...settings, policies: { ...policies, excluded } }) as Record<string, unknown>;
}

/** Shorter ones would be found in half of all lines. */
const shortestSecret = 8;

/** The values of all secrets of a process, for what must never be written anywhere. */
export function secretsOf(env: Env, settings: Settings): string[] {
  const logins = [env.databaseUrl, env.redisUrl].flatMap((url) => (url === undefined ? [] : loginsOf(url)));
  const all = [...valuesOf(settings), ...logins, env.adminToken ?? ''];
  // The longest first: one may be the beginning of another.
  return [...new Set(all)]
    .filter((secret) => secret.length >= shortestSecret)
    .toSorted((one, other) => other.length - one.length);
}

function valuesOf(value: unknown, name = ''): string[] {
  if (typeof value === 'string') {
    if (isSecret.test(name)) return [value, ...value.split('\n')];
    return URL.canParse(value) ? loginsOf(value) : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, item]) => valuesOf(item, isList ? name : key));
}

function loginsOf(text: string): string[] {
  if (!URL.canParse(text)) return [];
  const { password } = new URL(text);
  return [password, safelyDecoded(password)];
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
