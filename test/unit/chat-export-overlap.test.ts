import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { itemsOf } from '../support/chat-export.ts';

const idsOf = async (text: string) => (await itemsOf(text)).map((item) => item.draft.dedupeKey);

const message = fc.record({
  pause: fc.constantFrom(0, 0, 0, 1, 1, 5),
  sender: fc.constantFrom('Ana', 'Firm'),
  text: fc.constantFrom('ok', 'ok', 'yes', '<Media omitted>', 'a: b'),
});

type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

/** Lines with the minute of each. */
function written(messages: readonly Message[]): { line: string; minute: number }[] {
  let minute = 0;
  return messages.map(({ pause, sender, text }) => {
    minute += pause;
    const clock = `${10 + Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
    return { line: `13/06/24, ${clock} - ${sender}: ${text}`, minute };
  });
}

describe('the same chat exported again', () => {
  test('gives the same set of messages, however overlapping exports split it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.nat(),
        async (messages, endSeed, startSeed) => {
          const lines = written(messages);
          const end = endSeed % lines.length;
          // The second export begins in an earlier minute than the first one ends in, or with the chat.
          const before = lines.filter(({ minute }) => minute < lines[end]!.minute).length;
          const start = before === 0 ? 0 : startSeed % before;
          const text = (part: typeof lines) => part.map(({ line }) => line).join('\n');
          const whole = new Set(await idsOf(text(lines)));
          const parts = [
            ...(await idsOf(text(lines.slice(0, end + 1)))),
            ...(await idsOf(text(lines.slice(start)))),
          ];
          expect(whole.size).toBe(lines.length);
          expect(new Set(parts)).toEqual(whole);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('on the other kind of phone, in another language, with its files, is the same', async () => {
    const android = [
      '13/06/24, 10:00 - Ana: hello',
      '13/06/24, 10:00 - Ana: <Media omitted>',
      '13/06/24, 10:01 - Firm: This message was deleted',
      '13/06/24, 10:02 - Ana: Missed voice call',
      '13/06/24, 10:03 - Ana: POLL:\nwhen?\nOPTION: today (1 vote)',
    ];
    const iphone = [
      '[13.06.24, 10:00:05] Ana: hello',
      '\u200e[13.06.24, 10:00:09] Ana: \u200e<attached: 00000042-PHOTO-2020-06-07-15-13-20.jpg>',
      '[13.06.24, 10:01:59] Firm: \u200eDu hast diese Nachricht gelöscht.',
      '[13.06.24, 10:02:00] Ana: \u200eVerpasster Sprachanruf',
      '[13.06.24, 10:03:00] Ana: \u200ePOLL:\nwhen?\n\u200eOPTION: today (\u200e3 votes)',
    ];
    expect(await idsOf(iphone.join('\n'))).toEqual(await idsOf(android.join('\n')));
  });

  test('in another zone is the same when the zone is told', async () => {
    const [berlin] = await itemsOf('13/06/24, 10:00 - Ana: hi', { zone: 'Europe/Berlin' });
    const [york] = await itemsOf('13/06/24, 04:00 - Ana: hi', { zone: 'America/New_York' });
    expect(york?.draft.dedupeKey).toBe(berlin?.draft.dedupeKey);
  });

  test('from the second hour of an autumn night on is the same', async () => {
    const zone = 'Europe/Berlin';
    const night = [
      '27/10/24, 02:50 - Ana: one',
      '27/10/24, 02:10 - Ana: two',
      '27/10/24, 03:10 - Ana: three',
    ];
    const all = await itemsOf(night.join('\n'), { zone });
    const later = await itemsOf(night.slice(1).join('\n'), { zone });
    expect(all.map((item) => item.draft.occurredAt.slice(11, 16))).toEqual(['00:50', '01:10', '02:10']);
    expect(later.map((item) => item.draft.dedupeKey)).toEqual(
      all.slice(1).map((item) => item.draft.dedupeKey),
    );
  });
});
