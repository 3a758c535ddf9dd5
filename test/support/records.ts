import type { Expected } from './mixed-traffic.ts';
import { keyFields, type Crms } from './spine.ts';
import { personNumber } from './traffic.ts';

/** A record of either CRM, reduced to what both have. */
export interface CrmRecord {
  readonly key: string;
  /** records of different lines keep no order among each other */
  readonly line: string;
  /** E.164 of the contact it is on; several, where it is on several */
  readonly phones: readonly string[];
  readonly text: string;
}

/** All records of activities, in the order in which the CRM made them. */
export const recordsOf = {
  salesforce({ salesforce }: Crms): CrmRecord[] {
    const phones = new Map(salesforce.rows('Contact').map((row) => [row.Id, String(row.Phone)]));
    return salesforce.rows('Task').map((row) => ({
      key: String(row[keyFields.salesforce]),
      line: 'task',
      phones: [phones.get(String(row.WhoId)) ?? 'nobody'],
      text: String(row.Description),
    }));
  },
  hubspot({ hubspot }: Crms): CrmRecord[] {
    const phones = new Map(hubspot.records('contacts').map(({ id, values }) => [id, values['phone'] ?? '']));
    const bodies = { communications: 'hs_communication_body', calls: 'hs_call_body' } as const;
    return (['communications', 'calls'] as const).flatMap((type) =>
      hubspot.records(type).map(({ id, values }) => ({
        key: String(values[keyFields.hubspot]),
        line: type,
        phones: hubspot.contactsOf(type, id).map((contact) => phones.get(contact) ?? 'nobody'),
        text: values[bodies[type]] ?? '',
      })),
    );
  },
} as const;

/** What is wrong with the records: on another contact than the person's, or without what the newest revision says. */
export function wrongRecords(records: readonly CrmRecord[], expected: readonly Expected[]): string[] {
  const byKey = new Map(records.map((record) => [record.key, record]));
  return expected.flatMap(({ key, person, says }) => {
    const record = byKey.get(key);
    if (record === undefined) return [`${says[0]} is missing`];
    if (record.phones.join() !== personNumber(person)) return [`${says[0]} is on ${record.phones.join()}`];
    return says.filter((part) => !record.text.includes(part)).map((part) => `${says[0]} lacks "${part}"`);
  });
}

/**
 * Records that were made after one of the same contact which happened later.
 *
 * @param refused keys of records that the CRM refused by themselves while it took others of the same call: they come later
 */
export function strayOrder(
  records: readonly CrmRecord[],
  expected: readonly Expected[],
  refused: ReadonlySet<string>,
): string[] {
  const happened = new Map(expected.map(({ key }, index) => [key, index]));
  const latest = new Map<string, number>();
  return records.flatMap(({ key, line, phones }) => {
    if (refused.has(key)) return [];
    const lane = `${line} ${phones.join()}`;
    const [at, before] = [happened.get(key) ?? -1, latest.get(lane) ?? -1];
    latest.set(lane, Math.max(at, before));
    return at < before ? [`${expected[at]?.says[0]} after ${expected[before]?.says[0]}`] : [];
  });
}
