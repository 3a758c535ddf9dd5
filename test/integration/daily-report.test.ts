import { createHash, createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DailyReport } from '../../src/core/daily-report.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { dayAfter } from '../../src/pipeline/daily-report.ts';
import { dueAt, dueDays, isReportDue, reportAll, reportDay } from '../../src/pipeline/reports.ts';
import { sealAll } from '../../src/pipeline/seal.ts';
import { verifySeals } from '../../src/pipeline/verify.ts';
import { emptyLedger } from '../contract/ledger-suite.ts';
import { at, crm, firmOf, today, type Firm } from '../support/completeness.ts';
import { openOwnLedger } from '../support/ledger.ts';
import { businessNumber, eventOf, keyOf, makeReady } from '../support/ledger-data.ts';
import { startSmtp, type SmtpSink } from '../support/smtp.ts';
import { makeTempFolder } from '../support/temp.ts';

let store: Awaited<ReturnType<typeof openOwnLedger>>;
let ledger: Ledger;
let smtp: SmtpSink;
let hook: Server;
let posts: { headers: IncomingHttpHeaders; body: string }[];
let hookAnswer: number;
let firm: Firm;
const folder = makeTempFolder('reports');
const signal = new AbortController().signal;
const log = { warn: () => undefined };

beforeAll(async () => {
  store = await openOwnLedger();
  ({ ledger } = store);
  smtp = await startSmtp();
  hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      posts.push({ headers: request.headers, body });
      response.writeHead(hookAnswer).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
}, 60_000);
beforeEach(async () => {
  await emptyLedger(store.sql);
  [posts, hookAnswer] = [[], 200];
  firm = firmOf(
    ledger,
    `
sources:
  - { id: support, type: 360dialog, apiKey: k, webhookSecret: w, businessNumbers: ['${businessNumber}'] }
routes:
  - { source: support, destinations: [sales] }
owners:
  - { number: '${businessNumber}', user: ana@example.com, from: 2020-01-01 }
reports:
  daily:
    at: '06:00'
    timeZone: Europe/Berlin
    to:
      - { folder: '${folder.path}' }
      - { webhook: 'http://127.0.0.1:${(hook.address() as AddressInfo).port}/in', secret: shared }
      - email: compliance@example.com
        from: wcs@example.com
        smtp: { host: 127.0.0.1, port: ${smtp.port}, requireTls: false }
${crm}`,
  );
});
afterEach(() => smtp.refuse(false));
afterAll(async () => {
  await store.close();
  await smtp.close();
  hook.close();
  folder.remove();
});

const eventToday = (name: string, phone = '+14155550100') =>
  eventOf(name, { at: `${today}T10:00:00Z`, phone, text: `secret of ${name}` });

const pauseIsOver = () =>
  store.sql.query(`update wcs.report_sends set not_before = '-infinity' where state = 'waiting'`);

describe('the report of a day', () => {
  test('is made once by two who make it at the same time, kept, and sent once to everybody', async () => {
    await makeReady(ledger, [eventToday('a'), eventToday('b')]);
    await ledger.append([], [{ source: 'support', businessNumber, day: today, idHash: 'x' }]);
    await Promise.all([reportAll(firm.reports, signal), reportAll(firm.reports, signal)]);
    await reportAll(firm.reports, signal);
    const [kept, ...more] = await ledger.dailyReports({ limit: 10 });
    expect(more).toEqual([]);
    expect(kept).toMatchObject({ number: 1, day: today });
    const report = JSON.parse(kept!.body) as DailyReport;
    expect(report.totals).toMatchObject({ received: 3, pending: 2, excluded: 1 });
    expect(report.rows).toEqual([
      expect.objectContaining({ source: 'support', businessNumber, owner: 'ana@example.com' }),
    ]);
    expect(report.owners).toEqual([{ owner: 'ana@example.com', ...report.totals }]);
    expect(report.notAsked).toEqual([{ source: 'support', reason: expect.stringContaining('360dialog') }]);
    expect(kept!.hash).toBe(createHash('sha256').update(kept!.body).digest('hex'));

    expect(posts).toHaveLength(1);
    expect(posts[0]).toMatchObject({
      body: kept!.body,
      headers: {
        'idempotency-key': kept!.hash,
        'x-wcs-signature': `sha256=${createHmac('sha256', 'shared').update(kept!.body).digest('hex')}`,
      },
    });
    expect(readdirSync(folder.path).sort()).toEqual(
      ['csv', 'html', 'json'].map((ending) => `report-${today}.${ending}`),
    );
    expect(readFileSync(join(folder.path, `report-${today}.json`), 'utf8')).toBe(kept!.body);
    expect(smtp.mails.map(({ from, to }) => [from, to])).toEqual([
      ['wcs@example.com', 'compliance@example.com'],
    ]);
    expect(smtp.mails[0]?.text.replace(/\r\n\s+/g, ' ')).toContain(
      `Message-ID: <${kept!.hash}@whatsapp-crm-sync>`,
    );
    expect(smtp.mails[0]?.text).toContain(`report-${today}.csv`);
    const sends = await ledger.reportSends([1]);
    expect(sends.map(({ state, attempts }) => [state, attempts])).toEqual([1, 2, 3].map(() => ['sent', 1]));
    for (const text of [kept!.body, smtp.mails[0]!.text]) {
      expect(text).not.toMatch(/4155550100|secret of/);
    }
  });

  test('goes again to whom it could not be sent, and to nobody else', async () => {
    const before = smtp.mails.length;
    await makeReady(ledger, [eventToday('a')]);
    smtp.refuse(true);
    hookAnswer = 503;
    await reportAll(firm.reports, signal);
    await reportAll(firm.reports, signal);
    expect([posts.length, smtp.mails.length - before]).toEqual([1, 0]);
    const errors = (await ledger.reportSends([1])).map(({ state, error }) =>
      `${state} ${error ?? ''}`.trim(),
    );
    expect(errors).toEqual([
      'waiting 127.0.0.1 did not take it: 451',
      'sent',
      expect.stringMatching(/^waiting 127.* 503$/),
    ]);
    expect((await ledger.reportState()).isSendDue).toBe(false);
    smtp.refuse(false);
    hookAnswer = 200;
    await pauseIsOver();
    expect((await ledger.reportState()).isSendDue).toBe(true);
    await reportAll(firm.reports, signal);
    await reportAll(firm.reports, signal);
    expect([posts.length, smtp.mails.length - before]).toEqual([2, 1]);
    expect(posts[1]).toMatchObject({
      body: posts[0]?.body,
      headers: { 'idempotency-key': posts[0]?.headers['idempotency-key'] },
    });
  });

  test('is sealed with the records: who alters or removes it is found', async () => {
    await makeReady(ledger, [eventToday('a')]);
    await reportAll(firm.reports, signal);
    await sealAll({ ledger, places: [], log });
    expect(await verifySeals({ ledger, places: [] })).toMatchObject({ ok: true, unsealed: 0 });
    await expect(store.sql.query(`update wcs.daily_reports set body = '{}'`)).rejects.toThrow('append-only');
    const alter = (script: string) =>
      store.sql.exec(
        `alter table wcs.daily_reports disable trigger user; ${script}; alter table wcs.daily_reports enable trigger user;`,
      );
    await alter(`update wcs.daily_reports set body = replace(body, '"received":1', '"received":0')`);
    const { findings } = await verifySeals({ ledger, places: [] });
    expect(findings).toEqual([expect.objectContaining({ kind: 'altered', record: 'daily_reports 1' })]);
    await alter('delete from wcs.report_sends; delete from wcs.daily_reports');
    expect((await verifySeals({ ledger, places: [] })).findings).toEqual([
      expect.objectContaining({ kind: 'missing', record: 'daily_reports 1' }),
    ]);
  });

  test('tells when a record is not as it was sealed, also an old one when its turn comes', async () => {
    await makeReady(ledger, [eventToday('a'), eventToday('b')]);
    await sealAll({ ledger, places: [], log });
    await reportAll(firm.reports, signal);
    const reportOf = async (day: string) =>
      JSON.parse((await ledger.dailyReport(day))?.body ?? '') as DailyReport;
    const first = await reportOf(today);
    expect(first.verified).toMatchObject({ new: { after: 0, upTo: 1 }, records: 2, findings: 0 });
    await store.sql.exec(`set session_replication_role = replica;
      update wcs.events set kind = 'edit' where id = (select min(id) from wcs.events);
      reset session_replication_role`);
    const next = dayAfter(today);
    await reportAll({ ...firm.reports, now: () => at('07:00:00', dayAfter(next)) }, signal);
    const { verified } = await reportOf(next);
    expect(verified).toMatchObject({ older: { after: 0, upTo: 1 }, findings: 1 });
    expect(verified.texts).toEqual([expect.stringMatching(/^events \d+: it is not what was sealed$/)]);
    expect(readFileSync(join(folder.path, `report-${next}.html`), 'utf8')).toContain(
      'it is not what was sealed',
    );
  });

  test('comes for each day of a downtime, each once, and tells what came late', async () => {
    await makeReady(ledger, [eventToday('a')]);
    await reportAll(firm.reports, signal);
    await ledger.append([eventToday('late')], []);
    const later = { ...firm.reports, now: () => at('07:00:00', dayAfter(today, 4)) };
    await reportAll(later, signal);
    await reportAll(later, signal);
    const kept = (await ledger.dailyReports({ limit: 10 })).toReversed();
    expect(kept.map(({ number, day }) => [number, day])).toEqual(
      [0, 1, 2, 3].map((days) => [days + 1, dayAfter(today, days)]),
    );
    const changed = kept.map(({ body }) =>
      (JSON.parse(body) as DailyReport).changed.map(({ day, received, before }) => [
        day,
        received,
        before?.received,
      ]),
    );
    expect(changed).toEqual([[], [[today, 2, 1]], [], []]);
  });

  test('tells what differs in the CRMs, what waits in quarantine, and what a rule destroyed on the day', async () => {
    await makeReady(ledger, [eventToday('a'), eventToday('b')]);
    await ledger.append([{ ...eventToday('c'), quarantined: { ciphertext: 'x', keyName: 'first' } }], []);
    await store.sql
      .query(`insert into wcs.drift (destination, key, kind, record_kind, record_id, contact_type, contact_id,
      occurred_at) select 'sales', n::text, 'changed', 'message', '00T1', 'Contact', '0031', now()
      from generate_series(1, 2) as n`);
    await ledger.purge(
      { keys: [keyOf('a')] },
      { rule: 'seven-years', kind: 'retention', actor: 'retention' },
    );
    await store.sql.exec(`set session_replication_role = replica;
      update wcs.purges set at = '${today}T12:00:00Z'; reset session_replication_role`);
    await reportAll(firm.reports, signal);
    const [kept] = await ledger.dailyReports({ limit: 1 });
    const report = JSON.parse(kept!.body) as DailyReport;
    expect(report.drift).toEqual([{ destination: 'sales', kind: 'changed', count: 2 }]);
    expect(report.quarantine).toEqual([{ source: 'support', waiting: 1, since: expect.any(String) }]);
    expect(report.destroyed).toEqual([
      { rule: 'seven-years', kind: 'retention', interactions: 1, events: 1, files: 0 },
    ]);
    const page = readFileSync(join(folder.path, `report-${today}.html`), 'utf8');
    expect(page).toContain('2 changed by hand');
    expect(page).toContain('1 message or call');
    expect(smtp.mails.at(-1)?.text).toContain('records in the CRMs are not as they were logged');
  });

  test('is not made before the day is over, and by hand only once', async () => {
    await ledger.append([eventToday('a')], []);
    const early = { ...firm.reports, now: () => at('23:59:59') };
    await reportAll(early, signal);
    expect(await ledger.dailyReports({ limit: 1 })).toEqual([]);
    await expect(reportDay(early, today, signal)).rejects.toThrow('is not over yet');
    const first = await reportDay(firm.reports, today, signal);
    await ledger.append([eventToday('b')], []);
    expect(await reportDay(firm.reports, today, signal)).toEqual(first);
  });
});

describe('when a report is due', () => {
  const berlin = { at: '06:00', timeZone: 'Europe/Berlin' };

  test('is the first such hour there once the UTC day is over, also over changes of the clock', () => {
    const isoOf = (day: string, time: typeof berlin) => new Date(dueAt(day, time)).toISOString();
    expect(isoOf('2026-03-01', berlin)).toBe('2026-03-02T05:00:00.000Z');
    expect(isoOf('2026-06-01', berlin)).toBe('2026-06-02T04:00:00.000Z');
    expect(isoOf('2026-03-28', berlin)).toBe('2026-03-29T04:00:00.000Z');
    // At the end of the UTC day it is 09:00 in Tokyo and 19:00 of the day before in New York.
    expect(isoOf('2026-03-01', { at: '06:00', timeZone: 'Asia/Tokyo' })).toBe('2026-03-02T21:00:00.000Z');
    expect(isoOf('2026-03-01', { at: '20:00', timeZone: 'America/New_York' })).toBe(
      '2026-03-02T01:00:00.000Z',
    );
  });

  test('follows from the last one; a new ledger has none of the days before it', () => {
    const now = Date.parse('2026-03-10T12:00:00Z');
    const days = (state: { lastDay?: string; firstDay?: string }) =>
      dueDays({ ...state, isSendDue: false }, berlin, now);
    expect(days({})).toEqual([]);
    expect(days({ firstDay: '2026-03-10' })).toEqual([]);
    expect(days({ firstDay: '2026-03-09' })).toEqual(['2026-03-09']);
    expect(days({ firstDay: '2020-01-01' })).toEqual(['2026-03-09']);
    expect(days({ firstDay: '2020-01-01', lastDay: '2026-03-07' })).toEqual(['2026-03-08', '2026-03-09']);
    expect(days({ firstDay: '2020-01-01', lastDay: '2026-03-09' })).toEqual([]);
    // One that somebody asked for by hand, of a day before the ledger.
    expect(days({ firstDay: '2026-03-09', lastDay: '2020-01-01' })).toEqual(['2026-03-09']);
    expect(isReportDue({ isSendDue: true }, berlin, now)).toBe(true);
    expect(isReportDue({ isSendDue: false }, berlin, now)).toBe(false);
  });
});
