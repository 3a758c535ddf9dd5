import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '../src/ledger/open.ts';
import type { Ledger } from '../src/ledger/ledger.ts';
import { eventOf, foldAll, type EventOptions } from '../test/support/ledger-data.ts';

/**
 * How long the console's questions take in a large ledger: `npm run bench:console -- 100000`. With DATABASE_URL on a
 * PostgreSQL server (an empty database), else on the embedded one.
 */
const interactions = Number(process.argv[2] ?? 100_000);
const people = Math.ceil(interactions / 20);
const repeats = 15;

const numbers = ['+15550783881', '+4930123456', '+442071838750'];
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const oldest = daysAgo(178);

const folder = mkdtempSync(join(tmpdir(), 'wcs-bench-'));
const databaseUrl = process.env['DATABASE_URL'];
const { ledger, sql } = await openLedger({
  dataDir: folder,
  ...(databaseUrl !== undefined && { databaseUrl }),
});
try {
  await fill();
  const chat = await longestChat();
  const middle = await cursorInTheMiddle();
  const day = new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 10);
  const questions: [what: string, ask: (one: Ledger) => Promise<unknown>][] = [
    ['chats, first page', (one) => one.conversations({ limit: 50 })],
    ['chats, a page in the middle', (one) => one.conversations({ limit: 50, cursor: middle })],
    [
      'chats of one number of the firm',
      (one) => one.conversations({ businessNumber: '+4930123456', limit: 50 }),
    ],
    ['chats by name', (one) => one.conversations({ who: 'person 42', limit: 50 })],
    ['chats by digits', (one) => one.conversations({ who: '4155500', limit: 50 })],
    ['chats of one day', (one) => one.conversations({ from: day, to: day, limit: 50 })],
    ['chats of the oldest days', (one) => one.conversations({ to: oldest, limit: 50 })],
    ['chats with something parked', (one) => one.conversations({ state: 'parked', limit: 50 })],
    [
      'chats with something logged',
      (one) => one.conversations({ state: 'delivered', destination: 'sales', limit: 50 }),
    ],
    ['chats with something ignored', (one) => one.conversations({ state: 'ignored', limit: 50 })],
    ['one chat', (one) => one.conversation(chat)],
    ['messages of one chat', (one) => one.interactions({ conversation: chat, limit: 50 })],
    ['messages with a common word', (one) => one.interactions({ text: 'word1', limit: 50 })],
    ['messages with a rare word', (one) => one.interactions({ text: 'rare7', limit: 50 })],
    ['messages with two words', (one) => one.interactions({ text: 'word3 word15', limit: 50 })],
    [
      'messages with a word, one state',
      (one) => one.interactions({ text: 'word1', state: 'delivered', limit: 50 }),
    ],
    ['messages, first page', (one) => one.interactions({ limit: 50 })],
    ['messages that are logged', (one) => one.interactions({ state: 'delivered', limit: 50 })],
    ['parked, by cause', (one) => one.waitingGroups('parked')],
    ['parked, by chat', (one) => one.waitingPeople('parked', { limit: 50 })],
    ['report of 14 days', (one) => one.report({ from: daysAgo(13), to: daysAgo(0) })],
    ['report of one day', (one) => one.report({ from: day, to: day })],
    ['backlog', (one) => one.backlog()],
    [
      'last signs of life',
      (one) => Promise.all([one.sourceActivity(['support', 'silent']), one.deliveryActivity(['sales'])]),
    ],
  ];
  console.log(
    `${interactions} interactions, ${people} people, ${sql.kind}; milliseconds over ${repeats} times`,
  );
  for (const [what, ask] of questions) console.log(await timed(what, ask));
} finally {
  await ledger.close();
  rmSync(folder, { recursive: true, force: true });
}

async function timed(what: string, ask: (one: Ledger) => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let nth = 0; nth < repeats; nth += 1) {
    const start = performance.now();
    await ask(ledger);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const median = times[Math.floor(repeats / 2)] ?? 0;
  return `${what.padEnd(36)} median ${median.toFixed(1).padStart(7)}  max ${(times.at(-1) ?? 0).toFixed(1).padStart(7)}`;
}

async function fill(): Promise<void> {
  const started = performance.now();
  for (let from = 0; from < interactions; from += 1_000) {
    const count = Math.min(1_000, interactions - from);
    await ledger.append(
      Array.from({ length: count }, (_one, nth) => message(from + nth)),
      [],
    );
    await foldAll(ledger, {
      destinations: ['sales', 'marketing'].map((id) => ({ id, initial: 'matching' as const })),
    });
  }
  await sql.query(`
    update wcs.activities a set pending_since = null, contact_type = 'contact', contact_id = i.person_phone,
      contact_name = 'Person', state = case when i.position % 100 = 0 then 'parked' when i.position % 25 = 0 then 'ignored'
      else 'delivered' end, reason = 'no-contact', record_id = 'r' || i.position, parked_since = now()
    from wcs.interactions i where i.key = a.key`);
  await ledger.putContacts(
    'sales',
    Array.from({ length: people }, (_one, nth) => ({
      type: 'contact',
      id: phoneOf(nth),
      name: `Person ${nth} of ${nth % 100}`,
      addresses: [phoneOf(nth)],
    })),
  );
  await sql.query('vacuum analyze');
  console.log(`filled in ${Math.round((performance.now() - started) / 1_000)} s`);
}

function message(nth: number): ReturnType<typeof eventOf> {
  const age = (1 - nth / interactions) * 180 * 86_400_000;
  // The same each time, and common words more often than rare ones.
  const random = seeded(nth);
  const words = Array.from({ length: 12 }, () => `word${Math.floor(random() ** 3 * 3_000)}`);
  const options: EventOptions = {
    text: [...words, `rare${nth % 20_000}`].join(' '),
    phone: phoneOf(Math.floor(random() * people)),
    number: numbers[nth % numbers.length] ?? '',
    at: new Date(Date.now() - age).toISOString(),
  };
  return eventOf(`m${nth}`, options);
}

function phoneOf(nth: number): string {
  return `+14155${String(500_000 + nth).padStart(6, '0')}`;
}

function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

async function longestChat(): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    'select conversation as id from wcs.interactions group by 1 order by count(*) desc limit 1',
  );
  return row?.id ?? '';
}

async function cursorInTheMiddle(): Promise<string> {
  let cursor = '';
  for (let page = 0; page < 10; page += 1) {
    cursor = (await ledger.conversations({ limit: 100, ...(cursor !== '' && { cursor }) })).cursor ?? '';
  }
  return cursor;
}
