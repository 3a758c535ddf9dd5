import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { ZipFile } from 'yazl';
import { readEnv } from '../../config/env.ts';
import { parseSettings } from '../../config/settings.ts';
import { main } from '../../src/cli/program.ts';
import { remoteOperations } from '../../src/cli/remote.ts';
import type { Services } from '../../src/cli/services.ts';
import { compose, type Parts } from '../../src/compose.ts';
import type { Interaction } from '../../src/core/interaction.ts';
import { capture } from '../../src/pipeline/capture.ts';
import { foldAll } from '../../src/pipeline/fold.ts';
import type { Operations } from '../../src/pipeline/operations.ts';
import { startServer, stopServers } from '../support/http.ts';
import { makeTempFolder } from '../support/temp.ts';
import { textWebhook } from '../support/traffic.ts';

/** Each test has a number of its own in one ledger. */
const numbers = Array.from({ length: 30 }, (_, at) => `+155507838${10 + at}`);
let number = '';
const settings = parseSettings(
  `
sources:
  - { id: support, type: whatsapp-cloud, appSecret: secret, verifyToken: verify, businessNumbers: ${JSON.stringify(numbers)} }
destinations:
  - { id: marketing, type: hubspot, apiUrl: 'http://127.0.0.1:9', accessToken: token }
routes:
  - { source: support, destinations: [marketing] }
policies: { excluded: ['+15550001111'] }
`,
  {},
);

const folder = makeTempFolder('import');

let parts: Parts;
beforeAll(async () => {
  parts = await compose(readEnv({ DATA_DIR: join(folder.path, 'data'), LOG_LEVEL: 'silent' }), settings);
});
beforeEach(() => {
  number = numbers.pop() ?? '';
});
afterEach(stopServers);
afterAll(async () => {
  await parts.close();
  folder.remove();
});

/** Runs `wcs import`; with `answers` somebody sits at the terminal. */
async function wcs(args: readonly string[], options: { operations?: Operations; answers?: string[] } = {}) {
  const out: string[] = [];
  const notes: string[] = [];
  const { operations = parts.operations, answers } = options;
  const services = {
    readEnv: () => readEnv({}),
    readSettings: () => settings,
    openOperations: async () => ({ operations, close: async () => undefined }),
  } as Partial<Services> as Services;
  const terminal = {
    out: (line: string) => void out.push(line),
    note: (line: string) => void notes.push(line),
    colors: picocolors.createColors(false),
    width: undefined,
    ...(answers && { ask: async () => answers.shift() ?? '' }),
  };
  const all = [
    'import',
    ...(args.includes('--number') ? [] : ['--number', number]),
    ...args,
    '--source',
    'support',
  ];
  const code = await main(all, terminal, services, '0');
  return { code, out: out.join('\n'), notes: notes.join('\n') };
}

async function imported(args: readonly string[], operations?: Operations) {
  const { code, out, notes } = await wcs([...args, '--json'], operations ? { operations } : {});
  expect({ code, notes }).toEqual({ code: 0, notes: '' });
  return JSON.parse(out) as Record<string, number>;
}

async function fold(): Promise<Interaction[]> {
  const route = () => ({ destinations: ['marketing'], statuses: 'none' as const });
  const deps = { ledger: parts.store.ledger, normalize: parts.sources.normalize, route };
  await foldAll(deps, () => undefined, new AbortController().signal);
  const { items } = await parts.store.ledger.interactions({ businessNumber: number, limit: 500 });
  return items.map((item) => item.interaction).toReversed();
}

function chatFile(lines: readonly string[], name = 'WhatsApp Chat with Ana.txt'): string {
  const path = join(folder.path, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

const chat = [
  '13/06/24, 10:00 - Messages and calls are end-to-end encrypted. No one outside of this chat can read them.',
  '13/06/24, 10:00 - Ana: hello',
  '13/06/24, 10:00 - Ana: hello',
  '13/06/24, 10:01 - Firm: an offer: 100 €',
  '13/06/24, 10:02 - Ana: \u200eIMG-1.jpg (file attached)',
  'look',
  '13/06/24, 10:03 - Firm: You deleted this message',
  '13/06/24, 10:04 - Ana: fine <This message was edited>',
  '13/06/24, 10:05 - Missed voice call',
  '13/06/24, 10:06 - Firm: Voice call, 2 min',
];
const known = ['--contact', '+49 1512 3456789', '--timezone', 'Europe/Berlin'];
const phone = '+4915123456789';

async function zipOf(name: string): Promise<string> {
  const path = join(folder.path, name);
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(chat.join('\n')), 'WhatsApp Chat with Ana.txt');
  zip.addBuffer(Buffer.from('a picture'), 'IMG-1.jpg');
  zip.addBuffer(Buffer.from('a stranger'), 'IMG-2.jpg');
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  return path;
}

describe('an imported chat', () => {
  test('gives the messages and calls that people had', async () => {
    const result = await imported([chatFile(chat), ...known]);
    expect(result).toMatchObject({
      read: 8,
      imported: 8,
      calls: 2,
      known: 0,
      recorded: 0,
      notices: 1,
      filesMissing: 1,
    });
    const interactions = await fold();
    expect(
      interactions.map((one) => [
        one.occurredAt,
        one.direction,
        one.kind === 'call' ? `call ${one.result}` : `${one.content?.type}: ${one.content?.text}`,
      ]),
    ).toEqual([
      ['2024-06-13T08:00:00.000Z', 'inbound', 'text: hello'],
      ['2024-06-13T08:00:00.001Z', 'inbound', 'text: hello'],
      ['2024-06-13T08:01:00.000Z', 'outbound', 'text: an offer: 100 €'],
      ['2024-06-13T08:02:00.000Z', 'inbound', 'image: look'],
      ['2024-06-13T08:03:00.000Z', 'outbound', 'deleted: '],
      ['2024-06-13T08:04:00.000Z', 'inbound', 'text: fine'],
      ['2024-06-13T08:05:00.000Z', 'inbound', 'call missed'],
      ['2024-06-13T08:06:00.000Z', 'outbound', 'call answered'],
    ]);
    for (const one of interactions) {
      expect(one).toMatchObject({ source: 'support', sourceKind: 'chat-export', businessNumber: number });
      expect(one.person).toEqual({ phone, name: 'Ana' });
    }
    expect(interactions[5]).toMatchObject({ via: 'import', content: { details: { edited: true } } });
    expect(interactions[7]).toMatchObject({ durationSeconds: 120 });
  });

  test('adds nothing the second time, and only what is new in an overlapping export', async () => {
    await imported([chatFile(chat), ...known]);
    expect(await imported([chatFile(chat), ...known])).toMatchObject({ imported: 0, known: 8 });
    const later = [...chat.slice(3), '14/06/24, 09:00 - Ana: and today?'];
    expect(await imported([chatFile(later), ...known])).toMatchObject({ imported: 1, known: 6 });
    expect(await fold()).toHaveLength(9);
  });

  test('brings its files, also when they come with a later export', async () => {
    await imported([chatFile(chat), ...known]);
    await fold();
    expect(await imported([await zipOf('again.zip'), ...known])).toMatchObject({
      imported: 0,
      known: 8,
      files: 1,
    });
    const [message] = (await fold()).filter(
      (one) => one.kind === 'message' && one.content?.media !== undefined,
    );
    const media = message?.kind === 'message' ? message.content?.media?.[0] : undefined;
    expect(media).toMatchObject({
      id: 'attachment',
      result: { state: 'stored', size: 9, fileName: 'IMG-1.jpg' },
    });
    const hash = media?.result?.state === 'stored' ? media.result.sha256 : '';
    expect(await text(await parts.files.open(hash))).toBe('a picture');
    expect(await parts.store.ledger.waitingMedia()).toEqual([]);
  });

  test('leaves out what the source itself has recorded, each once', async () => {
    const webhook = parts.sources.webhooks.get('support')!;
    const at = Date.parse('2024-06-13T08:00:40Z') / 1000;
    const deps = {
      ledger: parts.store.ledger,
      queue: { wake: async () => undefined },
      rules: parts.sources.gateRules,
      metrics: { events: () => undefined, excluded: () => undefined },
      onWakeError: () => undefined,
    };
    const body = Buffer.from(
      JSON.stringify(textWebhook('wamid.1', phone, 'hello', at)).replaceAll('15550783881', number.slice(1)),
    );
    await capture(deps, webhook, body, new Date());
    await fold();
    expect(await imported([chatFile(chat), ...known])).toMatchObject({ imported: 7, recorded: 1 });
    expect(await fold()).toHaveLength(8);
    expect(await imported([chatFile(chat), ...known])).toMatchObject({ imported: 0, known: 7, recorded: 1 });
  });

  test('of an excluded person is counted and nothing of it is kept', async () => {
    const zip = await zipOf('excluded.zip');
    const args = [zip, '--contact', '+15550001111', '--timezone', 'UTC'];
    expect(await imported(args)).toMatchObject({ read: 8, imported: 0, excluded: 8, files: 0 });
    expect(await fold()).toEqual([]);
    const row = (await parts.store.ledger.report({})).find((one) => one.businessNumber === number);
    expect(row).toMatchObject({ received: 8, excluded: 8 });
    const left = await parts.store.sql.query('select 1 from wcs.events where business_number = $1', [number]);
    expect(left).toEqual([]);
  });

  test('of a group is logged under each sender', async () => {
    const lines = [
      '13/06/24, 10:00 - Firm: welcome',
      '13/06/24, 10:01 - \u202a+49 1512 3456789\u202c: thanks',
      '13/06/24, 10:02 - Bob: me too',
    ];
    const path = chatFile(lines, 'WhatsApp Chat with Project X.txt');
    await imported([path, '--me', 'Firm', '--timezone', 'UTC', '--person', 'Bob=+14155550100']);
    const interactions = await fold();
    expect(interactions.map((one) => [one.direction, one.person])).toEqual([
      ['outbound', {}],
      ['inbound', { phone }],
      ['inbound', { phone: '+14155550100', name: 'Bob' }],
    ]);
    expect(interactions[0]?.group?.subject).toBe('Project X');
  });

  test('may be cut to some days', async () => {
    const path = chatFile([...chat, '14/06/24, 00:10 - Ana: late', '15/06/24, 00:10 - Ana: later']);
    const result = await imported([path, ...known, '--since', '2024-06-14', '--until', '2024-06-14']);
    expect(result).toMatchObject({ read: 1, imported: 1, outOfRange: 9 });
  });
});

describe('a dry run', () => {
  test('shows what would be imported and keeps nothing', async () => {
    const { code, out } = await wcs([await zipOf('dry.zip'), ...known, '--dry-run']);
    expect(code).toBe(0);
    expect(out).toContain('8 would be imported, 2 of them calls');
    expect(out).toContain('2024-06-13 08:00 UTC → Ana: hello');
    expect(await fold()).toEqual([]);
    expect(await imported([chatFile(chat), ...known])).toMatchObject({ imported: 8 });
  });
});

describe('what an export does not tell', () => {
  const path = () => chatFile(chat);
  test.each([
    ['the time zone', ['--contact', phone], '--timezone Europe/Berlin'],
    ['a time zone that there is', ['--contact', phone, '--timezone', 'Berlin'], '--timezone takes names'],
    ['the number of the other side', ['--timezone', 'UTC'], '--contact "+1555…"'],
    ['a number of the settings', [...known, '--number', '+15559999999'], 'do not let the source'],
    ['an order of dates that fits', [...known, '--date-order', 'mdy'], 'not in the order mdy'],
  ])('must be said: %s', async (_what, args, said) => {
    const { code, notes } = await wcs([path(), ...args]);
    expect({ code, notes }).toEqual({ code: 2, notes: expect.stringContaining(said) });
  });

  test('must be said: who of two strangers is the firm, and how dates are read', async () => {
    const file = chatFile(['03/06/24, 10:00 - Ana: hi', '03/06/24, 10:01 - Bob: hi'], 'chat.txt');
    expect((await wcs([file, ...known])).notes).toContain('--date-order dmy | mdy');
    const { code, notes } = await wcs([file, ...known, '--date-order', 'dmy']);
    expect({ code, notes }).toEqual({
      code: 2,
      notes: expect.stringContaining('--me "Name"; there are: Ana, Bob'),
    });
  });

  test('is asked at a terminal', async () => {
    const file = chatFile(['03/06/24, 10:00 - Ana: hi', '03/06/24, 10:01 - Bob: hi'], 'chat.txt');
    const answers = ['dmy', 'Europe/Berlin', 'Bob', phone];
    const { code, out } = await wcs([file], { answers });
    expect({ code, answers }).toEqual({ code: 0, answers: [] });
    expect(out).toContain('2 imported');
    expect((await fold()).map((one) => one.direction)).toEqual(['inbound', 'outbound']);
  });
});

describe('over the API of a running worker', () => {
  test('a chat is imported with its files, as without', async () => {
    const { url } = await startServer({ operations: parts.operations, adminToken: 'token' });
    const operations = remoteOperations(url, 'token');
    const zip = await zipOf('remote.zip');
    expect(await imported([zip, ...known], operations)).toMatchObject({ imported: 8, files: 1 });
    expect(await imported([zip, ...known], operations)).toMatchObject({ imported: 0, known: 8 });
    expect(await imported([chatFile(chat), ...known])).toMatchObject({ imported: 0, known: 8 });
    expect(await fold()).toHaveLength(8);
  });

  test('events with keys of others are refused', async () => {
    const { url } = await startServer({ operations: parts.operations });
    const draft = {
      dedupeKey: 'ab'.repeat(32),
      kind: 'message' as const,
      businessNumber: number,
      interactionKey: 'cd'.repeat(32),
      providerId: 'wamid.1',
      people: [],
      occurredAt: '2024-06-13T08:00:00.000Z',
      payload: {},
    };
    await expect(remoteOperations(url, undefined).importDrafts('support', [draft])).rejects.toThrow(
      'not its own',
    );
    await expect(remoteOperations(url, undefined).importDrafts('other', [draft])).rejects.toThrow(
      'no source',
    );
    const wrong = await fetch(`${url}/api/files`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(wrong.status).toBe(415);
  });
});
