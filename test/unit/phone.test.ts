import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalPhone, formsOf, phonesIn } from '../../src/core/phone.ts';

interface Country {
  readonly region: string;
  /** as WhatsApp gives it */
  readonly whatsApp: string;
  /** what people put into a CRM for the same line */
  readonly written: readonly string[];
}

/** Numbers are invented, or of ranges kept for examples. */
const countries: readonly Country[] = [
  {
    region: 'US',
    whatsApp: '+14155550100',
    written: [
      '(415) 555-0100',
      '415.555.0100',
      '4155550100',
      '1-415-555-0100',
      '+1 415 555 0100',
      '415-555-0100 x12',
      'cell: (415) 555-0100',
      '001 415 555 0100',
      '415 555 0100 ext. 7',
    ],
  },
  {
    region: 'CA',
    whatsApp: '+16135550142',
    written: [
      '613-555-0142',
      '(613) 555 0142',
      '+1-613-555-0142',
      '1 613 555 0142',
      '6135550142',
      'Tel. 613.555.0142',
    ],
  },
  {
    region: 'GB',
    whatsApp: '+447700900123',
    written: [
      '07700 900123',
      '07700900123',
      '+44 7700 900123',
      '0044 7700 900123',
      '+44 (0)7700 900123',
      '(07700) 900-123',
      '447700900123',
      'mobile 07700 900 123',
    ],
  },
  {
    region: 'DE',
    whatsApp: '+4915112345678',
    written: [
      '0151/123 45 67 8',
      '0151 12345678',
      '+49 151 12345678',
      '0049 151 12345678',
      '+49 (0)151 12345678',
      '(0151) 123-45678',
      '0151.12345678',
      '+49-151-12345678',
    ],
  },
  {
    region: 'FR',
    whatsApp: '+33639981234',
    written: [
      '06 39 98 12 34',
      '06.39.98.12.34',
      '0639981234',
      '+33 6 39 98 12 34',
      '0033639981234',
      '+33 (0)6 39 98 12 34',
      '06-39-98-12-34',
      '33639981234',
    ],
  },
  {
    region: 'ES',
    whatsApp: '+34612345678',
    written: ['612 34 56 78', '612345678', '+34 612 345 678', '0034 612345678', '612-345-678', '34612345678'],
  },
  {
    region: 'IT',
    whatsApp: '+390255500102',
    written: [
      '02 5550 0102',
      '0255500102',
      '+39 02 5550 0102',
      '0039 02 55500102',
      '02/55500102',
      '(02) 5550-0102',
    ],
  },
  {
    region: 'IT',
    whatsApp: '+393331234567',
    written: ['333 1234567', '333/1234567', '+39 333 1234567', '00393331234567', '333-123-4567'],
  },
  {
    region: 'NL',
    whatsApp: '+31612345678',
    written: [
      '06 12345678',
      '06-12345678',
      '+31 6 12345678',
      '0031612345678',
      '+31 (0)6 12 34 56 78',
      '0612345678',
    ],
  },
  {
    region: 'BE',
    whatsApp: '+32470123456',
    written: [
      '0470 12 34 56',
      '0470/12.34.56',
      '+32 470 12 34 56',
      '0032470123456',
      '+32 (0)470 123456',
      '0470123456',
    ],
  },
  {
    region: 'CH',
    whatsApp: '+41781234567',
    written: [
      '078 123 45 67',
      '0781234567',
      '+41 78 123 45 67',
      '0041 78 123 45 67',
      '+41 (0)78 123 45 67',
      '078/123 45 67',
    ],
  },
  {
    region: 'AT',
    whatsApp: '+436641234567',
    written: [
      '0664 1234567',
      '0664/123 45 67',
      '+43 664 1234567',
      '0043 664 1234567',
      '+43 (0)664 1234567',
      '(0664) 1234567',
    ],
  },
  {
    region: 'SE',
    whatsApp: '+46701740605',
    written: [
      '070-174 06 05',
      '0701740605',
      '+46 70 174 06 05',
      '0046701740605',
      '+46 (0)70-174 06 05',
      '070 1740605',
    ],
  },
  {
    region: 'NO',
    whatsApp: '+4740612345',
    written: ['406 12 345', '40612345', '+47 406 12 345', '004740612345', '40 61 23 45'],
  },
  {
    region: 'DK',
    whatsApp: '+4532123456',
    written: ['32 12 34 56', '32123456', '+45 32 12 34 56', '004532123456', '3212-3456'],
  },
  {
    region: 'PL',
    whatsApp: '+48512345678',
    written: ['512 345 678', '512-345-678', '+48 512 345 678', '0048512345678', '512345678', '48512345678'],
  },
  {
    region: 'PT',
    whatsApp: '+351912345678',
    written: ['912 345 678', '912345678', '+351 912 345 678', '00351912345678', '912-345-678'],
  },
  {
    region: 'BR',
    whatsApp: '+5511912345678',
    written: [
      '+55 (11) 91234-5678',
      '(11) 91234-5678',
      '011 91234-5678',
      '11 91234 5678',
      '5511912345678',
      '0055 11 912345678',
      '(11) 9 1234-5678',
      '(11) 91234.5678',
    ],
  },
  {
    region: 'BR',
    whatsApp: '+551187654321',
    written: [
      '(11) 98765-4321',
      '+55 11 98765-4321',
      '(11) 8765-4321',
      '+55 11 8765 4321',
      '11987654321',
      '551187654321',
    ],
  },
  {
    region: 'BR',
    whatsApp: '+551132345678',
    written: ['(11) 3234-5678', '+55 11 3234-5678', '1132345678', '011 3234 5678'],
  },
  {
    region: 'AR',
    whatsApp: '+5491123456789',
    written: [
      '011 15-2345-6789',
      '+54 9 11 2345-6789',
      '+54 11 2345-6789',
      '11 2345-6789',
      '011 2345 6789',
      '5491123456789',
      '0054 9 11 23456789',
    ],
  },
  {
    region: 'AR',
    whatsApp: '+5493512345678',
    written: [
      '0351 15-234-5678',
      '+54 9 351 234 5678',
      '0351 234-5678',
      '+54 351 2345678',
      '(0351) 15 2345678',
    ],
  },
  {
    region: 'MX',
    whatsApp: '+5215512345678',
    written: [
      '55 1234 5678',
      '+52 55 1234 5678',
      '+52 1 55 1234 5678',
      '5512345678',
      '5215512345678',
      '0052 55 12345678',
      '(55) 1234-5678',
    ],
  },
  {
    region: 'CL',
    whatsApp: '+56961234567',
    written: ['9 6123 4567', '961234567', '+56 9 6123 4567', '0056961234567', '(9) 6123-4567'],
  },
  {
    region: 'CO',
    whatsApp: '+573211234567',
    written: ['321 1234567', '321-123-4567', '+57 321 1234567', '3211234567', '573211234567'],
  },
  {
    region: 'IN',
    whatsApp: '+918123456789',
    written: [
      '081234 56789',
      '8123456789',
      '+91 81234 56789',
      '0091 8123456789',
      '+91-81234-56789',
      '08123456789',
      '91 81234 56789',
    ],
  },
  {
    region: 'SG',
    whatsApp: '+6581234567',
    written: ['8123 4567', '81234567', '+65 8123 4567', '006581234567', '6581234567'],
  },
  {
    region: 'AE',
    whatsApp: '+971501234567',
    written: ['050 123 4567', '0501234567', '+971 50 123 4567', '00971501234567', '+971 (0)50 123 4567'],
  },
  {
    region: 'ZA',
    whatsApp: '+27711234567',
    written: ['071 123 4567', '0711234567', '+27 71 123 4567', '0027711234567', '+27 (0)71 123 4567'],
  },
  {
    region: 'AU',
    whatsApp: '+61412345678',
    written: [
      '0412 345 678',
      '0412345678',
      '+61 412 345 678',
      '0011 61 412 345 678',
      '+61 (0)412 345 678',
      '61412345678',
    ],
  },
  {
    region: 'JP',
    whatsApp: '+819012345678',
    written: [
      '090-1234-5678',
      '09012345678',
      '+81 90-1234-5678',
      '+81 (0)90 1234 5678',
      '０９０－１２３４－５６７８',
    ],
  },
];

const cases = countries.flatMap(({ region, whatsApp, written }) =>
  written.map((text) => [region, text, whatsApp] as const),
);

describe('a number as people store it', () => {
  test('comes in 150 forms over 25 countries', () => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
    expect(new Set(countries.map(({ region }) => region)).size).toBeGreaterThanOrEqual(25);
  });

  test.each(cases)('%s: "%s" is who writes as %s, and nobody else', (region, text, whatsApp) => {
    expect(phonesIn(text, region)).toEqual([canonicalPhone(whatsApp)]);
  });

  test('several in one field are several', () => {
    expect(phonesIn('0151 12345678; 0151 12345679', 'DE')).toEqual(['+4915112345678', '+4915112345679']);
    expect(phonesIn('+49 151 12345678 oder 06 39 98 12 34', 'FR')).toEqual([
      '+4915112345678',
      '+33639981234',
    ]);
    expect(phonesIn('415-555-0100, ext 5', 'US')).toEqual(['+14155550100']);
  });

  test.each(['', 'none', 'n/a', '555-0100', '12', 'see notes', '+', '0', '****5678', 'ext 12'])(
    'is none in "%s"',
    (text) => {
      expect(phonesIn(text, 'US')).toEqual([]);
    },
  );

  test('whose last digits are alike is not the same', () => {
    expect(phonesIn('(212) 555-0100', 'US')).not.toEqual(phonesIn('(415) 555-0100', 'US'));
    // A landline has no ninth digit to be added.
    expect(canonicalPhone('+551132345678')).toBe('+551132345678');
  });
});

describe('the canonical form', () => {
  test('is the same whatever the form, and its forms lead back to it', () => {
    const numbers = fc.constantFrom(...countries.map(({ whatsApp }) => whatsApp));
    fc.assert(
      fc.property(numbers, (number) => {
        const canonical = canonicalPhone(number);
        expect(canonicalPhone(canonical)).toBe(canonical);
        expect(formsOf(canonical).map(canonicalPhone)).toEqual(formsOf(canonical).map(() => canonical));
        expect(formsOf(canonical)).toContain(number);
      }),
    );
  });
});
