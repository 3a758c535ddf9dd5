/** An answer that is no success, with Twilio's body for it. */
export class Refusal extends Error {
  readonly status: number;
  /** Twilio's own code */
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  get body(): object {
    const { code, message, status } = this;
    return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
  }
}

/** Wrong credentials, 20003 (Twilio docs, error 20003). */
export const unauthenticated = (): Refusal => new Refusal(401, 20003, 'Authenticate');

/** No such resource, 20404 (Twilio docs, error 20404). */
export const notFound = (path: string): Refusal =>
  new Refusal(404, 20404, `The requested resource ${path} was not found`);

/** A parameter that cannot be used, 20001 (Twilio docs, error 20001). */
export const badParameter = (text: string): Refusal => new Refusal(400, 20001, text);

/** Too many requests, 20429 (Twilio docs, error 20429). @param retryAfterSeconds absent: no Retry-After header */
export const throttled = (retryAfterSeconds?: number): Refusal =>
  new Refusal(
    429,
    20429,
    'Too Many Requests',
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
  );

const words: Readonly<Record<number, readonly [code: number, message: string]>> = {
  400: [20001, 'Invalid parameter'],
  401: [20003, 'Authenticate'],
  403: [20403, 'Forbidden'],
  404: [20404, 'The requested resource was not found'],
  429: [20429, 'Too Many Requests'],
  500: [20500, 'An internal server error has occurred'],
  503: [20503, 'Service Unavailable'],
};

/** The usual body of an HTTP status. */
export function refusalOf(status: number): Refusal {
  const [code, message] = words[status] ?? [20500, 'An internal server error has occurred'];
  return new Refusal(status, code, message);
}
