import { describe, expect, it } from '@jest/globals';
import picocolors from 'picocolors';
import { formatStatus } from '../../src/cli/verbs/status.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { readiness } from '../../src/pipeline/readiness.ts';
import { status } from '../support/operations.ts';

const alert = {
  source: 'support',
  subject: 'account 1',
  code: 'capture-stopped',
  text: 'The account of +14155550100 was removed: <connect> it again.',
  since: '2026-03-01T10:00:00.000Z',
};
const troubled = { ...status, alerts: [alert] };

describe('an alert about a source', () => {
  it('is a line of wcs status', () => {
    const text = formatStatus(
      troubled,
      { copies: [] },
      { width: 120, colors: picocolors.createColors(false) },
    );
    expect(text).toMatch(/support: The account .* Since 2026-03-01 10:00 UTC\./);
  });

  it('is a metric while it is raised', async () => {
    const metrics = createMetrics();
    metrics.onScrape(async () => metrics.setAlert('support', 'capture-stopped'));
    expect(await metrics.text()).toContain('wcs_source_alerts{source="support",code="capture-stopped"} 1');
    metrics.onScrape(async () => undefined);
    expect(await metrics.text()).not.toContain('wcs_source_alerts{');
  });

  it('is told by the readiness check, which stays good: webhooks must go on', async () => {
    const ledger = {
      ping: async () => undefined,
      backlog: async () => status.backlog,
      destinationHealth: async () => [],
      alerts: async () => [alert],
    };
    const ready = await readiness({
      ledger,
      queue: { ping: async () => undefined },
      maxBacklogAgeMs: 900_000,
    });
    const { source, code, since } = alert;
    expect(ready).toMatchObject({ ok: true, reasons: [] });
    expect(ready.alerts).toEqual([{ source, code, since }]);
  });
});
