import { pino, type DestinationStream, type Logger } from 'pino';
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
 * requests with tokens), and as the last net every phone number in a line is made short and every bearer token removed.
 *
 * @param level a pino level: fatal, error, warn, info, debug, trace, silent
 */
export function createLog(level: string, stream?: DestinationStream): Log {
  const names = [...secretNames, ...contentNames];
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: names.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[removed]' },
    serializers: { err: plainError, error: plainError },
    hooks: { streamWrite: lastNet },
  };
  return stream === undefined ? pino(options) : pino(options, stream);
}

/** An error as it may be logged, its cause with it; everything else about it stays out. */
function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : String(typeof error);
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: error.message.slice(0, 500),
    ...(error.stack === undefined ? {} : { stack: framesOf(error.stack) }),
    ...(cause instanceof Error ? { cause: plainError(cause) } : {}),
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

function lastNet(line: string): string {
  return shorten(line).replace(/\b(Bearer|Basic) +[\w~+/.=-]{8,}/gi, '$1 [removed]');
}
