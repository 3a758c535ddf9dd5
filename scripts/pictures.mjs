// Makes the pictures in docs/pictures from a running demo: what a rep sees on one contact in each sandbox CRM.
// Needs a build (`npm run build`) and Debian's chromium.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const contact = 'Ana Silva';
const folder = new URL('../docs/pictures/', import.meta.url).pathname;
const profile = mkdtempSync(join(tmpdir(), 'wcs-pictures-'));
mkdirSync(folder, { recursive: true });

try {
  for (const [granularity, suffix] of [
    ['message', ''],
    ['day', '-day'],
  ]) {
    const args = ['dist/src/cli/demo.js', '--granularity', granularity];
    const demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      for (const [name, url] of await timelines(demo.stdout)) await picture(name + suffix, await pageOf(url));
    } finally {
      demo.kill('SIGTERM');
    }
  }
} finally {
  rmSync(profile, { recursive: true, force: true });
}

/** The addresses that the demo prints at its end. */
async function timelines(output) {
  let text = '';
  for await (const chunk of output) {
    text += chunk;
    const found = [...text.matchAll(/(Salesforce|HubSpot) timelines\s+(http:\S+\/timeline)/g)];
    if (found.length === 2) return found.map(([, name, url]) => [name.toLowerCase(), url]);
  }
  throw new Error('the demo ended before it printed its addresses');
}

async function pageOf(url) {
  const list = await (await fetch(url)).text();
  const id = list.match(new RegExp(`href="timeline/([^"]+)">${contact}<`))?.[1];
  if (id === undefined) throw new Error(`${contact} is not on ${url}`);
  return `${url}/${id}`;
}

async function picture(name, url) {
  const file = join(folder, `${name}.png`);
  execFileSync('chromium', [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    `--user-data-dir=${profile}`,
    '--window-size=860,1500',
    `--screenshot=${file}`,
    url,
  ]);
  console.log(file);
}
