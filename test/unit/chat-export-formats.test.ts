import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { readBody } from '../../src/sources/chat-export/body.ts';
import { LocalClock } from '../../src/sources/chat-export/clock.ts';
import { DateOrderSurvey, readDate } from '../../src/sources/chat-export/date-order.ts';
import { readHeader } from '../../src/sources/chat-export/header.ts';
import { surveyChat } from '../../src/sources/chat-export/survey.ts';
import { itemsOf } from '../support/chat-export.ts';

describe('the header of a message', () => {
  test.each([
    ['3/6/18, 1:55 p.m. - Ana: x', '3 6 18', '13:55'],
    ['03-06-2018, 01.55 PM - Ana: x', '3 6 2018', '13:55'],
    ['13.06.18 21.25.15: Ana: x', '13 6 18', '21:25:15'],
    ['[06.13.18 21:25:15] Ana: x', '6 13 18', '21:25:15'],
    ['13.6.2018 klo 21.25.15 - Ana: x', '13 6 2018', '21:25:15'],
    ['13. 6. 2018. 21:25:15 Ana: x', '13 6 2018', '21:25:15'],
    ['[3/6/18 1:55:00 p. m.] Ana: x', '3 6 18', '13:55:0'],
    ['\u200e[3/6/18, 12:05:00\u202fAM] Ana: x', '3 6 18', '0:5:0'],
    ['3/6/2018 12:55 p.\u00a0m. - Ana: x', '3 6 2018', '12:55'],
    ['[2018/06/13, 21:25:15] Ana: x', '2018 6 13', '21:25:15'],
    ['[06/2018/13, 21:25:15] Ana: x', '6 2018 13', '21:25:15'],
    ['2024/12/01, 10:04 pm - Ana: x', '2024 12 1', '22:4'],
    ['10.12.2024, 14:30 - Ana: x', '10 12 2024', '14:30'],
    ['2023/1/5 下午3:21 - Ana: x', '2023 1 5', '15:21'],
    ['٢٠٢٤/١/٥، ٣:٢١ م - Ana: x', '2024 1 5', '15:21'],
    ['01/01/2019, 00:08 a. m. - Ana: x', '1 1 2019', '0:8'],
  ])('is read in %s', (line, date, time) => {
    const header = readHeader(line);
    expect(header?.rest).toBe('Ana: x');
    expect(header?.date.join(' ')).toBe(date);
    const parts = [header?.hour, header?.minute, header?.second];
    expect(parts.filter((part) => part !== undefined).join(':')).toBe(time);
  });

  test.each([
    '2016-04-29 10:30:00',
    '[13/06, 21:25] Ana: x',
    'at 10:30 on 1/2/2024',
    '12345',
    '',
    '1/2/24, 25:00 - x',
  ])('is not seen in "%s"', (line) => expect(readHeader(line)).toBeUndefined());
});

describe('the order of day, month and year', () => {
  const orderOf = (...dates: string[]) => {
    const survey = new DateOrderSurvey(new Date('2026-01-01'));
    for (const date of dates) survey.add(readHeader(`${date}, 10:00 - x`)!);
    return survey.result();
  };

  test('is told by a number over twelve', () => {
    expect(orderOf('03/06/18', '13/06/18')).toEqual(['dmy']);
    expect(orderOf('03/06/18', '06/13/18')).toEqual(['mdy']);
  });

  test('is told by time that only goes on', () => {
    expect(orderOf('05/02/24', '03/03/24', '01/04/24')).toEqual(['dmy']);
  });

  test('is told by years in which there was no WhatsApp', () => {
    expect(orderOf('2018/06/01')).toEqual(['ymd']);
  });

  test('is left open when several orders fit', () => {
    expect(orderOf('03/06/18')).toEqual(['dmy', 'mdy']);
  });

  test('bears a message that came late', () => {
    const days = Array.from({ length: 200 }, (_, at) => new Date(Date.UTC(2024, 0, 1 + at)));
    const dates = days.map((day) =>
      `${day.getUTCDate()}/${day.getUTCMonth() + 1}/24`.replace(/\b(\d)\b/g, '0$1'),
    );
    expect(orderOf(...dates.slice(0, 100), dates[90]!, ...dates.slice(100))).toEqual(['dmy']);
  });

  test('knows which days there are', () => {
    expect(readDate({ date: [29, 2, 24] }, 'dmy')).toEqual({ year: 2024, month: 2, day: 29 });
    expect(readDate({ date: [29, 2, 23] }, 'dmy')).toBeUndefined();
    expect(readDate({ date: [31, 4, 24] }, 'dmy')).toBeUndefined();
  });
});

describe('the time of a message', () => {
  const read = (...times: string[]) => {
    const clock = new LocalClock('Europe/Berlin');
    return times.map((time) => {
      const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = time.split(/\D/).map(Number);
      return new Date(clock.read({ year, month, day, hour, minute }).at).toISOString().slice(11, 16);
    });
  };

  test('is in the zone that was given, in summer and in winter', () => {
    expect(read('2024-01-10 12:00', '2024-07-10 12:00')).toEqual(['11:00', '10:00']);
  });

  test('keeps the order in the hour that autumn repeats', () => {
    expect(read('2024-10-27 02:10', '2024-10-27 02:50', '2024-10-27 02:10', '2024-10-27 02:30')).toEqual([
      '00:10',
      '00:50',
      '01:10',
      '01:30',
    ]);
  });

  test('is moved where spring leaves it out', () => {
    expect(read('2024-03-31 02:30')).toEqual(['01:30']);
  });

  test('keeps messages of one minute in order', async () => {
    const items = await itemsOf(
      '13/06/24, 10:00 - Ana: one\n13/06/24, 10:00 - Ana: two\n13/06/24, 10:01 - Ana: three',
    );
    expect(items.map((item) => item.draft.occurredAt)).toEqual([
      '2024-06-13T10:00:00.000Z',
      '2024-06-13T10:00:00.001Z',
      '2024-06-13T10:01:00.000Z',
    ]);
  });
});

describe('the text of a message', () => {
  const file = (type: string, more = {}) => ({ kind: 'file', type, text: '', edited: false, ...more });
  test.each([
    ['hello', { kind: 'text', text: 'hello', edited: false }],
    ['hello \u200e<This message was edited>', { kind: 'text', text: 'hello', edited: true }],
    ['hallo <Diese Nachricht wurde bearbeitet.>', { kind: 'text', text: 'hallo', edited: true }],
    ['\u200eYou deleted this message.', { kind: 'deleted' }],
    ['Diese Nachricht wurde gelöscht.', { kind: 'deleted' }],
    [
      'I said: This message was deleted.',
      { kind: 'text', text: 'I said: This message was deleted.', edited: false },
    ],
    ['\u200eMissed voice call, \u200eTap to call back', { kind: 'call', result: 'missed' }],
    ['\u200eVoice call, \u200e2 min', { kind: 'call', result: 'answered', durationSeconds: 120 }],
    ['Video call, 1 hr 3 min', { kind: 'call', result: 'answered', durationSeconds: 3780 }],
    ['Sprachanruf, Keine Antwort', { kind: 'call', result: 'missed' }],
    ['Voice call', { kind: 'call', result: 'unknown' }],
    ['Voice call, tomorrow at 5', { kind: 'text', text: 'Voice call, tomorrow at 5', edited: false }],
    [
      'location: https://maps.google.com/?q=1,2',
      { kind: 'location', text: 'https://maps.google.com/?q=1,2' },
    ],
    ['<Media omitted>', file('file')],
    ['<Medien ausgelassen>\nlook', file('file', { text: 'look' })],
    ['\u200eimage omitted', file('image')],
    ['look \u200eimage omitted', file('image', { text: 'look' })],
    ['the image omitted', { kind: 'text', text: 'the image omitted', edited: false }],
    ['offer.pdf • \u200e3 pages \u200edocument omitted', file('document', { name: 'offer.pdf' })],
    ['\u200e<attached: 00000042-PHOTO-2020.jpg>', file('image', { file: '00000042-PHOTO-2020.jpg' })],
    ['\u200e<załączono: 00000042-AUDIO-2020.opus>', file('audio', { file: '00000042-AUDIO-2020.opus' })],
    ['Ana.vcf (file attached)', file('contacts', { file: 'Ana.vcf' })],
    ['\u200eIMG-1.jpg (plik załączony)\nlook', file('image', { file: 'IMG-1.jpg', text: 'look' })],
    ['a.jpg (is nice)', { kind: 'text', text: 'a.jpg (is nice)', edited: false }],
    ['example.com \u200eimage omitted', file('image', { text: 'example.com' })],
    ['', { kind: 'text', text: '', edited: false }],
  ])('%j is understood', (raw, body) => expect(readBody(raw)).toEqual(body));
});

describe('a text that was made to hold up the import', () => {
  const units = [
    ' ',
    '\u200e',
    '\u202a',
    '\t',
    '\n\u200e',
    ' \u200e',
    '\u200e ',
    '<',
    '<attached: ',
    'a.b ',
    '\u200ea.b (',
  ];

  test.each(units)('of many %j is read at once', (unit) => {
    for (const end of ['', 'x', '>']) {
      const text = unit.repeat(65_536 / unit.length) + end;
      const before = performance.now();
      readBody(text);
      readHeader(`1${text}`);
      readHeader(`${text}1`);
      // Unbounded patterns took minutes.
      expect(performance.now() - before).toBeLessThan(2_000);
    }
  });
});

describe('the lines of a chat', () => {
  const survey = (text: string) => surveyChat(Readable.from([Buffer.from(text)]), { now: new Date() });

  test('make messages with all their lines, whatever times their texts hold', async () => {
    const items = await itemsOf(
      '\ufeff13/06/24, 10:00 - Ana: one\r\n2016-04-29 10:30:00\r\n\r\n[13/06/24, 10:00:00] Bob: hi\r\n13/06/24, 10:01 - Firm: ',
    );
    expect(items.map((item) => [item.direction, item.said.text])).toEqual([
      ['inbound', 'one 2016-04-29 10:30:00 [13/06/24, 10:00:00] Bob: hi'],
      ['outbound', ''],
    ]);
    expect(items[0]?.draft.payload).toMatchObject({
      text: 'one\n2016-04-29 10:30:00\n\n[13/06/24, 10:00:00] Bob: hi',
    });
  });

  test('are the same whatever pieces the file comes in', async () => {
    const text = Buffer.from('13/06/24, 10:00 - Äna 🤓: größe 🤓\n13/06/24, 10:01 - Firm: ok');
    const pieces = Readable.from([...text].map((byte) => Buffer.from([byte])));
    expect([...(await surveyChat(pieces, { now: new Date() })).senders.keys()]).toEqual(['Äna 🤓', 'Firm']);
  });

  test('that WhatsApp wrote are nobody’s words', async () => {
    const found = await survey(
      [
        '[13.06.24, 10:00:00] Pokemon Chat: \u200eMessages and calls are end-to-end encrypted. No one else can read them.',
        '[13.06.24, 10:00:01] Ana: \u200eAna created group “Pokemon Chat”',
        '[13.06.24, 10:00:02] You changed the subject to "a: b"',
        '[13.06.24, 10:00:03] ~\u202fAna: Bob left',
      ].join('\n'),
    );
    expect([...found.senders]).toEqual([['Ana', 1]]);
    expect(found).toMatchObject({ notices: 3, isGroup: true });
  });

  test('before the first message are told by number', async () => {
    expect((await survey('hello\n\n13/06/24, 10:00 - Ana: one')).notUnderstood).toEqual([1]);
  });

  test('of anything else are refused', async () => {
    await expect(survey('name,number\nAna,1\n')).rejects.toThrow('looks like a message');
    await expect(survey('x'.repeat(3_000_000))).rejects.toThrow('too long for a chat export');
  });
});
