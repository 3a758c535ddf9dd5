import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTlsFront, type TlsFront } from '../../support/tls.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

/** Names, certificates, and others who answer in the place of the CRMs. */

const portOf = (url: string): number => Number(new URL(url).port);
const both = ({ network: { salesforce, hubspot } }: World) => [salesforce, hubspot] as const;

function recordsIn({ crms: { salesforce, hubspot } }: World): number {
  return (
    salesforce.rows('Task').length +
    hubspot.records('communications').length +
    hubspot.records('calls').length
  );
}

/** As an operator who has mended something: a start is a new try, and waits for no pause. */
async function startAgain(world: World): Promise<void> {
  assert.equal(await world.stop(), 0);
  await world.start();
}

/** What went out before may still be on its way to a CRM: counted when that has arrived. */
async function settledRecords(world: World): Promise<number> {
  for (let last = -1; ;) {
    const now = recordsIn(world);
    if (now === last) return now;
    last = now;
    await sleep(500);
  }
}

/** Somebody else at the CRMs' addresses, for a while. */
async function impersonate(
  world: World,
  listener: RequestListener,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    for (const proxy of both(world)) proxy.lead((server.address() as AddressInfo).port);
    const before = await settledRecords(world);
    await meanwhile();
    assert.equal(recordsIn(world), before, 'records that were made meanwhile');
  } finally {
    world.network.salesforce.lead(portOf(world.crms.salesforce.url));
    world.network.hubspot.lead(portOf(world.crms.hubspot.url));
    server.close();
    server.closeAllConnections();
  }
}

function certificates(): Scenario {
  const fronts: TlsFront[] = [];
  let authority = '';
  return {
    name: 'crm-certificates',
    title: 'the certificates of both CRMs are self-signed, expired and for another host in turn, then right',
    stores: 'postgres',
    async open({ network, folder }) {
      fronts.length = 0;
      for (const proxy of [network.salesforce, network.hubspot]) {
        fronts.push(await openTlsFront(folder, proxy.port, 'right'));
      }
      authority = fronts[1]?.authority ?? '';
      const urls = fronts.map(({ url }) => url);
      return {
        addresses: { salesforce: urls[0] ?? '', hubspot: urls[1] ?? '' },
        close: async () => void (await Promise.all(fronts.map((front) => front.close()))),
      };
    },
    start: () => ({ env: { NODE_EXTRA_CA_CERTS: authority } }),
    async harm(world) {
      for (const [kind, why] of [
        ['self-signed', /certificate-wrong: .*SELF_SIGNED/],
        ['expired', /certificate-wrong: .*HAS_EXPIRED/],
        ['wrong-host', /certificate-wrong: .*ALTNAME/],
      ] as const) {
        for (const front of fronts) front.present(kind);
        await world.untilBothSay('stopped', why);
        const [passed, records] = [fronts.map((front) => front.passed), recordsIn(world)];
        await sleep(1_500);
        assert.deepEqual([fronts.map((front) => front.passed), recordsIn(world)], [passed, records], kind);
        await startAgain(world);
      }
      for (const front of fronts) front.present('right');
      await startAgain(world);
    },
  };
}

function names(): Scenario {
  let path = '';
  const say = (mode: string): void => writeFileSync(path, mode);
  return {
    name: 'crm-names',
    title:
      'the names of both CRMs are unknown, then DNS fails, is silent, and names a machine where nobody listens',
    stores: 'postgres',
    async open({ network, folder }) {
      path = join(folder, 'dns');
      say('right');
      const addresses = {
        salesforce: `http://sales.crm.test:${network.salesforce.port}`,
        hubspot: `http://marketing.crm.test:${network.hubspot.port}`,
      };
      return { addresses, close: async () => undefined };
    },
    start: () => ({ env: { CHAOS_DNS: path }, nodeArgs: ['--import', './test/chaos/preload/dns.mjs'] }),
    async harm(world) {
      for (const [mode, words] of [
        ['ENOTFOUND', /ENOTFOUND/],
        ['EAI_AGAIN', /EAI_AGAIN/],
        ['silent', /no answer within/],
        ['wrong', /ECONNREFUSED/],
      ] as const) {
        say(mode);
        for (const proxy of both(world)) proxy.cut();
        await world.untilBothSay('waiting', words, 60_000);
        await startAgain(world);
      }
      say('right');
      await startAgain(world);
    },
  };
}

export const crmScenarios: readonly Scenario[] = [
  certificates(),
  names(),
  {
    name: 'crm-portal',
    title: 'a sign-in page answers everything at both CRMs with HTML and 200, then an empty 200',
    stores: 'postgres',
    async harm(world) {
      const page: RequestListener = (_request, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in to this network</html>');
      await impersonate(world, page, () => world.untilBothSay('waiting', /unavailable|answer-lost/));
      const empty: RequestListener = (_request, response) => response.writeHead(200).end();
      await impersonate(world, empty, () => sleep(2_000));
    },
  },
  {
    name: 'crm-redirect',
    title: 'both CRMs redirect everything to another host: nothing goes there',
    stores: 'postgres',
    async harm(world) {
      let stolen = 0;
      const thief = createServer((_request, response) => {
        stolen += 1;
        response.end('{}');
      }).listen(0, '127.0.0.1');
      await once(thief, 'listening');
      const location = `http://localhost:${(thief.address() as AddressInfo).port}/`;
      const away: RequestListener = (_request, response) => response.writeHead(307, { location }).end();
      try {
        await impersonate(world, away, () => world.untilBothSay('stopped', /address-wrong/));
      } finally {
        thief.close();
        thief.closeAllConnections();
      }
      assert.equal(stolen, 0, 'requests that followed the redirect');
      await startAgain(world);
    },
  },
];
