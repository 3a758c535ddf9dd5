import { createHmac } from 'node:crypto';
import autocannon from 'autocannon';
import { appSecret, personNumber, textWebhook } from '../../test/support/traffic.ts';
import { startBare, type BareStore } from '../bare/server.ts';
import { setStage, type Stores } from '../load/stage.ts';
import type { Figures, Measurement, Ratio, Variant } from '../measurement.ts';

const connections = 50;
const seconds = 5;
const people = 500;

/** More than any server here takes in that time. */
const prepared = 250_000;

let runs = 0;

interface Signed {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Signed webhooks of one message of 2 KB each, none like another: the work of the sender is done before. */
function signedWebhooks(count: number): Signed[] {
  runs += 1;
  const at = Math.floor(Date.now() / 1_000);
  const filling = 'We have the blue ones in stock. '.repeat(50);
  return Array.from({ length: count }, (_, index) => {
    const id = `wamid.r${Date.now()}-${runs}-${index}`;
    const body = JSON.stringify(textWebhook(id, personNumber(index % people), `${filling}${index}`, at));
    const signature = createHmac('sha256', appSecret).update(body).digest('hex');
    return {
      body,
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
    };
  });
}

/** Closed loop: each of the connections sends its next webhook when the last one is answered. */
async function load(url: string): Promise<Figures> {
  const webhooks = signedWebhooks(prepared);
  let next = 0;
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        path: new URL(url).pathname,
        setupRequest: (request) => {
          const one = webhooks[next] as Signed;
          next += 1;
          return { ...request, body: one.body, headers: { ...request.headers, ...one.headers } };
        },
      },
    ],
  });
  if (result.non2xx + result.errors > 0)
    throw new Error(`${result.non2xx} were not answered 200, ${result.errors} not at all`);
  return { perSecond: result.requests.average, p99: result.latency.p99, p50: result.latency.p50 };
}

async function onWorker(stores: Stores): Promise<Figures> {
  const processes = [['--role', 'receive']];
  const stage = await setStage({ stores, people, processes, pulls: false });
  try {
    return await load(`${stage.worker.url}/webhooks/support`);
  } finally {
    await stage.stop();
  }
}

const names = {
  bare: 'a bare server: HMAC and parse, nothing kept',
  single: 'a bare server, an insert and a commit each',
  grouped: 'a bare server, group commit',
  servers: 'this worker on PostgreSQL',
  embedded: 'this worker, embedded',
} as const;

/** How fast a webhook is answered 200 by a process that does nothing else. */
export const receive: Measurement = {
  id: 'receive',
  title: 'Receiving',
  about:
    `${connections} connections send signed webhooks of 2 KB as fast as they are answered; 200 is said when the row is on the disk. ` +
    'The bare servers are Node without a framework, with the same signature and one parse.',
  columns: {
    perSecond: { head: 'answered a second', digits: 0 },
    p50: { head: 'p50, ms', digits: 0 },
    p99: { head: 'p99, ms', digits: 0 },
  },
  drawn: 'perSecond',
  async open() {
    const bare = (name: string, store: BareStore): Variant => ({
      name,
      measure: async () => {
        const server = await startBare(store);
        try {
          return await load(server.url);
        } finally {
          await server.stop();
        }
      },
    });
    return {
      variants: [
        bare(names.bare, 'none'),
        bare(names.single, 'single'),
        bare(names.grouped, 'grouped'),
        { name: names.servers, measure: () => onWorker('servers') },
        { name: names.embedded, measure: () => onWorker('embedded') },
      ],
      ratios: (of): Ratio[] => {
        const rate = (name: string) => of(name).perSecond ?? 0;
        return [
          {
            what: 'this worker on PostgreSQL / a bare server with group commit',
            value: rate(names.servers) / rate(names.grouped),
            target: { atLeast: 0.85 },
          },
          {
            what: 'this worker, embedded / a bare server with group commit on PostgreSQL',
            value: rate(names.embedded) / rate(names.grouped),
          },
          { what: 'group commit / single commits', value: rate(names.grouped) / rate(names.single) },
          { what: 'this worker on PostgreSQL / nothing kept', value: rate(names.servers) / rate(names.bare) },
        ];
      },
      close: async () => undefined,
    };
  },
};
