import { describe, expect, test } from '@jest/globals';
import { createLog } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { shorten } from '../../src/observe/shorten.ts';

describe('a number that is shown', () => {
  test.each([
    ['+14155550100', '+1 415 ••• 0100'],
    ['+1 415 555 0100', '+1 415 ••• 0100'],
    ['call from +1 (415) 555-0100, missed', 'call from +1 415 ••• 0100, missed'],
    ['+4930123456', '+49 3 ••• 3456'],
    ['+447700900123', '+44 770 ••• 0123'],
    ['+15550783881', '+1 555 ••• 3881'],
    ['US.13491208655302741918', 'US.1349•••'],
    ['2026-01-01T00:00:00+02:00', '2026-01-01T00:00:00+02:00'],
    ['no number', 'no number'],
  ])('%s becomes %s', (text, expected) => {
    expect(shorten(text)).toBe(expected);
  });
});

describe('the log', () => {
  const logged = (write: (log: ReturnType<typeof createLog>) => void, level = 'info') => {
    const lines: string[] = [];
    write(createLog(level, { write: (line) => void lines.push(line) }));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  test('is one JSON object a line, with the level as a word and the time in UTC', () => {
    const [line] = logged((log) => log.info({ source: 'support' }, 'ready'));
    expect(line).toMatchObject({ level: 'info', msg: 'ready', source: 'support' });
    expect(line?.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test('is silent below its level', () => {
    expect(logged((log) => log.info('x'), 'warn')).toEqual([]);
    expect(logged((log) => log.fatal('x'), 'silent')).toEqual([]);
  });

  test.each([
    'accessToken',
    'authorization',
    'clientSecret',
    'appSecret',
    'verifyToken',
    'password',
    'text',
    'body',
  ])('never holds what is called %s', (name) => {
    const lines = logged((log) =>
      log.info({ [name]: 'hidden', a: { [name]: 'hidden', b: { [name]: 'hidden' } } }),
    );
    expect(JSON.stringify(lines)).not.toContain('hidden');
  });

  test('cuts an error down to what says where and why', () => {
    const error = Object.assign(new Error('refused for +14155550100 with Bearer abcdefghijklmnop'), {
      code: 'ECONNREFUSED',
      config: { headers: { Authorization: 'Bearer hidden-token' }, data: 'a hidden message' },
      cause: Object.assign(new Error('the socket closed'), { request: 'hidden' }),
    });
    const [line] = logged((log) => log.error({ err: error }, 'no'));
    expect(line?.err).toMatchObject({
      name: 'Error',
      code: 'ECONNREFUSED',
      message: 'refused for +1 415 ••• 0100 with Bearer [removed]',
      cause: { message: 'the socket closed' },
    });
    expect(JSON.stringify(line)).not.toMatch(/hidden|abcdefgh|14155550100/);
  });

  test('never holds a secret of the process, whatever carries it and however it is written', () => {
    const secret = 'pa$$"word/1';
    const lines: string[] = [];
    const log = createLog('trace', { write: (line) => void lines.push(line) }, [secret]);
    log.trace({ reason: secret, a: { b: { c: { d: [secret] } } } }, `see ${secret}`);
    log.warn({ err: new Error(`refused ${encodeURIComponent(secret)}`, { cause: new Error(secret) }) }, 'x');
    log.warn(
      { reason: 'postgres://wcs:other@db/wcs and https://crm.example/?access_token=a-token&b=1' },
      'x',
    );
    expect(lines).toHaveLength(3);
    const all = lines.join('');
    expect(all).not.toMatch(/pa\$\$|pa%24|a-token|wcs:other/);
    expect(all).toContain('postgres://[removed]@db/wcs and https://crm.example/?access_token=[removed]&b=1');
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ msg: expect.any(String) });
  });

  test('is one line whatever is in it, and commands no terminal', () => {
    const attack = '\n{"level":"info","msg":"forged"}\r\u001b[2J\u009b2J\u2028\u202egpj.exe\u061c';
    const lines: string[] = [];
    createLog('info', { write: (line) => void lines.push(line) }).info({ name: attack }, attack);
    expect(lines.join('')).toMatch(/^[^\p{Cc}\u061c\u2028-\u202e]+\n$/u);
    expect(JSON.parse(lines.join(''))).toMatchObject({ name: attack, msg: attack });
  });

  test('tells an error whose causes go round', () => {
    const error = new Error('one');
    error.cause = new Error('two', { cause: error });
    const [line] = logged((log) => log.error({ err: error }, 'no'));
    expect(line?.err).toMatchObject({ message: 'one', cause: { message: 'two' } });
  });

  test('never holds a full number, wherever it stands', () => {
    const lines = logged((log) => {
      log.info({ from: '+14155550100', list: ['+14155550100'] }, 'to +1 415 555 0100');
      log.child({ who: '+14155550100' }).warn('x');
    });
    expect(JSON.stringify(lines)).not.toMatch(/4155550100|415 555/);
  });
});

describe('the metrics', () => {
  test('have exactly the published names, labels and types', async () => {
    const metrics = createMetrics();
    metrics.events('support', 'message', 2);
    metrics.excluded('support', 1);
    metrics.crmRequest('sales', 'upsert', '200');
    metrics.delivered('sales', 5);
    metrics.lag(3);
    metrics.onScrape(async () => {
      metrics.setActivities('sales', 'parked', 4);
      metrics.setBacklogAge('sales', 12);
      metrics.setPollAge('emea', 'calls', 30);
    });
    const text = await metrics.text();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(types.toSorted()).toEqual([
      'wcs_activities gauge',
      'wcs_backlog_age_seconds gauge',
      'wcs_crm_quota_allowed gauge',
      'wcs_crm_quota_used gauge',
      'wcs_crm_requests_total counter',
      'wcs_delivered_total counter',
      'wcs_delivery_lag_seconds histogram',
      'wcs_drift gauge',
      'wcs_events_total counter',
      'wcs_excluded_total counter',
      'wcs_poll_age_seconds gauge',
      'wcs_quarantined gauge',
      'wcs_requests_in_flight gauge',
      'wcs_shed_total counter',
      'wcs_source_alerts gauge',
    ]);
    for (const line of [
      'wcs_events_total{source="support",kind="message"} 2',
      'wcs_excluded_total{source="support"} 1',
      'wcs_crm_requests_total{destination="sales",operation="upsert",status="200"} 1',
      'wcs_delivered_total{destination="sales"} 5',
      'wcs_delivery_lag_seconds_bucket{le="5"} 1',
      'wcs_delivery_lag_seconds_sum 3',
      'wcs_activities{destination="sales",state="parked"} 4',
      'wcs_backlog_age_seconds{destination="sales"} 12',
      'wcs_poll_age_seconds{source="emea",stream="calls"} 30',
    ])
      expect(text.split('\n')).toContain(line);
  });

  test('leave out gauges that cannot be read, and what is gone, but never the counters', async () => {
    const metrics = createMetrics();
    metrics.delivered('sales', 5);
    metrics.onScrape(async () => metrics.setActivities('sales', 'parked', 4));
    expect(await metrics.text()).toContain('wcs_activities{');
    metrics.onScrape(() => Promise.reject(new Error('no ledger')));
    const text = await metrics.text();
    expect(text).not.toContain('wcs_activities{');
    expect(text).toContain('wcs_delivered_total{destination="sales"} 5');
  });

  test('two scrapes at once both see the gauges', async () => {
    const metrics = createMetrics();
    metrics.onScrape(async () => metrics.setBacklogAge('sales', 1));
    const texts = await Promise.all([metrics.text(), metrics.text()]);
    for (const text of texts) expect(text).toContain('wcs_backlog_age_seconds{destination="sales"} 1');
  });

  test('of two workers in one process do not mix', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.delivered('sales', 1);
    expect(await other.text()).not.toContain('wcs_delivered_total{');
  });
});
