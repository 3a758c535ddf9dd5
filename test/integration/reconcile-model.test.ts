import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { ContactRef } from '../../src/core/activity.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { reconcileStep } from '../../src/pipeline/reconcile.ts';
import { emptyLedger } from '../contract/ledger-suite.ts';
import { openEmptyLedger } from '../support/ledger.ts';
import { hubSpotByHand, reconcileBench, salesforceByHand, type CrmByHand } from '../support/reconcile.ts';
import { makeTempFolder } from '../support/temp.ts';

const folder = makeTempFolder('reconcile-model');
let store: OpenLedger;
jest.setTimeout(60_000);

beforeAll(async () => {
  store = await openEmptyLedger(folder.path);
}, 60_000);
afterAll(async () => {
  await store.ledger.close();
  folder.remove();
});

type Act = { readonly what: string; readonly message: number; readonly contact: number };

/** What happens to one of three messages or one of three contacts. */
const act = fc.record({
  what: fc.constantFrom('edit', 'delete', 'write', 'move', 'merge', 'check'),
  message: fc.nat(2),
  contact: fc.nat(2),
});

/** What a model says of a record. */
interface Modelled {
  exists: boolean;
  isTheirs: boolean;
  /** on whom it was logged, as that contact is called by now */
  logged: number;
  holders: Set<number>;
  edits: number;
}

class Model {
  readonly records = new Map<number, Modelled>();
  readonly merged = new Set<number>();
  /** who has taken somebody in is not merged himself: CRMs tell only the last step */
  readonly heirs = new Set<number>();
  /** an update takes a record away from others */
  readonly #isSingle: boolean;

  constructor(isSingle: boolean) {
    this.#isSingle = isSingle;
  }

  deliver(message: number, contact: number): void {
    const known = this.records.get(message);
    const record = known ?? { exists: false, isTheirs: false, logged: contact, holders: new Set(), edits: 0 };
    const isNew = !record.exists || this.#isSingle;
    record.holders = new Set([...(isNew ? [] : record.holders), record.logged]);
    record.exists = true;
    record.isTheirs = false;
    this.records.set(message, record);
  }

  merge(losing: number, into: number): void {
    this.merged.add(losing);
    this.heirs.add(into);
    for (const record of this.records.values()) {
      if (record.holders.delete(losing)) record.holders.add(into);
      if (record.logged === losing) record.logged = into;
    }
  }

  /** `message kind`, of all that differs */
  drift(): string[] {
    return [...this.records].flatMap(([message, { exists, isTheirs, logged, holders }]) => {
      if (!exists) return [`${message} missing`];
      return [
        ...(isTheirs ? [`${message} changed`] : []),
        ...(holders.has(logged) ? [] : [`${message} moved`]),
      ];
    });
  }
}

async function play(crm: CrmByHand, acts: readonly Act[]): Promise<void> {
  await emptyLedger(store.sql);
  const bench = reconcileBench(store, crm);
  const model = new Model(crm.destination.type === 'salesforce');
  const contacts = ['Ana', 'Ben', 'Cem'].map((name) => crm.addContact(name));
  const contactOf = (index: number) => contacts[index] as ContactRef;
  const keys = new Map<number, string>();
  /** contacts as the ledger logged on them: a merged one takes nothing any more */
  const loggedOn = new Map<number, number>();

  const check = async () => {
    await bench.daysPass(30);
    await reconcileStep(bench.checks({ rules: { missing: 'report' } }), {});
    const names = new Map([...keys].map(([message, key]) => [key, message]));
    const found = (await bench.open()).map(({ key, kind }) => `${names.get(key)} ${kind}`);
    expect(found.toSorted()).toEqual(model.drift().toSorted());
  };

  for (const [message, contact] of contacts.entries()) {
    keys.set(message, await bench.say(`m${message}`, contact));
    loggedOn.set(message, message);
    model.deliver(message, message);
  }
  for (const { what, message, contact } of acts) {
    const record = model.records.get(message);
    const id = record?.exists ? crm.ids(keys.get(message) ?? '')[0] : undefined;
    if (what === 'edit' && record !== undefined && !model.merged.has(loggedOn.get(message) ?? 0)) {
      record.edits += 1;
      const text = `edit ${record.edits}`;
      await bench.say(`m${message}`, contactOf(loggedOn.get(message) ?? 0), text, { step: text });
      model.deliver(message, contact);
    } else if (what === 'delete' && record !== undefined && id !== undefined) {
      crm.remove(id);
      record.exists = false;
    } else if (what === 'write' && record !== undefined && id !== undefined) {
      crm.write(id, `theirs ${contact}`);
      record.isTheirs = true;
    } else if (what === 'move' && record !== undefined && id !== undefined && !model.merged.has(contact)) {
      crm.move(id, contactOf(record.logged), contactOf(contact));
      if (crm.destination.type === 'salesforce') record.holders.clear();
      else record.holders.delete(record.logged);
      record.holders.add(contact);
    } else if (what === 'merge') {
      const losing = message;
      const fits = losing !== contact && !model.heirs.has(losing);
      if (!fits || model.merged.has(losing) || model.merged.has(contact)) continue;
      crm.merge(contactOf(losing), contactOf(contact));
      model.merge(losing, contact);
    } else if (what === 'check') await check();
  }
  await check();
}

describe('whatever happens in the CRM', () => {
  it.each([
    ['Salesforce', salesforceByHand],
    ['HubSpot', hubSpotByHand],
  ] as const)(
    '%s: what is reported is what differs',
    async (_name, start) => {
      await fc.assert(
        fc.asyncProperty(fc.array(act, { minLength: 6, maxLength: 12 }), async (acts) => {
          const crm = await start();
          try {
            await play(crm, acts);
          } finally {
            await crm.close();
          }
        }),
        { numRuns: 4, endOnFailure: true },
      );
    },
    120_000,
  );
});
