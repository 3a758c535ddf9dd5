import { randomUUID } from 'node:crypto';

/** One entry of `errors[]` in HubSpot's error envelope (HubSpot docs, error handling). */
export interface ErrorDetail {
  readonly message: string;
  readonly code?: string;
  readonly in?: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

export interface ErrorBody {
  readonly status: 'error';
  readonly message: string;
  readonly correlationId?: string | undefined;
  readonly category?: string;
  readonly subCategory?: string;
  readonly policyName?: string;
  readonly errorType?: string;
  readonly errors?: readonly ErrorDetail[];
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

/** A refusal with HubSpot's status and envelope; a row of a batch keeps the envelope and drops the status. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  readonly headers: Readonly<Record<string, string>>;
  /** HTML that stands in the place of the body: a gateway's words, not HubSpot's */
  readonly page?: string | undefined;

  constructor(
    status: number,
    body: Omit<ErrorBody, 'status'>,
    headers: Readonly<Record<string, string>> = {},
    page?: string,
  ) {
    super(body.message);
    this.name = 'Refusal';
    this.status = status;
    this.body = { status: 'error', correlationId: randomUUID(), ...body };
    this.headers = headers;
    this.page = page;
  }
}

export function invalid(message: string, more: Partial<Omit<ErrorBody, 'status'>> = {}): Refusal {
  return new Refusal(400, { message, category: 'VALIDATION_ERROR', ...more });
}

export function notFound(
  message = 'resource not found',
  more: Partial<Omit<ErrorBody, 'status'>> = {},
): Refusal {
  return new Refusal(404, { message, category: 'OBJECT_NOT_FOUND', ...more });
}

export function conflict(message: string): Refusal {
  return new Refusal(409, { message, category: 'CONFLICT' });
}

/** What is wrong with one property's value; HubSpot lists these as JSON inside the message (HubSpot docs, batch create). */
export interface PropertyProblem {
  readonly name: string;
  readonly error: string;
  readonly message: string;
}

/** `Property values were not valid: [{"isValid":false,…,"error":"PROPERTY_DOESNT_EXIST","name":"missing",…}]` */
export function badProperties(problems: readonly PropertyProblem[]): Refusal {
  const list = problems.map(({ name, error, message }) => ({
    isValid: false,
    message,
    error,
    name,
    localizedErrorMessage: message,
    portalId: 62515,
  }));
  return invalid(`Property values were not valid: ${JSON.stringify(list)}`, {
    errors: problems.map(({ name, error, message }) => ({
      message,
      code: error,
      context: { propertyName: [name] },
    })),
  });
}

export type Policy = 'TEN_SECONDLY_ROLLING' | 'SECONDLY' | 'DAILY';

/** The documented 429 bodies: they differ by policy in more than its name (HubSpot docs, usage guidelines). */
export function rateLimited(policyName: Policy): Refusal {
  const message = `You have reached your ${policyName.toLowerCase()} limit.`;
  return policyName === 'TEN_SECONDLY_ROLLING'
    ? new Refusal(429, { message, errorType: 'RATE_LIMIT', policyName })
    : new Refusal(429, { message, category: 'RATE_LIMITS', policyName, correlationId: undefined });
}

/** A row that another change holds. */
export const lockedRow = (): Refusal => new Refusal(423, { message: 'Object is locked', category: 'LOCKED' });

/** What a gateway before HubSpot shows; undefined for a status that HubSpot itself answers. */
export function gatewayPage(status: number): string | undefined {
  if (![502, 504, 521, 523, 524].includes(status)) return undefined;
  return `<!doctype html><title>hubapi.com | ${status}</title><h1>Error ${status}</h1>`;
}

/**
 * The documented body for a status that a fault asks for.
 * @param retryAfter seconds, for 477 only (HubSpot docs, error handling: up to 24 hours)
 */
export function refusalOf(status: number, retryAfter = 7_200): Refusal {
  switch (status) {
    case 401:
      return unauthenticated('EXPIRED_AUTHENTICATION');
    case 403:
      return missingScopes(['crm.objects.contacts.write']);
    case 423:
      return new Refusal(423, {
        message: 'This resource is locked, try again in 2 seconds',
        category: 'LOCKED',
      });
    case 429:
      return rateLimited('TEN_SECONDLY_ROLLING');
    case 477:
      return new Refusal(
        477,
        { message: 'This account is being moved to another data centre', category: 'MIGRATION_IN_PROGRESS' },
        { 'Retry-After': String(retryAfter) },
      );
    default:
      return new Refusal(status, { message: 'internal error' }, {}, gatewayPage(status));
  }
}

export function unauthenticated(category: 'INVALID_AUTHENTICATION' | 'EXPIRED_AUTHENTICATION'): Refusal {
  const message =
    category === 'EXPIRED_AUTHENTICATION'
      ? 'The OAuth token used to make this call expired.'
      : 'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more ' +
        'details at https://developers.hubspot.com/docs/methods/auth/oauth-overview';
  return new Refusal(401, { message, category });
}

export function missingScopes(scopes: readonly string[]): Refusal {
  const message =
    "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: " +
    'https://developers.hubspot.com/scopes.';
  return new Refusal(403, {
    message,
    category: 'MISSING_SCOPES',
    errors: [
      {
        message: 'One or more of the following scopes are required.',
        context: { requiredGranularScopes: scopes },
      },
    ],
  });
}
