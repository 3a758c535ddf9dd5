import type { ErrorRow } from './error-row.ts';
import { brokenLinks } from './error-rows-record.ts';

/** Refusals of files (Object Reference, ContentVersion). */
export const fileRows: readonly ErrorRow[] = [
  {
    id: 'file-record-gone',
    at: ['file'],
    names: brokenLinks,
    code: 'record-gone',
    meaning: 'The task that the file belongs to was deleted.',
  },
  {
    id: 'files-forbidden',
    at: ['file'],
    names: ['NOT_FOUND'],
    sign: 'HTTP 404',
    when: ({ status }) => status === 404,
    code: 'permission-missing',
    meaning: 'The user may not upload files.',
  },
  {
    id: 'file-not-taken',
    at: ['file'],
    names: [],
    sign: 'REQUEST_TOO_LARGE, FILE_SIZE_LIMIT_EXCEEDED, FILE_EXTENSION_NOT_ALLOWED, HTTP 413',
    when: ({ code, status }) =>
      status === 413 ||
      ['REQUEST_TOO_LARGE', 'FILE_SIZE_LIMIT_EXCEEDED', 'FILE_EXTENSION_NOT_ALLOWED'].includes(code),
    code: 'file-refused',
    meaning: 'The file is too large, or of a type that the org does not allow.',
  },
];
