import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { readEnv } from '../../config/env.ts';
import type { Settings } from '../../config/settings.ts';
import { openOperations, runningWorker } from '../../src/cli/operations.ts';
import { isReachable, remoteOperations } from '../../src/cli/remote.ts';
import { startServer, stopServers } from '../support/http.ts';
import { fakeOperations, key, keyStatus, report, status } from '../support/operations.ts';
import { freePort } from '../support/ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'wcs-remote-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(stopServers);

const announce = (told: unknown) => writeFileSync(join(folder, 'server.json'), JSON.stringify(told));

describe('operations over the API of a running worker', () => {
  test('are the same as those of the worker itself', async () => {
    const asked: unknown[][] = [];
    const { url } = await startServer({ operations: fakeOperations(asked) });
    const remote = remoteOperations(url, undefined);
    const local = fakeOperations();
    expect(await remote.status()).toEqual(status);
    expect(await remote.report({ from: '2026-02-01' })).toEqual(report);
    expect(await remote.interactions({ person: '+14155550100', limit: 3 })).toEqual(
      await local.interactions({ limit: 3 }),
    );
    expect(await remote.interaction(key)).toEqual(await local.interaction(key));
    expect(await remote.interaction('0'.repeat(64))).toBeUndefined();
    expect(await remote.parked({ limit: 3 })).toEqual(await local.parked({ limit: 3 }));
    expect(await remote.failed({ destination: 'sales', limit: 3 })).toEqual(await local.failed({ limit: 3 }));
    expect(await remote.assign('sales', [key, '0'.repeat(64)], { type: 'Contact', id: '003' })).toBe(1);
    expect(await remote.ignore('sales', [key], 'private')).toBe(1);
    expect(await remote.replay({}, 'ana')).toBe(3);
    expect(await remote.audit({ limit: 5, action: 'parked.ignore' })).toEqual(
      await local.audit({ limit: 5 }),
    );
    expect(await remote.replay({ keys: [key] })).toBe(3);
    expect(await remote.preview('sales', { event: { object: 'x' } })).toEqual(await local.preview('sales'));
    expect(await remote.mappings.get('sales')).toEqual(await local.mappings.get('sales'));
    expect(await remote.mappings.history('sales')).toEqual(await local.mappings.history('sales'));
    expect(await remote.mappings.check('sales', 'version: 1')).toEqual([]);
    expect(
      await remote.mappings.publish('sales', { text: 'version: 1', by: 'ana', why: 'new', rewrite: {} }),
    ).toMatchObject({ version: { version: '0123456789ab' }, rewritten: 0 });
    expect(
      await remote.mappings.rollBack('sales', { version: '0123456789ab', by: 'ana', why: 'old' }),
    ).toMatchObject({ rewritten: 2 });
    expect(await remote.mappings.rewrite('sales', { from: '2026-01-01' })).toBe(3);
    expect(await remote.reports.missing({ limit: 5 })).toEqual(await local.reports.missing({ limit: 5 }));
    expect(await remote.reports.list({ limit: 5 })).toEqual(await local.reports.list({ limit: 5 }));
    expect(await remote.reports.get('2026-03-01')).toEqual(await local.reports.get('2026-03-01'));
    expect(await remote.reports.get('2026-02-01')).toBeUndefined();
    expect(await remote.reports.make('2026-03-01')).toEqual(await local.reports.make('2026-03-01'));
    await expect(remote.reports.make('2999-01-01')).rejects.toThrow('is not over yet');
    expect(await remote.seals.state()).toEqual(await local.seals.state());
    expect(await remote.keys.status()).toEqual(keyStatus);
    expect(await remote.keys.rotate({ after: '', by: 'ana' })).toEqual({ changed: 2, next: '7' });
    expect(await remote.keys.encrypt({ after: 'files:', by: 'ana' })).toEqual({ changed: 4 });
    expect(await remote.versions(key)).toEqual(await local.versions(key));
    expect(await remote.versions('0'.repeat(64))).toBeUndefined();
    expect(await remote.quarantine.list({ limit: 5 })).toEqual(await local.quarantine.list({ limit: 5 }));
    expect(await remote.quarantine.open(4711, 'ana')).toEqual(await local.quarantine.open(4711, 'ana'));
    expect(await remote.quarantine.open(9, 'ana')).toBeUndefined();
    expect(await remote.quarantine.release(4711, '+15550783881', 'ana')).toMatchObject({ events: 1 });
    expect(await remote.quarantine.discard([4711], 'ana')).toBe(1);
    await remote.noteSetup('sales', { ok: 2 }, 'ana');
    expect(asked).toContainEqual(['noteSetup', 'sales', { ok: 2 }, 'ana']);
    expect(await remote.drift.list({ kind: 'changed', limit: 3 })).toEqual(
      await local.drift.list({ limit: 3 }),
    );
    expect(await remote.drift.show('sales', key, 'ana')).toEqual(await local.drift.show('sales', key, 'ana'));
    expect(await remote.drift.show('sales', '0'.repeat(64), 'ana')).toBeUndefined();
    expect(await remote.drift.restore('sales', key, 'ana')).toBe(true);
    expect(await remote.drift.accept('sales', '0'.repeat(64), 'ana')).toBe(false);
    expect(await remote.drift.reconcile('sales', { from: '2026-01-01', after: 'due' })).toEqual(
      await local.drift.reconcile('sales', { after: 'due' }),
    );
    expect(asked).toContainEqual(['drift.reconcile', 'sales', { from: '2026-01-01', after: 'due' }]);
    expect(asked).toContainEqual(['drift.restore', 'sales', key, 'ana']);
    expect(await remote.check('marketing')).toEqual(await local.check('marketing'));
    expect(asked).toContainEqual(['interactions', { person: '+14155550100', limit: 3, order: 'newest' }]);
    expect(asked).toContainEqual(['ignore', 'sales', [key], 'private', 'admin']);
    expect(asked).toContainEqual(['replay', {}, 'ana']);
    expect(asked).toContainEqual(['preview', 'sales', { event: { object: 'x' } }]);
  });

  test('send the token, and say so when it is missing', async () => {
    const adminToken = 'a-token-of-the-admin';
    const { url } = await startServer({ adminToken });
    expect(await remoteOperations(url, adminToken).status()).toEqual(status);
    await expect(remoteOperations(url, undefined).status()).rejects.toThrow('asks for its ADMIN_TOKEN');
  });

  test('fail in a sentence that holds no token', async () => {
    const token = 'a-token-of-the-admin';
    const remote = remoteOperations(`http://127.0.0.1:${await freePort()}`, token);
    const error = await remote.status().catch((one: unknown) => one);
    expect(error).toMatchObject({ message: 'The running worker does not answer.' });
    expect(JSON.stringify(error)).not.toContain(token);
    const { url } = await startServer();
    await expect(remoteOperations(url, undefined).preview('other')).rejects.toThrow(
      /there is no such destination/,
    );
  });
});

describe('the running worker', () => {
  test('is found by the file that it wrote, and asked on this machine', () => {
    announce({ pid: process.pid, url: 'http://0.0.0.0:8080' });
    expect(runningWorker(folder)).toBe('http://127.0.0.1:8080');
  });

  test.each([
    ['its process is gone', { pid: 2 ** 22 + 1, url: 'http://127.0.0.1:8080' }],
    ['the file says nothing', {}],
    ['the file is no object', 'text'],
  ])('is not found when %s', (_case, told) => {
    announce(told);
    expect(runningWorker(folder)).toBeUndefined();
  });

  test('is not found without the file', () => {
    expect(runningWorker(join(folder, 'none'))).toBeUndefined();
  });

  test('is asked instead of opening the ledger that it holds', async () => {
    const { url } = await startServer();
    announce({ pid: process.pid, url });
    const { operations, close } = await openOperations(readEnv({ DATA_DIR: folder }), {} as Settings);
    expect(await operations.status()).toEqual(status);
    await close();
  });

  test('that does not answer is not reachable', async () => {
    expect(await isReachable(`http://127.0.0.1:${await freePort()}`)).toBe(false);
  });
});
