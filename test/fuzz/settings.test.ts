import { readFileSync } from 'node:fs';
import { afterAll, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { ConfigError, readEnv } from '../../config/env.ts';
import { readRules, rulesOf } from '../../config/rules.ts';
import { parseSettings, type Settings } from '../../config/settings.ts';
import { maskSettings } from '../../config/mask.ts';
import { ingredient, mutate, mutations, tell, toText, type Mutation } from './mutate.ts';
import { fuzz, timeFor } from './run.ts';
import { sampleOf } from './schema.ts';
import { stopWatching } from './watchdog.ts';
import { yamlOf } from './yaml-text.ts';

afterAll(stopWatching);

const example = readFileSync('config/settings.example.yaml', 'utf8');
/** What stands in comments there is settings, too. */
const whole = example.replace(/^# (?=[ a-z-])/gm, '');
const schema = JSON.parse(readFileSync('config/settings.schema.json', 'utf8')) as Record<string, unknown>;
const bases: readonly object[] = [
  parse(example) as object,
  parse(whole) as object,
  ...[0, 1, 2, 3].map((turn) => sampleOf(schema, turn) as object),
];
const variables = Object.fromEntries(
  [...whole.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => [name, 'value-of-a-secret']),
);

/** Mistakes of a person who writes settings are told, each with its place; nothing else is thrown. */
function refusing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError && error.message.length < 1_000_000) return undefined;
    throw error;
  }
}

const textOf = ({ base, edits }: Mutation): string => yamlOf(whole, mutate(bases[base], edits), edits);

const yamlTricks = [
  'a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c]',
  'sources: &s [*s]',
  'sources: *nobody',
  '%YAML 9.9\n---\nsources: []\n...\n---\nsources: []',
  '? [a, b]\n: c\n? {d: e}\n: f',
  'sources: !!binary "////"\ndestinations: !!set {a, b}\nroutes: !!js/function "x"',
  '<<: {sources: []}\n__proto__: {polluted: 1}',
  `${'['.repeat(100_000)}`,
  `${'{a: '.repeat(20_000)}`,
  `${'- '.repeat(20_000)}x`,
  `a: "${'\\x'.repeat(50_000)}`,
  `a: |${'9'.repeat(100)}\n x`,
  `${'? '.repeat(5_000)}`,
  `${'!'.repeat(50_000)} x`,
  `${'&a '.repeat(20_000)}x`,
  `#${'x'.repeat(2_000_000)}`,
  `owners: [${'{number: "+1", user: a, from: 2026-01-01},'.repeat(1_000)}]`,
  '\0',
  '\ufeff',
  '',
  '1',
  'null',
  '- a',
];

test(
  'settings are taken, or every mistake is told',
  async () => {
    let first: Settings | undefined;
    await fuzz<Mutation>({
      name: 'settings',
      cases: mutations(bases.length),
      check: ([one]) => {
        const settings = refusing(() => parseSettings(textOf(one as Mutation), variables));
        if (settings === undefined) return;
        first ??= settings;
        JSON.stringify(maskSettings(settings));
        readRules(settings, mutate(JSON.parse(JSON.stringify(rulesOf(settings))), (one as Mutation).edits));
      },
      tell,
    });
  },
  timeFor('settings'),
);

test('settings that are tricks of YAML are taken, or every mistake is told', () => {
  for (const text of yamlTricks) {
    const begun = process.cpuUsage();
    refusing(() => parseSettings(text, {}));
    const { user } = process.cpuUsage(begun);
    if (user > 5_000_000) throw new Error(`${text.slice(0, 40)}… took ${user / 1_000} ms`);
  }
});

const names = [
  'SETTINGS',
  'DATABASE_URL',
  'REDIS_URL',
  'DATA_DIR',
  'HOST',
  'PORT',
  'ADMIN_TOKEN',
  'LOG_LEVEL',
  'x',
];
const environments = fc.dictionary(fc.constantFrom(...names), fc.nat(180), {
  maxKeys: 5,
  noNullPrototype: true,
});

test(
  'an environment is taken, or every mistake is told',
  () =>
    fuzz<Record<string, number>>({
      name: 'environment',
      cases: environments,
      check: ([one]) => {
        const given = Object.entries(one ?? {}).map(([name, what]) => [
          name,
          toText(ingredient(what).make()),
        ]);
        const env = refusing(() => readEnv(Object.fromEntries(given) as Record<string, string>));
        if (env !== undefined && !(env.port >= 0 && env.port <= 65_535)) throw new Error(`port ${env.port}`);
        const inSettings = Object.fromEntries(
          Object.keys(variables).map((name, at) => [name, given[at]?.[1] ?? 'x']),
        );
        refusing(() => parseSettings(example, inSettings));
      },
      tell: (one) => JSON.stringify(Object.entries(one).map(([name, what]) => [name, ingredient(what).name])),
    }),
  timeFor('environment'),
);
