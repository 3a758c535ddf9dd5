import { existsSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import { readYaml } from '../src/core/yaml.ts';
import { isDeepYaml } from '../src/core/yaml-depth.ts';
import { ConfigError, interpolate, type Env } from './env.ts';
import { references, settingsShape, type ParsedSettings } from './schema.ts';

/** The checked settings; shapes and defaults are those of `config/schema.ts`, times are milliseconds. */
export type Settings = ParsedSettings;
export type DestinationSettings = Settings['destinations'][number];
export type Policies = Settings['policies'];

/** Reads and checks the settings file. @throws ConfigError naming every mistake at once, each with its path */
export function readSettings(env: Pick<Env, 'settingsPath' | 'variables'>): Settings {
  const path = env.settingsPath;
  if (!existsSync(path)) {
    throw new ConfigError(path, [
      `there is no such file; copy config/settings.example.yaml, or set SETTINGS`,
    ]);
  }
  return parseSettings(readFileSync(path, 'utf8'), env.variables, path);
}

/** Characters, and lines with commas: far more than any settings have, and read within a second. */
const longest = 2_000_000;
const mostParts = 50_000;

/** Checks the text of a settings file; `where` names it in the error. @throws ConfigError */
export function parseSettings(text: string, variables: Env['variables'], where = 'settings'): Settings {
  if (text.length > longest) throw new ConfigError(where, ['file: is longer than 2,000,000 characters']);
  if (partsOf(text) > mostParts) throw new ConfigError(where, ['file: has more than 50,000 values']);
  if (isDeepYaml(text)) throw new ConfigError(where, ['file: is nested too deeply']);
  const yaml = orRefused(where, () => readYaml(text));
  if (yaml.mistakes.length > 0) throw new ConfigError(where, yaml.mistakes);
  const missing: string[] = [];
  const unresolved = new Set<string>();
  const raw = orRefused(where, () =>
    interpolate(yaml.value() ?? {}, variables, (at, text) => {
      unresolved.add(at);
      missing.push(`${at}: ${text}`);
    }),
  );
  const parsed = settingsShape.safeParse(raw);
  const mistakes = [
    ...missing,
    ...(parsed.success ? [] : describeIssues(parsed.error.issues, unresolved)),
    ...references(raw).map((problem) => `${problem.path}: ${problem.text}`),
  ];
  if (parsed.success && mistakes.length === 0) return parsed.data;
  throw new ConfigError(where, mistakes);
}

/** At most so many values, which a line end or a comma parts. */
function partsOf(text: string): number {
  let parts = 1;
  for (const sign of text) if (sign === '\n' || sign === ',') parts += 1;
  return parts;
}

/** References that grow without end or lead to nothing, and nesting without end, are mistakes like others. */
function orRefused<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConfigError(where, [`file: cannot be read: ${error.message.split('\n')[0]}`]);
  }
}

function describeIssues(issues: readonly z.core.$ZodIssue[], unresolved: ReadonlySet<string>): string[] {
  return issues.flatMap((issue) => {
    const path = pathText(issue.path);
    // An empty text where a variable is missing was told already.
    if (unresolved.has(path)) return [];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `${path === '' ? key : `${path}.${key}`}: there is no such setting`);
    }
    if (issue.code === 'invalid_union') {
      return [`${path}: ${unionText(issue)}`];
    }
    if (issue.code === 'invalid_type' && issue.input === undefined && /undefined/.test(issue.message)) {
      return [`${path}: is missing`];
    }
    return [`${path === '' ? 'file' : path}: ${issue.message}`];
  });
}

function unionText(issue: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>): string {
  if ('discriminator' in issue && issue.discriminator !== undefined) {
    return `must be one of the known kinds`;
  }
  const messages = messagesIn(issue).filter((text) => !text.startsWith('Invalid input'));
  return [...new Set(messages)].join(', or ') || issue.message;
}

function messagesIn(issue: z.core.$ZodIssue): string[] {
  return issue.code === 'invalid_union' ? issue.errors.flat().flatMap(messagesIn) : [issue.message];
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}

/** The policies for a source's number, the route's own above the general ones. */
export function policiesFor(settings: Settings, route: Settings['routes'][number]): Policies {
  return { ...settings.policies, ...dropUndefined(route.policies ?? {}) };
}

function dropUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Routes that an interaction of this source and number takes. */
export function routesFor(settings: Settings, source: string, businessNumber: string): Settings['routes'] {
  return settings.routes.filter(
    (route) =>
      route.source === source && (route.numbers === undefined || route.numbers.includes(businessNumber)),
  );
}

/** The policies by which a number's traffic goes to a destination. */
export function policiesOf(
  settings: Settings,
  destination: string,
  source: string,
  businessNumber: string,
): Policies {
  const route = routesFor(settings, source, businessNumber).find((one) =>
    one.destinations.includes(destination),
  );
  return route === undefined ? settings.policies : policiesFor(settings, route);
}

/** A field of the CRM contact, and the values that count; without them yes, true or 1. */
interface ConsentSetting {
  readonly field: string;
  readonly is?: readonly string[];
}

/** By which fields of a destination's contacts people of a route are never recorded, or only then. */
export function consentFor(
  { excludeWhen, onlyWhen }: Policies,
  destination: string,
): { readonly excludeWhen: ConsentSetting[]; readonly onlyWhen: ConsentSetting[] } {
  const own = (rules: Policies['excludeWhen']) =>
    rules.flatMap((rule): ConsentSetting[] => {
      const {
        field,
        is,
        destination: only = destination,
      } = { is: undefined, destination: undefined, ...rule };
      return only === destination ? [{ field, ...(is !== undefined && { is }) }] : [];
    });
  return { excludeWhen: own(excludeWhen), onlyWhen: own(onlyWhen) };
}

/** How much of a number's traffic stands in one record of a destination. */
export function granularityOf(
  settings: Settings,
  destination: string,
  source: string,
  businessNumber: string,
): { by: 'message' } | { by: 'day' } | { by: 'conversation'; gapMs: number } {
  const { granularity, conversationGap } = policiesOf(settings, destination, source, businessNumber);
  return granularity === 'conversation' ? { by: granularity, gapMs: conversationGap } : { by: granularity };
}

/** Is everything but the write done for a number's traffic to a destination? */
export function isDryRun(
  settings: Settings,
  destination: string,
  source: string,
  businessNumber: string,
): boolean {
  const routes = routesFor(settings, source, businessNumber).filter((one) =>
    one.destinations.includes(destination),
  );
  return routes[0]?.dryRun ?? false;
}

/** Who held the firm's number on that UTC day, by the dated `owners`. */
export function ownerOn(settings: Settings, businessNumber: string, day: string): string | undefined {
  return settings.owners.find(
    (owner) =>
      owner.number === businessNumber && owner.from <= day && (owner.to === undefined || day <= owner.to),
  )?.user;
}
