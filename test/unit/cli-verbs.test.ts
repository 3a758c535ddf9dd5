import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { ConfigError, readEnv } from '../../config/env.ts';
import type { Settings } from '../../config/settings.ts';
import { main } from '../../src/cli/program.ts';
import type { Services } from '../../src/cli/services.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import type { Operations } from '../../src/pipeline/operations.ts';
import { fakeOperations, key, missing, report } from '../support/operations.ts';

const folder = mkdtempSync(join(tmpdir(), 'wcs-verbs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = {
  sources: [{ id: 'support' }],
  destinations: [{ id: 'sales' }, { id: 'marketing' }],
  owners: [{ number: '+15550783881', user: 'ana@example.com', from: '2026-01-01' }],
} as Settings;

/** Runs a command line over fake services at the outer boundary. */
async function run(
  line: string | readonly string[],
  overrides: Partial<Services> & { operations?: Operations } = {},
) {
  const out: string[] = [];
  const notes: string[] = [];
  let open = 0;
  const terminal = {
    out: (text: string) => void out.push(text),
    note: (text: string) => void notes.push(text),
    colors: picocolors.createColors(false),
    width: undefined,
  };
  const setup = async () => [{ level: 'ok' as const, subject: 'key field', text: 'was made' }];
  const services: Services = {
    readEnv: () => readEnv({}),
    readSettings: () => settings,
    openOperations: async () => {
      open += 1;
      return { operations: overrides.operations ?? fakeOperations(), close: async () => void (open -= 1) };
    },
    checkSources: async () => [],
    restoreBackup: async () => ({
      product: 'p',
      id: 'b1',
      madeAt: '2026-03-01T10:00:00.000Z',
      by: 'ana',
      files: 3,
      bytes: 9,
    }),
    runCheck: async (_settings, destination) => [
      { destination: destination ?? 'all', findings: [{ level: 'ok', subject: 'login', text: 'works' }] },
    ],
    openDestinations: async () => ({
      destinations: new Map([['sales', { setup } as unknown as Destination]]),
      close: async () => undefined,
    }),
    ...overrides,
  };
  const args = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  const code = await main(args, terminal, services, '1.2.3');
  expect(open).toBe(0);
  return { code, out: out.join('\n'), notes: notes.join('\n') };
}

const verbs = [
  'check',
  'setup',
  'status',
  'report',
  'daily',
  'parked',
  'failed',
  'preview',
  'mapping',
  'audit',
  'show',
  'quarantine',
  'verify',
  'keys',
  'retention',
  'hold',
  'erase',
  'export',
  'reconcile',
  'drift',
  'import',
  'backup',
  'restore',
];

describe('help', () => {
  test('lists the verbs that exist and no others', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    const listed = [...out.slice(out.indexOf('Commands:')).matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
    expect(listed).toEqual([...verbs, 'help']);
  });

  test.each([
    'check',
    'setup',
    'status',
    'report',
    'parked list',
    'parked assign',
    'parked ignore',
    'failed list',
    'failed replay',
    'preview',
    'mapping show',
    'mapping versions',
    'mapping publish',
    'mapping rollback',
    'mapping rewrite',
    'audit',
    'daily list',
    'daily show',
    'daily run',
    'retention',
    'hold list',
    'hold place',
    'hold release',
    'erase',
    'show',
    'quarantine list',
    'quarantine show',
    'quarantine release',
    'quarantine discard',
    'verify',
    'export',
  ])('of %s has an example and --json', async (verb) => {
    const { code, out } = await run(`${verb} --help`);
    expect(code).toBe(0);
    expect(out).toContain(`$ wcs ${verb}`);
    expect(out).toContain('--json');
  });
});

test('the version is told', async () => {
  expect(await run('--version')).toMatchObject({ code: 0, out: '1.2.3' });
});

describe('wrong use', () => {
  test.each([
    ['', /Usage: wcs/],
    ['bogus', /unknown command 'bogus'/],
    ['parked', /Usage: wcs parked/],
    ['status --bogus', /unknown option '--bogus'/],
    ['setup', /missing required argument 'destination'/],
    ['setup other', /there is no destination "other"; there are: sales, marketing/],
    ['check other', /there is no destination "other"/],
    ['preview other', /there is no destination "other"/],
    ['audit --action theft', /there is no action "theft"; there are: parked\.assign/],
    ['audit --from yesterday', /"yesterday" is not a day/],
    ['show 4711', /64 hex digits/],
    ['quarantine show x', /"x" is not an id/],
    ['quarantine show 9', /nothing with the id 9/],
    ['quarantine release 4711', /required option '--number/],
    ['quarantine release 4711 --number 5', /"5" is not a number like/],
    ['audit --limit many', /"many" is not a number/],
    ['report --from 2026-02-30', /"2026-02-30" is not a day/],
    ['report --from 2026-03-02 --to 2026-03-01', /--to is before --from/],
    ['report --format xml', /Allowed choices are table, json, csv/],
    ['parked list --limit 0', /"0" is not a number above 0/],
    [`parked assign ${key}`, /required option '--contact/],
    [`parked assign ${key} --contact 003`, /must be a type and an id/],
    [`parked assign ${key} --contact Contact:003`, /say which destination: --destination sales \| marketing/],
    [`parked ignore xyz --destination sales`, /"xyz" is not an id/],
    [
      `parked ignore 000000 --destination sales`,
      /nothing that waits there has an id that begins with 000000/,
    ],
    ['failed replay', /say which: ids, --destination, --code or --all/],
    ['preview sales --event none.json', /none\.json cannot be read/],
    ['export --all', /required option '--out/],
    ['export --out /nowhere/new', /say what is exported, or --all; not both/],
    ['export --out /nowhere/new --all --number +15550783881', /say what is exported, or --all; not both/],
    ['export --out /tmp --all', /\/tmp is there already, and nothing is written over/],
    ['export --out /nowhere/new --all --format pdf', /there is no format "pdf"; there are: html, json/],
    ['export --out /nowhere/new --conversation x', /takes the id of a chat: 32 hex digits/],
    ['export --out /nowhere/new --number 12', /"12" is not a number with its country code/],
    ['export --out /nowhere/new --from 2026-02-30', /"2026-02-30" is not a day/],
  ])('"%s" ends with 2 and a sentence', async (line, message) => {
    const { code, out, notes } = await run(line);
    expect(code).toBe(2);
    expect(notes).toMatch(message);
    expect(out).toBe('');
  });

  test('so does an event that is no JSON, without showing it', async () => {
    const file = join(folder, 'broken.json');
    writeFileSync(file, '{"secret words');
    const { code, notes } = await run(['preview', 'sales', '--event', file]);
    expect(code).toBe(2);
    expect(notes).toMatch(/is not a JSON object/);
    expect(notes).not.toContain('secret words');
  });

  test('so do wrong settings, which are all named', async () => {
    const { code, notes } = await run('status', {
      readSettings: () => {
        throw new ConfigError('settings.yaml', ['routes: is missing', 'sources[0].id: is missing']);
      },
    });
    expect(code).toBe(2);
    expect(notes).toContain('routes: is missing');
    expect(notes).toContain('sources[0].id: is missing');
  });
});

describe('check', () => {
  test('ends with 0 when all is well, and asks only the one named', async () => {
    const { code, out } = await run('check sales');
    expect(code).toBe(0);
    expect(out).toContain('sales\n  ✓ login  works');
  });

  test('ends with 1 when something is wrong', async () => {
    const findings = [{ level: 'error' as const, subject: 'login', text: 'refused', code: 'auth-failed' }];
    const { code, out } = await run('check --json', {
      runCheck: async () => [{ destination: 'sales', findings }],
    });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      settings: { mistakes: [] },
      sources: [],
      destinations: [{ destination: 'sales', findings }],
    });
  });

  test('asks the sources too, unless one destination is named', async () => {
    const findings = [{ level: 'error' as const, subject: 'access token', text: 'Meta refuses it' }];
    const checkSources = async () => [{ source: 'support', findings }];
    const all = await run('check', { checkSources });
    expect(all.out).toContain('support\n  ✗ access token  Meta refuses it\n\nall\n  ✓ login  works');
    expect(all.code).toBe(1);
    expect((await run('check sales', { checkSources })).code).toBe(0);
  });

  test('finds wrong settings: 1, with every mistake', async () => {
    const readSettings = () => {
      throw new ConfigError('settings.yaml', ['routes: is missing']);
    };
    expect(await run('check', { readSettings })).toMatchObject({
      code: 1,
      out: expect.stringContaining('routes: is missing'),
    });
    const { out } = await run('check --json', { readSettings });
    expect(JSON.parse(out)).toEqual({
      settings: { mistakes: ['routes: is missing'] },
      sources: [],
      destinations: [],
    });
  });
});

describe('setup', () => {
  test('says what it did', async () => {
    expect(await run('setup sales')).toMatchObject({ code: 0, out: 'sales\n  ✓ key field  was made' });
  });

  test('ends with 1 when it could not do it', async () => {
    const setup = async () => [{ level: 'error', subject: 'key field', text: 'was refused' }];
    const asked: unknown[][] = [];
    const { code } = await run('setup sales --json', {
      operations: fakeOperations(asked),
      openDestinations: async () => ({
        destinations: new Map([['sales', { setup } as unknown as Destination]]),
        close: async () => undefined,
      }),
    });
    expect(code).toBe(1);
    expect(asked).toEqual([['noteSetup', 'sales', { error: 1 }, expect.any(String)]]);
  });

  test('is done all the same where the audit log cannot be written, and says so', async () => {
    const openOperations = async () => {
      throw new Error('there is no database');
    };
    const { code, notes } = await run('setup sales', { openOperations });
    expect(code).toBe(0);
    expect(notes).toContain('the audit log has no entry of this setup: there is no database');
  });
});

describe('status and report', () => {
  test('status ends with 1 while a destination is stopped', async () => {
    const { code, out } = await run('status');
    expect(code).toBe(1);
    expect(out).toContain('marketing is stopped');
  });

  test.each([
    ['report --json', (out: string) => JSON.parse(out) as unknown],
    ['report --format json', (out: string) => JSON.parse(out) as unknown],
  ])('%s prints what the API answers', async (line, parse) => {
    const { code, out } = await run(line);
    expect([code, parse(out)]).toEqual([0, report]);
  });

  test('a report that does not add up ends with 1', async () => {
    const wrong = { ...report, totals: { ...report.totals, received: 9 } };
    const { code, notes } = await run('report', {
      operations: { ...fakeOperations(), report: async () => wrong },
    });
    expect(code).toBe(1);
    expect(notes).toContain('do not add up');
  });

  test('the days are handed on', async () => {
    const asked: unknown[][] = [];
    await run('report --from 2026-02-01 --to 2026-02-28', { operations: fakeOperations(asked) });
    expect(asked).toEqual([['report', { from: '2026-02-01', to: '2026-02-28' }]]);
  });

  test('by owner the sums of each are shown, and nobody has what nobody held', async () => {
    const { totals } = report;
    const owners = [{ owner: 'ana@example.com', ...totals }, { ...totals }];
    const operations = { ...fakeOperations(), report: async () => ({ ...report, owners }) };
    const { code, out } = await run('report --by owner', { operations });
    expect(code).toBe(0);
    expect(out).toMatch(/^OWNER +RECEIVED/m);
    expect(out).toMatch(/^ana@example\.com +8 +4/m);
    expect(out).toMatch(/^nobody +8 +4/m);
    const csv = await run('report --by owner --format csv', { operations });
    expect(csv.out.split('\r\n')).toEqual([
      'owner,received,logged,pending,parked,excluded,ignored,failed,withoutContent',
      'ana@example.com,8,4,1,1,1,0,1,2',
      ',8,4,1,1,1,0,1,2',
    ]);
  });

  test('what is missing is named, over all pages, and ends with 1', async () => {
    const pages = [
      { items: [missing], cursor: 'next' },
      { items: [{ ...missing, what: 'file' as const, file: { id: 'm1', code: 'media-expired' } }] },
    ];
    const fake = fakeOperations();
    const operations = {
      ...fake,
      reports: { ...fake.reports, missing: async () => pages.shift() ?? { items: [] } },
    };
    const { code, out } = await run('report --missing', { operations });
    expect(code).toBe(1);
    expect(out).toMatch(/^2026-03-01 +support +\+15550783881 +content not captured +wamid\.1$/m);
    expect(out).toMatch(/file not to be had \(media-expired\) +m1 of wamid\.1$/m);
    const none = await run('report --missing', { operations });
    expect([none.code, none.out]).toEqual([0, 'Nothing is missing.']);
  });
});

describe('daily reports', () => {
  test('are listed with whom they were sent to', async () => {
    const { code, out } = await run('daily list');
    expect(code).toBe(0);
    expect(out).toMatch(/^2026-03-01 +3 +2026-03-02 06:00 +8 +3 +folder \/reports$/m);
  });

  test.each([
    ['text', /^WhatsApp records of 2026-03-01 \(UTC\)\nReport 3/],
    ['csv', /^day,source,businessNumber,owner,received/],
    ['html', /^<!doctype html>/],
    ['json', /^\{\n {2}"number": 3/],
  ])('are shown as %s', async (format, start) => {
    const { code, out } = await run(`daily show 2026-03-01 --format ${format}`);
    expect(code).toBe(0);
    expect(out).toMatch(start);
  });

  test('of a day without one say how it is made, and none is made of a day that is not over', async () => {
    const { code, notes } = await run('daily show 2026-02-01');
    expect([code, notes]).toEqual([1, expect.stringContaining('wcs daily run 2026-02-01')]);
    const asked: unknown[][] = [];
    expect((await run('daily run 2026-03-01', { operations: fakeOperations(asked) })).code).toBe(1);
    expect(asked).toEqual([['reports.make', '2026-03-01']]);
    expect(await run('daily run 2999-01-01')).toMatchObject({
      code: 2,
      notes: expect.stringContaining('not over'),
    });
  });
});

describe('retention, holds and erasure', () => {
  test('what would be destroyed, and what was, are tables', async () => {
    const { code, out } = await run('retention');
    expect([code, out]).toEqual([0, expect.stringMatching(/old-messages +2 +0 +1 +1\n/)]);
    expect((await run('retention --run')).out).toContain(
      'Destroyed: 2 messages and calls, 5 events, 1 files',
    );
    expect((await run('retention --history')).out).toMatch(
      /3 +2026-03-01 10:00 +retention +retention +old-messages/,
    );
    expect((await run('retention --tombstones 3')).out).toMatch(/abababababab +message +support/);
    expect(await run('retention --run --history')).toMatchObject({ code: 2 });
  });

  test('a hold is placed on what is there, and released once', async () => {
    const asked: unknown[][] = [];
    const operations = fakeOperations(asked);
    const place = [
      'hold',
      'place',
      '--person',
      '+1 415 555-0100',
      '--owner',
      'ana@example.com',
      '--reason',
      'case 7',
    ];
    expect(await run(place, { operations })).toMatchObject({ code: 0, out: 'Hold 4 is in force.' });
    expect(asked.at(-1)).toEqual([
      'retention.placeHold',
      { person: '+14155550100', owner: 'ana@example.com', reason: 'case 7', by: expect.any(String) },
    ]);
    for (const wrong of [
      '',
      '--owner ben@example.com',
      '--source other',
      '--from yesterday',
      '--person Ana',
    ]) {
      expect(await run(`hold place --reason x ${wrong}`, { operations })).toMatchObject({ code: 2 });
    }
    expect((await run('hold list')).out).toContain('+14155550100');
    expect(await run('hold release 4 --reason over')).toMatchObject({ code: 0, out: 'Hold 4 is released.' });
    expect(await run('hold release 5 --reason over')).toMatchObject({ code: 1 });
  });

  test('an erasure tells what was kept, and what the CRM has', async () => {
    const asked: unknown[][] = [];
    const { code, out } = await run('erase --person US.1349 --dry-run', {
      operations: fakeOperations(asked),
    });
    expect(asked.at(-1)).toMatchObject(['retention.erase', { person: 'US.1349', dryRun: true }]);
    // not everything could be erased
    expect(code).toBe(1);
    for (const text of [
      '5 messages',
      '1 kept: a legal hold',
      '1 kept by law',
      'sales',
      '00T1',
      'CRM’s admin',
    ]) {
      expect(out).toContain(text);
    }
    expect(await run('erase --person Ana')).toMatchObject({ code: 2 });
  });
});

describe('parked and failed', () => {
  test('a beginning of an id is enough', async () => {
    const asked: unknown[][] = [];
    const line = `parked assign ${key.slice(0, 12)} --destination sales --contact Contact:003xx --name Ana`;
    const { code, out } = await run(line, { operations: fakeOperations(asked) });
    expect([code, out]).toEqual([0, '1 of 1 changed.']);
    expect(asked.at(-1)).toEqual([
      'assign',
      'sales',
      [key],
      { type: 'Contact', id: '003xx', name: 'Ana' },
      expect.any(String),
    ]);
  });

  test('what was not parked ends with 1', async () => {
    const line = `parked ignore ${key} ${'0'.repeat(64)} --destination sales --json`;
    expect(await run(line)).toMatchObject({ code: 1, out: '{\n  "changed": 1\n}' });
  });

  test('lists read as many pages as are needed, and say when there is more', async () => {
    const page = await fakeOperations().parked({ limit: 1 });
    const operations = {
      ...fakeOperations(),
      parked: async ({ cursor = '0' }: { cursor?: string }) => ({
        ...page,
        cursor: String(Number(cursor) + 1),
      }),
    };
    const { code, out, notes } = await run('parked list --limit 3 --json', { operations });
    expect(code).toBe(0);
    expect((JSON.parse(out) as { items: unknown[] }).items).toHaveLength(3);
    expect(notes).toBe('');
    expect((await run('parked list --limit 3', { operations })).notes).toContain('more than 3');
  });

  test('nothing waiting is a sentence', async () => {
    const operations = { ...fakeOperations(), failed: async () => ({ items: [] }) };
    expect(await run('failed list', { operations })).toMatchObject({ code: 0, out: 'Nothing has failed.' });
  });

  test('a replay takes ids, a code, a destination, or all', async () => {
    const asked: unknown[][] = [];
    const operations = fakeOperations(asked);
    expect(await run('failed replay --all', { operations })).toMatchObject({
      code: 0,
      out: '3 are sent again.',
    });
    await run('failed replay --destination sales --code too-long', { operations });
    await run(`failed replay ${key}`, { operations });
    expect(asked).toEqual([
      ['replay', {}, expect.any(String)],
      ['replay', { destination: 'sales', code: 'too-long' }, expect.any(String)],
      ['replay', { keys: [key] }, expect.any(String)],
    ]);
  });
});

describe('keys', () => {
  test('lists the master keys, and ends with 1 while something is in clear', async () => {
    const { code, out } = await run('keys list');
    expect(code).toBe(1);
    expect(out).toMatch(/^year-2027 \(wraps new keys\) +aws-kms +1 +0$/m);
    expect(out).toMatch(/^year-2026 +local +12 +3$/m);
    expect(out).toContain('7 events and 4 messages and calls are in clear: wcs keys encrypt');
    const operations = fakeOperations();
    const off = { isOn: false, masterKeys: [], destroyed: 0, clear: { events: 1, interactions: 1 } };
    const keys = { ...operations.keys, status: async () => off };
    expect(await run('keys list', { operations: { ...operations, keys } })).toMatchObject({
      code: 0,
      out: 'Content is kept in clear: there is no encryption.masterKeys in the settings.',
    });
  });

  test('rotates and encrypts part by part until all is done', async () => {
    const asked: unknown[][] = [];
    const operations = fakeOperations(asked);
    expect(await run('keys rotate --by ana', { operations })).toMatchObject({
      code: 0,
      out: '3 wrapped with the first master key.',
      notes: '2 wrapped with the first master key …',
    });
    expect(JSON.parse((await run('keys encrypt --json', { operations })).out)).toEqual({ changed: 4 });
    expect(asked).toEqual([
      ['keys.rotate', { after: '', by: 'ana' }],
      ['keys.rotate', { after: '7', by: 'ana' }],
      ['keys.encrypt', { after: '', by: expect.any(String) }],
    ]);
  });
});

test('audit shows who did what', async () => {
  const { code, out } = await run('audit', { operations: fakeOperations() });
  expect(code).toBe(0);
  expect(out).toContain('2026-03-01 10:00');
  expect(out).toMatch(/ana +parked\.ignore +sales +count: 1, reason: private/);
});

test('audit asks for what was chosen, and gives it as CSV', async () => {
  const asked: unknown[][] = [];
  const operations = fakeOperations(asked);
  const { out } = await run('audit --subject sales --from 2026-01-01 --to 2026-01-31 --csv', { operations });
  expect(out.split('\n')[0]).toBe('id,at,actor,action,subject,detail');
  expect(out).toContain('7,2026-03-01T10:00:00.000Z,ana,parked.ignore,sales');
  expect(asked).toEqual([['audit', { subject: 'sales', from: '2026-01-01', to: '2026-01-31', limit: 500 }]]);
});

test('show has one message with its versions and who decided what', async () => {
  const asked: unknown[][] = [];
  const { code, out } = await run(`show ${key} --versions`, { operations: fakeOperations(asked) });
  expect(code).toBe(0);
  expect(out).toMatch(/1 +2026-03-01 10:00:00 +message 1 +person +made/);
  expect(out).toMatch(/sales +parked/);
  expect(out).toMatch(/ana +parked\.ignore/);
  expect(out).toContain('1 of its rows are not sealed yet.');
  expect(out).toContain('"text": "hello"');
  expect(asked.map(([name]) => name)).toEqual(['interaction', 'versions', 'seals.proofs', 'audit']);
  expect((await run(`show ${key}`)).out).not.toContain('hello');
  expect(await run(`show ${'0'.repeat(64)}`)).toMatchObject({ code: 2 });
});

describe('quarantine', () => {
  test('list ends with 1 while something waits', async () => {
    const { code, out } = await run('quarantine list');
    expect(code).toBe(1);
    expect(out).toMatch(/4711 +2026-03-01 10:00 +support +waiting/);
    const empty = { ...fakeOperations().quarantine, list: async () => ({ items: [] }) };
    const operations = { ...fakeOperations(), quarantine: empty };
    expect(await run('quarantine list', { operations })).toMatchObject({
      code: 0,
      out: 'Nothing is in quarantine.',
    });
  });

  test('shows, releases and discards in the name of who sits there', async () => {
    const asked: unknown[][] = [];
    const operations = fakeOperations(asked);
    expect((await run('quarantine show 4711', { operations })).out).toContain('"words": "hello"');
    expect(await run('quarantine release 4711 --number +15550783881', { operations })).toMatchObject({
      code: 0,
      out: 'Recorded: 1 events.',
    });
    expect(await run('quarantine discard 4711 9', { operations })).toMatchObject({
      code: 1,
      out: '1 of 2 destroyed.',
    });
    const by = expect.any(String);
    expect(asked).toEqual([
      ['quarantine.open', 4711, by],
      ['quarantine.release', 4711, '+15550783881', by],
      ['quarantine.discard', [4711, 9], by],
    ]);
  });
});

describe('preview', () => {
  test('shows the record that a webhook body makes', async () => {
    const file = join(folder, 'event.json');
    writeFileSync(file, '{"object":"whatsapp_business_account"}');
    const asked: unknown[][] = [];
    const { code, out } = await run(['preview', 'sales', '--event', file], {
      operations: fakeOperations(asked),
    });
    expect(code).toBe(0);
    expect(out).toBe('A message → Task\n  no-contact\nFIELD    VALUE\nSubject  A message');
    expect(asked).toEqual([['preview', 'sales', { event: { object: 'whatsapp_business_account' } }]]);
  });

  test('ends with 1 when the mapping has mistakes', async () => {
    const [one] = await fakeOperations().preview('sales');
    const operations = {
      ...fakeOperations(),
      preview: async () => [
        { ...(one as NonNullable<typeof one>), mistakes: ['Subjekt: there is no such field'] },
      ],
    };
    expect(await run('preview sales', { operations })).toMatchObject({
      code: 1,
      out: expect.stringContaining('✗ Subjekt: there is no such field'),
    });
  });
});

test('whatever else goes wrong ends with 1, in a sentence without numbers of people', async () => {
  const operations = {
    ...fakeOperations(),
    status: () => Promise.reject(new Error('the ledger does not answer for +14155550100')),
  };
  const { code, notes, out } = await run('status --json', { operations });
  expect(code).toBe(1);
  expect(notes).toBe('wcs: the ledger does not answer for +1 415 ••• 0100');
  expect(JSON.parse(out)).toEqual({ error: 'the ledger does not answer for +1 415 ••• 0100' });
});

describe('reconcile', () => {
  test('goes on until everything is compared, sums up, and exits 1 when something differs', async () => {
    const { code, out } = await run('reconcile --destination sales --all');
    expect(code).toBe(1);
    expect(out).toMatch(/sales +400 +2 +2 +4 +0 +0/);
    expect(out).toContain('wcs drift list');
    const json = await run('reconcile --json');
    expect(JSON.parse(json.out)).toMatchObject({
      destinations: [{ destination: 'sales', checked: 400 }, {}],
    });
  });

  test('exits 0 when nothing differs, and 2 for a day that is none', async () => {
    const same = { checked: 3, missing: 0, changed: 0, moved: 0, double: 0, loggedAgain: 0, dropped: 0 };
    const fake = fakeOperations();
    const operations = { ...fake, drift: { ...fake.drift, reconcile: async () => same } };
    expect((await run('reconcile', { operations })).code).toBe(0);
    expect((await run('reconcile --from 2026-13-01')).code).toBe(2);
    expect((await run('reconcile --destination other')).code).toBe(2);
  });
});

describe('drift', () => {
  test('lists what differs, with names of fields, and exits 1', async () => {
    const { code, out } = await run('drift list --kind changed');
    expect(code).toBe(1);
    expect(out).toMatch(/abababab +sales +changed +Subject/);
    const fake = fakeOperations();
    const operations = { ...fake, drift: { ...fake.drift, list: async () => ({ items: [] }) } };
    expect(await run('drift list', { operations })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/as it was/),
    });
    expect((await run('drift list --kind other')).code).toBe(2);
  });

  test('shows what the CRM has beside what was logged', async () => {
    const { code, out } = await run('drift show abababab');
    expect(code).toBe(1);
    expect(out).toMatch(/Subject\n +CRM now: +theirs\n +logged: +our own/);
    expect((await run('drift show cdcdcdcd')).code).toBe(2);
  });

  test('restores and accepts what it is told, and says what was refused', async () => {
    expect(await run('drift restore abab')).toMatchObject({ code: 0, out: '1 is written again.' });
    expect(await run('drift accept --all --kind changed')).toMatchObject({ code: 0, out: '1 is kept.' });
    expect((await run('drift restore')).code).toBe(2);
    const fake = fakeOperations();
    const restore = async () => Promise.reject(new Error('it is never written again'));
    const refused = await run('drift restore abab', {
      operations: { ...fake, drift: { ...fake.drift, restore } },
    });
    expect(refused).toMatchObject({ code: 1, notes: expect.stringContaining('never written again') });
  });
});
