import { afterEach, beforeAll, afterAll, describe, expect, test } from '@jest/globals';
import { signChat } from '../../src/core/chat-link.ts';
import type { AuditEntry } from '../../src/ledger/ledger.ts';
import type { ConsoleOperations } from '../../src/pipeline/operations.ts';
import { ask, consolePages, startServer, stopServers, type Answer } from '../support/http.ts';
import {
  clientId,
  clientSecret,
  startIdentityProvider,
  type IdentityProvider,
} from '../support/identity-provider.ts';
import { chat, fakeOperations, fileHash, key } from '../support/operations.ts';

afterEach(stopServers);

const adminToken = 'a-token-of-the-admin';
const json = { 'content-type': 'application/json' };
const text = (body: unknown) => JSON.stringify(body);

function cookiesOf(answer: Answer): string {
  return (answer.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ');
}

/** An audit log as the ledger keeps it. */
function auditOf(items: AuditEntry[]): Pick<ConsoleOperations, 'audit' | 'keepAudit'> {
  return {
    keepAudit: async (entry) =>
      void items.unshift({ ...entry, id: items.length + 1, at: new Date().toISOString() }),
    audit: async ({ action }) => ({ items: items.filter((one) => one.action === action) }),
  };
}

async function signIn(port: number): Promise<{ cookie: string; csrf: string }> {
  const answer = await ask(port, '/api/session', {
    method: 'POST',
    headers: json,
    body: text({ token: adminToken }),
  });
  expect(answer.status).toBe(200);
  const cookie = cookiesOf(answer);
  const session = await ask(port, '/api/session', { headers: { cookie } });
  return { cookie, csrf: String(session.json()['csrf']) };
}

describe('a session', () => {
  test('begins with the token, carries the role for everything, and is in the audit log', async () => {
    const asked: unknown[][] = [];
    const { port } = await startServer({ adminToken, operations: fakeOperations(asked) });
    expect((await ask(port, '/api/session')).json()).toMatchObject({
      signedIn: false,
      ways: { token: true, provider: false },
    });
    const { cookie } = await signIn(port);
    expect((await ask(port, '/api/status', { headers: { cookie } })).status).toBe(200);
    expect((await ask(port, '/api/session', { headers: { cookie } })).json()).toMatchObject({
      signedIn: true,
      actor: 'admin',
      roles: ['viewer', 'admin', 'compliance'],
      mayRead: true,
    });
    expect(asked[0]).toEqual([
      'keepAudit',
      expect.objectContaining({ actor: 'admin', action: 'session.sign-in' }),
    ]);
  });

  test('is a cookie that no script reads and that is not sent with requests of other sites', async () => {
    const { port } = await startServer({
      adminToken,
      console: { folder: consolePages, publicUrl: 'https://crm.example.com/whatsapp' },
    });
    const answer = await ask(port, '/api/session', {
      method: 'POST',
      headers: json,
      body: text({ token: adminToken }),
    });
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/Secure/);
    expect(cookie).toMatch(/SameSite=Lax/);
    expect(cookie).toMatch(/Path=\/whatsapp\//);
    expect(cookie).toMatch(/Max-Age=28800/);
    expect(cookie).not.toContain(adminToken);
  });

  test.each([
    ['without its own token', {}, 403],
    ['with a wrong one', { 'x-csrf-token': 'x' }, 403],
    ['with its own', { 'x-csrf-token': 'CSRF' }, 200],
  ])('changes something %s: %i', async (_case, headers, status) => {
    const asked: unknown[][] = [];
    const { port } = await startServer({ adminToken, operations: fakeOperations(asked) });
    const { cookie, csrf } = await signIn(port);
    asked.length = 0;
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('CSRF', csrf)]),
    );
    const answer = await ask(port, '/api/failed/replay', {
      method: 'POST',
      headers: { ...json, cookie, ...own },
      body: text({ all: true, by: 'somebody else' }),
    });
    expect(answer.status).toBe(status);
    expect(asked).toEqual(status === 200 ? [['replay', {}, 'admin']] : []);
  });

  test('is refused when somebody changed it, when its time is over, and when it is of another secret', async () => {
    const { port } = await startServer({ adminToken, console: { folder: consolePages, sessionMs: 1_000 } });
    const { cookie } = await signIn(port);
    const changed = `${cookie.slice(0, -2)}AA`;
    expect((await ask(port, '/api/status', { headers: { cookie: changed } })).status).toBe(401);
    const other = await startServer({ adminToken: 'another-token-of-them' });
    expect((await ask(other.port, '/api/status', { headers: { cookie } })).status).toBe(401);
    const end = Date.now() + 5_000;
    let status = 200;
    while (status === 200 && Date.now() < end)
      status = (await ask(port, '/api/status', { headers: { cookie } })).status;
    expect(status).toBe(401);
  });

  test('ends when somebody signs out', async () => {
    const { port } = await startServer({ adminToken });
    const { cookie, csrf } = await signIn(port);
    const answer = await ask(port, '/api/session/end', {
      method: 'POST',
      headers: { ...json, cookie, 'x-csrf-token': csrf },
      body: '{}',
    });
    expect(answer.status).toBe(200);
    expect((answer.headers['set-cookie'] ?? [])[0]).toMatch(
      /^wcs_session=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/,
    );
  });

  test('that was ended is over in every process, for whoever kept its cookie', async () => {
    const operations = { ...fakeOperations(), ...auditOf([]) };
    const [here, there] = [
      await startServer({ adminToken, operations }),
      await startServer({ adminToken, operations }),
    ];
    const { cookie, csrf } = await signIn(here.port);
    const other = await signIn(here.port);
    const headers = { ...json, cookie, 'x-csrf-token': csrf };
    await ask(here.port, '/api/session/end', { method: 'POST', headers, body: '{}' });
    for (const { port } of [here, there]) {
      expect((await ask(port, '/api/status', { headers: { cookie } })).status).toBe(401);
      expect((await ask(port, '/api/session', { headers: { cookie } })).json()).toMatchObject({
        signedIn: false,
      });
      expect((await ask(port, '/api/status', { headers: { cookie: other.cookie } })).status).toBe(200);
    }
  });

  test('lets nobody in while it cannot be known whether it was ended', async () => {
    const { audit: _audit, ...kept } = auditOf([]);
    const audit = () => Promise.reject(new Error('no ledger'));
    const { port } = await startServer({ adminToken, operations: { ...fakeOperations(), ...kept, audit } });
    const answer = await ask(port, '/api/session', {
      method: 'POST',
      headers: json,
      body: text({ token: adminToken }),
    });
    const cookie = cookiesOf(answer);
    expect((await ask(port, '/api/status', { headers: { cookie } })).status).toBe(500);
  });

  test('is over when the token or the roles that it rests on are changed, whatever signs it', async () => {
    const own = { folder: consolePages, secret: 'a-secret-of-the-console' };
    const before = await startServer({ adminToken, console: own });
    const { cookie } = await signIn(before.port);
    const again = await startServer({ adminToken, console: own });
    const changed = await startServer({ adminToken: 'another-token-of-them', console: own });
    const provider = {
      issuer: 'https://login.example',
      clientId: 'console',
      scope: 'openid',
      rolesClaim: 'groups',
      roles: { viewer: ['*'], admin: [], compliance: [] },
    };
    const withProvider = await startServer({ adminToken, console: { ...own, provider } });
    const statuses = [];
    for (const { port } of [again, changed, withProvider])
      statuses.push((await ask(port, '/api/status', { headers: { cookie } })).status);
    expect(statuses).toEqual([200, 401, 401]);
  });

  test('begins anew with each sign-in, whatever cookie was there', async () => {
    const { port } = await startServer({ adminToken });
    const first = await signIn(port);
    const answer = await ask(port, '/api/session', {
      method: 'POST',
      headers: { ...json, cookie: first.cookie },
      body: text({ token: adminToken }),
    });
    expect(cookiesOf(answer)).toMatch(/^wcs_session=./);
    expect(cookiesOf(answer)).not.toBe(first.cookie);
    const fixed = 'wcs_session=chosen.by.another';
    const planted = await ask(port, '/api/session', { headers: { cookie: fixed } });
    expect(planted.json()).toMatchObject({ signedIn: false });
  });

  test('cannot be guessed at by the header of scripts either, and who is signed in goes on', async () => {
    const { port } = await startServer({ adminToken });
    const { cookie } = await signIn(port);
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    for (let nth = 0; nth < 10; nth += 1)
      expect((await ask(port, '/api/status', bearer(`guess ${nth}`.replace(' ', '-')))).status).toBe(401);
    expect((await ask(port, '/api/status', bearer(adminToken))).status).toBe(429);
    expect((await ask(port, '/api/session', { ...bearer(adminToken) })).status).toBe(429);
    expect((await ask(port, '/api/status', { headers: { cookie } })).status).toBe(200);
  });

  test.each([
    ['a form', 'application/x-www-form-urlencoded', {}],
    ['text', 'text/plain', {}],
    ['a form with files', 'multipart/form-data; boundary=x', {}],
    ['JSON of a page elsewhere', 'application/json', { origin: 'https://evil.example' }],
    ['JSON of nowhere', 'application/json', { origin: 'null' }],
    ['no type', '', {}],
  ])('is of no use to a page elsewhere that sends %s', async (_what, type, more) => {
    const asked: unknown[][] = [];
    const { port } = await startServer({ adminToken, operations: fakeOperations(asked) });
    const { cookie } = await signIn(port);
    asked.length = 0;
    for (const path of ['/api/failed/replay', '/api/session/end', '/api/files', '/api/holds']) {
      const headers = { cookie, ...(type !== '' && { 'content-type': type }), ...more };
      const answer = await ask(port, path, { method: 'POST', headers, body: '{"all":true}' });
      expect([path, answer.status]).toEqual([path, 403]);
    }
    expect(asked).toEqual([]);
  });

  test('is of no use to a page elsewhere that only asks, where the browser says so', async () => {
    const asked: unknown[][] = [];
    const { port } = await startServer({ adminToken, operations: fakeOperations(asked) });
    const { cookie } = await signIn(port);
    asked.length = 0;
    const status = async (site: string) =>
      (await ask(port, '/api/check', { headers: { cookie, 'sec-fetch-site': site } })).status;
    expect([await status('cross-site'), await status('same-site')]).toEqual([403, 403]);
    expect(asked).toEqual([]);
    expect([await status('same-origin'), await status('none')]).toEqual([200, 200]);
    const local = await startServer();
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await ask(local.port, '/api/check', { headers })).status).toBe(403);
    // A link to the page itself may stand anywhere.
    expect((await ask(local.port, '/', { headers })).status).toBe(200);
  });

  test('cannot be guessed at: after ten wrong tokens in a minute nobody is asked any more', async () => {
    const asked: unknown[][] = [];
    const { port } = await startServer({ adminToken, operations: fakeOperations(asked) });
    const guess = (token: string) =>
      ask(port, '/api/session', { method: 'POST', headers: json, body: text({ token }) });
    for (let nth = 0; nth < 10; nth += 1) expect((await guess(`guess ${nth}`)).status).toBe(401);
    expect((await guess(adminToken)).status).toBe(429);
    const refused = { actor: 'unknown', action: 'session.refused', subject: '', detail: { way: 'token' } };
    expect(asked).toEqual(Array.from({ length: 10 }, () => ['keepAudit', refused]));
  });
});

describe('roles', () => {
  let provider: IdentityProvider;
  beforeAll(async () => {
    provider = await startIdentityProvider();
  });
  afterAll(() => provider.close());

  async function started(asked: unknown[][] = [], withoutText: unknown[][] = [], issuer = provider.issuer) {
    const running = await startServer({
      operations: fakeOperations(asked),
      operationsWithoutText: fakeOperations(withoutText),
      console: {
        folder: consolePages,
        // The tests follow the addresses by themselves.
        publicUrl: 'http://console.example/app',
        secret: 'a-secret-of-the-console',
        provider: {
          issuer,
          clientId,
          clientSecret,
          scope: 'openid email',
          rolesClaim: 'groups',
          roles: { viewer: ['*'], admin: ['ops'], compliance: ['officers'] },
        },
      },
    });
    return { ...running, asked, withoutText };
  }

  async function enter(
    port: number,
    person: Record<string, unknown>,
    to = '/',
  ): Promise<Answer & { cookie: string }> {
    provider.person = { sub: '1', ...person };
    const start = await ask(port, `/auth/start?to=${encodeURIComponent(to)}`);
    expect(start.status).toBe(303);
    const there = await fetch(String(start.headers.location), { redirect: 'manual' });
    const back = new URL(there.headers.get('location') ?? '');
    expect(back.href).toMatch(/^http:\/\/console\.example\/app\/auth\/callback\?/);
    const done = await ask(port, `/auth/callback${back.search}`, { headers: { cookie: cookiesOf(start) } });
    return { ...done, cookie: cookiesOf(done) };
  }

  test('come from the identity provider, and lead back to the page that was asked for', async () => {
    const { port, asked } = await started();
    const entered = await enter(port, { email: 'ana@example.com', groups: ['ops', 'x'] }, '/audit');
    expect([entered.status, entered.headers.location]).toEqual([303, '/app/audit']);
    expect(provider.asked.get('code_challenge_method')).toBe('S256');
    const session = await ask(port, '/api/session', { headers: { cookie: entered.cookie } });
    expect(session.json()).toMatchObject({
      actor: 'ana@example.com',
      roles: ['viewer', 'admin'],
      mayRead: false,
    });
    expect(asked).toContainEqual(['keepAudit', expect.objectContaining({ actor: 'ana@example.com' })]);
  });

  test.each(['//evil.example', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)'])(
    'never lead to %s',
    async (to) => {
      const { port } = await started();
      expect((await enter(port, { groups: [] }, to)).headers.location).toBe('/app/');
    },
  );

  test.each([
    ['viewer', [], 'GET', '/api/status', 200],
    ['viewer', [], 'POST', '/api/failed/replay', 403],
    ['viewer', [], 'GET', '/api/interactions?text=x', 403],
    ['viewer', [], 'GET', '/api/export/report.csv', 403],
    ['viewer', [], 'GET', '/api/reports/daily', 200],
    ['viewer', [], 'POST', '/api/reports/daily/2026-03-01', 403],
    ['officer', ['officers'], 'POST', '/api/reports/daily/2026-03-01', 200],
    ['viewer', [], 'GET', `/api/interactions/${key}/files/${'cd'.repeat(32)}`, 403],
    ['viewer', [], 'GET', '/api/people/sales?q=ana', 403],
    ['admin', ['ops'], 'POST', '/api/failed/replay', 200],
    ['admin', ['ops'], 'GET', '/api/people/sales?q=ana', 200],
    ['admin', ['ops'], 'GET', '/api/export/report.csv', 403],
    ['officer', ['officers'], 'GET', '/api/export/report.csv', 200],
    ['admin', ['ops'], 'GET', '/api/export/records.zip?all=true', 403],
    ['officer', ['officers'], 'GET', '/api/export/records.zip?all=true', 200],
    ['officer', ['officers'], 'GET', '/api/export/records.zip', 400],
    ['officer', ['officers'], 'GET', '/api/export/records.zip?persn=%2B14155550100', 400],
    ['officer', ['officers'], 'GET', '/api/interactions?text=x', 200],
    ['officer', ['officers'], 'POST', '/api/failed/replay', 403],
  ])('let a %s (%p) %s %s: %i', async (_who, groups, method, path, status) => {
    const { port } = await started();
    const { cookie } = await enter(port, { email: 'x@example.com', groups });
    const { csrf } = (await ask(port, '/api/session', { headers: { cookie } })).json() as { csrf: string };
    const answer = await ask(port, path, {
      method,
      headers: { cookie, 'x-csrf-token': csrf, ...json },
      ...(method === 'POST' && { body: text({ all: true }) }),
    });
    expect(answer.status).toBe(status);
  });

  test('decide who is asked for text, and each look is kept once', async () => {
    const { port, asked, withoutText } = await started();
    const viewer = await enter(port, { email: 'vera@example.com' });
    const officer = await enter(port, { email: 'otto@example.com', groups: 'officers' });
    asked.length = 0;
    for (const { cookie } of [viewer, viewer, officer]) {
      expect((await ask(port, `/api/conversations/${chat}`, { headers: { cookie } })).status).toBe(200);
    }
    expect(withoutText).toEqual([
      ['chats.get', chat],
      ['chats.get', chat],
    ]);
    const look = (actor: string, withText: boolean) => [
      'keepAudit',
      { actor, action: 'conversation.view', subject: chat, detail: { withText } },
    ];
    expect(asked).toEqual([
      look('vera@example.com', false),
      ['chats.get', chat],
      look('otto@example.com', true),
    ]);
  });

  test('keep a look at a file and at a preview of a mapping too', async () => {
    const { port, asked } = await started();
    const both = { groups: ['officers', 'ops'] };
    const { cookie } = await enter(port, { email: 'otto@example.com', ...both });
    const looks = () => asked.filter(([name, entry]) => name === 'keepAudit' && isLook(entry)).length;
    const isLook = (entry: unknown) => (entry as { action: string }).action === 'conversation.view';
    await ask(port, `/api/interactions/${key}/files/${fileHash}`, { headers: { cookie } });
    expect(looks()).toBe(1);
    const other = (await enter(port, { email: 'olga@example.com', ...both })).cookie;
    const { csrf } = (await ask(port, '/api/session', { headers: { cookie: other } })).json();
    const headers = { cookie: other, 'x-csrf-token': String(csrf), ...json };
    const shown = await ask(port, '/api/mappings/sales/preview', { method: 'POST', headers, body: '{}' });
    expect(shown.status).toBe(200);
    expect(looks()).toBe(2);
  });

  test('nobody can sign in while the provider cannot be reached, and the page says why', async () => {
    const gone = await startIdentityProvider();
    const { port } = await started([], [], gone.issuer);
    await gone.close();
    const start = await ask(port, '/auth/start');
    expect([start.status, start.headers.location]).toEqual([303, '/app/sign-in?problem=unreachable']);
  });

  test('show nothing when the look cannot be kept', async () => {
    const operations: ConsoleOperations = {
      ...fakeOperations(),
      keepAudit: () => Promise.reject(new Error('no ledger')),
    };
    const { port } = await startServer({ operations });
    const answer = await ask(port, `/api/conversations/${chat}`);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('hello');
  });

  test('nobody without a role, with another one’s answer, or without what was begun comes in', async () => {
    const { port } = await started();
    provider.person = { sub: '1' };
    const start = await ask(port, '/auth/start');
    const there = await fetch(String(start.headers.location), { redirect: 'manual' });
    const { search } = new URL(there.headers.get('location') ?? '');
    const refused = async (cookie: string, asked = search) => {
      const answer = await ask(port, `/auth/callback${asked}`, { headers: { cookie } });
      expect(cookiesOf(answer)).not.toMatch(/wcs_session=\w/);
      return String(answer.headers.location);
    };
    expect(await refused('')).toBe('/app/sign-in?problem=expired');
    expect(await refused(cookiesOf(start), search.replace(/state=[^&]+/, 'state=other'))).toBe(
      '/app/sign-in?problem=refused',
    );
    const other = await ask(port, '/auth/start');
    expect(await refused(cookiesOf(other))).toBe('/app/sign-in?problem=refused');
  });
});

describe('the pages', () => {
  test('run scripts of their own only, with a new nonce for each answer', async () => {
    const { port } = await startServer({ adminToken });
    const answers = [await ask(port, '/'), await ask(port, '/audit')];
    const nonces = answers.map(({ headers, text: page }) => {
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toContain('unsafe');
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
      expect(page).toContain(`content="${nonce}"`);
      return nonce;
    });
    expect(new Set(nonces).size).toBe(2);
  });

  test('keep their files for ever, and nothing but these', async () => {
    const { port } = await startServer({ adminToken });
    const file = await ask(port, '/assets/app.js');
    expect(file.status).toBe(200);
    expect(file.headers['cache-control']).toMatch(/immutable/);
    for (const path of [
      '/assets/../index.html',
      '/assets/%2e%2e/index.html',
      '/assets/',
      '/assets/none.js',
    ]) {
      expect((await ask(port, path)).status).toBeGreaterThanOrEqual(400);
    }
  });

  test.each(['', '/whatsapp'])(
    'work behind a prefix that a proxy leaves or takes away (%p)',
    async (left) => {
      const { port } = await startServer({
        adminToken,
        console: { folder: consolePages, publicUrl: 'https://crm.example.com/whatsapp/' },
      });
      const page = await ask(port, `${left}/conversations`);
      expect(page.text).toContain('src="/whatsapp/assets/app.js"');
      expect(page.text).toContain('name="wcs-prefix" content="/whatsapp"');
      expect((await ask(port, `${left}/assets/app.js`)).status).toBe(200);
      expect((await ask(port, `${left}/api/session`)).status).toBe(200);
      expect((await ask(port, '/whatsappx/api/session')).status).toBe(404);
    },
  );

  test('say so when they were not built', async () => {
    const { port } = await startServer({ console: {} });
    const answer = await ask(port, '/');
    expect([answer.status, answer.json()['error']]).toEqual([503, 'not-built']);
  });
});

describe('a file that somebody sent', () => {
  test('is saved and not shown where it could run anything', async () => {
    const { port } = await startServer();
    const answer = await ask(port, `/api/interactions/${key}/files/${'cd'.repeat(32)}`);
    expect(answer.text).toBe('file');
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''a%20_b_.html`,
      'x-content-type-options': 'nosniff',
    });
    expect((await ask(port, `/api/interactions/${key}/files/${'00'.repeat(32)}`)).status).toBe(404);
  });
});

describe('a link from the CRM', () => {
  const linkSecret = Buffer.from('signs links');
  const today = new Date().toISOString();
  const other = 'ff'.repeat(32);

  async function open(path: string, linkKey = key): Promise<{ answer: Answer; asked: unknown[][] }> {
    const asked: unknown[][] = [];
    const { port } = await startServer({
      adminToken,
      operations: fakeOperations(asked),
      console: { folder: consolePages, linkSecret },
    });
    const token = signChat(linkSecret, { key: linkKey, occurredAt: today }, 1);
    return { answer: await ask(port, path.replace('TOKEN', token)), asked };
  }

  test('shows its chat without a session, without records of the CRM, and the look is kept', async () => {
    const { answer, asked } = await open('/api/shared/TOKEN/interactions');
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ items: [{ interaction: { key }, activities: [] }] });
    expect(asked).toContainEqual(['interactions', { limit: 50, conversation: chat }]);
    expect(asked).toContainEqual([
      'keepAudit',
      {
        actor: `link ${key.slice(0, 8)}`,
        action: 'conversation.view',
        subject: chat,
        detail: { withText: true },
      },
    ]);
    const whole = (await open('/api/shared/TOKEN')).answer;
    expect(whole.json()).toMatchObject({ key, name: 'Ana Silva', phone: '+14155550100' });
    expect(whole.text).not.toContain('contacts');
  });

  test.each([
    ['another signature', '/api/shared/TOKENA'],
    ['no signature', '/api/shared/x/interactions'],
    ['a search', '/api/shared/TOKEN/interactions?text=x', 400],
    ['a file of another chat', `/api/shared/TOKEN/files/${other}/${'cd'.repeat(32)}`],
  ])('opens nothing with %s', async (_what, path, status = 404) => {
    const { answer } = await open(path);
    expect(answer.status).toBe(status);
  });

  test('opens a file of its chat, and nothing where links are not wanted', async () => {
    expect((await open(`/api/shared/TOKEN/files/${key}/${'cd'.repeat(32)}`)).answer.text).toBe('file');
    const { port } = await startServer({ adminToken });
    const token = signChat(linkSecret, { key, occurredAt: today }, 1);
    expect((await ask(port, `/api/shared/${token}`)).status).toBe(404);
  });
});

describe('an export', () => {
  test('has a line for each activity, and is in the audit log', async () => {
    const asked: unknown[][] = [];
    const operations = fakeOperations(asked);
    const { items } = await operations.interactions({ limit: 1 });
    const { port } = await startServer({
      operations: { ...operations, interactions: async () => ({ items }) },
    });
    const { text: table, headers } = await ask(
      port,
      '/api/export/interactions.csv?from=2026-03-01&to=2026-03-01',
    );
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    const [heads, first, ...rest] = table.trim().split('\r\n');
    expect(heads).toMatch(/^occurredAt,source,businessNumber/);
    expect(first).toContain('hello,sales,parked');
    expect(rest).toEqual([]);
    expect(asked).toContainEqual([
      'keepAudit',
      expect.objectContaining({
        action: 'report.export',
        detail: { what: 'interactions', from: '2026-03-01', to: '2026-03-01' },
      }),
    ]);
  });
});
