import { interactionKey } from '../../src/core/key.ts';
import { keyFields, startCrms, type Crms } from '../../test/support/spine.ts';
import type { CrmsProcessOptions } from './crms.ts';
import { figuresOf, type Answers, type Ask, type CrmRecordTime } from './figures.ts';

/** The sandbox CRMs in a process of their own, so that they share no event loop with who makes the load. Ends with its parent. */

const { people, latencyMs, isUnlimited } = JSON.parse(process.argv[2] ?? '') as CrmsProcessOptions;
const many = 1e9;
const crms = await startCrms(
  people,
  isUnlimited === true
    ? { dailyLimit: many, limits: { burst: many, associations: many, searchPerSecond: many } }
    : {},
);
if (latencyMs !== undefined && latencyMs > 0) {
  crms.salesforce.faults.add({ kind: 'slow', ms: latencyMs }, { times: Infinity });
  crms.hubspot.faults.slow(latencyMs, Infinity);
}
const contactIds = {
  sales: crms.salesforce.rows('Contact').map(({ Id }) => String(Id)),
  marketing: crms.hubspot.records('contacts').map(({ id }) => id),
};

/** All records, in the order in which they were made. */
function recordTimes({ salesforce, hubspot }: Crms): Record<'sales' | 'marketing', CrmRecordTime[]> {
  return {
    sales: salesforce.rows('Task').map((row) => ({
      key: String(row[keyFields.salesforce]),
      lane: String(row.WhoId),
      at: Date.parse(String(row.CreatedDate)),
    })),
    marketing: ['communications', 'calls'].flatMap((type) =>
      hubspot.records(type).map(({ id, values, createdAt }) => ({
        key: String(values[keyFields.hubspot]),
        lane: `${type} ${hubspot.contactsOf(type, id).join()}`,
        at: createdAt.getTime(),
      })),
    ),
  };
}

const poisons: Record<string, () => void> = {
  none: () => {
    crms.salesforce.faults.clear();
    crms.salesforce.down(false);
    crms.hubspot.faults.clear();
  },
  'both-down': () => {
    crms.salesforce.down(true);
    crms.hubspot.faults.drop(Infinity, () => true);
  },
  down: () => crms.salesforce.down(true),
  refusals: () => {
    const row = {
      kind: 'row',
      statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: 'No chats here.',
    } as const;
    crms.salesforce.faults.add(row, { operation: 'collections-upsert', times: Infinity });
  },
  errors: () => crms.salesforce.faults.add({ kind: 'status', status: 500 }, { times: Infinity }),
  timeouts: () => crms.salesforce.faults.add({ kind: 'slow', ms: 35_000 }, { times: Infinity }),
  slow: () => crms.salesforce.faults.add({ kind: 'slow', ms: 3_000 }, { times: Infinity }),
  mapping: () => crms.salesforce.hideField('Task', 'Description'),
};

const answers: { [K in Ask['ask']]: (ask: Extract<Ask, { ask: K }>) => Answers[K] } = {
  addresses: () => ({
    salesforce: crms.salesforce.url,
    hubspot: crms.hubspot.url,
    accessToken: crms.hubspot.accessToken,
    contactIds,
  }),
  counts: () => ({
    sales: crms.salesforce.rows('Task').length,
    marketing: ['communications', 'calls'].reduce((sum, type) => sum + crms.hubspot.records(type).length, 0),
    calls: { sales: crms.salesforce.calls.total, marketing: crms.hubspot.calls.total },
  }),
  figures: ({ number, ids, ...sent }) => {
    const keys = ids.map((id) => interactionKey('whatsapp-cloud', number, id));
    const { sales, marketing } = recordTimes(crms);
    return {
      sales: figuresOf(sales, keys, sent),
      marketing: figuresOf(marketing, keys, sent),
    };
  },
  poison: ({ kind }) => poisons[kind]?.(),
};

process.on('message', ({ nth, ...ask }: Ask & { nth: number }) => {
  const answer = (answers[ask.ask] as (one: Ask) => unknown)(ask as Ask);
  process.send?.({ nth, answer });
});
process.once('disconnect', () => process.exit());
process.send?.({ nth: 0 });
