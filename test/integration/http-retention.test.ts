import { afterEach, describe, expect, test } from '@jest/globals';
import { remoteOperations } from '../../src/cli/remote.ts';
import { requestSchemas } from '../../src/http/requests.ts';
import { retentionAnswers as answers } from '../../src/http/retention-answers.ts';
import { retentionRoutes } from '../../src/http/retention-routes.ts';
import { ask, startServer, stopServers } from '../support/http.ts';
import { fakeOperations } from '../support/operations.ts';

afterEach(stopServers);

const post = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe('retention, holds and erasure over the API', () => {
  test.each([
    ['GET', '/api/retention', undefined, answers.retention],
    ['GET', '/api/retention/purges?limit=5', undefined, answers.purges],
    ['GET', '/api/retention/purges/3', undefined, answers.tombstones],
    ['GET', '/api/holds', undefined, answers.holds],
    ['GET', '/api/erasures', undefined, answers.erasures],
    ['POST', '/api/retention/run', {}, answers.retentionRun],
    ['POST', '/api/holds', { person: '+14155550100', reason: 'case 7' }, answers.hold],
    ['POST', '/api/holds/4/release', { reason: 'over' }, answers.released],
    ['POST', '/api/erasures', { person: '+14155550100' }, answers.erasure],
  ] as const)('%s %s answers in the shape it describes', async (method, path, body, schema) => {
    const { port } = await startServer();
    const answer = await ask(port, path, method === 'GET' ? {} : post(body));
    expect(answer.status).toBe(200);
    schema.strict().parse(answer.json());
  });

  test.each([
    ['/api/holds', { reason: 'case 7' }, 400],
    ['/api/holds', { person: '+14155550100' }, 400],
    ['/api/holds', { person: '+14155550100', reason: 'case 7', until: '2026-01-01' }, 400],
    ['/api/holds/5/release', { reason: 'over' }, 404],
    ['/api/holds/x/release', { reason: 'over' }, 404],
    ['/api/erasures', {}, 400],
  ])('%s refuses %p', async (path, body, status) => {
    const { port } = await startServer();
    expect((await ask(port, path, post(body))).status).toBe(status);
  });

  test('whoever may not read what people wrote sees counts, and neither people nor buttons', () => {
    const open = retentionRoutes(requestSchemas(['sales'])).filter(({ needs }) => needs !== 'compliance');
    expect(open.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/retention',
      'GET /api/retention/purges',
      'GET /api/retention/purges/:purge',
    ]);
  });

  test('the command line asks a running worker the same', async () => {
    const asked: unknown[][] = [];
    const { url } = await startServer({ operations: fakeOperations(asked) });
    const { retention: remote } = remoteOperations(url, undefined);
    const { retention: local } = fakeOperations();
    const page = { limit: 5 };
    const request = { person: 'US.77', reason: 'asked', by: 'ana', dryRun: true };
    expect(await remote.view()).toEqual(await local.view());
    expect(await remote.run('ana')).toEqual(await local.run('ana'));
    expect(await remote.purges(page)).toEqual(await local.purges(page));
    expect(await remote.tombstones(3, page)).toEqual(await local.tombstones(3, page));
    expect(await remote.holds()).toEqual(await local.holds());
    expect(await remote.placeHold({ source: 'support', reason: 'case 7', by: 'ana' })).toMatchObject({
      id: 4,
    });
    expect(await remote.releaseHold(4, 'ana', 'over')).toBe(true);
    expect(await remote.releaseHold(5, 'ana', 'over')).toBe(false);
    expect(await remote.erase(request)).toEqual(await local.erase(request));
    expect(await remote.erasures(5)).toEqual(await local.erasures(5));
    expect(asked).toContainEqual(['retention.run', 'ana']);
    expect(asked).toContainEqual(['retention.tombstones', 3, page]);
    expect(asked).toContainEqual(['retention.releaseHold', 4, 'ana', 'over']);
    expect(asked).toContainEqual(['retention.erase', request]);
  });
});
