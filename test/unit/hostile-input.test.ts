import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { ZipFile } from 'yazl';
import { ConfigError } from '../../config/env.ts';
import { parseSettings } from '../../config/settings.ts';
import { addressesIn, mentions, soughtOf, withoutAddresses } from '../../src/core/mentions.ts';
import { phonesIn } from '../../src/core/phone.ts';
import { requestSchemas } from '../../src/http/requests.ts';
import { fromCursor, toCursor } from '../../src/ledger/cursor.ts';
import { compileTemplate, renderTemplate } from '../../src/mapping/liquid.ts';
import { MappingError, parseMapping } from '../../src/mapping/mapping.ts';
import { readBody as readChatLine } from '../../src/sources/chat-export/body.ts';
import { openChatFile } from '../../src/sources/chat-export/index.ts';
import { verifySignature } from '../../src/sources/twilio/signature.ts';
import { readBody } from '../../src/sources/twilio/webhook-params.ts';
import { createTokenCheck } from '../../src/sources/whatsapp-cloud/token-check.ts';
import { body, incoming, received, source, split, text } from '../fixtures/whatsapp/bodies.ts';
import { makeTempFolder } from '../support/temp.ts';

/** Each of these was found by test/fuzz. Where something took minutes, the processor's time has a generous limit. */
function quickly<T>(work: () => T): T {
  const begun = process.cpuUsage();
  const result = work();
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(5_000);
  return result;
}

const good = incoming(text('nothing is wrong with this one'));
const texts = (drafts: ReturnType<typeof split>) => drafts.filter(({ kind }) => kind === 'message').length;

describe('a webhook', () => {
  test('with a part that is nested too deeply still gives its other messages, and nothing of it is lost', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const raw = JSON.stringify(good).replace('"entry":[', `"entry":[${deep},`);
    const drafts = source.split(Buffer.from(raw), received);
    expect(texts(drafts)).toBe(1);
    expect(drafts).toContainEqual(
      expect.objectContaining({ kind: 'unrecognised', payload: { field: '', item: { text: raw } } }),
    );
  });

  test.each([
    ['messages', { messages: Array.from({ length: 120_000 }, () => 0) }],
    [
      'history',
      { history: [{ threads: [{ id: '1', messages: Array.from({ length: 120_000 }, () => ({})) }] }] },
    ],
    ['new', { messages: [], news: Array.from({ length: 120_000 }, () => 0) }],
  ])('with a crowd of %s that nothing can be made of gives one event of them', (field, value) => {
    const whole = body(field === 'new' ? 'messages' : field, value) as { entry: object[] };
    const both = { ...whole, entry: [...whole.entry, ...(good as { entry: object[] }).entry] };
    const drafts = quickly(() => split(both));
    expect(texts(drafts)).toBe(1);
    expect(drafts.length).toBeLessThan(5);
  });

  test('of Twilio with very many parameters is not even sorted: it cannot be signed', () => {
    const sign = (form: string) =>
      createHmac('sha1', 'token').update(`https://example.com/x${form}`).digest('base64');
    const verify = (form: string, signed: string) => {
      const request = { body: Buffer.from(form), headers: { 'x-twilio-signature': sign(signed) }, url: '/x' };
      return verifySignature(request, { tokens: ['token'], publicUrl: 'https://example.com/x' });
    };
    expect(verify('a=1&b=2', 'a1b2')).toBe(true);
    expect(verify('a=1'.concat('&a=1'.repeat(9_999)), 'a1')).toBe(true);
    expect(verify('a=1'.concat('&a=1'.repeat(10_000)), 'a1')).toBe(false);
  });

  test('of Twilio with very many parameters is read once through', () => {
    const form = Array.from({ length: 60_000 }, (_, at) => `p${at}=${at}`).join('&');
    const read = quickly(() => readBody(`${form}&twice=1&twice=2`));
    expect(Object.keys(read.params ?? {})).toHaveLength(60_001);
    expect(read.params).toMatchObject({ p7: '7', twice: ['1', '2'] });
  });
});

describe('a text full of digits', () => {
  const crowd = '1 '.repeat(80_000);

  test('is looked through for addresses', () => {
    expect(quickly(() => addressesIn(`${crowd}x +1 415 555 0100`))).toContain('+14155550100');
  });

  test('as long as a webhook may be is searched for excluded people, though no two of its numbers are the same', () => {
    const groups = Array.from({ length: 500_000 }, (_one, at) => ((at * 7_919) % 90_000) + 10_000).join(' ');
    const excluded = soughtOf(new Set(['+14155550100']));
    expect(quickly(() => mentions(groups, excluded))).toBe(false);
    expect(quickly(() => mentions(`${groups} +1 415 555 0100`, excluded))).toBe(true);
    expect(quickly(() => mentions(`${'1 '.repeat(1_500_000)} +1 415 555 0100`, excluded))).toBe(true);
  });

  test('is blanked where an excluded number stands in it, as often as it does', () => {
    const blanked = quickly(() =>
      withoutAddresses('+14155550100, '.repeat(50_000), soughtOf(new Set(['+14155550100']))),
    );
    expect(blanked).toBe('+[excluded], '.repeat(50_000));
  });
});

test('a field of a CRM with very many lines is no list of as many numbers', () => {
  expect(quickly(() => phonesIn(`+1 415 555 0100${'\n'.repeat(200_000)}x`, 'US'))).toEqual(['+14155550100']);
});

describe('a chat export', () => {
  const many = 200_000;
  test.each([
    ['spaces', ' '.repeat(many)],
    ['spaces before a sign that begins a name', `<attached:${' '.repeat(many)}`],
    ['marks', '\u200e'.repeat(many)],
    ['marks and spaces', ' \u200e'.repeat(many / 2)],
  ])('with a long run of %s is read', (_name, run) => {
    for (const said of [`${run}x`, `x${run}x`, `x\n${run}x`]) {
      expect(quickly(() => readChatLine(said))).toMatchObject({ kind: 'text' });
    }
  });

  test('with long runs of marks still tells what WhatsApp wrote at its end', () => {
    const run = '\u200e'.repeat(many);
    const omitted = quickly(() => readChatLine(`${run}See: \u200eimage omitted${run}`));
    expect(omitted).toMatchObject({ kind: 'file', type: 'image', text: `${run}See:`, edited: false });
    const edited = quickly(() => readChatLine(`${run}Yes \u200e<This message was edited>${run}`));
    expect(edited).toMatchObject({ kind: 'text', text: `${run}Yes`, edited: true });
  });

  test('still tells a file from what was said before it', () => {
    const said = 'Look! \n\u200e<attached: 00000012-PHOTO-2025-12-24-21-05-07.jpg>';
    const file = '00000012-PHOTO-2025-12-24-21-05-07.jpg';
    expect(readChatLine(said)).toMatchObject({ kind: 'file', type: 'image', file, text: 'Look!' });
  });

  test('in a zip whose content is not what its list says is refused in words', async () => {
    const folder = makeTempFolder('hostile-zip');
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from('24/12/25, 21:05 - Ana: x\n'.repeat(100)), '_chat.txt');
    zip.end();
    const bytes = await buffer(zip.outputStream as Readable);
    // Within the packed content, behind the header of the file.
    bytes.fill(0xff, 45, 60);
    const path = join(folder.path, 'chat.zip');
    writeFileSync(path, bytes);
    const file = await openChatFile(path);
    const reading = buffer(await file.text());
    await expect(reading).rejects.toMatchObject({
      name: 'ChatExportError',
      message: expect.stringContaining('_chat.txt'),
    });
    file.close();
    folder.remove();
  });
});

describe('YAML', () => {
  const nested = [
    ['lists', '['.repeat(100_000)],
    ['objects', '{a: '.repeat(20_000)],
    ['list items in a line', `${'- '.repeat(20_000)}x`],
    ['keys in a line', '? '.repeat(20_000)],
  ] as const;
  test.each(nested)('of %s without end is refused before it is parsed', (_name, yaml) => {
    expect(() => quickly(() => parseSettings(yaml, {}))).toThrow(ConfigError);
    expect(() => quickly(() => parseMapping(yaml))).toThrow(MappingError);
  });

  test('of more than two million characters are no settings, and are not parsed', () => {
    const long = `sources: ["${'x'.repeat(10_000_000)}"]`;
    expect(() => quickly(() => parseSettings(long, {}))).toThrow('is longer than 2,000,000 characters');
  });

  test.each([
    ['a list', `owners: [${'1,'.repeat(100_000)}]`],
    ['lines', `owners:\n${'  - 1\n'.repeat(100_000)}`],
  ])('of very many values in %s are no settings, and are not parsed', (_name, many) => {
    expect(() => quickly(() => parseSettings(many, {}))).toThrow('has more than 50,000 values');
  });

  test('with very many keys is read by its length, and a key that stands twice is told with its line', () => {
    const keys = Array.from({ length: 49_990 }, (_one, at) => `k${at}: 1`).join('\n');
    expect(() => quickly(() => parseSettings(`${keys}\nk7: 2`, {}))).toThrow(
      'line 49991: Map keys must be unique',
    );
    expect(() => quickly(() => parseMapping(`${keys}\nk7: 2`))).toThrow(
      'line 49991: Map keys must be unique',
    );
  });

  test('with very many mistakes is told the first of them, and how many there are', () => {
    const routes = '- { source: x, destinations: [y] }\n'.repeat(10_000);
    const told =
      /^settings: 20002 mistakes\n[^]*routes\[0\].source: there is no source "x"\n[^]*\n {2}and 19902 more$/;
    expect(() => quickly(() => parseSettings(`routes:\n${routes}`, {}))).toThrow(told);
  });

  test.each([
    [
      'references that grow without end',
      `a: &a [x, x]\n${'bcdefgh'.replace(/./g, (name, at: number) => `${name}: &${name} [${'*abcdefg'[at + 1] ? `*${'abcdefg'[at]}, `.repeat(9) : ''}]\n`)}`,
    ],
    ['a reference to itself', 'sources: &s [*s]'],
    ['a reference to nothing', 'sources: *nobody'],
  ])('with %s is a mistake of the settings', (_name, yaml) => {
    expect(() => parseSettings(yaml, {})).toThrow(ConfigError);
  });

  test('with a value that cannot be made a text is a mistake like others', () => {
    const odd = '{ toString: null, valueOf: null }';
    const yaml = `policies: { onlyWhen: [x], unmatched: ${odd}, granularity: ${odd}, changes: insert-only }`;
    expect(() => parseSettings(yaml, {})).toThrow(ConfigError);
  });

  test('with very many mistakes tells some of them', () => {
    const yaml = `a: "${'\\x'.repeat(3_000)}`;
    expect(() => quickly(() => parseMapping(yaml))).toThrow(MappingError);
    let mistakes: readonly string[] = [];
    try {
      quickly(() => parseSettings(yaml, {}));
    } catch (error) {
      mistakes = (error as ConfigError).mistakes;
    }
    expect(mistakes).toHaveLength(100);
  });
});

test('a token that ends at a time beyond all dates is told, and the check does not throw', async () => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"data":{"is_valid":true,"expires_at":1e300}}');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const check = createTokenCheck({ id: 'support', apiUrl, apiVersion: 'v25.0', accessToken: 'token' });
  expect(await check.check(AbortSignal.timeout(10_000))).toMatchObject([
    { level: 'warning', subject: 'access token' },
  ]);
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
});

describe('what the database would refuse', () => {
  test.each([
    '1',
    '275760-01-01',
    '0000-01-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    '٣',
  ])('is no place in a list (%s)', (time) => {
    expect(fromCursor(toCursor([time, 'key']))).toBeUndefined();
  });

  test('is no day', () => {
    const { reportRange } = requestSchemas([]);
    for (const from of ['0000-01-01', '0001-01-01', '9999-12-31']) {
      expect(reportRange.safeParse({ from }).success).toBe(false);
    }
    expect(reportRange.safeParse({ from: '1970-01-01', to: '9998-12-31' }).success).toBe(true);
  });

  test('a place is given back as it was', () => {
    const place = ['2026-06-01T10:00:00.123456Z', 'key'] as const;
    expect(fromCursor(toCursor(place))).toEqual(place);
  });
});

test('a template is tried again before a busy machine makes it a failure', () => {
  let busy = true;
  const values = {
    get slow() {
      const until = Date.now() + (busy ? 300 : 0);
      while (Date.now() < until);
      busy = false;
      return 'said';
    },
  };
  const template = compileTemplate('{{ values.slow }}, {{ values.slow }}');
  expect(renderTemplate(template, { values })).toBe('said, said');
  const endless = compileTemplate(
    '{% for a in (1..9000) %}{% for b in (1..9000) %}{{ b }}{% endfor %}{% endfor %}',
  );
  expect(() => renderTemplate(endless, {})).toThrow();
});
