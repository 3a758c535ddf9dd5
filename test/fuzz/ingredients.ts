/**
 * What hostile input is made of: one list for all targets. A {@link Raw} stands in JSON as it is written, where no
 * JavaScript value could: huge numbers, duplicate keys, bytes that are no UTF-8, nesting that no writer survives.
 */

/** JSON text, or bytes, to be put in the place of a value as they are. */
export class Raw {
  readonly bytes: Buffer;

  constructor(json: string | readonly number[]) {
    this.bytes = typeof json === 'string' ? Buffer.from(json) : Buffer.from(json);
  }
}

export interface Ingredient {
  readonly name: string;
  /** made anew each time: nobody can change it for others */
  make(): unknown;
}

const nested = (depth: number, open = '[', close = ']') =>
  new Raw(open.repeat(depth) + (open === '[' ? '' : '1') + close.repeat(depth));

/** Does not compress, so that it is as long in an index as it looks. */
const scattered = (length: number) => {
  let state = 1;
  const next = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648);
  return Array.from({ length }, () => String.fromCharCode(0x4e00 + (next() % 20_000))).join('');
};

const named = (values: Readonly<Record<string, () => unknown>>): Ingredient[] =>
  Object.entries(values).map(([name, make]) => ({ name, make }));

const texts = (...list: readonly string[]): Ingredient[] =>
  list.map((text) => ({ name: JSON.stringify(text), make: () => text }));

/** Small ones, for every case. */
export const light: readonly Ingredient[] = [
  ...texts('', ' ', '\0', 'a\0b', '\n\r\n', '\ud800', 'a\udc00b', '\udc00\ud800', '\ufeff', '\ufeffBOM'),
  ...texts('\u202egnp.exe\u202c', '\u200f\u061c', '\u2066x\u2069', '\u200e<attached: x.jpg>', 'e\u0301'),
  ...texts(
    '0',
    '-0',
    '-1',
    '1.5',
    'NaN',
    'Infinity',
    '1e999',
    '-1e999',
    '0x1F',
    '1_000',
    '٣',
    '9007199254740993',
  ),
  ...texts('0', '1', '4102444800', '253402300799', '253402300800', '8640000000000001', '9999999999999999'),
  ...texts(
    '1970-01-01',
    '1970-01-01T00:00:00Z',
    '2100-02-29',
    '2100-12-31T23:59:60Z',
    '9999-12-31T23:59:59.999Z',
  ),
  ...texts('0000-01-01', '0000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', '+275760-09-13T00:00:00.001Z'),
  ...texts('10000-01-01', 'Thu, 01 Jan 1970 00:00:00 GMT', '2026-02-30', '24:00', 'Europe/Nowhere'),
  ...texts(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'then',
    'length',
  ),
  ...texts('null', 'undefined', 'true', '[object Object]', '[]', '{}', '{"a":', '"'),
  ...texts("'; drop table wcs.events; --", '%00', '%', '%E0%A4%A', '../../../etc/passwd', 'C:\\x', '=1+1'),
  ...texts(
    '<script>alert(1)</script>',
    '<!--',
    ']]>',
    '{{ 7 | times: 7 }}',
    '{% for a in (1..9) %}',
    '${HOME}',
    '%s%n',
  ),
  ...texts(
    '+14155550100',
    '14155550100',
    '+' + '9'.repeat(20),
    'whatsapp:+14155550100',
    'US.100',
    'wamid.x',
    'wacid.x',
  ),
  ...texts(
    '(((((((((((((',
    '*',
    '[',
    '\\',
    '$1',
    '👩‍👩‍👧‍👦',
    'ﷺ',
    'ß',
    'İ',
    'a, b; c',
    'a:b:c: d',
    '13/06/18, 21:25 - x: y',
  ),
  ...named({
    null: () => null,
    true: () => true,
    false: () => false,
    zero: () => 0,
    'minus zero': () => new Raw('-0'),
    'minus one': () => -1,
    fraction: () => 0.1,
    '1e308': () => 1e308,
    '1e999': () => new Raw('1e999'),
    '-1e999': () => new Raw('-1e999'),
    '2^53+1': () => new Raw('9007199254740993'),
    'seconds of 2100': () => 4_102_444_800,
    'milliseconds beyond dates': () => 8_640_000_000_000_001,
    '400 digits': () => '9'.repeat(400),
    '400 digits, a number': () => new Raw('9'.repeat(400)),
    'empty list': () => [],
    'empty object': () => ({}),
    'list of null': () => [null],
    'list in a list': () => [[['x']]],
    'mixed list': () => [null, 1, 'x', [], {}, true],
    'own __proto__': () => new Raw('{"__proto__":{"polluted":1},"id":"wamid.p"}'),
    'own constructor': () => ({ constructor: { prototype: { polluted: 1 } } }),
    'no toString': () => ({ toString: null, valueOf: null }),
    thenable: () => new Raw('{"then":1,"catch":"x"}'),
    'looks like an array': () => ({ length: 3, 0: 'a' }),
    'duplicate keys': () => new Raw('{"id":"one","id":2,"id":null,"type":"text","type":["text"]}'),
    'not UTF-8': () => new Raw([0x22, 0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0x22]),
    'escaped surrogate': () => new Raw('"\\ud800\\u0000"'),
    'nested 99 deep': () => nested(99),
    'nested 101 deep': () => nested(101),
    'objects nested 3,000 deep': () => nested(3_000, '{"a":', '}'),
    '600 scattered signs': () => scattered(600),
    '512 scattered signs': () => scattered(512),
    '3,000 letters': () => 'x'.repeat(3_000),
    '2,000 accents': () => `a${'\u0301'.repeat(2_000)}`,
    '3,000 spaces': () => `${' '.repeat(3_000)}x`,
    '3,000 marks': () => `${'\u200e'.repeat(3_000)}x`,
    '500 groups of digits': () => '1 '.repeat(500),
    '1,000 brackets': () => '<['.repeat(500),
    '100 zeros': () => Array.from({ length: 100 }, () => 0),
    '100 empty objects': () => Array.from({ length: 100 }, () => ({})),
  }),
];

/** Large ones: rare, because each costs as much as a hundred others. */
export const heavy: readonly Ingredient[] = named({
  'nested 100,000 deep': () => nested(100_000),
  'objects nested 100,000 deep': () => nested(100_000, '{"a":', '}'),
  '10 MB text': () => 'y'.repeat(10_000_000),
  '2 MB text': () => 'word '.repeat(400_000),
  '1 MB of NUL': () => '\0'.repeat(150_000),
  '300,000 lone surrogates': () => '\ud800'.repeat(300_000),
  '300,000 spaces': () => `${' '.repeat(300_000)}x`,
  '200,000 marks': () => `${'\u200e'.repeat(200_000)}x`,
  '200,000 line ends': () => `${'\n'.repeat(200_000)}x`,
  '100,000 groups of digits': () => '1 '.repeat(100_000),
  '500,000 digits': () => '7'.repeat(500_000),
  '100,000 tags': () => '<script'.repeat(100_000),
  '100,000 brackets': () => '(<[{'.repeat(100_000),
  '100,000 dots': () => 'A.'.repeat(100_000),
  '100,000 dashes': () => '-+'.repeat(100_000),
  '100,000 emoji': () => '👍🏽'.repeat(100_000),
  '1 MB of base64': () => 'QUJD'.repeat(250_000),
  '100,000 zeros': () => Array.from({ length: 100_000 }, () => 0),
  '20,000 empty objects': () => Array.from({ length: 20_000 }, () => ({})),
  '50,000 keys': () => Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${at}`, at])),
});
