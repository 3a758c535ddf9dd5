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

/** The answer did not come in time: nobody knows what became of the statement, and its connection is of no more use. */
export function isLate(error: unknown): error is SqlError {
  return error instanceof SqlError && error.message === 'Query read timeout';
}

/** The values were refused, not the database ill: SQLSTATE class 22 (data) or 23 (constraint). */
export function isDataError(error: unknown): boolean {
  return /^2[23][0-9A-Z]{3}$/.test(codeOf(error));
}

/** As {@link isDataError}, or class 54: more than the database can hold in one place (an index entry, a search text). */
export function isRefusal(error: unknown): boolean {
  return isDataError(error) || /^54[0-9A-Z]{3}$/.test(codeOf(error));
}

/** Deadlock or serialization failure: the same transaction can simply be run again. */
export function isRepeatable(error: unknown): boolean {
  return ['40P01', '40001'].includes(codeOf(error));
}

/** Somebody else held the lock for longer than `lock_timeout`. */
export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === '55P03';
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
