import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { rulesOf } from '../../config/rules.ts';
import { parseSettings, type Settings } from '../../config/settings.ts';
import { composeRules } from '../../src/compose-rules.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Mappings } from '../../src/pipeline/mappings.ts';
import { RulesRefused, type LiveRules } from '../../src/pipeline/rules.ts';
import { emptyLedger } from '../contract/ledger-suite.ts';
import { openOwnLedger } from '../support/ledger.ts';

const text = (policies = '') => `
sources:
  - { id: support, type: whatsapp-cloud, appSecret: s, verifyToken: v, businessNumbers: ['+15550783881'] }
destinations:
  - { id: marketing, type: hubspot, accessToken: t }
routes:
  - { source: support, destinations: [marketing] }
policies: { unmatched: park, parkedDays: 30, ${policies} }
owners:
  - { number: '+15550783881', user: ana@example.com, from: 2026-01-01 }
`;

interface Process {
  readonly settings: Settings;
  readonly rules: LiveRules;
  readonly warnings: unknown[];
}

let store: Awaited<ReturnType<typeof openOwnLedger>>;
let ledger: Ledger;
beforeAll(async () => {
  store = await openOwnLedger();
  ({ ledger } = store);
}, 60_000);
beforeEach(() => emptyLedger(store.sql));
afterAll(() => store.close());

/** A process with a settings file, on the same ledger as the others. */
async function start(
  policies = '',
  { mapping = { conversation: {} } }: { mapping?: object } = {},
): Promise<Process> {
  const settings = parseSettings(text(policies), {});
  const mappings = { current: async () => mapping } as unknown as Mappings;
  const process: Process = { settings, warnings: [], rules: undefined as unknown as LiveRules };
  const log = { warn: (fields: object) => void process.warnings.push(fields) };
  const rules = composeRules({ settings, ledger, mappings, log });
  await rules.load();
  return Object.assign(process, { rules });
}

const changed = (settings: Settings, policies: object, owners: object[] = []) => {
  const before = rulesOf(settings);
  return { policies: { ...before.policies, ...policies }, owners } as never;
};

describe('policies and owners', () => {
  test('are those of the settings file until somebody publishes others', async () => {
    const { rules, settings } = await start();
    const view = await rules.view();
    expect(view).toMatchObject({ origin: 'file', author: 'settings file' });
    expect(view.rules).toMatchObject({
      policies: { unmatched: 'park', conversationGap: '3600s', parkedDays: 30 },
    });
    expect(settings.policies).toMatchObject({
      unmatched: 'park',
      conversationGap: 3_600_000,
      parkedDays: 30,
    });
  });

  test('are used by every process as soon as it looks, and replace what was there', async () => {
    const one = await start();
    const other = await start();
    const { parkedDays: _days, ...policies } = rulesOf(one.settings).policies;
    await one.rules.publish({
      rules: { policies: { ...policies, unmatched: 'ignore' }, owners: [] },
      by: 'ana',
      why: 'asked',
    });
    expect(other.settings.policies.unmatched).toBe('park');
    await other.rules.refresh();
    for (const { settings } of [one, other]) {
      expect(settings.policies.unmatched).toBe('ignore');
      expect(settings.policies.parkedDays).toBeUndefined();
      expect(settings.policies.defaultRegion).toBe('US');
      expect(settings.owners).toEqual([]);
    }
  });

  test('never hold who is excluded: their numbers are kept nowhere', async () => {
    const { rules, settings } = await start("excluded: ['+14155550100']");
    await rules.publish({ rules: changed(settings, { unmatched: 'ignore' }), by: 'ana', why: 'asked' });
    const kept = JSON.stringify(await ledger.mappingVersions('~policies'));
    expect(kept).toContain('ignore');
    expect(kept).not.toContain('4155550100');
    expect(settings.policies.excluded).toEqual(['+14155550100']);
  });

  test('outlive a restart, and a changed file is newer again', async () => {
    const one = await start();
    await one.rules.publish({
      rules: changed(one.settings, { unmatched: 'ignore' }),
      by: 'ana',
      why: 'asked',
    });
    expect((await start()).settings.policies.unmatched).toBe('ignore');
    const edited = await start('multiple: newest');
    expect(edited.settings.policies).toMatchObject({ unmatched: 'park', multiple: 'newest' });
    expect((await edited.rules.history()).map(({ origin }) => origin)).toEqual(['file', 'api', 'file']);
  });

  test('are refused with every mistake at its place, and nothing changes', async () => {
    const { rules, settings } = await start();
    const problem = await rules
      .publish({
        rules: changed(settings, { unmatched: 'guess', conversationGap: 'soon' }, [
          { number: '+15550783881', user: 'x', from: '2026-01-01' },
        ]),
        by: 'ana',
        why: 'x',
      })
      .catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(RulesRefused);
    expect((problem as RulesRefused).problems.map(({ path }) => path)).toEqual([
      'policies.conversationGap',
      'policies.unmatched',
      'owners.0.user',
    ]);
    expect(settings.policies.unmatched).toBe('park');
  });

  test.each([
    [
      'owners that end before they begin',
      {},
      [{ number: '+1555078388', user: 'a@example.com', from: '2026-02-01', to: '2026-01-01' }],
      'owners[0].to',
    ],
    ['growing records that must not change', { granularity: 'day', changes: 'insert-only' }, [], 'policies'],
    ['policies that need a restart', { defaultRegion: 'DE' }, [], 'policies'],
    ['people who are never recorded', { excluded: ['+14155550100'] }, [], 'policies'],
  ])('are refused for %s', async (_case, policies, owners, path) => {
    const { rules, settings } = await start();
    const refused = rules.publish({ rules: changed(settings, policies, owners), by: 'ana', why: 'x' });
    await expect(refused).rejects.toMatchObject({ problems: [expect.objectContaining({ path })] });
  });

  test('are refused for records of days where a mapping has no part for them', async () => {
    const days = (settings: Settings) => ({
      rules: changed(settings, { granularity: 'day' }),
      by: 'ana',
      why: 'x',
    });
    const without = await start('', { mapping: {} });
    await expect(without.rules.publish(days(without.settings))).rejects.toMatchObject({
      problems: [{ path: 'policies.granularity', text: expect.stringContaining('"marketing"') }],
    });
    const complete = await start();
    await expect(complete.rules.publish(days(complete.settings))).resolves.toMatchObject({ origin: 'api' });
  });

  test('are not lost when two people publish at once, and come back by their version', async () => {
    const { rules, settings } = await start();
    const { version } = await rules.view();
    await rules.publish({
      rules: changed(settings, { multiple: 'newest' }),
      by: 'ana',
      why: 'x',
      after: version,
    });
    const late = rules.publish({
      rules: changed(settings, { multiple: 'oldest' }),
      by: 'ben',
      why: 'x',
      after: version,
    });
    await expect(late).rejects.toThrow(RulesRefused);
    await rules.rollBack(version, 'ben', 'back');
    expect(settings.policies.multiple).toBe('park');
    expect(settings.owners).toHaveLength(1);
    await expect(rules.rollBack('000000000000', 'ben', 'back')).rejects.toThrow(RulesRefused);
    const { items } = await ledger.audit({ action: 'settings.publish', limit: 10 });
    expect(items.map(({ actor }) => actor)).toEqual(['ben', 'ana', 'settings file']);
  });

  test('that this program cannot read are left alone, and told', async () => {
    const { rules, settings, warnings } = await start();
    await ledger.addMapping({
      destination: '~policies',
      version: 'abcabcabcabc',
      body: '{"policies":{"invented":1},"owners":[]}',
      origin: 'api',
      author: 'a newer program',
      why: 'x',
    });
    await rules.refresh();
    expect(settings.policies.unmatched).toBe('park');
    expect(warnings).toHaveLength(1);
  });
});
