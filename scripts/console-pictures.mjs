// Makes the pictures of the console in docs/pictures from a running demo. Needs a build and Debian's chromium.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const folder = new URL('../docs/pictures/', import.meta.url).pathname;
const demo = spawn(process.execPath, ['dist/src/cli/demo.js'], { stdio: ['ignore', 'pipe', 'inherit'] });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const url = await address(demo.stdout);
  const page = await browser.newPage({ viewport: { width: 1_280, height: 860 } });
  const { items } = await (await fetch(`${url}/api/conversations?who=Ana`)).json();
  const chat = items.find(({ contacts }) => contacts.length > 0) ?? items[0];
  await picture(page, 'console-overview', `${url}/`, 'Everything that came in');
  await picture(page, 'console-conversation', `${url}/conversations/${chat.id}`, 'Why this contact');
  await picture(page, 'console-mapping', `${url}/mappings/sales`, 'Completed');
  await post(url, `/api/reports/daily/${new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)}`, {});
  await picture(page, 'console-proof', `${url}/proof`, 'has all of them');
  await post(url, '/api/holds', { person: chat.phone, reason: 'case 2026-14', by: 'maya@example.com' });
  await picture(page, 'console-retention', `${url}/retention`, 'case 2026-14');
} finally {
  await browser.close();
  demo.kill('SIGTERM');
}

async function picture(page, name, url, text) {
  await page.goto(url);
  await page.getByText(text).first().waitFor();
  const chosen = page.getByRole('button', { name: 'logged' });
  if (name.endsWith('conversation')) await chosen.last().click();
  if (name.endsWith('proof')) await page.getByRole('button', { name: 'Verify now' }).click();
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(500);
  const path = `${folder}${name}.png`;
  await page.screenshot({ path });
  process.stdout.write(`${path}\n`);
}

async function post(url, path, body) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
}

/** The console's address, which the demo prints at its end. */
async function address(output) {
  for await (const line of createInterface({ input: output })) {
    const found = /^\s*Console\s+(http:\S+?)\/?$/.exec(line)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error('the demo ended before it printed its addresses');
}
