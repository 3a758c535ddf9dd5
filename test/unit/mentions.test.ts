import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formsOf } from '../../src/core/phone.ts';
import {
  addressesIn,
  blanked,
  mentions,
  soughtOf,
  userIdsIn,
  withoutAddresses,
} from '../../src/core/mentions.ts';

const number = '+15550001111';
/** As WhatsApp makes them: bytes with the other side's number in them. */
const wamid = (digits: string) =>
  `wamid.${Buffer.from(`\x1c\x18\x0b${digits}\x15\x02\x00\x12\x18\x20ABCDEF0123456789`, 'latin1').toString('base64')}`;
const people = new Set([number, 'US.4711']);
const isExcluded = (address: string) => people.has(address);
const sought = soughtOf(people);

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
    const left = withoutAddresses({ text }, sought) as { text: string };
    expect(left.text).toContain(blanked);
    expect([...addressesIn(left.text)]).not.toContain(number);
  });

  test('in another form of the same line is found too: Brazil', () => {
    expect([...addressesIn('551187654321')]).toContain('+5511987654321');
  });

  test('is left alone when it is somebody else', () => {
    const value = { from: '14155550100', id: wamid('14155550100'), timestamp: 1_790_000_000, ids: ['US.9'] };
    expect(withoutAddresses(value, sought)).toEqual(value);
  });

  test('takes the card of a person with it, which has the name', () => {
    const card = { name: { formatted_name: 'Xaver Private' }, phones: [{ phone: '+1 555 000-1111' }] };
    const other = { name: { formatted_name: 'Ana' }, phones: [{ phone: '+14155550100' }] };
    const value = { type: 'contacts', contacts: [card, other] };
    expect(withoutAddresses(value, sought)).toEqual({
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
        const left = withoutAddresses([text, { [text]: 1 }], sought);
        expect([...addressesIn(JSON.stringify(left))].filter(isExcluded)).toEqual([]);
      }),
    );
  });

  test('is sought by its value and found in every form that it is read in', () => {
    const people = fc.constantFrom(
      '+15550001111',
      '+5511987654321',
      '+541112345678',
      '+525512345678',
      '+8613800138000',
    );
    const written = (canonical: string) =>
      fc.constantFrom(...formsOf(canonical).flatMap((form) => [form, `00${form.slice(1)}`]));
    const apart = fc.array(fc.constantFrom('', ' ', '-', ' (', '0', '1 ', '\n'), {
      minLength: 20,
      maxLength: 20,
    });
    const text = people.chain((person) => fc.tuple(fc.constant(person), written(person), apart));
    fc.assert(
      fc.property(
        text,
        fc.string({ unit: fc.constantFrom('0', '1', '5', ' ', '+', 'a') }),
        ([person, form, signs], more) => {
          const said = `${more} ${[...form].map((digit, at) => digit + signs[at]).join('')} ${more}`;
          expect(mentions(said, soughtOf(new Set([person])))).toBe(addressesIn(said).has(person));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('that is a user id is found among numbers', () => {
    expect([...userIdsIn(`+1 555 000 1111 US.4711 ${wamid('15550001111')}`)]).toEqual(['US.4711']);
    expect(mentions('written by US.4711', sought)).toBe(true);
    expect(mentions('written by US.4712', sought)).toBe(false);
  });
});
