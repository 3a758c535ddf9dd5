import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

/** What can happen to bytes between a worker and the CRMs. */

const both = ({ network: { salesforce, hubspot } }: World) => [salesforce, hubspot] as const;
const writes = { salesforce: '/composite/sobjects/', hubspot: '/batch/create' } as const;

/** Breaks connections at the moment at which the CRM has written and nobody knows. */
async function cutAnswers(world: World, times: number): Promise<void> {
  const cuts = { salesforce: 0, hubspot: 0 };
  const caught = (['salesforce', 'hubspot'] as const).map(async (crm) => {
    for (; cuts[crm] < times; cuts[crm] += 1) {
      await world.network[crm].trap(writes[crm], 'after', () => world.network[crm].cut());
    }
  });
  // There may be too few writes for all of them.
  await Promise.race([Promise.all(caught), sleep(6_000)]);
  assert.ok(cuts.salesforce > 0 && cuts.hubspot > 0, `too few answers were met: ${JSON.stringify(cuts)}`);
}

export const networkScenarios: readonly Scenario[] = [
  {
    name: 'crm-cut-and-refused',
    title: 'answers of both CRMs are cut after they have written, then nobody is let in, then all is slow',
    stores: 'postgres',
    lasts: true,
    async harm(world) {
      await cutAnswers(world, 2);
      for (const proxy of both(world)) proxy.refuse(true);
      await world.untilBothSay('waiting', /unavailable|answer-lost/);
      for (const proxy of both(world)) proxy.heal();
      for (const proxy of both(world)) proxy.delay(world.random.between(100, 300));
      await sleep(2_000);
    },
  },
  {
    name: 'crm-black-hole',
    title: 'both CRMs swallow bytes, and connections that look alive are dead',
    stores: 'postgres',
    async harm(world) {
      for (const proxy of both(world)) proxy.blackHole(true);
      await world.untilBothSay('waiting', /no answer within/);
      await sleep(world.random.between(0, 2_000));
      for (const proxy of both(world)) proxy.blackHole(false);
    },
  },
  {
    name: 'crm-half-answers',
    title: 'both CRMs give half of each answer and hang, then a byte a second',
    stores: 'postgres',
    async harm(world) {
      for (const proxy of both(world)) proxy.answer('half');
      await world.untilBothSay('waiting', /no answer within/);
      for (const proxy of both(world)) {
        proxy.cut();
        proxy.answer('trickle');
      }
      await sleep(5_000);
    },
  },
  {
    name: 'crm-writes-lost',
    title:
      'both CRMs answer what they are asked, but for ten seconds nothing comes back of any write, and nothing is written',
    stores: 'postgres',
    async harm(world) {
      const { salesforce, hubspot } = world.crms;
      salesforce.faults.add({ kind: 'dropped' }, { operation: 'collections-upsert', times: 1_000 });
      hubspot.faults.drop(1_000);
      await world.untilBothSay('waiting', /answer-lost/);
      // Each message wakes the delivery again. Attempts are what makes a dead letter: an outage uses none.
      await sleep(10_000);
      salesforce.faults.clear();
      hubspot.faults.clear();
    },
  },
];
