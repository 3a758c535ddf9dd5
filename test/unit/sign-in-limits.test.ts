import { describe, expect, test } from '@jest/globals';
import { EndedSessions } from '../../src/http/ended-sessions.ts';
import { Guesses, networkOf } from '../../src/http/guesses.ts';
import type { AuditFilter } from '../../src/ledger/ledger.ts';

const entry = (id: number, session: string) => ({
  id,
  at: '2026-03-01T10:00:00.000Z',
  actor: 'ana',
  action: 'session.sign-out' as const,
  subject: '',
  detail: { session },
});

describe('sessions that were ended', () => {
  test('are asked for at most every two seconds, and from the newest back to what is known', async () => {
    let now = Date.parse('2026-03-01T12:00:00.000Z');
    const log = Array.from({ length: 120 }, (_, nth) => entry(nth + 1, `s${nth + 1}`)).toReversed();
    const asked: AuditFilter[] = [];
    const audit = async (filter: AuditFilter) => {
      asked.push(filter);
      const start = Number(filter.cursor ?? 0);
      const items = log.slice(start, start + filter.limit);
      const next = start + filter.limit;
      return next < log.length ? { items, cursor: String(next) } : { items };
    };
    const ended = new EndedSessions({ audit }, 8 * 3_600_000, () => now);
    expect([await ended.has('s1'), await ended.has('s120'), await ended.has('other')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(asked.map(({ from, cursor }) => [from, cursor])).toEqual([
      ['2026-02-28', undefined],
      ['2026-02-28', '50'],
      ['2026-02-28', '100'],
    ]);
    log.unshift(entry(122, 's122'));
    expect([await ended.has('s122'), asked.length]).toEqual([false, 3]);
    now += 2_000;
    expect([await ended.has('s122'), asked.length]).toEqual([true, 4]);
    // An entry whose id was drawn first and that became visible last.
    log.splice(1, 0, entry(121, 's121'));
    now += 2_000;
    expect([await ended.has('s121'), asked.length]).toEqual([true, 5]);
  });

  test('are forgotten once they would be over anyway', async () => {
    let now = 0;
    const ended = new EndedSessions({ audit: async () => ({ items: [] }) }, 1_000, () => now);
    ended.end('mine');
    expect(await ended.has('mine')).toBe(true);
    now = 5_000;
    await ended.has('other');
    expect(await ended.has('mine')).toBe(false);
  });
});

describe('guesses', () => {
  test('are counted by the network they come from', async () => {
    const guesses = new Guesses();
    for (let nth = 0; nth < 10; nth += 1) await guesses.note(`2001:db8::${nth}`);
    expect(await guesses.areOver('2001:db8:0:0:1::1')).toBe(true);
    expect(await guesses.areOver('2001:db8:0:1::1')).toBe(false);
    expect(await guesses.areOver('127.0.0.1')).toBe(false);
  });

  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::1', '0:0:0:0'],
    ['2001:DB8::1', '2001:db8:0:0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('of %s are those of %s', (address, network) => expect(networkOf(address)).toBe(network));
});
