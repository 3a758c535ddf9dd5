import { personNumber } from '../../test/support/traffic.ts';
import { startCrmsProcess } from '../load/crms.ts';
import type { Figures } from '../measurement.ts';
import { openNaive } from './naive.ts';

const messages = 100;
const people = 50;

/** Calls of the naive worker, each interaction by itself. */
export async function naiveCalls(): Promise<Figures> {
  // The real search takes five a second: its calls are counted here, not its speed.
  const crms = await startCrmsProcess({ people, isUnlimited: true });
  try {
    const naive = await openNaive(crms.addresses);
    const { calls: before } = await crms.ask({ ask: 'counts' });
    for (let index = 0; index < messages; index += 1) {
      const phone = personNumber(index % people);
      await naive.hubspot(phone, `message ${index}`);
      await naive.salesforce(phone, `message ${index}`);
    }
    const { calls: after } = await crms.ask({ ask: 'counts' });
    return {
      hubspot: (after.marketing - before.marketing) / messages,
      salesforce: (after.sales - before.sales) / messages,
    };
  } finally {
    await crms.stop();
  }
}
