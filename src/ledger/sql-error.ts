/**
 * What the database said, without the values that it repeats (`detail`, parameters, quoted input): those may be message
 * texts and numbers of people, and errors end up in logs.
 */
export class SqlError extends Error {
  /** SQLSTATE, or the socket's code (`ECONNREFUSED`); '' when there is none */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.name = 'SqlError';
    this.code = code;
  }
}

/** Any error of a driver as an {@link SqlError}. */
export function toSqlError(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown };
  const sqlState = typeof code === 'string' ? code : '';
  const text = typeof message === 'string' && message !== '' ? message : 'the database failed';
  const said = isDataError({ code: sqlState }) ? text.replace(/: ".*"/s, '') : text;
  return new SqlError(`${said}${sqlState === '' ? '' : ` (${sqlState})`}`, sqlState);
}

/** The values were refused, not the database ill: SQLSTATE class 22 (data) or 23 (constraint). */
export function isDataError(error: unknown): boolean {
  return /^2[23][0-9A-Z]{3}$/.test(codeOf(error));
}

/** Deadlock or serialization failure: the same transaction can simply be run again. */
export function isRepeatable(error: unknown): boolean {
  return ['40P01', '40001'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
