import type { ContactRef } from '../../core/activity.ts';
import type { RecordFound, RecordSought } from '../destination.ts';
import type { Client, Json } from './client.ts';
import type { SalesforceTarget } from './options.ts';
import { pages, readBack } from './read-back.ts';
import { inClauses } from './soql.ts';

/** Ids of 15 characters, of which so many fit into a WHERE clause. */
export const inspectSize = 200;

interface InspectDeps {
  readonly client: Client;
  readonly keyField: string;
  readonly target?: SalesforceTarget;
}

/**
 * Looks at records by their ids, archived and deleted ones included, in one call for {@link inspectSize} of them; further
 * calls only for those that are missing or on somebody else. @throws CallError, CrmError when Salesforce cannot say
 */
export async function inspect(deps: InspectDeps, records: readonly RecordSought[]): Promise<RecordFound[]> {
  const rows = await rowsOf(deps, records);
  const gone = records.filter(({ recordId }) => isGone(rows.get(short(recordId))));
  const elsewhere =
    gone.length === 0
      ? new Map<string, string>()
      : await readBack(
          deps,
          gone.map(({ key }) => key),
        );
  const links = linkFields(deps.target);
  const moved = records.flatMap(({ recordId, contact }) => {
    const row = rows.get(short(recordId));
    const holders = row === undefined || isGone(row) ? [] : idsIn(row, links);
    return row === undefined || isGone(row) || holders.includes(short(contact.id)) ? [] : [contact];
  });
  const heirs = await heirsOf(deps.client, moved);
  return records.map((record): RecordFound => {
    const row = rows.get(short(record.recordId));
    if (row === undefined || isGone(row)) {
      const foundAs = elsewhere.get(record.key);
      if (foundAs !== undefined) return { key: record.key, state: 'elsewhere', recordId: foundAs };
      return { key: record.key, state: 'missing', deleted: row === undefined ? 'gone' : 'bin' };
    }
    return {
      key: record.key,
      state: 'there',
      values: row,
      others: [],
      ...placeOf(row, links, record, heirs),
    };
  });
}

async function rowsOf(
  { client, keyField, target }: InspectDeps,
  records: readonly RecordSought[],
): Promise<Map<string, Json>> {
  const names = new Set(records.flatMap(({ fields }) => fields));
  const fields = [...new Set(['Id', keyField, 'IsDeleted', ...linkFields(target), ...names])];
  const rows = new Map<string, Json>();
  const ids = [...new Set(records.map(({ recordId }) => short(recordId)))];
  for (const where of inClauses('Id', ids)) {
    const soql = `SELECT ${fields.join(', ')} FROM ${target?.object ?? 'Task'} WHERE ${where}`;
    for await (const page of pages(client, client.queryAll(soql))) {
      for (const row of page) if (typeof row.Id === 'string') rows.set(short(row.Id), row);
    }
  }
  return rows;
}

const isGone = (row: Json | undefined): boolean => row === undefined || row.IsDeleted === true;

/** The last three characters of an id only repeat what its letters' cases are. */
const short = (id: string): string => id.slice(0, 15);

const linkFields = (target: SalesforceTarget | undefined): string[] =>
  target === undefined
    ? ['WhoId']
    : [target.contactField, target.leadField].filter((name) => name !== undefined);

const idsIn = (row: Json, fields: readonly string[]): string[] =>
  fields.flatMap((name) => (typeof row[name] === 'string' ? short(row[name]) : []));

function placeOf(
  row: Json,
  links: readonly string[],
  { contact }: RecordSought,
  heirs: ReadonlyMap<string, ContactRef>,
): Pick<Extract<RecordFound, { state: 'there' }>, 'movedTo' | 'follows'> {
  const holders = idsIn(row, links);
  if (holders.includes(short(contact.id))) return {};
  const heir = heirs.get(short(contact.id));
  if (heir !== undefined && holders.includes(short(heir.id))) return { follows: heir };
  const holder = links.map((name) => row[name]).find((id) => typeof id === 'string');
  return { movedTo: holder === undefined ? [] : [refOf(holder)] };
}

const refOf = (id: string): ContactRef => ({ type: id.startsWith('00Q') ? 'Lead' : 'Contact', id });

/** Merges of merges, and a lead that was merged before it was converted. */
const mostSteps = 5;

/** Who these people are by now, by the short id: what they were merged into or converted to, as far as they were. */
async function heirsOf(client: Client, contacts: readonly ContactRef[]): Promise<Map<string, ContactRef>> {
  const heirs = new Map<string, ContactRef>();
  let open = new Map(contacts.map((contact) => [short(contact.id), contact]));
  for (let step = 0; step < mostSteps && open.size > 0; step += 1) {
    const next = await nextOf(client, [...open.values()]);
    const still = new Map<string, ContactRef>();
    for (const [start, contact] of open) {
      const heir = next.get(short(contact.id));
      if (heir === undefined) continue;
      heirs.set(start, heir);
      still.set(start, heir);
    }
    open = still;
  }
  return heirs;
}

async function nextOf(client: Client, contacts: readonly ContactRef[]): Promise<Map<string, ContactRef>> {
  const next = new Map<string, ContactRef>();
  for (const type of ['Contact', 'Lead'] as const) {
    const ids = [...new Set(contacts.filter((one) => one.type === type).map(({ id }) => short(id)))];
    const more = type === 'Lead' ? ', IsConverted, ConvertedContactId' : '';
    for (const where of inClauses('Id', ids)) {
      const soql = `SELECT Id, MasterRecordId${more} FROM ${type} WHERE ${where}`;
      for await (const page of pages(client, client.queryAll(soql))) {
        for (const row of page) {
          const heir = row.ConvertedContactId ?? row.MasterRecordId;
          if (typeof heir === 'string') next.set(short(String(row.Id)), refOf(heir));
        }
      }
    }
  }
  return next;
}
