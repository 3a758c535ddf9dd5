import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rulesRoutes } from '../../src/http/rules-routes.ts';
import { settingsRoute } from '../../src/http/settings-routes.ts';
import type { PassThrough } from '../../src/sources/source.ts';
import { admissionFor, ask, consolePages, startServer, stopServers, type Running } from '../support/http.ts';
import {
  startIdentityProvider,
  clientId,
  clientSecret,
  type IdentityProvider,
} from '../support/identity-provider.ts';
import { fakeOperations, key } from '../support/operations.ts';

/** Who may ask: a role, or everybody, with what a stranger is answered. */
type Rule = 'viewer' | 'admin' | 'compliance' | { readonly everybody: readonly number[] };

const page: Rule = { everybody: [200] };
const link: Rule = { everybody: [404] };

/** Each address that is served. One that is missing here has no rule, and the test below fails. */
const rules: Readonly<Record<string, Rule>> = {
  'GET /health/live': page,
  'GET /health/ready': page,
  'GET /metrics': page,
  'GET /webhooks/:source': { everybody: [403] },
  'POST /webhooks/:source': { everybody: [401] },
  'ANY /graph/:source/*': { everybody: [404] },

  'GET /api/session': page,
  'POST /api/session': { everybody: [400, 415] },
  'POST /api/session/end': 'viewer',
  'GET /auth/start': { everybody: [303] },
  'GET /auth/callback': { everybody: [303] },

  'GET /': page,
  'GET /sign-in': page,
  'GET /conversations': page,
  'GET /conversations/:id': page,
  'GET /waiting/:state': page,
  'GET /proof': page,
  'GET /proof/reports/:day': page,
  'GET /differences': page,
  'GET /differences/:destination/:key': page,
  'GET /retention': page,
  'GET /quarantine': page,
  'GET /mappings': page,
  'GET /mappings/:destination': page,
  'GET /settings': page,
  'GET /audit': page,
  'GET /shared/:token': page,
  'GET /assets/*': { everybody: [404] },

  'GET /api/shared/:token': link,
  'GET /api/shared/:token/interactions': link,
  'GET /api/shared/:token/files/:id/:sha256': link,

  'GET /api/audit': 'viewer',
  'GET /api/backup.zip': 'compliance',
  'GET /api/check': 'viewer',
  'GET /api/conversations': 'viewer',
  'GET /api/conversations/:id': 'viewer',
  'GET /api/drift': 'viewer',
  'GET /api/drift/:destination/:key': 'compliance',
  'POST /api/drift/:destination/:key/accept': 'admin',
  'POST /api/drift/:destination/:key/restore': 'admin',
  'GET /api/erasures': 'compliance',
  'POST /api/erasures': 'compliance',
  'GET /api/export/audit.csv': 'compliance',
  'GET /api/export/interactions.csv': 'compliance',
  'GET /api/export/records.zip': 'compliance',
  'GET /api/export/report.csv': 'compliance',
  'GET /api/failed': 'viewer',
  'POST /api/failed/replay': 'admin',
  'POST /api/failed/replay-chosen': 'admin',
  'POST /api/files': 'admin',
  'GET /api/holds': 'compliance',
  'POST /api/holds': 'compliance',
  'POST /api/holds/:hold/release': 'compliance',
  'POST /api/import': 'admin',
  'GET /api/interactions': 'viewer',
  'GET /api/interactions/:id': 'viewer',
  'GET /api/interactions/:id/files/:sha256': 'compliance',
  'GET /api/interactions/:id/proofs': 'viewer',
  'GET /api/interactions/:id/versions': 'viewer',
  'GET /api/keys': 'viewer',
  'POST /api/keys/encrypt': 'admin',
  'POST /api/keys/rotate': 'admin',
  'GET /api/mappings/:destination': 'viewer',
  'PUT /api/mappings/:destination': 'admin',
  'POST /api/mappings/:destination/check': 'admin',
  'GET /api/mappings/:destination/fields': 'viewer',
  'POST /api/mappings/:destination/preview': 'admin',
  'POST /api/mappings/:destination/rewrite': 'admin',
  'POST /api/mappings/:destination/rollback': 'admin',
  'GET /api/mappings/:destination/versions': 'viewer',
  'GET /api/openapi.json': 'viewer',
  'GET /api/parked': 'viewer',
  'POST /api/parked/:id/assign': 'admin',
  'POST /api/parked/:id/ignore': 'admin',
  'POST /api/parked/assign': 'admin',
  'POST /api/parked/create': 'admin',
  'POST /api/parked/ignore': 'admin',
  'POST /api/parked/restore': 'admin',
  'GET /api/people/:destination': 'admin',
  'GET /api/quarantine': 'compliance',
  'POST /api/quarantine/:id/open': 'compliance',
  'POST /api/quarantine/:id/release': 'compliance',
  'POST /api/quarantine/discard': 'compliance',
  'POST /api/reconcile': 'admin',
  'GET /api/report': 'viewer',
  'GET /api/report/missing': 'viewer',
  'GET /api/reports/daily': 'viewer',
  'GET /api/reports/daily/:day': 'viewer',
  'POST /api/reports/daily/:day': 'compliance',
  'GET /api/retention': 'viewer',
  'GET /api/retention/purges': 'viewer',
  'GET /api/retention/purges/:purge': 'viewer',
  'POST /api/retention/run': 'compliance',
  'GET /api/rules': 'viewer',
  'PUT /api/rules': 'admin',
  'POST /api/rules/rollback': 'admin',
  'GET /api/rules/versions': 'viewer',
  'GET /api/seals': 'viewer',
  'GET /api/seals/verify': 'compliance',
  'GET /api/settings': 'viewer',
  'POST /api/setups': 'admin',
  'GET /api/status': 'viewer',
  'GET /api/waiting': 'viewer',
  'GET /api/waiting/people': 'viewer',
};

let provider: IdentityProvider;
let running: Running;
const who = { viewer: [], admin: ['ops'], compliance: ['officers'] };
const sessions = {} as Record<keyof typeof who | 'expired', Record<string, string>>;
const json = { 'content-type': 'application/json' };
const adminToken = 'a-token-of-the-admin';
const silent: PassThrough = {
  id: 'support',
  forward: async () => ({ status: 404, headers: {}, body: Buffer.alloc(0) }),
  close: async () => undefined,
};

/** The fake has always one more page, of which an export would never end. */
const { items } = await fakeOperations().interactions({ limit: 1 });
const operations = { ...fakeOperations(), interactions: async () => ({ items }) };

const start = (over: object) =>
  startServer({
    operations,
    operationsWithoutText: operations,
    graph: {
      passThroughs: new Map([['support', silent]]),
      recordSent: async () => undefined,
      admission: admissionFor(['support']),
    },
    ...over,
  });

const consoleOf = (issuer: string, sessionMs: number) => ({
  folder: consolePages,
  publicUrl: 'http://console.example',
  secret: 'a-secret-of-the-console',
  linkSecret: Buffer.from('signs links'),
  sessionMs,
  more: [settingsRoute(() => ({})), ...rulesRoutes({} as never)],
  provider: {
    issuer,
    clientId,
    clientSecret,
    scope: 'openid',
    rolesClaim: 'groups',
    roles: { viewer: ['*'], admin: ['ops'], compliance: ['officers'] },
  },
});

async function signIn(port: number, groups: readonly string[]): Promise<Record<string, string>> {
  provider.person = { sub: '1', groups };
  const started = await ask(port, '/auth/start');
  const cookie = (started.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ');
  const there = await fetch(String(started.headers.location), { redirect: 'manual' });
  const { search } = new URL(there.headers.get('location') ?? '');
  const done = await ask(port, `/auth/callback${search}`, { headers: { cookie } });
  const own = (done.headers['set-cookie'] ?? []).find((one) => one.startsWith('wcs_session=')) ?? '';
  const session = { cookie: own.split(';')[0] ?? '' };
  const { csrf } = (await ask(port, '/api/session', { headers: session })).json();
  return { ...session, 'x-csrf-token': String(csrf) };
}

beforeAll(async () => {
  provider = await startIdentityProvider();
  running = await start({ adminToken, console: consoleOf(provider.issuer, 3_600_000) });
  for (const role of ['viewer', 'admin', 'compliance'] as const)
    sessions[role] = await signIn(running.port, who[role]);
  const short = await start({ adminToken, console: consoleOf(provider.issuer, 1) });
  sessions.expired = await signIn(short.port, ['ops', 'officers']);
});
afterAll(async () => {
  await stopServers();
  await provider.close();
});

/** `GET /x` for each address, also for HEAD, which is answered wherever GET is. */
function served(): string[] {
  const all = running.routes.map((one) => one.replace(/^\w+ (?=\/graph\/)/, 'ANY '));
  return [...new Set(all)].filter((one) => !one.startsWith('HEAD '));
}

/** An address with something in the place of its parameters. */
function filled(path: string): string {
  return path
    .replace(':source', 'support')
    .replace(':destination', 'sales')
    .replace(':state', 'parked')
    .replace(':day', '2026-03-01')
    .replace(/:(id|key|token)/, key)
    .replace(':sha256', key)
    .replace(/:\w+/g, '1')
    .replace('*', 'none');
}

let nth = 0;
/** Each from another address of this machine, so that nobody is taken for one who guesses. */
async function statusOf(port: number, one: string, headers: Record<string, string> = {}): Promise<number> {
  const [verb = '', path = ''] = one.split(' ');
  const method = verb === 'ANY' ? 'POST' : verb;
  const isChange = !['GET', 'HEAD'].includes(method);
  nth += 1;
  const answer = await ask(port, filled(path), {
    method,
    localAddress: `127.0.${2 + (nth >> 8)}.${nth & 255}`,
    headers: { ...(isChange && json), ...headers },
    ...(isChange && { body: '{}' }),
  });
  return answer.status;
}

const needing = (one: string) => rules[one] as Exclude<Rule, object>;
const isOpen = (one: string) => typeof rules[one] === 'object';

describe('every address that is served', () => {
  test('has a rule who may ask', () => {
    expect(served().toSorted()).toEqual(Object.keys(rules).toSorted());
  });

  test('answers nobody but whom the rule names', async () => {
    for (const one of served()) {
      const stranger = {
        nobody: await statusOf(running.port, one),
        'a wrong token': await statusOf(running.port, one, { authorization: 'Bearer a-token-of-the-admiN' }),
        'an empty token': await statusOf(running.port, one, { authorization: 'Bearer  ' }),
        'an expired session': await statusOf(running.port, one, sessions.expired),
        'a made-up session': await statusOf(running.port, one, {
          cookie: `wcs_session=${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`,
        }),
      };
      const rule = rules[one];
      for (const [name, status] of Object.entries(stranger)) {
        const allowed = typeof rule === 'object' ? rule.everybody : [401];
        expect([one, name, allowed.includes(status) ? 'as it should be' : status]).toEqual([
          one,
          name,
          'as it should be',
        ]);
      }
    }
  });

  test('refuses every role but the one that it needs, and lets that one in', async () => {
    for (const one of served().filter((each) => !isOpen(each))) {
      const needed = needing(one);
      for (const role of ['viewer', 'admin', 'compliance'] as const) {
        const { cookie = '', ...csrf } = sessions[role];
        // Signing out comes last: it ends the session.
        if (one === 'POST /api/session/end') continue;
        const status = await statusOf(running.port, one, { cookie, ...csrf });
        const mayAsk = needed === 'viewer' || needed === role;
        expect([one, role, [401, 403].includes(status) ? 'refused' : 'let in']).toEqual([
          one,
          role,
          mayAsk ? 'let in' : 'refused',
        ]);
      }
    }
    expect(await statusOf(running.port, 'POST /api/session/end', sessions.viewer)).toBe(200);
  });

  test('that changes anything needs the token of the session itself', async () => {
    const changes = served().filter((one) => !isOpen(one) && !one.startsWith('GET '));
    expect(changes.length).toBeGreaterThan(20);
    for (const one of changes) {
      const { cookie = '' } = sessions.admin;
      const other = sessions.compliance['x-csrf-token'] ?? '';
      for (const headers of [{ cookie }, { cookie, 'x-csrf-token': other }]) {
        expect([one, await statusOf(running.port, one, headers)]).toEqual([one, 403]);
      }
    }
  });

  test('is asked by HEAD as by GET', async () => {
    const heads = served().filter((one) => !isOpen(one) && one.startsWith('GET '));
    for (const one of heads) {
      expect([one, await statusOf(running.port, one.replace('GET', 'HEAD'))]).toEqual([one, 401]);
    }
  });

  test('is of this machine alone where nobody can sign in', async () => {
    const { port } = await start({ console: { ...consoleOf('', 1), provider: undefined } });
    const private_ = served().filter((one) => !isOpen(one) || rules[one] === page);
    const others = private_.filter((one) => !/ \/(health|metrics|api\/session|shared)/.test(one));
    for (const one of others) {
      for (const headers of [
        { host: `rebound.example:${port}` },
        { host: 'localhost', 'x-forwarded-for': '::1' },
      ]) {
        expect([one, await statusOf(port, one, headers)]).toEqual([one, 401]);
      }
    }
  });
});
