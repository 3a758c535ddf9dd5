import { pino, type DestinationStream, type Logger } from 'pino';
import { hideSecrets } from '../core/hide.ts';
import { shorten } from './shorten.ts';

/** What the parts of the worker log through: pino's methods, one JSON object a line. */
export type Log = Logger;

const secretNames = [
  'authorization',
  'accessToken',
  'adminToken',
  'appSecret',
  'authToken',
  'clientSecret',
  'cookie',
  'password',
  'privateKey',
  'secret',
  'token',
  'verifyToken',
];

/** Things that hold what people wrote, whatever they are called. */
const contentNames = ['body', 'content', 'payload', 'text'];

/**
 * The program's log: JSON lines on stdout, or on `stream`. Known names of secrets and of message content are replaced by
 * `[removed]` two levels deep, errors are cut down to name, code, message and stack (the errors of HTTP clients carry
 * requests with tokens), and as the last net every phone number in a line is made short, every secret is removed, and what a
 * terminal would obey or turn around is written as JSON writes control characters.
 *
 * @param level a pino level: fatal, error, warn, info, debug, trace, silent
 * @param secrets the values of all secrets: nowhere in a line, whatever carries them
 */
export function createLog(level: string, stream?: DestinationStream, secrets: readonly string[] = []): Log {
  const names = [...secretNames, ...contentNames];
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: names.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[removed]' },
    serializers: { err: (err: unknown) => plainError(err), error: (err: unknown) => plainError(err) },
    hooks: { streamWrite: (line: string) => lastNet(line, secrets) },
  };
  // Line by line: what is kept back is flushed as the process ends, and without a reader that flush never ends (sonic-boom 4
  // tries again whatever the error is).
  return pino(options, stream ?? pino.destination({ dest: 1, sync: true }));
}

/** An error as it may be logged, its cause with it; everything else about it stays out. */
function plainError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : String(typeof error);
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: error.message.slice(0, 500),
    ...(error.stack === undefined ? {} : { stack: framesOf(error.stack) }),
    ...(cause instanceof Error && depth < 5 ? { cause: plainError(cause, depth + 1) } : {}),
  };
}

// Without its first lines, which repeat the message in full.
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim())
    .join('\n');
}

function lastNet(line: string, secrets: readonly string[]): string {
  return shorten(hideSecrets(line, secrets)).replace(unseen, escaped);
}

/** What JSON leaves as it is: C1 controls, which some terminals take for commands, and marks that turn the direction of writing. */
const unseen = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
