import { afterEach, describe, expect, test } from '@jest/globals';
import { answers } from '../../src/http/answers.ts';
import { EncryptionOffError, TextSearchOffError } from '../../src/pipeline/key-operations.ts';
import { proofAnswers } from '../../src/http/proof-answers.ts';
import { sealAnswers } from '../../src/http/seal-answers.ts';
import { ask, startServer, stopServers } from '../support/http.ts';
import { chat, fakeOperations, key } from '../support/operations.ts';

afterEach(stopServers);

const json = { 'content-type': 'application/json' };
const post = (body: unknown) => ({ method: 'POST', headers: json, body: JSON.stringify(body) });

describe('who may ask the API', () => {
  const adminToken = 'a-token-of-the-admin';

  test.each([
    ['no token', {}, 401],
    ['a wrong token', { authorization: 'Bearer a-token-of-the-admiN' }, 401],
    ['a part of the token', { authorization: 'Bearer a-token' }, 401],
    ['the token as a password', { authorization: `Basic ${btoa(`admin:${adminToken}`)}` }, 401],
    ['the token', { authorization: `Bearer ${adminToken}` }, 200],
    [
      'the token, from a page elsewhere',
      { authorization: `Bearer ${adminToken}`, origin: 'http://a.example' },
      200,
    ],
  ])('with a token configured, a request with %s gets the right answer', async (_case, headers, expected) => {
    const { port } = await startServer({ adminToken });
    const answer = await ask(port, '/api/status', { headers: headers as Record<string, string> });
    expect(answer.status).toBe(expected);
    if (expected === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
  });

  test.each([
    ['localhost', {}, 200],
    ['localhost:PORT', {}, 200],
    ['127.0.0.1:PORT', {}, 200],
    ['[::1]:PORT', {}, 200],
    ['LOCALHOST:PORT', {}, 200],
    ['localhost:PORT', { origin: 'http://localhost:PORT' }, 200],
    ['rebound.example:PORT', {}, 401],
    ['127.0.0.1.rebound.example', {}, 401],
    ['localhost.rebound.example', {}, 401],
    ['localhost@rebound.example', {}, 401],
    ['localhost:PORT', { origin: 'http://a.example' }, 401],
    ['localhost:PORT', { origin: 'http://localhost:1' }, 401],
    ['localhost:PORT', { origin: 'https://localhost:PORT' }, 401],
    ['localhost:PORT', { origin: 'null' }, 401],
    ['localhost:PORT', { 'x-forwarded-for': '10.0.0.1' }, 401],
    ['localhost:PORT', { forwarded: 'for=10.0.0.1' }, 401],
    ['localhost:PORT', { 'x-forwarded-proto': 'https' }, 401],
    ['localhost:PORT', { 'x-real-ip': '127.0.0.1' }, 401],
    ['localhost:PORT', { 'cf-connecting-ip': '10.0.0.1' }, 401],
    ['localhost:PORT', { via: '1.1 proxy' }, 401],
    ['0.0.0.0:PORT', {}, 401],
    ['0x7f000001:PORT', {}, 401],
    ['2130706433:PORT', {}, 401],
    ['[::ffff:127.0.0.1]:PORT', {}, 401],
    ['localhost:PORT#rebound.example', {}, 401],
  ])('without a token, Host %s with %p gets %i', async (host, more, expected) => {
    const { port } = await startServer();
    const fill = (text: string) => text.replace('PORT', String(port));
    const headers = Object.fromEntries(
      Object.entries({ host, ...more }).map(([name, value]) => [name, fill(value)]),
    );
    for (const path of ['/api/status', '/'])
      expect((await ask(port, path, { headers })).status).toBe(expected);
  });

  test('a refused request does nothing', async () => {
    const asked: unknown[][] = [];
    const { port } = await startServer({ adminToken, operations: fakeOperations(asked) });
    await ask(port, '/api/failed/replay', post({ all: true }));
    expect(asked).toEqual([]);
  });

  test('the empty page is for everybody where people can sign in, what is on it is not', async () => {
    const { port } = await startServer({ adminToken });
    expect((await ask(port, '/')).status).toBe(200);
    expect((await ask(port, '/conversations/abc')).status).toBe(200);
    expect((await ask(port, '/api/conversations')).status).toBe(401);
  });

  test('the token stands in no answer and no log line', async () => {
    const { port, logged } = await startServer({
      adminToken,
      operations: { ...fakeOperations(), status: () => Promise.reject(new Error('no ledger')) },
    });
    const headers = { authorization: `Bearer ${adminToken}` };
    const answer = await ask(port, '/api/status', { headers });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/no ledger|at .*\.ts/);
    expect(logged.join('')).toContain('no ledger');
    expect(logged.join('') + answer.text).not.toContain(adminToken);
  });

  test('a process without the console role has neither API nor page', async () => {
    const { port } = await startServer({}, { console: false });
    for (const path of ['/', '/api/status', '/api/openapi.json'])
      expect((await ask(port, path)).status).toBe(404);
    expect((await ask(port, '/health/live')).status).toBe(200);
  });
});

describe('the API', () => {
  test.each([
    ['/api/status', answers.status],
    ['/api/report', answers.report],
    ['/api/report/missing?from=2026-03-01', answers.missing],
    ['/api/reports/daily', answers.dailies],
    ['/api/reports/daily/2026-03-01', answers.daily],
    ['/api/interactions?limit=5', answers.interactions],
    [`/api/interactions/${key}`, answers.interaction],
    ['/api/parked', answers.waiting],
    ['/api/failed?destination=sales', answers.waiting],
    ['/api/check', answers.checks],
    ['/api/conversations?who=ana', answers.conversations],
    [`/api/conversations/${chat}`, answers.conversation],
    ['/api/waiting?state=parked', answers.waitingGroups],
    ['/api/waiting/people?state=failed', answers.waitingPeople],
    ['/api/people/sales?q=ana', answers.people],
    [`/api/interactions/${key}/versions`, proofAnswers.versions],
    ['/api/quarantine?state=waiting', proofAnswers.quarantine],
    ['/api/seals', sealAnswers.state],
  ] as const)('answers GET %s in the shape it describes', async (path, schema) => {
    const { port } = await startServer();
    const answer = await ask(port, path);
    expect(answer.status).toBe(200);
    expect(schema.parse(answer.json())).toEqual(answer.json());
  });

  test('decides about the quarantine, in the name of whom it is told', async () => {
    const asked: unknown[][] = [];
    const { port } = await startServer({ operations: fakeOperations(asked) });
    const shown = await ask(port, '/api/quarantine/4711/open', post({ by: 'ana' }));
    expect(proofAnswers.quarantined.parse(shown.json())).toMatchObject({ content: { words: 'hello' } });
    const number = '+15550783881';
    const released = await ask(port, '/api/quarantine/4711/release', post({ number, by: 'ana' }));
    expect(proofAnswers.release.parse(released.json())).toEqual({
      events: 1,
      excluded: 0,
      understood: true,
    });
    const discarded = await ask(port, '/api/quarantine/discard', post({ ids: [4711, 9] }));
    expect(discarded.json()).toEqual({ changed: 1 });
    expect((await ask(port, '/api/quarantine/9/open', post({}))).status).toBe(404);
    expect((await ask(port, '/api/quarantine/x/open', post({}))).status).toBe(404);
    expect(asked).toEqual([
      ['quarantine.open', 4711, 'ana'],
      ['quarantine.release', 4711, number, 'ana'],
      ['quarantine.discard', [4711, 9], 'admin'],
      ['quarantine.open', 9, 'admin'],
    ]);
  });

  test('tells in the audit log that somebody acted by the token, in whatever name', async () => {
    const asked: unknown[][] = [];
    const adminToken = 'a-token-of-the-admin';
    const { port } = await startServer({ adminToken, operations: fakeOperations(asked) });
    const headers = { ...json, authorization: `Bearer ${adminToken}` };
    const body = JSON.stringify({ ids: [4711], by: 'ana' });
    await ask(port, '/api/quarantine/discard', { method: 'POST', headers, body });
    await ask(port, `/api/interactions/${key}/versions`, { headers });
    expect(asked).toEqual([
      ['quarantine.discard', [4711], 'ana (by token)'],
      ['versions', key],
      ['keepAudit', expect.objectContaining({ actor: 'admin (by token)', action: 'conversation.view' })],
    ]);
  });

  test('gives the audit log out as CSV, which is kept', async () => {
    const asked: unknown[][] = [];
    const { port } = await startServer({ operations: fakeOperations(asked) });
    const answer = await ask(port, '/api/export/audit.csv?actor=ana&from=2026-01-01');
    expect(answer.text).toMatch(
      /^id,at,actor,action,subject,detail\r\n7,2026-03-01T10:00:00.000Z,ana,parked.ignore,sales,"\{""count"":1/,
    );
    expect(asked).toEqual([
      ['keepAudit', expect.objectContaining({ action: 'report.export' })],
      ['audit', { actor: 'ana', from: '2026-01-01', limit: 500 }],
    ]);
  });

  test('hands the operations exactly what was asked', async () => {
    const asked: unknown[][] = [];
    const { port } = await startServer({ operations: fakeOperations(asked) });
    await ask(port, '/api/report?from=2026-02-01&to=2026-02-28');
    await ask(
      port,
      '/api/interactions?person=+14155550100&state=parked&limit=7&cursor=c&businessNumber=15550783881',
    );
    await ask(
      port,
      `/api/parked/${key}/assign`,
      post({ destination: 'sales', contact: { type: 'Contact', id: '003xx' }, by: 'ana@example.com' }),
    );
    await ask(port, `/api/parked/${key}/ignore`, post({ destination: 'sales' }));
    await ask(port, '/api/failed/replay', post({ destination: 'sales', code: 'too-long' }));
    await ask(port, '/api/audit?action=parked.ignore&limit=5');
    await ask(port, '/api/mappings/sales/preview', post({ event: { object: 'x' } }));
    await ask(port, '/api/check?destination=marketing');
    expect(asked).toEqual([
      ['report', { from: '2026-02-01', to: '2026-02-28' }],
      [
        'interactions',
        {
          person: '+14155550100',
          state: 'parked',
          limit: 7,
          cursor: 'c',
          businessNumber: '+15550783881',
          order: 'newest',
        },
      ],
      [
        'keepAudit',
        { actor: 'admin', action: 'conversation.view', subject: chat, detail: { withText: true } },
      ],
      ['assign', 'sales', [key], { type: 'Contact', id: '003xx' }, 'ana@example.com'],
      ['ignore', 'sales', [key], 'ignored by an admin', 'admin'],
      ['replay', { destination: 'sales', code: 'too-long' }, 'admin'],
      ['audit', { action: 'parked.ignore', limit: 5 }],
      ['preview', 'sales', { event: { object: 'x' } }],
      ['check', 'marketing'],
    ]);
  });

  test.each([
    ['GET', '/api/report?from=yesterday', undefined, 'from'],
    ['GET', '/api/report?by=number', undefined, 'by'],
    ['GET', '/api/report/missing?from=2026-03-02&to=2026-03-01', undefined, 'to'],
    ['GET', '/api/report?from=2026-02-30', undefined, 'from'],
    ['GET', '/api/report?from=2026-03-02&to=2026-03-01', undefined, 'to'],
    ['GET', '/api/report?form=2026-03-02', undefined, 'form'],
    ['GET', '/api/audit?action=theft', undefined, 'action'],
    ['GET', '/api/interactions?limit=0', undefined, 'limit'],
    ['GET', '/api/interactions?limit=many', undefined, 'limit'],
    ['GET', '/api/interactions?state=lost', undefined, 'state'],
    ['GET', '/api/interactions?businessNumber=me', undefined, 'businessNumber'],
    ['GET', '/api/parked?destination=other', undefined, 'destination'],
    ['POST', `/api/parked/${key}/assign`, {}, 'destination'],
    ['POST', `/api/parked/${key}/assign`, { destination: 'sales' }, 'contact'],
    [
      'POST',
      `/api/parked/${key}/assign`,
      { destination: 'sales', contact: { type: 'Contact', id: "' OR" } },
      'contact.id',
    ],
    ['POST', `/api/parked/${key}/ignore`, { destination: 'sales', reason: ' ' }, 'reason'],
    ['POST', '/api/failed/replay', {}, 'all'],
    ['POST', '/api/failed/replay', { keys: ['x'] }, 'keys.0'],
    ['POST', '/api/mappings/sales/preview', { event: 'text' }, 'event'],
  ])('refuses %s %s %p and names "%4$s"', async (method, path, body, field) => {
    const asked: unknown[][] = [];
    const { port } = await startServer({ operations: fakeOperations(asked) });
    const answer = await ask(port, path, method === 'POST' ? post(body) : {});
    expect(answer.status).toBe(400);
    expect(answers.error.parse(answer.json()).faults?.map((fault) => fault.path)).toContain(field);
    expect(answer.json().message).toContain(`${field}: `);
    expect(asked).toEqual([]);
  });

  test.each([
    ['GET', `/api/interactions/${'0'.repeat(64)}`, undefined],
    ['GET', '/api/interactions/none', undefined],
    ['POST', '/api/mappings/other/preview', {}],
    ['POST', `/api/parked/${'0'.repeat(64)}/ignore`, { destination: 'sales' }],
    ['GET', '/api/other', undefined],
    ['DELETE', '/api/status', undefined],
  ])('answers 404 to %s %s', async (method, path, body) => {
    const { port } = await startServer();
    const answer = await ask(port, path, body === undefined ? { method } : post(body));
    expect(answer.status).toBe(404);
    expect(answers.error.parse(answer.json()).message).not.toBe('');
  });

  test.each([
    ['no JSON', '{', json, 400],
    ['text', '{"all":true}', { 'content-type': 'text/plain' }, 415],
    [
      'a form, as a page elsewhere could send',
      'all=true',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
    ],
    ['a list', '[]', json, 400],
    ['a prototype', '{"__proto__":{"all":true}}', json, 400],
    ['nothing', '', {}, 400],
  ])('refuses a body that is %s', async (_case, body, headers, expected) => {
    const asked: unknown[][] = [];
    const { port } = await startServer({ operations: fakeOperations(asked) });
    const answer = await ask(port, '/api/failed/replay', {
      method: 'POST',
      body,
      headers: headers as Record<string, string>,
    });
    expect(answer.status).toBe(expected);
    expect(asked).toEqual([]);
  });

  test('describes exactly the addresses that exist', async () => {
    const { port, routes } = await startServer();
    const { paths, openapi } = (await ask(port, '/api/openapi.json')).json() as {
      openapi: string;
      paths: Record<string, Record<string, { responses: object; summary: string }>>;
    };
    expect(openapi).toBe('3.1.0');
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(described.toSorted()).toEqual([
      'GET /api/audit',
      'GET /api/backup.zip',
      'GET /api/check',
      'GET /api/conversations',
      'GET /api/conversations/:id',
      'GET /api/drift',
      'GET /api/drift/:destination/:key',
      'GET /api/erasures',
      'GET /api/export/audit.csv',
      'GET /api/export/interactions.csv',
      'GET /api/export/records.zip',
      'GET /api/export/report.csv',
      'GET /api/failed',
      'GET /api/holds',
      'GET /api/interactions',
      'GET /api/interactions/:id',
      'GET /api/interactions/:id/files/:sha256',
      'GET /api/interactions/:id/proofs',
      'GET /api/interactions/:id/versions',
      'GET /api/keys',
      'GET /api/mappings/:destination',
      'GET /api/mappings/:destination/fields',
      'GET /api/mappings/:destination/versions',
      'GET /api/openapi.json',
      'GET /api/parked',
      'GET /api/people/:destination',
      'GET /api/quarantine',
      'GET /api/report',
      'GET /api/report/missing',
      'GET /api/reports/daily',
      'GET /api/reports/daily/:day',
      'GET /api/retention',
      'GET /api/retention/purges',
      'GET /api/retention/purges/:purge',
      'GET /api/seals',
      'GET /api/seals/verify',
      'GET /api/status',
      'GET /api/waiting',
      'GET /api/waiting/people',
      'POST /api/drift/:destination/:key/accept',
      'POST /api/drift/:destination/:key/restore',
      'POST /api/erasures',
      'POST /api/failed/replay',
      'POST /api/failed/replay-chosen',
      'POST /api/files',
      'POST /api/holds',
      'POST /api/holds/:hold/release',
      'POST /api/import',
      'POST /api/keys/encrypt',
      'POST /api/keys/rotate',
      'POST /api/mappings/:destination/check',
      'POST /api/mappings/:destination/preview',
      'POST /api/mappings/:destination/rewrite',
      'POST /api/mappings/:destination/rollback',
      'POST /api/parked/:id/assign',
      'POST /api/parked/:id/ignore',
      'POST /api/parked/assign',
      'POST /api/parked/create',
      'POST /api/parked/ignore',
      'POST /api/parked/restore',
      'POST /api/quarantine/:id/open',
      'POST /api/quarantine/:id/release',
      'POST /api/quarantine/discard',
      'POST /api/reconcile',
      'POST /api/reports/daily/:day',
      'POST /api/retention/run',
      'POST /api/setups',
      'PUT /api/mappings/:destination',
    ]);
    // Sessions and links into the CRM are for browsers alone.
    const served = routes.filter((one) => / \/api\/(?!session|shared)/.test(one) && !one.startsWith('HEAD '));
    expect(served.toSorted()).toEqual(described.toSorted());
  });
});

describe('encryption at rest', () => {
  test('is said to be off where keys are to be changed, and to be the reason that nothing is found by text', async () => {
    const operations = fakeOperations();
    const off = () => Promise.reject(new EncryptionOffError());
    const { port } = await startServer({
      operations: {
        ...operations,
        interactions: () => Promise.reject(new TextSearchOffError()),
        keys: { ...operations.keys, rotate: off, encrypt: off },
      },
    });
    for (const path of ['/api/keys/rotate', '/api/keys/encrypt']) {
      const answer = await ask(port, path, post({ by: 'ana' }));
      expect([answer.status, answer.json()]).toEqual([
        409,
        { error: 'encryption-off', message: expect.stringContaining('encryption.masterKeys') },
      ]);
    }
    expect((await ask(port, '/api/keys/rotate', post({ after: 'x' }))).status).toBe(400);
    const found = await ask(port, '/api/interactions?text=contract');
    expect([found.status, found.json()]).toEqual([
      422,
      {
        error: 'text-search-off',
        message: expect.stringContaining('Search by person, number, day or state'),
      },
    ]);
  });
});

describe('every answer', () => {
  test.each([
    '/',
    '/api/status',
    '/api/none',
    '/webhooks/none',
    '/webhooks/support',
    '/health/live',
    '/metrics',
    '/none',
  ])('of %s carries the security headers', async (path) => {
    const { port } = await startServer();
    const { headers } = await ask(port, path);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; /);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
  });
});

describe('health and metrics', () => {
  test('live answers as long as the process does', async () => {
    const { port } = await startServer();
    expect((await ask(port, '/health/live')).status).toBe(200);
  });

  test('ready says 200, or 503 with the reasons', async () => {
    const ready = await startServer();
    expect(await ask(ready.port, '/health/ready')).toMatchObject({ status: 200 });
    const down = { ok: false, reasons: ['the ledger does not answer'], detail: { ledger: false } };
    const unready = await startServer({ ready: async () => down });
    const answer = await ask(unready.port, '/health/ready');
    expect([answer.status, answer.json()]).toEqual([503, down]);
  });

  test('ready says 503 when the check itself fails', async () => {
    const { port } = await startServer({ ready: () => Promise.reject(new Error('broken')) });
    const answer = await ask(port, '/health/ready');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('broken');
  });

  test('metrics are Prometheus text', async () => {
    const { port } = await startServer();
    const answer = await ask(port, '/metrics');
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.text).toContain('# TYPE wcs_events_total counter');
  });
});
