import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressesIn, blanked, withoutAddresses } from '../../src/core/mentions.ts';

const number = '+15550001111';
/** As WhatsApp makes them: bytes with the other side's number in them. */
const wamid = (digits: string) =>
  `wamid.${Buffer.from(`\x1c\x18\x0b${digits}\x15\x02\x00\x12\x18\x20ABCDEF0123456789`, 'latin1').toString('base64')}`;
const isExcluded = (address: string) => address === number || address === 'US.4711';

describe('an address in a text', () => {
  test.each([
    ['digits', '15550001111'],
    ['with a plus', 'whatsapp:+15550001111'],
    ['with signs between', 'call +1 (555) 000-1111 now'],
    ['with the 00 of abroad', '0015550001111'],
    ['beside other digits', '+1 555 000 1111 12:30'],
    ['inside of an id of a message', wamid('15550001111')],
  ])('is found as %s, and nothing is left of it', (_as, text) => {
    expect([...addressesIn(text)]).toContain(number);
    const left = withoutAddresses({ text }, isExcluded) as { text: string };
    expect(left.text).toContain(blanked);
    expect([...addressesIn(left.text)]).not.toContain(number);
  });

  test('in another form of the same line is found too: Brazil', () => {
    expect([...addressesIn('551187654321')]).toContain('+5511987654321');
  });

  test('is left alone when it is somebody else', () => {
    const value = { from: '14155550100', id: wamid('14155550100'), timestamp: 1_790_000_000, ids: ['US.9'] };
    expect(withoutAddresses(value, isExcluded)).toEqual(value);
  });

  test('takes the card of a person with it, which has the name', () => {
    const card = { name: { formatted_name: 'Xaver Private' }, phones: [{ phone: '+1 555 000-1111' }] };
    const other = { name: { formatted_name: 'Ana' }, phones: [{ phone: '+14155550100' }] };
    const value = { type: 'contacts', contacts: [card, other] };
    expect(withoutAddresses(value, isExcluded)).toEqual({
      type: 'contacts',
      contacts: [{ name: { formatted_name: blanked } }, other],
    });
  });

  test('is never left, wherever it stands', () => {
    const digits = fc.constantFrom('15550001111', '+1 555 000 1111', 'US.4711', wamid('15550001111'));
    const around = fc.string({ unit: fc.constantFrom('a', ' ', ',', 'ü', '"') });
    fc.assert(
      fc.property(fc.array(fc.tuple(around, digits, around)), (parts) => {
        const text = parts.map(([before, middle, after]) => `${before} ${middle} ${after}`).join('; ');
        const left = withoutAddresses([text, { [text]: 1 }], isExcluded);
        expect([...addressesIn(JSON.stringify(left))].filter(isExcluded)).toEqual([]);
      }),
    );
  });
});
