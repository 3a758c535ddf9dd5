import type { Finding } from '../destination.ts';
import type { HubSpotClient, ObjectName } from './client.ts';
import { objectOf } from './deliver.ts';
import { crmError, list, text, type JudgeContext } from './errors.ts';
import type { Answer } from './transport.ts';

export interface SetupDeps {
  readonly client: HubSpotClient;
  readonly keyField: string;
  readonly context: JudgeContext;
}

const groupName = 'whatsapp_sync';

/** Makes the property group and the unique key property on communications and calls, and reads back that they are right. */
export async function setup(deps: SetupDeps): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const object of Object.values(objectOf)) {
    const made = await makeKeyField(deps, object);
    findings.push(...made);
    if (made.some((each) => each.code === 'auth-failed' || each.code === 'unavailable')) break;
  }
  return findings;
}

async function makeKeyField(deps: SetupDeps, object: ObjectName): Promise<Finding[]> {
  const { client, keyField } = deps;
  const before = await client.property(object, keyField);
  if (isOk(before)) return [judgeKeyField(deps, object, before)];
  if (before.kind !== 'answer' || before.status !== 404) return [failure(deps, object, before)];
  const group = await findGroup(deps, object);
  if (typeof group !== 'string') return [failure(deps, object, group)];
  const created = await client.createProperty(object, {
    groupName: group,
    name: keyField,
    label: 'WhatsApp key',
    description: 'Identifies the WhatsApp message or call of this record. Do not change it.',
    type: 'string',
    fieldType: 'text',
    hasUniqueValue: true,
  });
  const exists = created.kind === 'answer' && created.status === 409;
  if (!isOk(created) && !exists) return [refusedProperty(deps, object, created)];
  const verdict = judgeKeyField(deps, object, await client.property(object, keyField));
  if (verdict.level !== 'ok' || exists) return [verdict];
  return [{ ...verdict, text: `made the property ${keyField}: text, with unique values` }];
}

/** Our own group, or the object's first one where groups cannot be made. */
async function findGroup({ client }: SetupDeps, object: ObjectName): Promise<string | Answer> {
  const made = await client.createPropertyGroup(object, {
    name: groupName,
    label: 'WhatsApp',
    displayOrder: -1,
  });
  if (isOk(made) || (made.kind === 'answer' && made.status === 409)) return groupName;
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
  if (answer.body['hasUniqueValue'] !== true) {
    return {
      level: 'error',
      subject,
      text: `${keyField} does not require unique values, and HubSpot cannot change that afterwards: ${another}`,
    };
  }
  return { level: 'ok', subject, text: `the property ${keyField} is there, with unique values` };
}

const another =
  'delete it in HubSpot (Settings, Properties) and run `wcs setup`, or choose another `keyField`';

/** A failed call as a finding. */
export function failure(deps: Pick<SetupDeps, 'context'>, subject: string, answer: Answer): Finding {
  const error = crmError(answer, deps.context);
  return { level: 'error', subject, code: error.code, text: error.message };
}

/** The account may refuse unique properties on activities: without one, a lost answer could double a record. */
function refusedProperty(deps: SetupDeps, object: ObjectName, answer: Answer): Finding {
  const finding = failure(deps, subjectOf(object, deps.keyField), answer);
  if (answer.kind !== 'answer' || answer.status !== 400) return finding;
  return {
    ...finding,
    text: `this account refuses a property with unique values on ${object}, which the worker needs to log nothing twice. ${finding.text}`,
  };
}

const subjectOf = (object: ObjectName, keyField: string): string => `${object}.${keyField}`;
const isOk = (answer: Answer): boolean =>
  answer.kind === 'answer' && answer.status >= 200 && answer.status < 300;
