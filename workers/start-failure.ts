import { ConfigError } from '../config/env.ts';

/** Why a process could not start, for people, and its exit code. */
export interface StartFailure {
  readonly text: string;
  /** 2: somebody has to mend something first; 1: it may work the next time */
  readonly code: 1 | 2;
}

/** What the database's refusals mean (PostgreSQL's manual, Appendix A). */
const databaseRefusals: Readonly<Record<string, string>> = {
  '28P01': 'The database refused the password in DATABASE_URL.',
  '28000': 'The database refused the user in DATABASE_URL.',
  '3D000': 'The server has no database of the name in DATABASE_URL: create it first.',
  '42501':
    'The user in DATABASE_URL may not make the schema "wcs": it has to own the database, or the schema.',
};

const forPeople = ['SchemaTooNewError', 'ForeignSchemaError', 'KeyMissingError'];
const folderRefusals = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'];

/** Puts an error of the start into words. */
export function failureOf(error: unknown, dataDir = './data'): StartFailure {
  if (!(error instanceof Error)) return { text: 'The start failed.', code: 1 };
  const {
    code = '',
    path,
    port,
    address,
  } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (error instanceof ConfigError || code.startsWith('ERR_PARSE_ARGS') || forPeople.includes(error.name)) {
    return { text: error.message, code: 2 };
  }
  const refusal = databaseRefusals[code];
  if (refusal !== undefined) return { text: `${refusal} It said: ${error.message}`, code: 2 };
  if (/\b(WRONGPASS|NOAUTH|NOPERM)\b/.test(error.message))
    return { text: `Redis refused the user or the password in REDIS_URL. ${error.message}`, code: 2 };
  if (code === 'EADDRINUSE')
    return {
      text: `Port ${port} of ${address} is in use by another program: stop that one, or set PORT.`,
      code: 1,
    };
  if (code === 'ENOSPC')
    return { text: `There is no space left on the disk of ${path ?? dataDir}.`, code: 1 };
  if (folderRefusals.includes(code) && path !== undefined)
    return { text: `${path} cannot be written (${code}): see DATA_DIR, which is ${dataDir}.`, code: 2 };
  return { text: error.message, code: 1 };
}
