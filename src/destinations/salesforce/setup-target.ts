import type { Finding } from '../destination.ts';
import { timeField } from './check-fields.ts';
import type { Client, Json } from './client.ts';
import type { SalesforceTarget } from './options.ts';
import { isHidden } from './people.ts';

/** API names of the lookups of a custom object. */
export function lookupsOf({
  contactField,
  leadField,
  accountField,
  opportunityField,
}: SalesforceTarget): string[] {
  return [contactField, leadField, accountField, opportunityField].filter((name) => name !== undefined);
}

/** What the user may do with a custom object (Metadata API guide, PermissionSet): write, and not delete. */
export function writesOf({ object }: SalesforceTarget): Json {
  return {
    object,
    allowCreate: true,
    allowRead: true,
    allowEdit: true,
    allowDelete: false,
    viewAllRecords: false,
    modifyAllRecords: false,
  };
}

/**
 * The custom object and its lookups are made by an admin: who may see the records is a choice that nobody else can make.
 * @throws CallError, CrmError
 */
export async function lookForTarget(client: Client, target: SalesforceTarget): Promise<Finding[]> {
  const { object } = target;
  const wanted: readonly (readonly [field: string | undefined, of: string])[] = [
    [target.contactField, 'Contact'],
    [target.leadField, 'Lead'],
    [target.accountField, 'Account'],
    [target.opportunityField, 'Opportunity'],
  ];
  const lookups = wanted.flatMap(([field, of]) => (field === undefined ? [] : [{ field, of }]));
  let there: readonly string[];
  try {
    there = await fieldsOf(
      client,
      object,
      lookups.map(({ field }) => field),
    );
    if (there.length === 0) await client.describe(object);
  } catch (error) {
    if (!isHidden(error)) throw error;
    const list = lookups.map(({ field, of }) => `${field} to ${of}`).join(', ');
    const text = `There is no such object, or the user may not see it. Make it by hand: Setup, Object Manager, Create, Custom Object; choose its sharing (a private one keeps chats from those who have no need of them); then its lookup fields ${list}, and the text fields that the mapping names. Then run \`wcs setup\` again.`;
    return [{ level: 'error', subject: object, text, code: 'permission-missing' }];
  }
  const missing = lookups.filter(({ field }) => !there.includes(field));
  if (missing.length === 0) {
    return [{ level: 'ok', subject: object, text: 'The object and its lookup fields are there.' }];
  }
  return missing.map(({ field, of }) => ({
    level: 'error',
    subject: `${object}.${field}`,
    text: `The lookup field is missing. Make it by hand: Setup, Object Manager, Fields & Relationships, New, Lookup to ${of}. Then run \`wcs setup\` again.`,
    code: 'field-unknown',
  }));
}

/** Those of these fields that exist, whether or not the user sees them already. */
async function fieldsOf(client: Client, object: string, names: readonly string[]): Promise<string[]> {
  const found = await client.readFields(names.map((name) => `${object}.${name}`));
  return found.map(({ fullName }) => String(fullName).replace(/^\w+\./, ''));
}

/** What cannot be done through the API, or should not. */
export function byHand(object: string): Finding[] {
  return [
    {
      level: 'todo',
      subject: 'page layout',
      text: `To show reps the exact time, add ${timeField} to the page layout of ${object}: Setup, Object Manager, ${object}, Page Layouts. Leave the key field off it.`,
    },
    {
      level: 'todo',
      subject: 'External Client App',
      text: 'Look at the app once: Setup, External Client App Manager. Policies: only users whom an admin approved; for client credentials a run-as user of its own, with API Only access; scope: only "Manage user data via APIs (api)"; where the addresses of this worker are fixed, IP restrictions.',
    },
  ];
}
