import { describe, expect, test } from '@jest/globals';
import { settingsPrints } from '../../config/prints.ts';
import { parseSettings } from '../../config/settings.ts';
import type { NewAuditEntry } from '../../src/ledger/ledger.ts';
import { noteStart, noteStop, type ProcessTrail } from '../../src/pipeline/process-trail.ts';

const text = `
sources: [{ id: support, type: 360dialog, apiKey: key-1, webhookSecret: secret-1, businessNumbers: ['+15550783881'] }]
destinations: [{ id: marketing, type: hubspot, accessToken: token-1 }]
routes: [{ source: support, destinations: [marketing] }]
policies: { excluded: ['+15550001111'] }
`;
const printsOf = (change: (text: string) => string = (same) => same) =>
  settingsPrints(parseSettings(change(text), {}), 'of the source');

/** A process, and what it kept. */
function trailOf(kept: NewAuditEntry[]): ProcessTrail {
  return {
    ledger: {
      keepAudit: async (entry) => void kept.push(entry),
      audit: async ({ action }) => ({
        items: kept
          .filter((entry) => entry.action === action)
          .toReversed()
          .map((entry) => ({ ...entry, id: 1, at: '2026-03-01T10:00:00.000Z' })),
      }),
    },
    version: '1.2.3',
    instance: 'host-1',
    roles: ['receive'],
  };
}

describe('the audit log of a process', () => {
  test('has its start and its end', async () => {
    const kept: NewAuditEntry[] = [];
    await noteStart(trailOf(kept), printsOf());
    await noteStop(trailOf(kept), 'SIGTERM');
    const process = { version: '1.2.3', instance: 'host-1', roles: ['receive'] };
    expect(kept.slice(1)).toEqual([
      { actor: 'worker', action: 'worker.start', subject: '', detail: process },
      { actor: 'worker', action: 'worker.stop', subject: '', detail: { ...process, why: 'SIGTERM' } },
    ]);
  });

  test('tells once which sections of the settings were changed, and nothing of what stands there', async () => {
    const kept: NewAuditEntry[] = [];
    const loads = () =>
      kept.filter(({ action }) => action === 'settings.load').map(({ detail }) => detail['changed']);
    await noteStart(trailOf(kept), printsOf());
    await noteStart(trailOf(kept), printsOf());
    const other = (one: string) =>
      one.replace('+15550001111', '+15550002222').concat('media: { fetch: false }\n');
    await noteStart(trailOf(kept), printsOf(other));
    const [first, second, ...more] = loads();
    expect([first, (second as string[]).toSorted(), more]).toEqual([
      'first start',
      ['media', 'policies'],
      [],
    ]);
    expect(JSON.stringify(kept)).not.toMatch(/0001111|0002222|secret-1|token-1|key-1/);
  });

  test('says nothing of a secret that was changed', () => {
    const renewed = (one: string) => one.replace('token-1', 'token-2').replace('key-1', 'key-2');
    expect(printsOf(renewed)).toEqual(printsOf());
  });
});
