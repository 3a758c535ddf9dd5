import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mixFaults } from '../support/fault-mix.ts';
import { doubles, settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import {
  appSecret,
  businessNumber,
  callWebhook,
  envelope,
  personNumber,
  textWebhook,
} from '../support/traffic.ts';
import { postWebhook, startWorker, until, untilTotals, type WorkerProcess } from '../support/worker.ts';

const secondsOf = (iso: string): number => Date.parse(iso) / 1_000;
const noon = secondsOf('2026-09-18T10:00:00Z');

let folder: TempFolder;
let crms: Crms;
let worker: WorkerProcess;

beforeEach(async () => {
  folder = makeTempFolder('digests');
  crms = await startCrms(3);
});

afterEach(async () => {
  await worker.stop();
  await crms.close();
  folder.remove();
}, 60_000);

const start = async (policies: string) => {
  const settings = settingsFor(crms, 'window: 100ms\n    timeZone: Europe/Berlin').replace(
    'policies:\n',
    `policies:\n  ${policies}\n`,
  );
  worker = await startWorker({ folder: folder.path, settings });
};
const send = async (...bodies: readonly object[]) => {
  for (const body of bodies) expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
};
const untilLogged = (count: number) =>
  untilTotals(worker.url, ({ logged, pending }) => logged === count && pending === 0);

const tasks = () => crms.salesforce.rows('Task');
const communications = () => crms.hubspot.records('communications');
/** Texts of both CRMs' records, HubSpot's markup taken off. */
const texts = () => ({
  salesforce: tasks().map((row) => String(row['Description'])),
  hubspot: communications().map(({ values }) =>
    (values['hs_communication_body'] ?? '').replaceAll('<br />', '\n').replaceAll('&#34;', '"'),
  ),
});

const edit = (id: string, original: string, text: string, at: number) =>
  envelope('messages', {
    contacts: [{ profile: { name: 'Person 1000' }, wa_id: personNumber(0).slice(1) }],
    messages: [
      {
        from: personNumber(0).slice(1),
        id,
        timestamp: String(at),
        type: 'edit',
        edit: {
          original_message_id: original,
          message: { type: 'text', text: { body: text } },
        },
      },
    ],
  });

const reply = (id: string, text: string, at: number) =>
  envelope('smb_message_echoes', {
    contacts: [{ profile: { name: 'Person 1000' }, wa_id: personNumber(0).slice(1) }],
    message_echoes: [
      {
        from: businessNumber.slice(1),
        to: personNumber(0).slice(1),
        id,
        timestamp: String(at),
        type: 'text',
        text: { body: text },
      },
    ],
  });

describe('a day in one record', () => {
  test('reads like the chat, grows with it, and is one record in each CRM', async () => {
    await start('granularity: day');
    await send(
      textWebhook('wamid.1', personNumber(0), 'Hello', noon),
      textWebhook('wamid.2', personNumber(0), 'Two lines\nof text', noon + 60),
      callWebhook('wacid.1', personNumber(0), noon + 120, 65),
      textWebhook('wamid.3', personNumber(1), 'Somebody else', noon),
    );
    await untilLogged(4);
    await send(textWebhook('wamid.4', personNumber(0), 'Later <b>that</b> day', noon + 3_600));
    // 23:30 in Berlin, and half past midnight: the next day there.
    await send(
      textWebhook('wamid.5', personNumber(0), 'Good night', secondsOf('2026-09-18T21:30:00Z')),
      textWebhook('wamid.6', personNumber(0), 'Good morning', secondsOf('2026-09-18T22:30:00Z')),
    );
    await untilLogged(7);
    expect([tasks().length, communications().length]).toEqual([3, 3]);
    expect(crms.hubspot.records('calls')).toHaveLength(0);
    const chat = tasks().find((row) => String(row['Description']).includes('Hello'));
    expect(chat?.['Subject']).toBe('WhatsApp chat with Person 1000, 2026-09-18');
    expect(chat?.['Description']).toBe(
      [
        'WhatsApp chat of +1 555 078 3881 with Person 1000 (+1 415 555 1000): 4 messages, 1 call. Times are UTC+2.',
        '',
        '2026-09-18',
        '12:00 Person 1000: Hello',
        '12:01 Person 1000: Two lines',
        '  of text',
        '12:02 Incoming WhatsApp call, answered, 1 min 5 s',
        '13:00 Person 1000: Later <b>that</b> day',
        '23:30 Person 1000: Good night',
      ].join('\n'),
    );
    const { hubspot } = texts();
    expect(hubspot.find((text) => text.includes('Hello'))).toContain(
      '13:00 Person 1000: Later &lt;b&gt;that&lt;/b&gt; day',
    );
    expect(hubspot.filter((text) => text.includes('Good morning'))).toHaveLength(1);
    const answer = await fetch(`${worker.url}/api/mappings/sales/preview`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    const previews = (await answer.json()) as { title: string; fields: Record<string, string> }[];
    expect(previews.map(({ title }) => title)).toContain('WhatsApp chat with Person 1000, 2026-09-18');
    expect(previews.find(({ title }) => title.endsWith('09-18'))?.fields['Description']).toContain(
      '13:00 Person 1000: Later <b>that</b> day\n23:30 Person 1000: Good night',
    );
    const person = crms.salesforce.rows('Contact').find((row) => row.Phone === personNumber(0));
    expect(chat?.WhoId).toBe(person?.Id);
  }, 60_000);

  test('shows an edit where the message stands, and both sides of the chat', async () => {
    await start('granularity: day');
    await send(
      textWebhook('wamid.1', personNumber(0), 'at five', noon),
      reply('wamid.2', 'Fine, see you', noon + 60),
    );
    await untilLogged(2);
    await send(edit('wamid.3', 'wamid.1', 'at six', noon + 120));
    await until(async () =>
      [...texts().salesforce, ...texts().hubspot].every((text) => text.includes('at six')),
    );
    await untilLogged(2);
    expect([tasks().length, communications().length]).toEqual([1, 1]);
    expect(texts().salesforce[0]).toContain(
      [
        '12:00 Person 1000: at six',
        '  Edited on 2026-09-18 12:02 UTC+2; earlier: at five',
        '12:01 We: Fine, see you',
      ].join('\n'),
    );
  }, 60_000);

  test('that a person has changed in the CRM stays as she left it; what is new goes into a further record', async () => {
    await start('granularity: day');
    await send(textWebhook('wamid.1', personNumber(0), 'one', noon));
    await untilLogged(1);
    const [task] = tasks();
    crms.salesforce.change(String(task?.Id), { Description: 'My own summary' });
    const [communication] = communications();
    crms.hubspot.change('communications', String(communication?.id), {
      hs_communication_body: 'My <b>own</b> summary',
    });
    await send(textWebhook('wamid.2', personNumber(0), 'two', noon + 60));
    await untilLogged(2);
    await send(textWebhook('wamid.3', personNumber(0), 'three', noon + 120));
    await untilLogged(3);
    const { salesforce, hubspot } = texts();
    expect([salesforce.length, hubspot.length]).toEqual([2, 2]);
    expect([salesforce[0], hubspot[0]]).toEqual(['My own summary', 'My <b>own</b> summary']);
    for (const text of [salesforce[1], hubspot[1]]) {
      expect(text).toContain('It goes on from the record before.');
      expect(text).toMatch(/two[^]*three/);
      expect(text).not.toContain(': one');
    }
    expect(tasks()[1]?.['Subject']).toBe('WhatsApp chat with Person 1000, 2026-09-18 (part 2)');
    expect(worker.output()).toContain('a person has changed a record');
  }, 60_000);

  test('goes on in a further record when one is full', async () => {
    await start('granularity: day');
    const long = (index: number) => `${index} ${'word '.repeat(760)}`;
    await send(
      ...Array.from({ length: 12 }, (_one, index) =>
        textWebhook(`wamid.${index}`, personNumber(0), long(index), noon + index * 60),
      ),
    );
    await untilLogged(12);
    const { salesforce, hubspot } = texts();
    expect([salesforce.length, hubspot.length]).toEqual([2, 2]);
    for (const all of [salesforce.join('\n'), hubspot.join('\n')]) {
      for (let index = 0; index < 12; index += 1) expect(all).toContain(`Person 1000: ${index} word`);
      expect(all).not.toContain('[cut]');
    }
  }, 60_000);
});

describe('records of several messages', () => {
  test('are right under lost answers, throttling and outages: one record each, every message once', async () => {
    await start('granularity: day');
    mixFaults(crms, 0.06, 11);
    const count = 64;
    for (let index = 0; index < count; index += 8) {
      await Promise.all(
        Array.from({ length: 8 }, (_one, more) =>
          send(
            textWebhook(
              `wamid.${index + more}`,
              personNumber((index + more) % 3),
              `m${index + more}.`,
              noon + index,
            ),
          ),
        ),
      );
    }
    await untilTotals(worker.url, ({ logged, pending }) => logged === count && pending === 0, 120_000);
    const { salesforce, hubspot } = texts();
    for (const all of [salesforce, hubspot]) {
      expect(all).toHaveLength(3);
      const said = all.flatMap((text) => text.match(/m\d+\./g) ?? []);
      expect(said).toHaveLength(count);
      expect(new Set(said).size).toBe(count);
    }
    expect(doubles(crms)).toEqual([]);
  }, 150_000);
});

describe('a conversation in one record', () => {
  test('ends when it was quiet for the gap, and takes in what comes late', async () => {
    await start('granularity: conversation\n  conversationGap: 30m');
    const at = (minutes: number) => noon + minutes * 60;
    await send(
      textWebhook('wamid.1', personNumber(0), 'a1', at(0)),
      textWebhook('wamid.2', personNumber(0), 'a2', at(29)),
      textWebhook('wamid.3', personNumber(0), 'b1', at(90)),
    );
    await untilLogged(3);
    await send(
      textWebhook('wamid.4', personNumber(0), 'a3', at(40)),
      textWebhook('wamid.5', personNumber(0), 'b2', at(100)),
      // Half an hour before midnight and after: one conversation over two days.
      textWebhook('wamid.6', personNumber(0), 'c1', secondsOf('2026-09-18T21:50:00Z')),
      textWebhook('wamid.7', personNumber(0), 'c2', secondsOf('2026-09-18T22:10:00Z')),
    );
    await untilLogged(7);
    const said = (text: string) => text.match(/\b[abc]\d\b/g)?.join(' ') ?? '';
    const { salesforce, hubspot } = texts();
    expect(salesforce.map(said).toSorted()).toEqual(['a1 a2 a3', 'b1 b2', 'c1 c2']);
    expect(hubspot.map(said).toSorted()).toEqual(['a1 a2 a3', 'b1 b2', 'c1 c2']);
    expect(salesforce.find((text) => text.includes('c1'))).toContain(
      '2026-09-18\n23:50 Person 1000: c1\n\n2026-09-19\n00:10 Person 1000: c2',
    );
    expect(tasks().map((row) => row['Subject'])).toContain(
      'WhatsApp chat with Person 1000, 2026-09-18 12:00 UTC+2',
    );
  }, 60_000);
});
