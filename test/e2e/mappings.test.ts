import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import { appSecret, personNumber, textWebhook } from '../support/traffic.ts';
import { postWebhook, startWorker, until, untilTotals, type WorkerProcess } from '../support/worker.ts';

const at = Date.parse('2026-09-18T10:00:00Z') / 1_000;

let folder: TempFolder;
let crms: Crms;
let worker: WorkerProcess;

beforeEach(async () => {
  folder = makeTempFolder('mappings');
  crms = await startCrms(2);
  crms.salesforce.addField('Task', 'WhatsApp_Time__c', 'datetime');
});

afterEach(async () => {
  await worker.stop();
  await crms.close();
  folder.remove();
}, 60_000);

const start = async (settings = settingsFor(crms)) => {
  worker = await startWorker({ folder: folder.path, settings });
};
const send = async (id: string, text: string) =>
  expect(
    await postWebhook(worker.url, 'support', textWebhook(id, personNumber(0), text, at), appSecret),
  ).toBe(200);
const untilLogged = (count: number) =>
  untilTotals(worker.url, ({ logged, pending }) => logged === count && pending === 0);

interface Answer {
  readonly status: number;
  readonly body: Record<string, never> & {
    readonly text: string;
    readonly version: string & { readonly version: string; readonly author: string };
    readonly mapping: Record<string, Record<string, Record<string, unknown>>>;
    readonly faults: readonly { readonly path: string; readonly text: string }[];
    readonly items: readonly Record<string, unknown>[];
    readonly rewritten: number;
  };
}

const ask = async (method: string, path: string, body?: object): Promise<Answer> => {
  const answer = await fetch(`${worker.url}/api/mappings/${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
};

const alerts = async () => {
  const answer = await fetch(`${worker.url}/api/status`);
  const { alerts: list } = (await answer.json()) as { alerts: { source: string; code: string }[] };
  return list.map(({ source, code }) => `${source} ${code}`);
};

const tasks = () => crms.salesforce.rows('Task');
const subjects = () => tasks().map((row) => row['Subject']);

describe('a mapping that an admin changes', () => {
  test('is in the next record, is named by its receipt, and can be taken back and written again', async () => {
    await start();
    await send('wamid.1', 'one');
    await untilLogged(1);
    const first = await ask('GET', 'sales');
    expect(first.body.text).toContain('# How a WhatsApp message or call becomes a Salesforce task.');

    const changed = first.body.text.replace(
      "Subject: { template: '{{ title }}'",
      "Subject: { template: 'WA: {{ content }}'",
    );
    const put = await ask('PUT', 'sales', { text: changed, why: 'shorter titles', by: 'ana@example.com' });
    expect(put).toMatchObject({
      status: 200,
      body: { version: { author: 'ana@example.com' }, rewritten: 0 },
    });
    // A process may work with the mapping before for two seconds.
    await until(async () => {
      await send(`wamid.${Math.random()}`, 'two');
      return subjects().includes('WA: two');
    });
    expect(subjects()[0]).toBe('WhatsApp message from Person 1000');

    const [task] = tasks().filter((row) => row['Subject'] === 'WA: two');
    const answer = await fetch(`${worker.url}/api/interactions/${String(task?.['WhatsApp_Key__c'])}`);
    const { receipts } = (await answer.json()) as {
      receipts: { destination: string; mappingVersion: string }[];
    };
    expect(receipts.find(({ destination }) => destination === 'sales')?.mappingVersion).toBe(
      put.body.version.version,
    );

    const history = await ask('GET', 'sales/versions');
    expect(history.body.items).toMatchObject([
      { why: 'shorter titles', author: 'ana@example.com', origin: 'api' },
      { author: 'settings file', origin: 'file', difference: [] },
    ]);
    expect(history.body.items[0]?.['difference']).toEqual([
      'message.fields.Subject: {"template":"{{ title }}","truncate":255} → {"template":"WA: {{ content }}","truncate":255}',
    ]);

    const calls = crms.salesforce.calls.total;
    const back = await ask('POST', 'sales/rollback', {
      version: first.body.version,
      why: 'as before',
      rewrite: true,
    });
    expect(back.status).toBe(200);
    expect(back.body.rewritten).toBe(tasks().length);
    await until(async () => subjects().every((one) => one === 'WhatsApp message from Person 1000'));
    // What comes out the same costs no call.
    expect(crms.salesforce.calls.total).toBeGreaterThan(calls);
  }, 60_000);

  test('is refused with each mistake at its field, and the one in use stays', async () => {
    await start();
    const { body } = await ask('GET', 'sales');
    const mapping = structuredClone(body.mapping);
    Object.assign(mapping['message']?.['fields'] ?? {}, {
      Subjekt: { path: 'titel' },
      WhatsApp_Time__c: { path: 'occurredAt' },
    });
    const put = await ask('PUT', 'sales', { mapping, why: 'a try' });
    expect(put.status).toBe(422);
    expect(put.body.faults.map(({ path, text }) => `${path}: ${text}`)).toEqual([
      'message mapping, Task.WhatsApp_Time__c: the field holds a date with its time; add as: datetime',
      'message mapping, Task.Subjekt: Task has no field of this name, or the user may not see it; did you mean "Subject"?',
      'message mapping, Task.Subjekt: a message has no "titel"; did you mean "title"?',
    ]);
    expect((await ask('PUT', 'sales', { text: 'version: 1' })).status).toBe(422);
    expect((await ask('PUT', 'sales', {})).status).toBe(400);
    expect((await ask('PUT', 'sales', { ...body, mapping, why: 'x', by: 'y' })).status).toBe(422);
    expect((await ask('GET', 'sales')).body.version).toBe(body.version);
    await send('wamid.1', 'one');
    await untilLogged(1);
    expect(tasks()[0]?.['Status']).toBe('Completed');
  }, 60_000);

  test('does not overwrite what somebody else changed meanwhile', async () => {
    await start();
    const { body } = await ask('GET', 'sales');
    const change = (word: string) => body.text.replace("'{{ title }}'", `'${word} {{ title }}'`);
    expect((await ask('PUT', 'sales', { text: change('A'), why: 'a', after: body.version })).status).toBe(
      200,
    );
    const late = await ask('PUT', 'sales', { text: change('B'), why: 'b', after: body.version });
    expect(late.status).toBe(409);
  }, 60_000);

  test('is previewed as a draft, with what would be cut, without anything being sent', async () => {
    await start();
    const { body } = await ask('GET', 'sales');
    const mapping = structuredClone(body.mapping);
    Object.assign(mapping['message']?.['fields'] ?? {}, { Subject: { path: 'text', truncate: 20 } });
    const samples = await ask('POST', 'sales/preview', { mapping });
    expect(samples.status).toBe(200);
    expect(samples.body).toHaveLength(5);
    expect(samples.body).toContainEqual(
      expect.objectContaining({
        object: 'Task',
        key: 'sample',
        cuts: [{ field: 'Subject', length: expect.any(Number), limit: 20 }],
        mistakes: [],
      }),
    );
    await send('wamid.1', 'one');
    await untilLogged(1);
    const records = tasks().length;
    const real = await ask('POST', 'sales/preview', { text: body.text });
    expect(real.body).toMatchObject([
      {
        fields: { Subject: 'WhatsApp message from Person 1000' },
        contact: { type: 'Contact' },
        match: 'one contact has this phone number',
        cuts: [],
      },
    ]);
    expect(tasks()).toHaveLength(records);
    const broken = await ask('POST', 'sales/preview', { text: 'version: 1' });
    expect(broken.status).toBe(422);
    crms.salesforce.faults.add({ kind: 'status', status: 503 }, { operation: 'describe' });
    expect((await ask('GET', 'sales/fields')).status).toBe(502);
    const fields = await ask('GET', 'sales/fields');
    expect(fields.body.items.map(({ part }) => part)).toEqual([
      'message',
      'call',
      'conversation',
      'contact',
      'lead',
    ]);
  }, 60_000);
});

describe('a mapping file', () => {
  test('that does not fit any more stays out at start, and the last good one runs on', async () => {
    const path = join(folder.path, 'sales.yaml');
    const good = readFileSync('config/mappings/salesforce.yaml', 'utf8');
    writeFileSync(path, good);
    const settings = `${settingsFor(crms)}mappings: { sales: ${path} }\n`;
    await start(settings);
    await worker.stop();
    for (const bad of [good.replace('Status:', 'Statos:'), 'version: 1', '{']) {
      writeFileSync(path, bad);
      await start(settings);
      await until(async () => (await alerts()).includes('sales mapping-refused'));
      await worker.stop();
    }
    writeFileSync(path, good.replace("'{{ title }}'", "'New: {{ title }}'"));
    await start(settings);
    await until(async () => (await alerts()).length === 0);
    await send('wamid.1', 'one');
    await untilLogged(1);
    expect(subjects()).toEqual(['New: WhatsApp message from Person 1000']);
  }, 90_000);
});
