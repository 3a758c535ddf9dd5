/**
 * What goes wrong between a source and us: what it is called, what it means in an admin's words, and its fate.
 * docs/errors.md has a heading for each code.
 *
 * - `retry`: the same again later, with a growing pause
 * - `wait`: the source as a whole pauses; no attempt is burnt
 * - `stop`: nothing more until somebody mends it (tried again every few minutes); raises an alert
 * - `give-up`: this will never come: the activity says so of a file, the report of what cannot be asked
 */
export type SourceFate = 'retry' | 'wait' | 'stop' | 'give-up';

export const sourceErrorTable = {
  'source-auth-failed': {
    text: 'The source refused the credentials. Renew the token or key.',
    fate: 'stop',
  },
  'source-permission-missing': { text: 'The credentials of the source lack a permission.', fate: 'stop' },
  'source-throttled': { text: 'The source asks to slow down.', fate: 'wait' },
  'source-unavailable': { text: 'The source did not answer or said it is down.', fate: 'retry' },
  'source-answer-unreadable': { text: 'The answer of the source has no shape that we know.', fate: 'retry' },
  'source-cannot-be-asked': {
    text: 'The source does not offer what it was asked for.',
    fate: 'give-up',
  },
  'media-expired': { text: 'The source does not have the file any more.', fate: 'give-up' },
  'media-too-large': { text: 'The file is larger than the settings allow.', fate: 'give-up' },
  'media-type-refused': { text: 'The settings do not allow files of this type.', fate: 'give-up' },
  'media-address-refused': {
    text: "The link to the file leads to an address that is not the provider's.",
    fate: 'give-up',
  },
  'media-hash-wrong': {
    text: 'The file that came is not the one that was sent: its hash is another.',
    fate: 'retry',
  },
  'media-unavailable': { text: 'The file could not be fetched after many attempts.', fate: 'give-up' },
} as const satisfies Record<string, { readonly text: string; readonly fate: SourceFate }>;

export type SourceErrorCode = keyof typeof sourceErrorTable;

/** What becomes of work that failed with this code. */
export function sourceFateOf(code: SourceErrorCode): SourceFate {
  return sourceErrorTable[code].fate;
}

/** A code of the table, with the source's own words, without secrets, texts and links. */
export class SourceError extends Error {
  readonly code: SourceErrorCode;
  /** how long the source asked us to wait */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: SourceErrorCode,
    detail: string,
    options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(
      `${sourceErrorTable[code].text} ${detail}`.trim(),
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = 'SourceError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
