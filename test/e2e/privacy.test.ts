import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openLedger } from '../../src/ledger/open.ts';
import {
  excludedSetting,
  hiddenPeople,
  postPrivate,
  privateTraffic,
  words,
  type PrivateTraffic,
} from '../support/private-traffic.ts';
import { keyFields, recordsPerKey, settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { inParallel, personNumber } from '../support/traffic.ts';
import { accountSid, authToken, twilioNumber } from '../support/twilio.ts';
import { startWorker, untilDirectoryPulled, untilTotals, type WorkerProcess } from '../support/worker.ts';

const count = 5_000;
const { xaver, bruna, quentin, ida } = hiddenPeople;
const crmField = 'no_whatsapp';

/** A text in each form in which it may stand somewhere: as it is, and in base64, wherever in it it begins. */
function formsOf(text: string): string[] {
  const encoded = [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift, 'x'), Buffer.from(text)]);
    const base64 = bytes.toString('base64').replaceAll('=', '');
    // Without the letters that depend on what stands before and after.
    return base64.slice(Math.ceil((shift * 8) / 6), base64.length - (bytes.length % 3 === 0 ? 0 : 1));
  });
  return [text, ...encoded];
}

/** What must be nowhere. The CRM itself tells Quentin's number, without which nobody could know him. */
const texts = [words.hidden, words.foreign, words.nobodys, xaver.name, bruna.name, ida.name];
const numbers = [...xaver.forms, ...bruna.forms, '555-000-1111', '98765-4321', xaver.userId, ida.userId];
const needles = [...texts, ...numbers].flatMap((one) => formsOf(String(one)));
const ofQuentin = [...formsOf(quentin.name), ...formsOf(String(quentin.forms[0])).slice(1)];

function foundIn(haystack: Buffer | string, what: readonly string[]): string[] {
  return what.filter((needle) => haystack.includes(needle));
}

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesOf(join(path, name)));
}

/** In which files of a folder something of this stands. */
function foundOnDisk(folder: string, what: readonly string[]): string[] {
  return filesOf(folder).flatMap((file) =>
    foundIn(readFileSync(file), what).map((needle) => `${needle} in ${file}`),
  );
}

describe(`${count} webhooks, most of them of people or numbers that are not recorded`, () => {
  const folder = makeTempFolder('privacy');
  const data = join(folder.path, 'data');
  let crms: Crms;
  let worker: WorkerProcess;
  let traffic: PrivateTraffic;

  beforeAll(async () => {
    traffic = privateTraffic(count);
    crms = await startCrms(40);
    crms.hubspot.addProperty('contacts', crmField, 'bool');
    const phone = personNumber(50);
    const [firstname, lastname] = quentin.name.split(' ') as [string, string];
    const id = crms.hubspot.addContact({ firstname, lastname, phone });
    crms.hubspot.change('contacts', String(id), { [crmField]: 'true' });
    const settings = settingsFor(crms)
      .replace(
        "excluded: ['+15550001111']",
        `excluded: ${JSON.stringify(excludedSetting)}\n  excludeWhen: { field: ${crmField}, destination: marketing }`,
      )
      .replace(
        'destinations:\n',
        `  - { id: emea, type: twilio, accountSid: ${accountSid}, authToken: ${authToken}, businessNumbers: ['${twilioNumber}'] }\ndestinations:\n`,
      )
      .replace(
        'routes:\n',
        'seals: { every: 1s }\nroutes:\n  - { source: emea, destinations: [sales, marketing] }\n',
      );
    worker = await startWorker({
      // Thousands of webhooks: long enough for everything to be compiled well.
      nodeArgs: [],
      folder: folder.path,
      settings,
      env: { LOG_LEVEL: 'trace' },
      args: ['--role', 'receive,process,deliver,media,reconcile,console'],
    });
    await untilDirectoryPulled(worker.url, ['sales', 'marketing']);
  }, 60_000);

  afterAll(async () => {
    await worker?.stop();
    await crms?.close();
    folder.remove();
  }, 30_000);

  const text = async (path: string): Promise<string> => {
    const answer = await fetch(`${worker.url}${path}`);
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.text();
  };

  test('leave nothing of them on disk, in logs, in the API, in metrics or in a CRM, and everybody else is there once', async () => {
    const { first, webhooks, expected, excluded, quarantined } = traffic;
    for (const one of first) expect(await postPrivate(worker.url, one)).toBe(200);
    await inParallel(webhooks, 200, async (one) => expect(await postPrivate(worker.url, one)).toBe(200));
    const totals = await untilTotals(worker.url, ({ pending, received }) => pending === 0 && received > 0);
    expect(totals).toMatchObject({
      received: expected.size + excluded.size,
      excluded: excluded.size,
      logged: expected.size,
    });
    const metrics = await text('/metrics');
    expect(metrics).toContain(`wcs_quarantined{source="support"} ${quarantined}`);
    const addresses = [
      'status',
      'report',
      'audit?limit=500',
      'conversations?limit=500',
      'quarantine?limit=500',
    ];
    const more = ['settings', 'rules', 'parked', 'failed', 'export/interactions.csv', 'export/audit.csv'];
    const said = await Promise.all([...addresses, ...more].map((path) => text(`/api/${path}`)));
    const key = [...expected.keys()][0] as string;
    said.push(
      metrics,
      await text(`/api/interactions/${key}`),
      await text(`/api/interactions/${key}/versions`),
    );
    expect(foundIn(said.join('\n'), [...needles, ...ofQuentin])).toEqual([]);
    expect(said.join('\n')).toContain(words.open);
    expect(said[2]).toMatch(/"action":"worker.start".*"action":"settings.load"/s);
    await worker.stop();
    expect(foundIn(worker.output(), [...needles, ...ofQuentin])).toEqual([]);
    // The same search finds a text of somebody who is recorded.
    const control = [...expected].filter(([, says]) => says.startsWith(words.open))[7]?.[1] as string;
    expect(foundOnDisk(data, [control]).length).toBeGreaterThan(0);
    expect(foundOnDisk(data, [...needles, ...ofQuentin])).toEqual([]);
    // What the database compresses is not seen in its files.
    const rows = await everyRow();
    expect(rows).toContain(control);
    expect(rows).toContain('worker.stop');
    expect(foundIn(rows, [...needles, ...ofQuentin])).toEqual([]);
    checkCrms(expected);
  }, 90_000);

  const everyRow = async (): Promise<string> => {
    const { ledger, sql } = await openLedger({ dataDir: data });
    const tables = await sql.query<{ name: string }>(
      `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const all: string[] = [];
    for (const { name } of tables) {
      const rows = await sql.query<{ row: string }>(`select t::text as row from ${name} t`);
      all.push(...rows.map(({ row }) => row));
    }
    await ledger.close();
    return all.join('\n');
  };

  const checkCrms = (expected: ReadonlyMap<string, string>) => {
    const tasks = crms.salesforce.rows('Task');
    const records = ['communications', 'calls'].flatMap((type) => crms.hubspot.records(type));
    const { salesforce, hubspot } = recordsPerKey(crms);
    const once = new Map([...expected.keys()].map((key) => [key, 1]));
    expect(new Map([...salesforce].toSorted())).toEqual(new Map([...once].toSorted()));
    expect(new Map([...hubspot].toSorted())).toEqual(new Map([...once].toSorted()));
    for (const task of tasks) {
      expect(task['Description']).toContain(expected.get(String(task[keyFields.salesforce])));
    }
    const stored = JSON.stringify([tasks, records.map(({ values }) => values)]);
    expect(foundIn(stored, [...needles, ...ofQuentin, String(quentin.forms[0])])).toEqual([]);
    const people = JSON.stringify(crms.hubspot.records('contacts').map(({ values }) => values));
    expect(foundIn(people, needles)).toEqual([]);
  };
});
