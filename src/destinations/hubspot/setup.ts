import { isNoWayIn } from '../../core/errors.ts';
import type { Finding } from '../destination.ts';
import type { HubSpotClient, ObjectName } from './client.ts';
import { crmError, type JudgeContext } from './errors.ts';
import { list, text } from './json.ts';
import type { KeyFields } from './key-fields.ts';
import { isOk, objectNames } from './objects.ts';
import { probeKey } from './probe.ts';
import type { Answer } from './transport.ts';

export interface SetupDeps {
  readonly client: HubSpotClient;
  readonly keyField: string;
  readonly keys: KeyFields;
  readonly context: JudgeContext;
  /** our clock, milliseconds */
  readonly now: () => number;
}

/** Of people whom we make. */
export interface PersonKey {
  readonly personKeyField: string;
  readonly creates: readonly ('contact' | 'lead')[];
}

const groupName = 'whatsapp_sync';

/**
 * Makes the property group and the unique key property on communications and calls, reads back that they are right and
 * tries whether a key is taken once only. Where the account refuses unique properties there, a plain one is made.
 */
export async function setup(deps: SetupDeps & PersonKey): Promise<Finding[]> {
  const findings: Finding[] = [];
  deps.keys.forget();
  for (const object of objectNames) {
    const made = await makeKeyField(deps, object);
    findings.push(made);
    if (isNoWayIn(made.code)) return findings;
    if (made.level === 'ok') findings.push(await probeKey(deps, object));
  }
  // Always: the console makes contacts of people who are parked.
  findings.push(await makePersonKey(deps));
  return [...findings, byHand];
}

/** What no endpoint can do (HubSpot docs, service keys; legacy private apps). */
const byHand: Finding = {
  level: 'todo',
  subject: 'by hand',
  text:
    'In HubSpot (Settings, Integrations, Service keys) the key that the worker uses needs the scopes ' +
    'crm.objects.contacts.read, crm.objects.contacts.write, crm.objects.owners.read, crm.schemas.contacts.write (for ' +
    'this setup only) and files; crm.objects.companies.read and crm.objects.deals.read where records are put on ' +
    'companies and deals too. An OAuth app needs the same scopes.',
};

async function makeKeyField(deps: SetupDeps, object: ObjectName): Promise<Finding> {
  const { client, keyField } = deps;
  const before = await client.property(object, keyField);
  if (isDone(before)) return judgeKeyField(deps, object, before);
  if (before.kind !== 'answer' || before.status !== 404) return failure(deps, object, before);
  const group = await findGroup(deps, object);
  if (typeof group !== 'string') return failure(deps, object, group);
  const unique = await client.createProperty(object, propertyOf(keyField, group, true));
  // The account may refuse unique properties on activities.
  const isRefused = unique.kind === 'answer' && unique.status === 400;
  const created = isRefused
    ? await client.createProperty(object, propertyOf(keyField, group, false))
    : unique;
  const exists = created.kind === 'answer' && created.status === 409;
  if (!isDone(created) && !exists) return failure(deps, subjectOf(object, keyField), created);
  const verdict = judgeKeyField(deps, object, await client.property(object, keyField));
  if (verdict.level === 'error' || exists) return verdict;
  if (!isRefused) return { ...verdict, text: `made the property ${keyField}: text, with unique values` };
  const why = crmError(unique, deps.context).message;
  return {
    ...verdict,
    text: `this account refuses a property with unique values on ${object}, so a plain one was made: ${verdict.text} (${why})`,
  };
}

function propertyOf(name: string, group: string, unique: boolean) {
  return {
    groupName: group,
    name,
    label: 'WhatsApp key',
    description: 'Identifies the WhatsApp message or call of this record. Do not change it.',
    type: 'string',
    fieldType: 'text',
    hasUniqueValue: unique,
  };
}

/** Our own group, or the object's first one where groups cannot be made. */
async function findGroup({ client }: SetupDeps, object: ObjectName): Promise<string | Answer> {
  const made = await client.createPropertyGroup(object, {
    name: groupName,
    label: 'WhatsApp',
    displayOrder: -1,
  });
  if (isDone(made) || (made.kind === 'answer' && made.status === 409)) return groupName;
  if (made.kind !== 'answer' || made.status === 401 || made.status >= 429) return made;
  const groups = await client.propertyGroups(object);
  const first = groups.kind === 'answer' ? text(list(groups.body['results'])[0]?.['name']) : '';
  return first || made;
}

/** Is the property what the worker needs? From the answer of its `GET`. */
export function judgeKeyField(deps: SetupDeps, object: ObjectName, answer: Answer): Finding {
  const { keyField } = deps;
  const subject = subjectOf(object, keyField);
  if (answer.kind === 'answer' && answer.status === 404) {
    return {
      level: 'error',
      subject,
      code: 'key-field-missing',
      text: `the property ${keyField} does not exist on ${object}: run \`wcs setup\``,
    };
  }
  if (answer.kind !== 'answer' || answer.status !== 200) return failure(deps, object, answer);
  if (answer.body['type'] !== 'string') {
    const type = text(answer.body['type']) || 'something else';
    return {
      level: 'error',
      subject,
      text: `${keyField} must be a single-line text property and is ${type}: ${another}`,
    };
  }
  const unique = answer.body['hasUniqueValue'] === true;
  deps.keys.learn(object, unique);
  if (unique) return { level: 'ok', subject, text: `the property ${keyField} is there, with unique values` };
  return {
    level: 'warning',
    subject,
    text: `${keyField} does not require unique values. The worker reads what a contact has before it writes, one delivery at a time: run only one process that delivers here. HubSpot cannot change the property afterwards; where the account takes unique ones, ${another}`,
  };
}

const another =
  'delete it in HubSpot (Settings, Properties) and run `wcs setup`, or choose another `keyField`';

/** A failed call as a finding. */
export function failure(deps: Pick<SetupDeps, 'context'>, subject: string, answer: Answer): Finding {
  const error = crmError(answer, deps.context);
  return { level: 'error', subject, code: error.code, text: error.message };
}

const subjectOf = (object: ObjectName, keyField: string): string => `${object}.${keyField}`;
const isDone = (answer: Answer): boolean => answer.kind === 'answer' && isOk(answer);

/** The unique property by which a person is made once only; contacts take such in every account. */
async function makePersonKey(deps: SetupDeps & PersonKey): Promise<Finding> {
  const { client, personKeyField } = deps;
  const subject = `contacts.${personKeyField}`;
  const before = await client.property('contacts', personKeyField);
  if (before.kind === 'answer' && isOk(before)) {
    return before.body['hasUniqueValue'] === true
      ? { level: 'ok', subject, text: `the property ${personKeyField} is there, with unique values` }
      : { level: 'error', subject, text: `${personKeyField} must have unique values: ${another}` };
  }
  if (before.kind !== 'answer' || before.status !== 404) return failure(deps, subject, before);
  const made = await client.createProperty('contacts', {
    ...propertyOf(personKeyField, 'contactinformation', true),
    label: 'WhatsApp person key',
    description: 'Identifies the person who was made of a WhatsApp message. Do not change it.',
  });
  if (!isDone(made)) return failure(deps, subject, made);
  return { level: 'ok', subject, text: `made the property ${personKeyField}: text, with unique values` };
}
