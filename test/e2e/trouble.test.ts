import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { doubles, recordsPerKey, settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import { appSecret, businessNumber, personNumber, textWebhook } from '../support/traffic.ts';
import {
  destinationStates,
  postWebhook,
  startWorker,
  until,
  untilTotals,
  type WorkerProcess,
} from '../support/worker.ts';

const messages = 30;

describe('while something is wrong with a CRM', () => {
  let folder: TempFolder;
  let crms: Crms;
  let worker: WorkerProcess;

  beforeEach(async () => {
    folder = makeTempFolder('trouble');
    crms = await startCrms(messages);
  });

  afterEach(async () => {
    await worker.stop();
    await crms.close();
    folder.remove();
  }, 60_000);

  const send = async () => {
    for (let index = 0; index < messages; index += 1) {
      const body = textWebhook(`wamid.${index}`, personNumber(index), `text ${index}`, 1_790_000_000 + index);
      expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
    }
  };

  const allLoggedOnce = async () => {
    await untilTotals(worker.url, ({ logged }) => logged === messages, 90_000);
    const { salesforce, hubspot } = recordsPerKey(crms);
    expect([salesforce.size, hubspot.size, doubles(crms)]).toEqual([messages, messages, []]);
  };

  test('a refused token and an outage are told apart, everything is kept and logged once when they are over', async () => {
    const token = crms.hubspot.tokens.get(crms.hubspot.accessToken)!;
    crms.hubspot.tokens.delete(crms.hubspot.accessToken);
    crms.salesforce.down(true);
    worker = await startWorker({ folder: folder.path, settings: settingsFor(crms) });
    await send();
    await until(async () => {
      const { sales, marketing } = await destinationStates(worker.url);
      return sales === 'waiting unavailable' && marketing === 'stopped auth-failed';
    });
    crms.hubspot.tokens.set(crms.hubspot.accessToken, token);
    crms.salesforce.down(false);
    await allLoggedOnce();
    expect(await destinationStates(worker.url)).toEqual({ sales: 'running', marketing: 'running' });
  }, 120_000);

  test('a field that the CRM does not have stops that destination alone, and nothing is lost', async () => {
    const mapping = join(folder.path, 'hubspot.yaml');
    const good = readFileSync('config/mappings/hubspot.yaml', 'utf8');
    writeFileSync(mapping, good.replace('  fields:\n', '  fields:\n    favourite_colour: { value: blue }\n'));
    const settings = `${settingsFor(crms)}mappings: { marketing: '${mapping}' }\n`;
    worker = await startWorker({ folder: folder.path, settings });
    await send();
    await until(async () => (await destinationStates(worker.url))['marketing'] === 'stopped field-unknown');
    await until(async () => crms.salesforce.rows('Task').length === messages);
    expect((await destinationStates(worker.url))['sales']).toBe('running');
    await worker.stop();
    writeFileSync(mapping, good);
    worker = await startWorker({ folder: folder.path, settings });
    await allLoggedOnce();
  }, 120_000);

  test('an unknown number is parked, and logged by itself when the contact appears', async () => {
    const settings = settingsFor(crms, 'directoryEveryWhileParked: 1s');
    worker = await startWorker({ folder: folder.path, settings });
    const stranger = textWebhook('wamid.stranger', personNumber(messages), 'hello', 1_790_000_000);
    expect(await postWebhook(worker.url, 'support', stranger, appSecret)).toBe(200);
    expect(await untilTotals(worker.url, ({ parked }) => parked === 1)).toMatchObject({
      received: 1,
      logged: 0,
    });
    crms.addPerson(messages);
    await untilTotals(worker.url, ({ logged }) => logged === 1);
    expect([crms.salesforce.rows('Task').length, crms.hubspot.records('communications').length]).toEqual([
      1, 1,
    ]);
  }, 60_000);

  test('an excluded person leaves no trace but a count', async () => {
    worker = await startWorker({ folder: folder.path, settings: settingsFor(crms) });
    const secret = textWebhook('wamid.private', '+15550001111', 'a very private sentence', 1_790_000_000);
    expect(await postWebhook(worker.url, 'support', secret, appSecret)).toBe(200);
    expect(await postWebhook(worker.url, 'support', secret, appSecret)).toBe(200);
    const totals = await untilTotals(worker.url, ({ excluded }) => excluded === 1);
    expect(totals).toMatchObject({ received: 1, excluded: 1, logged: 0 });
    const answer = await fetch(`${worker.url}/api/report?from=2020-01-01&to=2030-01-01`);
    const report = await answer.text();
    expect(report).toContain(businessNumber);
    expect(report + worker.output()).not.toMatch(/5550001111|private/);
  }, 60_000);
});
