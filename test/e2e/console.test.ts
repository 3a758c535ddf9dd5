import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findings, openBrowser } from '../support/browser.ts';
import { describeWith } from '../support/require.ts';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import { appSecret, businessNumber, callWebhook, personNumber, textWebhook } from '../support/traffic.ts';
import { postWebhook, startWorker, until, type WorkerProcess } from '../support/worker.ts';

const adminToken = 'a-token-of-the-admin';
const today = Math.floor(Date.now() / 1_000);
const yesterday = today - 86_400;
const dayOf = (seconds: number) => new Date(seconds * 1_000).toISOString().slice(0, 10);
const stranger = personNumber(7);
const refusedText = 'the refused offer';
/** Everything is played behind a path, as a proxy would show it. */
const prefix = '/whatsapp';

describeWith('chromium', 'the console', () => {
  let folder: TempFolder;
  let crms: Crms;
  let worker: WorkerProcess;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const troubles: string[] = [];
  let isRuleOn = true;

  const send = async (body: object) =>
    expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
  const api = async <T>(path: string): Promise<T> => {
    const answer = await fetch(worker.url + path, { headers: { authorization: `Bearer ${adminToken}` } });
    return (await answer.json()) as T;
  };
  const totals = async () => (await api<{ totals: Record<string, number> }>('/api/report')).totals;
  const tasks = () => crms.salesforce.rows('Task');

  beforeAll(async () => {
    folder = makeTempFolder('console');
    crms = await startCrms(3);
    // An admin's own rule: what it refuses is a dead letter until the rule is mended.
    crms.salesforce.addRule('Task', (row) =>
      isRuleOn && String(row['Description']).includes(refusedText) ? 'Offers are logged by hand.' : undefined,
    );
    const links = 'console: { publicUrl: "http://crm.example/whatsapp", links: { days: 30 } }\n';
    const settings = `${settingsFor(crms, 'directoryEvery: 1s\n    directoryEveryWhileParked: 1s')}${links}seals: { every: 1s }\n`;
    worker = await startWorker({ folder: folder.path, settings, env: { ADMIN_TOKEN: adminToken } });
    await until(async () => {
      const { destinations } = await api<{ destinations: { directoryPulledAt?: string }[] }>('/api/status');
      return destinations.every(({ directoryPulledAt }) => directoryPulledAt !== undefined);
    });
    await send(textWebhook('wamid.1', personNumber(0), 'Is the blue lamp still there?', today - 60));
    await send(textWebhook('wamid.2', personNumber(1), 'Thank you for the contract', today - 50));
    await send(callWebhook('wacid.1', personNumber(1), today - 40));
    await send(textWebhook('wamid.3', stranger, 'Hello, I am new here', yesterday));
    await send(textWebhook('wamid.4', stranger, 'Are you there?', yesterday + 5));
    await send(textWebhook('wamid.5', personNumber(2), refusedText, today - 30));
    await send(textWebhook('wamid.6', personNumber(2), `${refusedText} again`, today - 20));
    await until(async () => {
      const { received, parked, failed, pending } = await totals();
      return received === 7 && parked === 2 && failed === 2 && pending === 0;
    });
    browser = await openBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await worker?.stop();
    await crms?.close();
    folder?.remove();
  }, 60_000);

  beforeEach(async () => {
    troubles.length = 0;
    context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, acceptDownloads: true });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (message) => {
      // The browser tells of refused requests, which the page explains: a mistake in a form, a link that is over.
      if (message.type() === 'error' && !/status of (401|404|422|502)/.test(message.text()))
        troubles.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(worker.url) && !request.url().startsWith('data:'))
        troubles.push(request.url());
    });
    await page.goto(`${worker.url}${prefix}/`);
    await page.getByLabel('Admin token').fill(adminToken);
    await page.getByRole('button', { name: 'Sign in with the token' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  }, 60_000);

  afterEach(async () => {
    await context.close();
    // No script of elsewhere, no request to elsewhere, nothing that the page's policy refused.
    expect(troubles).toEqual([]);
  });

  const open = async (name: string) => {
    await page.getByRole('navigation').getByRole('link', { name }).click();
  };

  test('says in the morning what came in, what is missing and why', async () => {
    await page.getByText('2 messages and calls failed and need a person.').waitFor();
    const identity = await page.getByTestId('identity').innerText();
    expect(identity.replaceAll(/\s+/g, ' ')).toBe(
      '7 Received = 3 Logged + 0 On the way + 2 Parked + 0 Excluded + 0 Ignored + 2 Failed',
    );
    for (const destination of ['sales', 'marketing']) {
      await page.getByRole('region', { name: 'Destinations' }).getByText(destination).first().waitFor();
    }
    await page
      .getByText(/Last event: \d+ (s|min) ago/)
      .first()
      .waitFor();
    await page
      .getByText(/Last delivery: \d+ (s|min) ago/)
      .first()
      .waitFor();
  });

  test('lets an officer find the gap of yesterday and take it out', async () => {
    const row = page.getByRole('row').filter({ hasText: dayOf(yesterday) });
    await row.getByRole('link', { name: 'Show these' }).click();
    await page
      .getByRole('link', { name: /Person/ })
      .first()
      .click();
    await page.getByText('Hello, I am new here').waitFor();
    await page.getByRole('button', { name: 'parked' }).first().click();
    await page.getByText('no-contact').first().waitFor();
    await open('Overview');
    const started = page.waitForEvent('download');
    await row.getByRole('link', { name: 'CSV' }).click();
    const download = await started;
    const text = readFileSync(await download.path(), 'utf8');
    const lines = text.trim().split('\r\n');
    expect(lines).toHaveLength(5);
    expect(lines.slice(1).every((line) => line.includes('parked,,no-contact'))).toBe(true);
    expect(text).toContain('Are you there?');
    await open('Audit log');
    const what = page.getByRole('table');
    await what.getByText('exported').first().waitFor();
    await what.getByText('looked at conversations').first().waitFor();
  });

  test('finds a chat by contact, number and words, and shows what the CRM has of it', async () => {
    await open('Conversations');
    await page.getByLabel('Contact or number').fill(personNumber(0).slice(-7));
    const list = page.getByRole('region', { name: 'Chats' });
    await until(async () => (await list.getByRole('link').count()) === 1);
    await page.getByLabel('Contact or number').fill('');
    await page.getByLabel('Words of a message').fill('lamp bl');
    await page.getByText('Messages with these words').waitFor();
    await list.getByRole('link', { name: /Is the blue lamp/ }).click();
    await page.getByRole('article').getByText('Is the blue lamp still there?').waitFor();
    const details = page.getByRole('region', { name: 'In the CRM' });
    await details.getByText('Why this contact: one contact has this phone number').first().waitFor();
    const [task] = tasks().filter((one) => String(one['Description']).includes('blue lamp'));
    const link = details.getByRole('link', { name: String(task?.Id) });
    expect(await link.getAttribute('href')).toBe(
      `${crms.salesforce.url}/lightning/r/Task/${String(task?.Id)}/view`,
    );
    await details.getByText('Versions, as they arrived').click();
    await details.getByText(/^1 · .* message by the person/).waitFor();
    await details.getByText('Is the blue lamp still there?').waitFor();
  });

  test('shows a message that comes while the page is open', async () => {
    await open('Conversations');
    await page.getByRole('region', { name: 'Chats' }).getByText('Is the blue lamp').waitFor();
    await send(textWebhook('wamid.live', personNumber(0), 'I take two of them', today));
    await page.getByRole('region', { name: 'Chats' }).getByText('I take two of them').waitFor();
  });

  test('lets an operator send a failed batch again when its cause is mended', async () => {
    await open('Failed');
    await page.getByText('Offers are logged by hand.').first().waitFor();
    isRuleOn = false;
    await page.getByRole('button', { name: 'Send all of this cause again' }).click();
    await page.getByText('2 messages and calls sent again.').waitFor();
    await page.getByText('Nothing failed.').waitFor();
    await until(async () => (await totals())['failed'] === 0 && (await totals())['pending'] === 0);
    expect(tasks().filter((one) => String(one['Description']).includes(refusedText))).toHaveLength(2);
  });

  test('takes back that something is not logged, and assigns it to a contact of the CRM', async () => {
    const contact = crms.salesforce.addContact({ FirstName: 'Nora', LastName: 'Newcomer' });
    await open('Parked');
    await page.getByText('No contact has this number or user id.').first().waitFor();
    await page.getByRole('button', { name: '2' }).first().click();
    const choose = page.getByRole('checkbox', { name: /^Select / }).first();
    await page.getByRole('checkbox', { name: 'Select all of this page' }).check();
    await page.getByRole('button', { name: 'Do not log' }).click();
    await page.getByText('2 messages and calls will not be logged.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('2 messages and calls wait again.').waitFor();
    const inSales = async () =>
      (
        await api<{ items: { destination: string; count: number }[] }>('/api/waiting?state=parked')
      ).items.find(({ destination }) => destination === 'sales')?.count ?? 0;
    await until(async () => (await inSales()) === 2);
    await page.getByRole('group', { name: 'Causes' }).getByText('sales').waitFor();
    await page.locator('.mantine-Card-root', { hasText: 'sales' }).getByRole('button', { name: '2' }).click();
    await choose.check();
    await page.getByRole('button', { name: 'Choose the contact' }).click();
    await page.getByRole('dialog').getByLabel('Search').fill('newcom');
    await page.getByRole('button', { name: /Nora Newcomer/ }).click();
    await page.getByText('One chat will be logged on Nora Newcomer.').waitFor();
    await until(async () => tasks().filter((one) => one['WhoId'] === contact).length === 2);
    const { items } = await api<{ items: { action: string; actor: string }[] }>('/api/audit');
    expect(items.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['parked.ignore', 'parked.restore', 'parked.assign']),
    );
  });

  test('makes a contact of somebody whom the CRM does not know, and says what is missing for it', async () => {
    await open('Parked');
    await page.getByText('marketing').first().waitFor();
    await page.getByRole('checkbox', { name: 'Select all of this page' }).check();
    const make = async () => {
      await page.getByRole('button', { name: 'Make a contact' }).click();
      await page.getByRole('dialog').getByText('One contact will be made in the CRM.').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Make a contact' }).click();
    };
    await make();
    await page
      .getByRole('dialog')
      .getByText(/wcs setup marketing/)
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    const env = { PATH: process.env['PATH'], SETTINGS: join(folder.path, 'settings.yaml') };
    await promisify(execFile)(process.execPath, ['dist/src/cli/wcs.js', 'setup', 'marketing'], { env });
    await make();
    await page.getByText('One contact was made.').waitFor();
    await page.getByText('Nothing waits for a contact.').waitFor();
    const made = crms.hubspot.records('contacts').filter(({ values }) => values['phone'] === stranger);
    expect(made).toHaveLength(1);
    await until(async () => (await totals())['parked'] === 0 && (await totals())['pending'] === 0);
    const { destinations } = await api<{ destinations: { state: string }[] }>('/api/status');
    expect(destinations.map(({ state }) => state)).toEqual(['running', 'running']);
  });

  test('lets an admin map a field, see what it makes, and find it on the next record', async () => {
    await open('Mappings');
    const subject = page.getByLabel('Value: Subject');
    await subject.fill('{ path: nothing.like.it }');
    await subject.blur();
    await page
      .getByRole('alert')
      .getByText(/nothing\.like\.it/)
      .waitFor();
    expect(await page.getByRole('button', { name: 'Publish' }).isDisabled()).toBe(true);
    await page.getByLabel('Value: Subject').fill('{ template: "Chat: {{ title }}", truncate: 200 }');
    await page.getByLabel('Value: Subject').blur();
    await page.getByTestId('preview').getByText('Chat: WhatsApp message from').first().waitFor();
    await page.reload();
    await page.getByText('Draft, not published').waitFor();
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByRole('dialog').getByLabel('Why').fill('Reps asked for it');
    await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Published. The next record is made by it.').waitFor();
    await send(textWebhook('wamid.mapped', personNumber(1), 'A message after the change', today + 1));
    await until(async () => tasks().some((one) => String(one['Description']).includes('after the change')));
    const task = tasks().find((one) => String(one['Description']).includes('after the change'));
    expect(task?.['Subject']).toMatch(/^Chat: WhatsApp message from /);
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByText('Reps asked for it').waitFor();
    await page.getByRole('button', { name: 'Publish this version again' }).click();
    await until(
      async () => (await api<{ text: string }>('/api/mappings/sales')).text.includes('Chat:') === false,
    );
  });

  test('opens one chat, to be read, for whoever holds the link of a record', async () => {
    const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
    const { text } = await api<{ text: string }>('/api/mappings/sales');
    const linked = text.replace('Time: {{ localTime }}', 'Time: {{ localTime }} Chat: {{ chatLink }}');
    const body = JSON.stringify({ text: linked, why: 'links' });
    const put = await fetch(`${worker.url}/api/mappings/sales`, { method: 'PUT', headers, body });
    expect(put.status).toBe(200);
    await send(textWebhook('wamid.linked', personNumber(1), 'Look me up in the console', today + 2));
    const said = () =>
      tasks()
        .map((one) => String(one['Description']))
        .find((one) => one.includes('Look me up'));
    await until(async () => said() !== undefined);
    const [, path = ''] =
      /Chat: http:\/\/crm\.example(\/whatsapp\/shared\/[\w-]{70})$/m.exec(said() ?? '') ?? [];
    const stranger = await browser.newContext();
    const other = await stranger.newPage();
    await other.goto(worker.url + path);
    await other.getByText('Look me up in the console').waitFor();
    await other.getByText('Thank you for the contract').waitFor();
    expect(await other.getByRole('link', { name: 'Overview' }).count()).toBe(0);
    expect(await findings(other)).toEqual([]);
    await other.goto(`${worker.url}${path.slice(0, -2)}AA`);
    await other.getByText('This link is not good (any more).').waitFor();
    await stranger.close();
    const { items } = await api<{ items: { actor: string; action: string }[] }>('/api/audit');
    expect(items.find(({ actor }) => actor.startsWith('link '))).toMatchObject({
      action: 'conversation.view',
    });
  });

  test('lets an admin change what becomes of strangers and who holds a number, at once and with a way back', async () => {
    await open('Settings');
    await page.getByLabel('People whom the CRM does not know').selectOption('ignore');
    await page.getByRole('button', { name: 'Add an owner' }).click();
    await page.getByLabel('Number').last().fill(businessNumber);
    await page.getByLabel('User').last().fill('not an address');
    await page.getByLabel('Why').fill('She asked for it');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('owners.0.user: must be an e-mail address').waitFor();
    await page.getByLabel('User').last().fill('ana@example.com');
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Published. The worker uses them from now on.').waitFor();
    const before = (await totals()).ignored as number;
    await send(textWebhook('wamid.stranger', '15550009977', 'Nobody knows me', today + 3));
    await until(async () => (await totals()).ignored === before + 1);
    await page.getByText('History').click();
    await page.getByText('She asked for it').first().waitFor();
    await page.getByRole('button', { name: 'Publish this version again' }).click();
    await until(async () => {
      const { rules } = await api<{ rules: { owners: unknown[] } }>('/api/rules');
      return rules.owners.length === 0;
    });
    const { items } = await api<{ items: { action: string }[] }>('/api/audit?action=settings.publish');
    expect(items.length).toBeGreaterThanOrEqual(3);
  });

  test('shows the settings without secrets', async () => {
    await open('Settings');
    await page.getByText('defaultRegion: US').waitFor();
    const text = await page.locator('main').innerText();
    expect(text).toContain(businessNumber);
    for (const secret of [appSecret, crms.hubspot.accessToken, adminToken, 'verifyToken: verify']) {
      expect(text).not.toContain(secret);
    }
  });

  test('shows an officer that all is as it was sealed, and takes it out for an examination', async () => {
    await until(async () => (await api<{ last?: object }>('/api/seals')).last !== undefined);
    await page
      .getByRole('region', { name: 'Proof' })
      .getByRole('link', { name: /^Sealed / })
      .click();
    await page.getByText(/^number \d+, .* ago/).waitFor();
    await page.getByText('has all of them').waitFor();
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('Everything is as it was sealed.').waitFor();
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('link', { name: `Report of ${dayOf(yesterday)}` }).click();
    const counts = page.getByRole('region', { name: 'Everything that came in is accounted for' });
    await counts.getByRole('row', { name: /^Total 2 / }).waitFor();
    await page.getByText('All of the proof').click();
    expect(await page.getByRole('button', { name: 'Download the zip' }).isDisabled()).toBe(true);
    await page.getByLabel('Person', { exact: true }).fill(personNumber(0));
    const started = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download the zip' }).click();
    const download = await started;
    expect(download.suggestedFilename()).toMatch(/^whatsapp-records-.*\.zip$/);
    expect(
      readFileSync(await download.path())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
  });

  test('shows what somebody wrote into a record, beside what was logged, and writes it again', async () => {
    const [task] = tasks().filter((one) => String(one['Description']).includes('blue lamp'));
    crms.salesforce.change(String(task?.Id), { Description: 'Nothing was sold here' });
    await open('Differences');
    await page.getByRole('button', { name: 'Compare now' }).click();
    await page.getByText(/records compared, 1 differ\./).waitFor();
    await page.getByRole('link', { name: `Compare record ${String(task?.Id)}` }).click();
    const row = page.getByRole('row').filter({ hasText: 'Nothing was sold here' });
    await row.getByText('Is the blue lamp still there?').waitFor();
    await page.getByRole('button', { name: 'Write ours again' }).click();
    await page.getByText(/will be written as it was logged/).waitFor();
    // Whoever leaves does not take it back.
    await page.reload();
    const said = () => String(tasks().find(({ Id }) => Id === task?.Id)?.['Description']);
    await until(async () => said().includes('blue lamp'));
    const { items } = await api<{ items: { action: string }[] }>('/api/audit?subject=sales');
    expect(items.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['drift.view', 'drift.restore']),
    );
  });

  test('holds a person against erasure until the hold is released', async () => {
    await open('Retention');
    await page.getByRole('button', { name: 'Place a hold' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Person').fill(personNumber(2));
    await dialog.getByLabel('Reason').fill('case 14');
    await dialog.getByRole('button', { name: 'Place a hold' }).click();
    await page.getByText('It is held.').waitFor();
    const erasure = page.getByRole('region', { name: 'Request for erasure' });
    const look = async () => {
      await erasure.getByLabel('Person').fill(personNumber(2));
      await erasure.getByRole('button', { name: 'See what would go' }).click();
    };
    await look();
    await erasure.getByText('refused: a hold or the law keeps all of it').waitFor();
    expect(await erasure.getByRole('button', { name: 'Erase' }).count()).toBe(0);
    await page.getByRole('button', { name: /^Release the hold: .*/ }).click();
    await dialog.getByLabel('Reason').fill('case 14 is closed');
    await dialog.getByRole('button', { name: 'Release' }).click();
    await page.getByText('It is not held any more.').waitFor();
    await look();
    await erasure.getByRole('button', { name: 'Erase' }).click();
    expect(await dialog.getByRole('button', { name: 'Erase' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Type "erase"').fill('erase');
    await dialog.getByRole('button', { name: 'Erase' }).click();
    await erasure.getByRole('status').getByText('Erased').waitFor();
    const history = page.getByRole('region', { name: 'What was destroyed' });
    await history.getByRole('button', { name: /^What is left of erasure-request/ }).click();
    await page.getByRole('dialog').getByRole('cell', { name: businessNumber }).first().waitFor();
  });

  test('opens what names no number of the firm, and destroys it', async () => {
    await send({ object: 'odd', entry: [{ words: 'whose is this?' }] });
    await open('Quarantine');
    await page.getByRole('button', { name: /^Open / }).click();
    await page.getByRole('dialog').getByText('whose is this?').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Destroy' }).click();
    await page.getByText('One will be destroyed.').waitFor();
    await page.reload();
    await page.getByText('Nothing waits.').waitFor();
    await page.getByLabel('Also what was decided').check();
    await page.getByRole('cell', { name: 'destroyed', exact: true }).waitFor();
  });

  test('has nothing for axe to find, in light and in dark', async () => {
    const [chat] = (await api<{ items: { id: string }[] }>('/api/conversations')).items;
    const found: string[] = [];
    const look = async (path: string) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
        // Some colours change slowly.
        await page.evaluate(
          'Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished))',
        );
        found.push(...(await findings(page)).map((line) => `${path} in ${colorScheme}: ${line}`));
      }
    };
    for (const path of [
      '/',
      '/conversations',
      `/conversations/${chat?.id}`,
      '/waiting/parked',
      '/waiting/failed',
      '/mappings/sales',
      '/settings',
      '/audit',
      '/proof',
      `/proof/reports/${dayOf(yesterday)}`,
      '/differences',
      '/retention',
      '/quarantine',
    ]) {
      await page.goto(worker.url + prefix + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      await look(path);
    }
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await look('/sign-in');
    expect(found).toEqual([]);
  }, 120_000);

  test('fits a small, a middle and a wide screen', async () => {
    const wider: string[] = [];
    const over = () =>
      page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    for (const path of [
      '/',
      '/conversations',
      '/waiting/parked',
      '/mappings/sales',
      '/audit',
      '/proof',
      '/differences',
      '/retention',
      '/quarantine',
    ]) {
      await page.goto(worker.url + prefix + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      for (const width of [1_920, 768, 360]) {
        await page.setViewportSize({ width, height: 740 });
        // What depends on the width is drawn again a moment later.
        await until(async () => (await over()) === 0, 5_000).catch(async () =>
          wider.push(`${path} at ${width}: ${await over()}`),
        );
      }
    }
    expect(wider).toEqual([]);
  }, 60_000);

  test('is used with the keyboard alone', async () => {
    await page.goto(`${worker.url}${prefix}/`);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    for (let nth = 0; nth < 16; nth += 1) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate('document.activeElement.textContent')) === 'Conversations') break;
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Conversations' }).waitFor();
  });
});
