import { describe, expect, test } from '@jest/globals';
import type { DirectoryEntry, MatchSubject } from '../../src/ledger/ledger.ts';
import { decideMatch, toDirectoryContact } from '../../src/mapping/match.ts';

const subject = (addresses: string[]): MatchSubject => ({
  destination: 'sales',
  key: 'k',
  revision: 1,
  interaction: {} as MatchSubject['interaction'],
  addresses,
});
const entry = (address: string, id: string, modifiedAt = '2026-01-01T00:00:00Z'): DirectoryEntry => ({
  address,
  type: 'Contact',
  id,
  name: id,
  modifiedAt,
});
const park = { unmatched: 'park', multiple: 'park' } as const;

describe('a match', () => {
  test('is the one contact with the number', () => {
    expect(decideMatch(subject(['+14155550100']), [entry('+14155550100', 'ana')], park)).toMatchObject({
      to: 'ready',
      contact: { id: 'ana' },
    });
  });

  test('is by user id before the number, even when the number names another', () => {
    const entries = [entry('+14155550100', 'ben'), entry('US.1', 'ana')];
    expect(decideMatch(subject(['US.1', '+14155550100']), entries, park)).toMatchObject({
      to: 'ready',
      contact: { id: 'ana' },
    });
  });

  test('counts one contact with the number in two fields once', () => {
    const entries = [entry('+14155550100', 'ana'), entry('+14155550100', 'ana')];
    expect(decideMatch(subject(['+14155550100']), entries, park)).toMatchObject({ to: 'ready' });
  });

  test.each([
    ['park', { to: 'parked', reason: 'many-contacts' }],
    ['newest', { to: 'ready', contact: { id: 'new' } }],
    ['oldest', { to: 'ready', contact: { id: 'old' } }],
  ] as const)('of many follows the policy %s', (multiple, expected) => {
    const entries = [entry('+1', 'new', '2026-05-01T00:00:00Z'), entry('+1', 'old', '2025-05-01T00:00:00Z')];
    expect(decideMatch(subject(['+1']), entries, { ...park, multiple })).toMatchObject(expected);
  });

  test('of many is the only one that the owner of the number has, and nobody when that is not one', () => {
    const owned = (id: string, ownerId: string) => ({ ...entry('+1', id), ownerId });
    const entries = [owned('ana', '5'), owned('ben', '6'), owned('cleo', '6')];
    const decide = (ownerId?: string) =>
      decideMatch(subject(['+1']), entries, { ...park, multiple: 'owner' }, ownerId);
    expect(decide('5')).toMatchObject({ to: 'ready', contact: { id: 'ana' } });
    for (const ownerId of ['6', '7', undefined]) {
      expect(decide(ownerId)).toMatchObject({ to: 'parked', reason: 'many-contacts' });
    }
  });

  test.each([
    ['park', ['+1'], { to: 'parked', reason: 'no-contact' }],
    ['park', [], { to: 'parked', reason: 'no-address' }],
    ['ignore', ['+1'], { to: 'ignored', reason: 'no-contact' }],
  ] as const)('of none follows the policy %s for %j', (unmatched, addresses, expected) => {
    expect(decideMatch(subject([...addresses]), [], { ...park, unmatched })).toMatchObject(expected);
  });

  test.each([
    ['(415) 555-0100', 'US', '+14155550100'],
    ['+49 151 12345678', 'US', '+4915112345678'],
    ['0151/12345678', 'DE', '+4915112345678'],
    ['+55 (11) 91234-5678', 'US', '+5511912345678'],
    ['415.555.0100 ext. 12', 'US', '+14155550100'],
  ])('reads the stored number %s in %s', (stored, region, expected) => {
    const contact = { type: 'Contact', id: '1', name: '', phones: [stored, 'call me'], userIds: ['US.9'] };
    expect(toDirectoryContact(contact, region).addresses).toEqual([expected, 'US.9']);
  });
});
