import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readBody } from '../../src/sources/chat-export/body.ts';
import { readDate } from '../../src/sources/chat-export/date-order.ts';
import { readHeader } from '../../src/sources/chat-export/header.ts';
import {
  dateOrders,
  findParties,
  openChatFile,
  surveyChat,
  type Parties,
} from '../../src/sources/chat-export/index.ts';
import { firm, itemsOf } from '../support/chat-export.ts';

/** Public samples of other parsers: those beside the project where they are there, and our own in the same shapes. */
const own = join(import.meta.dirname, '../fixtures/chat-export');
const beside = join(import.meta.dirname, '../../../shared/fixtures/chat-export');
const folders = [own, beside].filter((folder) => existsSync(folder));

interface Target {
  readonly timestamp: string;
  readonly author: string;
  readonly message: string;
}

const read = <T>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as T;
const chats = (folder: string) =>
  readdirSync(folder).filter((name) => /^(?:chat-miner_test|chat)_.*\.txt$/.test(name));

describe.each(folders)('the samples of %s', (folder) => {
  test.each(chats(folder))('%s gives the messages that its authors expect', async (name) => {
    const file = await openChatFile(join(folder, name));
    const survey = await surveyChat(await file.text(), { now: new Date() });
    expect(survey.dateOrders).toHaveLength(1);
    const parties = findParties({ survey, businessNumber: firm, me: 'Jahn Doe' }) as Parties;
    const items = await itemsOf(readFileSync(join(folder, name), 'utf8'), {
      dateOrder: survey.dateOrders[0]!,
      parties,
    });
    const target = read<Target[]>(
      join(folder, folder === own ? 'target.json' : 'chat-miner_target.json'),
    ).toReversed();
    expect(
      items.map(({ draft, sender, said }) => ({
        timestamp: draft.occurredAt.slice(0, 19),
        author: sender,
        message: said.text,
      })),
    ).toEqual(target);
    expect(items.filter((item) => item.direction === 'outbound').map((item) => item.sender)).toEqual([
      'Jahn Doe',
    ]);
  });
});

const lineFiles = [join(own, 'lines.json'), join(beside, 'pustur_lines_with_expectations.json')];

describe.each(lineFiles.filter((path) => existsSync(path)))('the lines of %s', (path) => {
  const lines = read<{
    dates: { line: string; expected_local_iso: string }[];
    attachments: { line: string; expected_file: string }[];
    other: { lines: string[]; expected_messages: number; system?: boolean }[];
  }>(path);

  test.each(lines.dates)('$line is of that time', ({ line, expected_local_iso: expected }) => {
    const header = readHeader(line)!;
    const times = dateOrders.map((order) => {
      const date = readDate(header, order);
      if (date === undefined) return undefined;
      const { year, month, day } = date;
      return new Date(
        Date.UTC(year, month - 1, day, header.hour, header.minute, header.second ?? 0),
      ).toISOString();
    });
    expect(times).toContain(expected);
    expect(header.rest).toBe('a: m');
  });

  test.each(lines.attachments)('$line names its file', ({ line, expected_file: file }) => {
    expect(readBody(readHeader(line.split('\n')[0]!)!.rest.slice(3))).toMatchObject({ kind: 'file', file });
  });

  test.each(lines.other)(
    '$lines are so many messages',
    async ({ lines: some, expected_messages: count, system }) => {
      const items = await itemsOf(some.join('\n'));
      expect(items).toHaveLength(system === true ? 0 : count);
    },
  );
});

test('there are samples of our own', () => {
  expect(chats(own).length).toBeGreaterThan(2);
});
