import { createHmac } from 'node:crypto';
import autocannon from 'autocannon';
import { appSecret, personNumber, textWebhook } from '../../test/support/traffic.ts';
import { startCrmsProcess, type CrmsProcess } from '../load/crms.ts';
import { setStage, untilNothingWaits, type StageOptions } from '../load/stage.ts';
import type { Figures, Measurement, Ratio, Variant } from '../measurement.ts';
import { logInBatches } from '../naive/batches.ts';
import { logEach } from '../naive/worker.ts';

const people = 500;
const latencies = [0, 150] as const;
/** interactions of one run; the naive worker would take a quarter of an hour for so many */
const count = 15_000;
const naiveCount = 150;

const hubspotAlone = '[{ source: support, destinations: [marketing] }]';

const oursOptions: Readonly<Record<string, Omit<StageOptions, 'people'>>> = {
  'this worker, embedded': { stores: 'embedded', routes: hubspotAlone },
  'this worker on servers': { stores: 'servers', routes: hubspotAlone },
  'this worker on servers, two processes': { stores: 'servers', routes: hubspotAlone, processes: [[], []] },
  'this worker on servers, into both CRMs': { stores: 'servers' },
};

/** Webhooks as fast as they are answered, and then until each is a record whose receipt is in the ledger. */
async function ours(options: Omit<StageOptions, 'people'>): Promise<Figures> {
  const stage = await setStage({ ...options, people, isUnlimited: true });
  try {
    const begun = performance.now();
    await sendAll(stage.workers.map(({ url }) => url));
    await Promise.all(stage.workers.map((worker) => untilNothingWaits(worker)));
    const took = (performance.now() - begun) / 1_000;
    const { marketing } = await stage.crms.ask({ ask: 'counts' });
    if (marketing !== count) throw new Error(`${marketing} of ${count} are in the CRM`);
    return { perSecond: count / took };
  } finally {
    await stage.stop();
  }
}

async function sendAll(urls: readonly string[]): Promise<void> {
  const at = Math.floor(Date.now() / 1_000);
  let next = 0;
  const each = Math.floor(count / urls.length);
  const results = await Promise.all(
    urls.map((url, nth) =>
      autocannon({
        url,
        connections: Math.floor(50 / urls.length),
        amount: nth === 0 ? count - each * (urls.length - 1) : each,
        requests: [
          {
            method: 'POST',
            path: '/webhooks/support',
            setupRequest: (request) => {
              const index = next;
              next += 1;
              const body = JSON.stringify(
                textWebhook(`wamid.w${index}`, personNumber(index % people), `message ${index}`, at),
              );
              const signature = createHmac('sha256', appSecret).update(body).digest('hex');
              const headers = {
                'content-type': 'application/json',
                'x-hub-signature-256': `sha256=${signature}`,
              };
              return { ...request, body, headers };
            },
          },
        ],
      }),
    ),
  );
  for (const { non2xx, errors } of results)
    if (non2xx + errors > 0) throw new Error(`${non2xx + errors} webhooks were not answered 200`);
}

async function onCrms(
  latencyMs: number,
  run: (crms: CrmsProcess) => Promise<number>,
  many: number,
): Promise<Figures> {
  const crms = await startCrmsProcess({ people, latencyMs, isUnlimited: true });
  try {
    const begun = performance.now();
    await run(crms);
    return { perSecond: many / ((performance.now() - begun) / 1_000) };
  } finally {
    await crms.stop();
  }
}

const named = (name: string, latencyMs: number) => `${name}, ${latencyMs} ms`;

/** Interactions a second through the whole way. */
export const way: Measurement = {
  id: 'way',
  title: 'The whole way',
  about:
    `${count.toLocaleString('en-US')} text messages of ${people} known people, from the webhook to the receipt of the CRM, at an ` +
    'answer time of the CRM of 0 and 150 ms, into HubSpot alone but where it says otherwise. The CRM takes any number of calls here. ' +
    'The naive worker is a BullMQ job for each message, ten at a time; the SDK alone keeps nothing and writes batches of 100, ten at a time.',
  columns: { perSecond: { head: 'interactions a second', digits: 0 } },
  drawn: 'perSecond',
  async open() {
    const variants = latencies.flatMap((latencyMs): Variant[] => [
      {
        name: named('naive worker', latencyMs),
        measure: () => onCrms(latencyMs, (crms) => logEach(crms.addresses, naiveCount, people), naiveCount),
      },
      ...Object.entries(oursOptions).map(([name, options]) => ({
        name: named(name, latencyMs),
        measure: () => ours({ ...options, latencyMs }),
      })),
      {
        name: named('the SDK alone', latencyMs),
        measure: () => onCrms(latencyMs, (crms) => logInBatches(crms.addresses, count, people), count),
      },
    ]);
    return {
      variants,
      ratios: (of) =>
        latencies.flatMap((latencyMs): Ratio[] => {
          const rate = (name: string) => of(named(name, latencyMs)).perSecond ?? 0;
          const best = 'this worker on servers';
          const isJudged = latencyMs === 150;
          return [
            {
              what: `this worker on servers / naive worker, ${latencyMs} ms`,
              value: rate(best) / rate('naive worker'),
              ...(isJudged && { target: { atLeast: 60 } }),
            },
            {
              what: `this worker on servers / the SDK alone, ${latencyMs} ms`,
              value: rate(best) / rate('the SDK alone'),
              ...(isJudged && { target: { atLeast: 0.4 } }),
            },
          ];
        }),
      close: async () => undefined,
    };
  },
};
