import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The environment of the process, read once and checked. The only place that reads `process.env`. */
export interface Env {
  /** path of the settings file */
  readonly settingsPath: string;
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly adminToken: string | undefined;
  readonly logLevel: string;
  /** the longest that a start waits for database and queue to be there, in ms */
  readonly startWaitMs: number;
  /** how long webhooks are still taken after the stop has begun, in ms */
  readonly stopDelayMs: number;
  /** the process is gone so long after the stop has begun, in ms */
  readonly stopLimitMs: number;
  /** all variables, for `${NAME}` in the settings file */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text));

const seconds = (otherwise: number, least: number) =>
  z
    .string()
    .optional()
    .transform((text) => (text === undefined || text === '' ? otherwise : Number(text)))
    .pipe(z.number({ message: 'must be a number of seconds' }).min(least).max(3_600))
    .transform((count) => count * 1_000);

const schema = z.object({
  SETTINGS: optionalText,
  DATABASE_URL: optionalText.refine((url) => url === undefined || /^postgres(ql)?:\/\//.test(url), {
    message: 'must begin with postgres:// or postgresql://',
  }),
  REDIS_URL: optionalText.refine((url) => url === undefined || /^rediss?:\/\//.test(url), {
    message: 'must begin with redis:// or rediss://',
  }),
  DATA_DIR: optionalText,
  HOST: optionalText,
  PORT: optionalText
    .transform((text) => (text === undefined ? 8080 : Number(text)))
    .pipe(z.int({ message: 'must be a port number' }).min(0).max(65_535)),
  ADMIN_TOKEN: optionalText.refine((token) => token === undefined || token.length >= 12, {
    message: 'must have at least 12 characters',
  }),
  LOG_LEVEL: optionalText.pipe(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  ),
  START_WAIT: optionalText.pipe(seconds(60, 0)),
  STOP_DELAY: optionalText.pipe(seconds(0, 0)),
  STOP_LIMIT: optionalText.pipe(seconds(25, 1)),
});

/** A file that is something else altogether has very many: the first ones tell enough. */
const mostTold = 100;
/** characters of each */
const longestTold = 1_000;

/** Every mistake of a configuration, each with the place it is at. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[];

  constructor(where: string, mistakes: readonly string[]) {
    const count = mistakes.length === 1 ? 'one mistake' : `${mistakes.length} mistakes`;
    const more = mistakes.length > mostTold ? [`and ${mistakes.length - mostTold} more`] : [];
    const told = [...mistakes.slice(0, mostTold).map((one) => one.slice(0, longestTold)), ...more];
    super(`${where}: ${count}\n${told.map((one) => `  ${one}`).join('\n')}`);
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

/** Reads the environment. @throws ConfigError naming every variable that is wrong */
export function readEnv(variables: Readonly<Record<string, string | undefined>> = process.env): Env {
  const parsed = schema.safeParse(variables);
  if (!parsed.success) {
    throw new ConfigError(
      'environment',
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }
  const env = parsed.data;
  return {
    settingsPath: env.SETTINGS ?? 'config/settings.yaml',
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    dataDir: env.DATA_DIR ?? './data',
    host: env.HOST ?? '127.0.0.1',
    port: env.PORT,
    adminToken: env.ADMIN_TOKEN,
    logLevel: env.LOG_LEVEL,
    startWaitMs: env.START_WAIT,
    stopDelayMs: env.STOP_DELAY,
    stopLimitMs: env.STOP_LIMIT,
    variables,
  };
}

/**
 * Puts the environment and secret files into every text of a parsed settings file: `${NAME}`, `${file:/run/secrets/x}`.
 * What cannot be resolved is told to `onMistake` with its path.
 */
export function interpolate(
  value: unknown,
  variables: Readonly<Record<string, string | undefined>>,
  onMistake: (path: string, text: string) => void,
  path = '',
): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([^}]*)\}/g, (_whole, name: string) => {
      const found = name.startsWith('file:') ? readSecret(name.slice(5)) : variables[name];
      if (found === undefined || found === '') {
        onMistake(
          path,
          name.startsWith('file:')
            ? `cannot read the file ${name.slice(5)}`
            : `the environment has no ${name}`,
        );
        return '';
      }
      return found;
    });
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => interpolate(item, variables, onMistake, `${path}[${index}]`));
  }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        interpolate(item, variables, onMistake, path === '' ? key : `${path}.${key}`),
      ]),
    );
  }
  return value;
}

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
