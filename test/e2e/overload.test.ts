import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { ask, type Answer } from '../support/http.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { describeWith, testLong } from '../support/require.ts';
import { doubles, recordsPerKey, settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, businessNumber, personNumber, textWebhook } from '../support/traffic.ts';
import { destinationStates, startWorker, until, untilTotals, type WorkerProcess } from '../support/worker.ts';

const people = 50;
/** what one of two sources has room for: a quarter of its own, and the half that is for all */
const roomOfOne = 750;
const tooMany = 100;

/** Two tenants: each with a number's webhooks of its own, and a CRM of its own. */
function twoTenants(crms: Crms): string {
  const second = `  - id: emea
    type: whatsapp-cloud
    appSecret: ${appSecret}
    verifyToken: verify
    businessNumbers: ['${businessNumber}']
destinations:`;
  return settingsFor(crms, 'timeout: 5s')
    .replace('destinations:', second)
    .replace(
      /^ {2}- \{ source: support.*$/m,
      '  - { source: support, destinations: [sales] }\n  - { source: emea, destinations: [marketing] }',
    );
}

describeWith('postgres', 'two tenants in one process', () => {
  const folder = makeTempFolder('overload');
  let crms: Crms;
  let postgres: PostgresServer;
  let worker: WorkerProcess;

  beforeAll(async () => {
    [crms, postgres] = await Promise.all([startCrms(people), startPostgres()]);
    worker = await startWorker({
      folder: folder.path,
      settings: twoTenants(crms),
      env: { DATABASE_URL: postgres.url },
    });
  }, 60_000);

  afterAll(async () => {
    await worker?.stop();
    await Promise.all([crms.close(), postgres.stop()]);
    folder.remove();
  }, 60_000);

  const send = (source: string, id: string, person: number): Promise<Answer> => {
    const body = JSON.stringify(textWebhook(id, personNumber(person % people), `text ${id}`, 1_790_000_000));
    const signature = createHmac('sha256', appSecret).update(body).digest('hex');
    const headers = { 'x-hub-signature-256': `sha256=${signature}` };
    return ask(Number(new URL(worker.url).port), `/webhooks/${source}`, { method: 'POST', headers, body });
  };
  const sendAll = (source: string, ids: readonly string[]) =>
    Promise.all(ids.map((id, index) => send(source, id, index)));
  const named = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `wamid.${name}${index}`);

  testLong(
    'what one sends is all logged while the CRM of the other is down, refuses and is slow',
    async () => {
      crms.salesforce.down(true);
      await sendAll('support', named('ill', 20));
      await until(async () => (await destinationStates(worker.url))['sales'] === 'waiting unavailable');
      await sendAll('emea', named('beside-down', 20));
      await until(async () => recordsPerKey(crms).hubspot.size === 20);
      expect(recordsPerKey(crms).salesforce.size).toBe(0);
      const refusal = {
        kind: 'row',
        statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        message: 'No.',
      } as const;
      crms.salesforce.faults.add(refusal, { operation: 'collections-upsert', times: 1 });
      crms.salesforce.faults.add(
        { kind: 'slow', ms: 10_000 },
        { operation: 'collections-upsert', times: Infinity },
      );
      crms.salesforce.down(false);
      // Its calls hang from now on, and whatever hangs must not hold the other.
      await until(async () => (await untilTotals(worker.url, () => true)).failed > 0);
      await sendAll('support', named('hangs', 20));
      await sendAll('emea', named('beside-slow', 20));
      await until(async () => recordsPerKey(crms).hubspot.size === 40);
      expect((await untilTotals(worker.url, () => true)).pending).toBeGreaterThan(0);
      expect((await destinationStates(worker.url))['marketing']).toBe('running');
      crms.salesforce.faults.clear();
      await fetch(`${worker.url}/api/failed/replay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ destination: 'sales' }),
      });
      await untilTotals(worker.url, ({ logged }) => logged === 80, 120_000);
      expect(doubles(crms)).toEqual([]);
    },
    200_000,
  );

  test('more than the ledger can take is answered 503 until it can, and every 200 is logged once', async () => {
    const before = (await untilTotals(worker.url, ({ pending }) => pending === 0)).logged;
    const lock = new pg.Client({ connectionString: postgres.url });
    lock.on('error', () => undefined);
    await lock.connect();
    const ids = named('flood', roomOfOne + tooMany);
    const shed: string[] = [];
    let answers: Promise<Answer>[] = [];
    let other: Promise<Answer> | undefined;
    try {
      await lock.query('begin');
      // Whoever appends waits now, as for a disk that does not answer.
      await lock.query('lock table wcs.inbox in exclusive mode');
      answers = ids.map(async (id, index) => {
        const answer = await send('support', id, index);
        if (answer.status === 503) shed.push(id);
        return answer;
      });
      // Where sending takes so long that the first ones wait for too long, there are more.
      await until(async () => shed.length >= tooMany);
      other = send('emea', 'wamid.other', 0);
      expect((await fetch(`${worker.url}/health/live`)).status).toBe(200);
      const ready = await fetch(`${worker.url}/health/ready`);
      expect([ready.status, await ready.json()]).toMatchObject([
        200,
        { alerts: [{ source: 'support', code: 'overloaded' }] },
      ]);
    } finally {
      // Whatever went wrong, the worker must be able to stop.
      await lock.end();
    }
    const all = await Promise.all(answers);
    expect(all.filter((one) => one.status === 200)).toHaveLength(ids.length - shed.length);
    expect(all.filter((one) => one.headers['retry-after'] === '10')).toHaveLength(shed.length);
    expect((await other).status).toBe(200);
    expect(await (await fetch(`${worker.url}/metrics`)).text()).toContain(
      `wcs_shed_total{source="support"} ${shed.length}`,
    );
    // As Meta does.
    expect((await sendAll('support', shed)).map((one) => one.status)).toEqual(shed.map(() => 200));
    await untilTotals(worker.url, ({ logged }) => logged === before + ids.length + 1, 120_000);
    expect(doubles(crms)).toEqual([]);
  }, 200_000);
});
