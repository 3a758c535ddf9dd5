import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openLedger } from '../../src/ledger/open.ts';
import { freePort } from '../support/ports.ts';
import { copyDatabase } from '../support/template.ts';
import { makeTempFolder } from '../support/temp.ts';
import { accountSid } from '../support/twilio.ts';
import { businessNumber, envelope, personNumber, textWebhook } from '../support/traffic.ts';
import { postWebhook, startWorker, until, type WorkerProcess } from '../support/worker.ts';

/** Each secret of the settings has its own mark; what people write has one too. */
const appSecret = 'zzapp-secret-of-the-app';
const text = 'zztext what somebody wrote';
const secrets = [
  appSecret,
  'zzverify-token',
  'zzaccess-token',
  'zztwilio-token',
  'zzclient-id-sales',
  'zzclient-secret',
  'zzhubspot-token',
  'zzadmin-token-long',
  'zzlogin-word',
];

/** As it is, and in base64 wherever in it it begins. */
function formsOf(secret: string): string[] {
  const shifted = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from('x'.repeat(shift) + secret)
      .toString('base64')
      .replaceAll('=', '');
    return encoded.slice(2, -2);
  });
  return [secret, ...shifted];
}

/** A server that answers every request with trouble, and tells in it all that it was sent: as proxies and bad servers do. */
async function startEcho(): Promise<Server> {
  let count = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      count += 1;
      const said = `${request.method} ${request.url} ${JSON.stringify(request.headers)} ${body}`;
      const status = [400, 401, 403, 500, 400, 404][count % 6] as number;
      const answer = JSON.stringify({
        status: 'error',
        category: said,
        message: said,
        more_info: said,
        code: 190,
        errorCode: said,
        error: count % 2 === 0 ? { message: said, type: said, code: 190 } : 'invalid_client',
        error_description: said,
        errors: [{ message: said, code: said, errorCode: said }],
      });
      if (count % 5 === 0) response.writeHead(status, said.slice(0, 60)).end(`<html>${said}</html>`);
      else response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('where every server answers with trouble and tells all that it was sent', () => {
  const folder = makeTempFolder('secrets');
  let echo: Server;
  let worker: WorkerProcess;

  beforeAll(async () => {
    echo = await startEcho();
    const at = `127.0.0.1:${(echo.address() as AddressInfo).port}`;
    const settings = `
sources:
  - { id: support, type: whatsapp-cloud, appSecret: ${appSecret}, verifyToken: zzverify-token, accessToken: zzaccess-token, apiUrl: 'http://user:zzlogin-word@${at}', businessNumbers: ['${businessNumber}'] }
  - { id: emea, type: twilio, accountSid: ${accountSid}, authToken: zztwilio-token, apiUrl: 'http://${at}', pollEvery: 1s, businessNumbers: ['+14155238886'] }
destinations:
  - { id: sales, type: salesforce, loginUrl: 'http://${at}', auth: { flow: client-credentials, clientId: zzclient-id-sales, clientSecret: zzclient-secret } }
  - { id: marketing, type: hubspot, apiUrl: 'http://${at}', accessToken: zzhubspot-token }
routes:
  - { source: support, destinations: [sales, marketing] }
  - { source: emea, destinations: [sales] }
policies: { excluded: [] }
`;
    const env = { LOG_LEVEL: 'trace', ADMIN_TOKEN: 'zzadmin-token-long' };
    worker = await startWorker({ folder: folder.path, settings, env });
  }, 180_000);

  afterAll(async () => {
    await worker?.stop();
    echo?.close();
    folder.remove();
  }, 30_000);

  const api = async (path: string, method = 'GET', body?: object): Promise<string> => {
    const answer = await fetch(worker.url + path, {
      method,
      headers: { authorization: 'Bearer zzadmin-token-long', 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return answer.text();
  };

  test('no log line, metric, health, audit entry or answer of the API holds a secret, and no log line what people wrote', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const image = { id: '1234', mime_type: 'image/jpeg', caption: text };
    const from = personNumber(1).slice(1);
    for (const body of [
      textWebhook('wamid.1', personNumber(1), text, now),
      envelope('messages', {
        messages: [{ from, id: 'wamid.2', timestamp: String(now), type: 'image', image }],
      }),
      { object: 'whatsapp_business_account', entry: [text] },
      `{ "${text}`,
    ])
      expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
    expect(await postWebhook(worker.url, 'support', { zzforged: text }, 'another')).toBe(401);
    await api('/api/settings', 'POST', { text });
    await api('/api/preview?zzlogin-word');
    // Each of those who were asked has answered badly, and that is known.
    const troubles = [
      /"destination":"sales"/,
      /"destination":"marketing"/,
      /source could not be polled/,
      /file not fetched/,
    ];
    const isMissing = (trouble: RegExp) => !trouble.test(worker.output());
    await until(async () => !troubles.some(isMissing), 90_000).catch(() => undefined);
    expect(troubles.filter(isMissing)).toEqual([]);
    const paths = [
      'status',
      'report',
      'parked',
      'failed',
      'settings',
      'rules',
      'audit',
      'check',
      'openapi.json',
    ];
    const said = await Promise.all(paths.map((path) => api(`/api/${path}`)));
    said.push(await api('/metrics'), await api('/health/ready'), await api('/health/live'));
    await worker.stop();
    const output = worker.output();
    expect(output).toMatch(/"level":"debug"|"level":"warn"/);
    const forms = secrets.flatMap(formsOf);
    expect(forms.filter((one) => said.join('\\n').includes(one))).toEqual([]);
    expect([...forms, 'zztext', from].filter((one) => output.includes(one))).toEqual([]);
    // What was kept of the trouble, for the console: no secret either.
    const { ledger, sql } = await openLedger({ dataDir: join(folder.path, 'data') });
    const tables = await sql.query<{ name: string }>(
      `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    let rows = '';
    for (const { name } of tables) {
      for (const { row } of await sql.query<{ row: string }>(`select t::text as row from ${name} t`))
        rows += row;
    }
    await ledger.close();
    expect(rows).toContain(text);
    expect(forms.filter((one) => rows.includes(one))).toEqual([]);
  }, 180_000);
});

const smallest = `
sources: [{ id: support, type: whatsapp-cloud, appSecret: a-secret, verifyToken: v, businessNumbers: ['${businessNumber}'] }]
destinations: [{ id: marketing, type: hubspot, accessToken: a-token }]
routes: [{ source: support, destinations: [marketing] }]
`;

describe('a start that fails says why, without the passwords', () => {
  const folder = makeTempFolder('secrets-start');
  afterAll(() => folder.remove());

  test.each([
    ['DATABASE_URL', 'postgres://wcs:zzbase-word@127.0.0.1:PORT/wcs'],
    ['DATABASE_URL', 'postgres://wcs:zzbase%word@127.0.0.1:PORT:bad/wcs'],
    ['REDIS_URL', 'redis://:zzcache-word@127.0.0.1:PORT'],
    ['PORT', 'zzport'],
  ])(
    '%s=%s',
    async (name, value) => {
      const settings = join(folder.path, 'settings.yaml');
      writeFileSync(settings, smallest);
      if (name !== 'DATABASE_URL') copyDatabase(join(folder.path, 'data'));
      const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/workers/start.js'], {
        encoding: 'utf8',
        timeout: 30_000,
        env: {
          PATH: process.env['PATH'],
          SETTINGS: settings,
          DATA_DIR: join(folder.path, 'data'),
          LOG_LEVEL: 'trace',
          START_WAIT: '0',
          [name]: value.replace('PORT', String(await freePort())),
        },
      });
      expect([1, 2]).toContain(status);
      expect(stderr).not.toBe('');
      expect(stdout + stderr).not.toMatch(/zz(base|cache|port)/);
    },
    40_000,
  );
});
