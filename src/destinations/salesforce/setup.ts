import type { Finding } from '../destination.ts';
import { CallError } from './call-error.ts';
import { timeField } from './check-fields.ts';
import { findingOf } from './check.ts';
import type { Client, Json } from './client.ts';
import { crmErrorOf, reasonOf } from './errors.ts';
import type { SalesforceTarget } from './options.ts';
import { probeKey } from './probe.ts';
import type { Session } from './session.ts';
import { scrub } from './scrub.ts';
import { quote } from './soql.ts';
import { byHand, lookForTarget, lookupsOf, writesOf } from './setup-target.ts';

const permissionSet = 'WhatsApp_CRM_Sync';

interface SetupDeps {
  readonly client: Client;
  readonly session: Session;
  readonly keyField: string;
  readonly personKeyField: string;
  readonly creates: readonly ('contact' | 'lead')[];
  readonly target?: SalesforceTarget;
}

/**
 * Makes the key field and the time field on Activity (or on the custom object in the place of Task) and a permission set
 * that shows them, gives it to the user as whom we work, and tries whether the key is unique. What is there already stays
 * as it is. Never throws.
 */
export async function setup(deps: SetupDeps): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    await steps(deps, findings);
  } catch (error) {
    findings.push(failed(error, deps.keyField));
  }
  return findings;
}

async function steps(deps: SetupDeps, findings: Finding[]): Promise<void> {
  const { client, keyField, target } = deps;
  const object = objectOf(deps);
  const stopped = () => findings.some((one) => one.level === 'error');
  if (target !== undefined) findings.push(...(await lookForTarget(client, target)));
  if (stopped()) return;
  const fields = wantedFields(deps);
  const ofPeople = personFields(deps);
  for (const field of [...fields, ...ofPeople]) findings.push(await makeField(client, field));
  if (stopped()) return;
  findings.push(
    await makePermissionSet(
      client,
      target,
      fields.map(shortName),
      ofPeople.map(({ fullName }) => String(fullName)),
    ),
  );
  if (stopped()) return;
  findings.push(await assign(deps));
  const seen = await lookAgain(deps);
  findings.push(seen);
  if (seen.level === 'ok') findings.push(await probeKey({ client, keyField, object }));
  findings.push(...byHand(object));
}

const objectOf = ({ target }: SetupDeps): string => target?.object ?? 'Task';

/** Custom fields of tasks are defined on Activity (Salesforce docs, custom activity fields). */
function wantedFields({ keyField, target }: SetupDeps): Json[] {
  const parent = target?.object ?? 'Activity';
  return [
    {
      fullName: `${parent}.${keyField}`,
      label: 'WhatsApp Key',
      description: 'Identifies the WhatsApp message or call. Do not change.',
      type: 'Text',
      length: 64,
      externalId: true,
      unique: true,
      caseSensitive: true,
    },
    {
      fullName: `${parent}.${timeField}`,
      label: 'WhatsApp Time',
      description: 'When the WhatsApp message or call happened.',
      type: 'DateTime',
    },
  ];
}

/** Keys of the people whom we make. */
function personFields({ personKeyField, creates }: SetupDeps): Json[] {
  // Contacts always: the console makes them of people who are parked.
  return [...new Set(['contact', ...creates])].map((as) => ({
    fullName: `${as === 'lead' ? 'Lead' : 'Contact'}.${personKeyField}`,
    label: 'WhatsApp Person Key',
    description: 'Identifies the person whom WhatsApp CRM Sync made of a message. Do not change.',
    type: 'Text',
    length: 64,
    externalId: true,
    unique: true,
    caseSensitive: true,
  }));
}

const shortName = (field: Json) => String(field.fullName).replace(/^\w+\./, '');

async function makeField(client: Client, wanted: Json): Promise<Finding> {
  const subject = String(wanted.fullName);
  const [there] = await client.readFields([subject]);
  if (there !== undefined) {
    const wrong = (['type', 'unique', 'externalId'] as const).filter(
      (trait) => wanted[trait] !== undefined && String(there[trait]) !== String(wanted[trait]),
    );
    if (wrong.length === 0) return { level: 'ok', subject, text: 'The field is there already.' };
    const text = `The field is there already, but its ${wrong.join(', ')} differ from what is needed. Change that by hand in Setup, Object Manager, or name another field in the settings.`;
    return { level: 'error', subject, text };
  }
  const [made] = await client.upsertMetadata('CustomField', [wanted]);
  if (made?.success) return { level: 'ok', subject, text: 'The field was made.' };
  return { level: 'error', subject, text: `The field could not be made: ${problems(made?.errors)}` };
}

/** Fields made through the API are hidden until a permission set shows them. */
async function makePermissionSet(
  client: Client,
  target: SalesforceTarget | undefined,
  fields: readonly string[],
  ofPeople: readonly string[],
): Promise<Finding> {
  const subject = `permission set ${permissionSet}`;
  let errors: readonly string[] = [];
  // Permission sets name an activity's field by Task; some orgs may want Activity, which no document settles.
  for (const parent of target === undefined ? ['Task', 'Activity'] : [target.object]) {
    const [made] = await client.upsertMetadata('PermissionSet', [
      {
        fullName: permissionSet,
        label: 'WhatsApp CRM Sync',
        description: 'Shows and lets write the fields of the WhatsApp log.',
        hasActivationRequired: false,
        ...(target !== undefined && { objectPermissions: [writesOf(target)] }),
        fieldPermissions: [...fields, ...(target === undefined ? [] : lookupsOf(target))]
          .map((name) => ({
            editable: true,
            field: `${parent}.${name}`,
            readable: true,
          }))
          .concat(ofPeople.map((field) => ({ editable: true, field, readable: true }))),
      },
    ]);
    if (made?.success) return { level: 'ok', subject, text: 'The permission set shows the fields.' };
    errors = made?.errors ?? [];
  }
  return { level: 'error', subject, text: `The permission set could not be made: ${problems(errors)}` };
}

async function assign({ client, session, keyField }: SetupDeps): Promise<Finding> {
  const subject = `permission set ${permissionSet}`;
  const byHand: Finding = {
    level: 'todo',
    subject,
    text: `Assign the permission set to the integration user: Setup, Permission Sets, ${permissionSet}, Manage Assignments.`,
  };
  const userId = await session.userId();
  if (userId === undefined) return byHand;
  try {
    const { records } = await client.query(
      `SELECT Id FROM PermissionSet WHERE Name = ${quote(permissionSet)}`,
    );
    const id = records[0]?.Id;
    if (typeof id !== 'string') return byHand;
    await client.create('PermissionSetAssignment', { AssigneeId: userId, PermissionSetId: id });
    return { level: 'ok', subject, text: 'The permission set was assigned to the integration user.' };
  } catch (error) {
    if (error instanceof CallError && error.code === 'DUPLICATE_VALUE') {
      return { level: 'ok', subject, text: 'The integration user has the permission set.' };
    }
    const { code, message } = crmErrorOf(error, 'write', keyField);
    return { ...byHand, text: `${byHand.text} (By itself it was not possible: ${message})`, code };
  }
}

async function lookAgain(deps: SetupDeps): Promise<Finding> {
  const { client, keyField } = deps;
  const object = objectOf(deps);
  const subject = `${object}.${keyField}`;
  const fields = await client.describe(object);
  if (fields.some((field) => field.name === keyField)) {
    return { level: 'ok', subject, text: 'The integration user sees the key field.' };
  }
  return {
    level: 'todo',
    subject,
    text: 'The integration user does not see the key field yet. Assign the permission set, then run `wcs check`.',
  };
}

function failed(error: unknown, keyField: string): Finding {
  if (error instanceof CallError && error.code === 'INSUFFICIENT_ACCESS') {
    return {
      level: 'error',
      subject: 'setup',
      text: `The user may not change the org's fields. Give it the permission Customize Application, or let an admin make the fields by hand. ${reasonOf(error)}`,
      code: 'permission-missing',
    };
  }
  // jsforce refuses the Metadata API with JWT-based access tokens before it sends anything.
  if (error instanceof Error && /JWT-based access tokens/.test(error.message)) {
    return { level: 'error', subject: 'setup', text: scrub(error.message), code: 'permission-missing' };
  }
  return findingOf('setup', crmErrorOf(error, 'write', keyField));
}

function problems(errors: readonly string[] = []): string {
  return scrub(errors.join('; ')) || 'Salesforce gave no reason.';
}
