import type { ErrorRow } from './error-row.ts';

/** Refusals of the token endpoint (Salesforce Help, OAuth error codes). */
export const loginRows: readonly ErrorRow[] = [
  {
    id: 'login-rate',
    at: ['login'],
    names: [],
    sign: 'login rate exceeded, HTTP 429',
    when: ({ message, status }) => /login rate exceeded/i.test(message) || isThrottle(status),
    code: 'rate-limited',
    meaning: 'Too many logins in one hour.',
  },
  {
    id: 'login-again',
    at: ['login'],
    names: ['unknown_error', 'temporarily_unavailable', 'server_error'],
    code: 'unavailable',
    meaning: 'The token endpoint failed and asks to try again.',
  },
  {
    id: 'login-address',
    at: ['login'],
    names: ['', 'NOT_FOUND'],
    sign: 'a redirect, HTTP 404 or 405',
    when: ({ status = 0 }) => status < 400 || isNowhere(status),
    code: 'address-wrong',
    meaning: 'There is no token endpoint at this address: `loginUrl` must be the My Domain address.',
  },
  {
    id: 'login-refused',
    at: ['login'],
    names: [],
    sign: 'invalid_grant, invalid_client, invalid_client_id, unauthorized_client, inactive_user, …',
    code: 'auth-failed',
    meaning: 'The client id, secret, key, user or policy of the External Client App is not accepted.',
  },
];

/** Refusals that concern a whole call (REST guide, status codes and error responses). */
export const callRows: readonly ErrorRow[] = [
  {
    id: 'session-ended',
    at: ['call'],
    names: ['INVALID_SESSION_ID', 'INVALID_AUTH_HEADER', 'INVALID_LOGIN'],
    code: 'auth-failed',
    meaning: 'The token has ended or was revoked, and a new one is refused as well.',
  },
  {
    id: 'login-hours',
    at: ['call'],
    names: ['LOGIN_DURING_RESTRICTED_DOMAIN', 'LOGIN_DURING_RESTRICTED_TIME', 'ORG_LOCKED', 'TRIAL_EXPIRED'],
    code: 'auth-failed',
    meaning: 'The user may not log in from this address or at this hour, or the org is locked or has ended.',
  },
  {
    id: 'concurrent-limit',
    at: ['call'],
    names: ['REQUEST_LIMIT_EXCEEDED'],
    sign: 'ConcurrentRequests, ConcurrentPerOrgLongTxn',
    when: ({ message }) => /concurrent/i.test(message),
    code: 'rate-limited',
    meaning: 'Too many long calls at the same time.',
  },
  {
    id: 'daily-limit',
    at: ['call'],
    names: ['REQUEST_LIMIT_EXCEEDED'],
    sign: 'TotalRequests',
    code: 'quota-used-up',
    meaning: "The org's API calls of the last 24 hours are used up, whoever made them.",
  },
  {
    id: 'too-many',
    at: ['call', 'row'],
    names: ['TOO_MANY_REQUESTS', 'TOO_MANY_APEX_REQUESTS'],
    code: 'rate-limited',
    meaning: 'Too many calls in a short time.',
  },
  {
    id: 'read-only-mode',
    at: ['call', 'row'],
    names: ['INVALID_READ_ONLY_USER_DML', 'ORG_IN_MAINTENANCE'],
    code: 'unavailable',
    meaning: 'The org is in maintenance or read-only mode; nothing was written.',
  },
  {
    id: 'ran-too-long',
    at: ['call', 'outage', 'row'],
    names: ['REQUEST_RUNNING_TOO_LONG', 'QUERY_TIMEOUT'],
    code: 'answer-lost',
    meaning: 'Salesforce stopped the call because it took too long. What was written is asked for by key.',
  },
  {
    id: 'server-unavailable',
    at: ['outage'],
    names: ['SERVER_UNAVAILABLE'],
    code: 'answer-lost',
    meaning: 'Salesforce is overloaded or down. What was written is asked for by key.',
  },
  {
    id: 'server-error',
    at: ['outage'],
    names: [],
    sign: 'HTTP 500, 502, 503, 504, UNKNOWN_EXCEPTION',
    code: 'answer-lost',
    meaning: 'Salesforce or a gateway before it failed. What was written is asked for by key.',
  },
  {
    id: 'api-off',
    at: ['call', 'row'],
    names: [
      'API_DISABLED_FOR_ORG',
      'API_CURRENTLY_DISABLED',
      'FUNCTIONALITY_NOT_ENABLED',
      'CLIENT_NOT_ACCESSIBLE_FOR_USER',
    ],
    code: 'permission-missing',
    meaning: 'The edition has no API, the user lacks API Enabled, or the app is blocked for the user.',
  },
  {
    id: 'object-hidden',
    at: ['call', 'row'],
    names: ['INVALID_TYPE', 'INVALID_TYPE_FOR_OPERATION'],
    code: 'permission-missing',
    meaning: 'The user may not see this object, or the org does not have it.',
  },
  {
    id: 'access-missing',
    at: ['call'],
    names: ['INSUFFICIENT_ACCESS', 'INSUFFICIENT_ACCESS_OR_READONLY', 'TXN_SECURITY_NO_ACCESS'],
    code: 'permission-missing',
    meaning: 'The user lacks a permission, or a transaction security policy blocks the call.',
  },
  {
    id: 'cursor-ended',
    at: ['call'],
    names: ['INVALID_QUERY_LOCATOR'],
    code: 'unavailable',
    meaning: 'The next page of a query is no longer kept; the query begins anew.',
  },
  {
    id: 'version-retired',
    at: ['call'],
    names: ['UNSUPPORTED_API_VERSION'],
    code: 'address-wrong',
    meaning: 'The org does not have the API version in the settings.',
  },
];

/** What the status alone says, where nothing else fits. */
export const statusRows: readonly ErrorRow[] = [
  {
    id: 'status-401',
    at: ['call'],
    names: [],
    sign: 'HTTP 401',
    when: ({ status }) => status === 401,
    code: 'auth-failed',
    meaning: 'The token is not accepted.',
  },
  {
    id: 'status-403',
    at: ['call'],
    names: [],
    sign: 'HTTP 403',
    when: ({ status }) => status === 403,
    code: 'permission-missing',
    meaning: 'The user may not do this.',
  },
  {
    id: 'status-429',
    at: ['call'],
    names: [],
    sign: 'HTTP 429, 420',
    when: ({ status }) => isThrottle(status),
    code: 'rate-limited',
    meaning: 'Too many calls in a short time.',
  },
  {
    id: 'no-such-address',
    at: ['call'],
    names: [],
    sign: 'NOT_FOUND, METHOD_NOT_ALLOWED, a redirect, HTTP 410',
    when: ({ status }) => isNowhere(status) || (status !== undefined && status < 400),
    code: 'address-wrong',
    meaning: 'The address, the API version or the object in the settings is wrong.',
  },
  {
    id: 'not-known',
    at: ['call', 'row'],
    names: [],
    sign: 'anything else',
    code: 'refused',
    meaning: 'Salesforce refused it for a reason that this version does not know.',
  },
];

function isThrottle(status: number | undefined): boolean {
  return status === 429 || status === 420;
}

function isNowhere(status: number | undefined): boolean {
  return status === 404 || status === 405 || status === 410;
}
