import { describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { readEnv } from '../../config/env.ts';
import type { Settings } from '../../config/settings.ts';
import { main } from '../../src/cli/program.ts';
import type { Services } from '../../src/cli/services.ts';
import { manyLines, oneLine, safeJson } from '../../src/cli/terminal.ts';
import { RemoteError } from '../../src/cli/remote.ts';
import type { Operations } from '../../src/pipeline/operations.ts';
import { fakeOperations, key } from '../support/operations.ts';

/** A title for the window, a jump, a clear screen by a one-byte control sequence, a line back, and marks that turn the text. */
const attack = '\u001b]0;owned\u0007\u001b[2J\u009b2J\r\b\u202egpj.exe\u2066\u061c\u200f\u2028';
/** What is left to a terminal: nothing that it obeys, nothing that turns what people read. */
const obeyed = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

const settings = {
  sources: [{ id: 'support' }],
  destinations: [{ id: 'sales' }],
  owners: [{ number: '+15550783881', user: `ana@example.com${attack}`, from: '2026-01-01' }],
} as Settings;

/** Every text of an answer that is no number, no id and no word of the program carries the attack. */
function poisoned(value: unknown): unknown {
  if (typeof value === 'string')
    return /[A-Z ]/.test(value) && !/^\d{4}-/.test(value) ? value + attack : value;
  if (Array.isArray(value)) return value.map(poisoned);
  if (typeof value !== 'object' || value === null || Symbol.asyncIterator in value) return value;
  // Without its place in a list: the fake ones have no end.
  const members = Object.entries(value).filter(([name]) => name !== 'cursor');
  return Object.fromEntries(members.map(([name, inner]) => [name, poisoned(inner)]));
}

/** The operations whose answers were all poisoned, however deep they stand. */
function poisonedOperations<T extends object>(operations: T): T {
  return new Proxy(operations, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member === 'function') {
        return async (...args: unknown[]) =>
          poisoned(await (member as (...given: unknown[]) => unknown)(...args));
      }
      return typeof member === 'object' && member !== null ? poisonedOperations(member) : member;
    },
  });
}

async function run(line: string, operations: Operations = poisonedOperations(fakeOperations())) {
  const written: string[] = [];
  const terminal = {
    out: (text: string) => void written.push(text),
    note: (text: string) => void written.push(text),
    colors: picocolors.createColors(false),
    width: undefined,
  };
  const finding = { level: 'error' as const, subject: `Field${attack}`, text: `is Wrong${attack}` };
  const services: Services = {
    readEnv: () => readEnv({}),
    readSettings: () => settings,
    openOperations: async () => ({ operations, close: async () => undefined }),
    checkSources: async () => [{ source: 'support', findings: [finding] }],
    runCheck: async () => [{ destination: 'sales', findings: [finding] }],
    openDestinations: async () => ({ destinations: new Map(), close: async () => undefined }),
    restoreBackup: async () => {
      throw new Error(`no backup${attack}`);
    },
  };
  await main(line.split(' '), terminal, services, '1.2.3');
  return written.join('\n');
}

describe('what strangers write cannot command the terminal of whoever looks at it with', () => {
  test.each([
    'check',
    'status',
    'report',
    'report --missing',
    'daily show 2026-03-01',
    'parked list --full',
    'failed list --full',
    'preview sales --full',
    'mapping show sales',
    'mapping versions sales',
    'audit',
    `show ${key}`,
    `show ${key} --versions`,
    'quarantine list --all',
    'quarantine show 4711',
    'verify',
    'keys',
    'retention',
    'hold list',
    'drift list',
    `drift show ${key} --destination sales`,
    'reconcile',
  ])('wcs %s', async (line) => {
    const plain = await run(line, fakeOperations());
    expect(plain).not.toMatch(/^wcs: |error: /m);
    for (const written of [await run(line), await run(`${line} --json`)]) {
      expect(written.length).toBeGreaterThan(0);
      expect(written).not.toMatch(obeyed);
    }
  });

  test('a refusal of the worker', async () => {
    const operations: Operations = {
      ...fakeOperations(),
      status: () => Promise.reject(new RemoteError(`no${attack}`)),
    };
    expect(await run('status', operations)).toBe('wcs: no]0;owned[2J2Jgpj.exe');
  });
});

test('JSON that is printed says what was written, and only in signs that a terminal shows', () => {
  const value = { [attack]: [attack, { a: 'ordinary\ntext ü 😀' }] };
  for (const indent of [undefined, 2]) {
    expect(safeJson(value, indent)).not.toMatch(obeyed);
    expect(JSON.parse(safeJson(value, indent))).toEqual(value);
  }
});

test('a text keeps its lines where they are wanted', () => {
  expect(manyLines(`a: 1\n\tb: 2${attack}\n`)).toBe('a: 1\n\tb: 2]0;owned[2J2Jgpj.exe\n');
  expect(oneLine(`a\n b${attack}`)).toBe('a b]0;owned[2J2J gpj.exe');
});
