import { afterEach, describe } from '@jest/globals';
import type { ContactRef } from '../../src/core/activity.ts';
import type { Budget } from '../../src/core/budget.ts';
import { hashKey } from '../../src/core/key.ts';
import type { DeliveryItem } from '../../src/destinations/destination.ts';
import type { DestinationHarness, MakeHarness } from './destination-harness.ts';
import { attachCases } from './destination-suite-attach.ts';
import { budgetCases } from './destination-suite-budget.ts';
import { contactCases } from './destination-suite-contacts.ts';
import { deliveryCases, lostAnswerCases, readingCases } from './destination-suite-deliver.ts';
import { relateCases } from './destination-suite-relate.ts';
import { contactFieldCases, ownerCases, strangerCases } from './destination-suite-people.ts';
import { credentialCases, setupCases } from './destination-suite-setup.ts';

export interface Stage extends DestinationHarness {
  item(name: string, contact: ContactRef, over?: Partial<DeliveryItem>): DeliveryItem;
  items(count: number, contact: ContactRef): DeliveryItem[];
  ana: ContactRef;
}

/** What every adapter of a CRM must do, whatever the CRM. */
export function destinationSuite(name: string, makeHarness: MakeHarness): void {
  describe(`${name} as a destination`, () => {
    let open: DestinationHarness | undefined;

    afterEach(async () => {
      await open?.destination.close();
      await open?.close();
      open = undefined;
    });

    const stage: MakeStage = async (ready = true, budget) => {
      const harness = await makeHarness({ ready, ...(budget && { budget }) });
      open = harness;
      const item: Stage['item'] = (text, contact, over = {}) => ({
        key: hashKey(text),
        kind: 'message',
        occurredAt: '2026-11-20T10:00:00.000Z',
        contact,
        fields: harness.fields(over.kind ?? 'message', text),
        createOnly: {},
        ...over,
      });
      const items: Stage['items'] = (count, contact) =>
        Array.from({ length: count }, (_, index) => item(`message ${index}`, contact));
      const ana = await harness.addContact('Ana Silva', '+1 415 555 0100');
      return Object.assign(Object.create(harness) as DestinationHarness, { item, items, ana });
    };

    deliveryCases(stage);
    lostAnswerCases(stage);
    readingCases(stage);
    credentialCases(stage);
    contactCases(stage);
    ownerCases(stage);
    relateCases(stage);
    contactFieldCases(stage);
    strangerCases(stage);
    budgetCases(stage);
    setupCases(stage);
    attachCases(stage);
  });
}

export type MakeStage = (ready?: boolean, budget?: Budget) => Promise<Stage>;
