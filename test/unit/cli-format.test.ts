import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { formatCsv } from '../../src/observe/csv.ts';
import { formatFindings, hasError } from '../../src/cli/findings.ts';
import { formatTable } from '../../src/cli/table.ts';
import { oneLine } from '../../src/cli/terminal.ts';
import { formatReport, formatReportCsv } from '../../src/cli/verbs/report.ts';
import { formatStatus } from '../../src/cli/verbs/status.ts';
import { formatWaiting } from '../../src/cli/waiting.ts';
import { key, report, sealState, status, waiting } from '../support/operations.ts';

const plain = { colors: picocolors.createColors(false), width: undefined };
const colourful = { colors: picocolors.createColors(true), width: 80 };

describe('a table', () => {
  test('is set in columns with two spaces between, numbers to the right, without trailing spaces', () => {
    const columns = [{ head: 'name' }, { head: 'count', align: 'right' as const }, { head: 'why' }];
    const table = formatTable(
      columns,
      [
        ['sales', 5, 'x'],
        ['m', 1_200, ''],
      ],
      plain,
    );
    expect(table.split('\n')).toEqual(['NAME   COUNT  WHY', 'sales      5  x', 'm       1200']);
  });

  test('breaks what may be broken to the width of the terminal, and loses nothing', () => {
    const why = 'This waits for a contact with this number and is logged by itself when it appears.';
    const columns = [{ head: 'id' }, { head: 'why', wraps: true }];
    const table = formatTable(columns, [['4f1c09d2ab31', why]], { ...plain, width: 40 });
    const lines = table.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(oneLine(lines.slice(1).join(' ').replace('4f1c09d2ab31', ''))).toBe(why);
  });

  test('keeps the lines of a text where a column is made for it', () => {
    const columns = [{ head: 'field' }, { head: 'value', lines: true }];
    const table = formatTable(columns, [['Description', 'one\n\u001btwo\r\nthree']], plain);
    expect(table.split('\n')).toEqual([
      'FIELD        VALUE',
      'Description  one',
      '             two',
      '             three',
    ]);
  });

  test('has no ANSI code in a pipe, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))),
        (rows) => {
          const table = formatTable([{ head: 'a' }, { head: 'b', wraps: true }], rows, plain);
          expect(table.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
          expect(table.split('\n').length).toBe(rows.length + 1);
        },
      ),
    );
  });

  test('cannot be used by a message to command the terminal', () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2J\rname\u202e';
    const [, row] = formatTable([{ head: 'who' }], [[hostile]], colourful).split('\n');
    expect(row).toBe(']0;owned[2J name');
  });
});

describe('CSV', () => {
  test('quotes what needs it and ends lines with CRLF', () => {
    expect(
      formatCsv(
        ['a', 'b'],
        [
          ['x,y', 'say "hi"'],
          ['two\nlines', 3],
          [' edge', ''],
        ],
      ),
    ).toBe('a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",3\r\n" edge",\r\n');
  });

  test.each([
    ['=HYPERLINK("http://a.example")', `"'=HYPERLINK(""http://a.example"")"`],
    ['+1+cmd|calc', "'+1+cmd|calc"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', `"'\t'=1"`],
    ['  =1', "'  =1"],
    ['＝1', "'＝1"],
    ['hello;=1+1;@x', `"hello;'=1+1;'@x"`],
    ['hello; "=1"', `"hello;' ""=1"""`],
    ['a\n-b\tc\t+d', `"a\n'-b\tc\t'+d"`],
    ['a = b; c-d', `"a = b; c-d"`],
    ['+15550783881', '+15550783881'],
    ['-5', '-5'],
    ['plain', 'plain'],
  ])('makes %j harmless to a spreadsheet', (cell, expected) => {
    expect(formatCsv(['a'], [[cell]])).toBe(`a\r\n${expected}\r\n`);
  });
});

describe('the report', () => {
  test('for people has a line per number and day and the totals', () => {
    const lines = formatReport(report, plain).split('\n');
    expect(lines[0]).toBe('2026-02-16 to 2026-03-01 (UTC)');
    expect(lines[2]).toMatch(
      /^DAY +SOURCE +NUMBER +RECEIVED +LOGGED +PENDING +PARKED +EXCLUDED +IGNORED +FAILED$/,
    );
    expect(lines[3]).toMatch(/^2026-03-01 +support +\+15550783881 +8 +4 +1 +1 +1 +0 +1$/);
    expect(lines[4]).toMatch(/^total +8 +4 +1 +1 +1 +0 +1$/);
    expect(lines.at(-1)).toMatch(/^Content not captured: 2 of these are outgoing messages/);
  });

  test('as CSV has one row per number and day', () => {
    expect(formatReportCsv(report)).toBe(
      'day,source,businessNumber,received,logged,pending,parked,excluded,ignored,failed,withoutContent\r\n' +
        '2026-03-01,support,+15550783881,8,4,1,1,1,0,1,2\r\n',
    );
  });
});

describe('the status', () => {
  test('counts each destination by column and says in words what is stopped', () => {
    const text = formatStatus(status, sealState, plain);
    expect(text).toMatch(/^sales +salesforce +running +5 +0 +1 +0 +0 s +2026-03-01 10:00$/m);
    expect(text).toMatch(/^marketing +hubspot +stopped +0 +2 +0 +1 +120 s +never$/m);
    expect(text).toContain('marketing is stopped: The CRM refused the credentials.');
    expect(text).toContain('HubSpot said 401.');
    expect(text).toContain('Seal 2 is the last, of 2026-03-01T10:00:00Z (wcs verify).');
    expect(text).toContain('folder /seals has copies of the seals up to 1 of 2: ENOSPC: no space left.');
    expect(formatStatus(status, { copies: [] }, plain)).toContain('Nothing is sealed yet.');
  });
});

describe('what waits', () => {
  test('is shown with short numbers and ids', () => {
    const text = formatWaiting([waiting], false, plain);
    expect(text).toContain('+1 415 ••• 0100');
    expect(text).toContain(`${key.slice(0, 12)} `);
    expect(text).not.toMatch(/4155550100|415 555/);
  });

  test('is shown whole when asked', () => {
    const text = formatWaiting([waiting], true, plain);
    expect(text).toContain('+14155550100');
    expect(text).toContain(key);
  });
});

describe('findings', () => {
  const findings = [
    { level: 'ok', subject: 'login', text: 'works' },
    { level: 'error', subject: 'key field', text: 'is missing', code: 'key-field-missing' },
    { level: 'todo', subject: 'permissions', text: 'give the user the permission set' },
  ] as const;

  test('are a line each under their destination', () => {
    expect(formatFindings('sales', findings, plain).split('\n')).toEqual([
      'sales',
      '  ✓ login        works',
      '  ✗ key field    is missing (key-field-missing)',
      '  → permissions  give the user the permission set',
    ]);
  });

  test('are wrong only when one is an error', () => {
    expect(hasError(findings)).toBe(true);
    expect(hasError(findings.filter((one) => one.level !== 'error'))).toBe(false);
  });
});
