import type { CrmError } from '../../core/errors.ts';
import type { Finding } from '../destination.ts';
import { contactFindings, hiddenPhones, keyFindings, targetFindings, timeFinding } from './check-fields.ts';
import type { Client, DescribedField, DescribedObject } from './client.ts';
import { crmErrorOf } from './errors.ts';
import type { SalesforceOptions } from './options.ts';
import { isHidden } from './people.ts';
import type { Session } from './session.ts';

/** Is the org ready? Stops at the first thing without which the rest says nothing. Never throws. */
export async function check(
  client: Client,
  session: Session,
  options: SalesforceOptions,
): Promise<Finding[]> {
  const { keyField, apiVersion, auth } = options;
  const findings: Finding[] = hostFindings(options);
  if (errorsIn(findings)) return findings;
  const attempt = async <T>(subject: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      findings.push(findingOf(subject, crmErrorOf(error, 'read', keyField)));
      return undefined;
    }
  };
  const versions = await attempt('connection', () => client.versions());
  if (versions === undefined) return findings;
  if (!versions.includes(apiVersion) && versions.length > 0) {
    const text = `The org has no API version ${apiVersion}. Its newest one is ${versions.at(-1)}.`;
    return [...findings, { level: 'error', subject: 'apiVersion', text, code: 'address-wrong' }];
  }
  const object = options.target?.object ?? 'Task';
  const activity = await attempt(object, () => client.describeObject(object));
  if (activity === undefined) return findings;
  const user = await session.userId().catch(() => undefined);
  const as = user === undefined ? '' : ` as user ${user}`;
  const text = `Salesforce accepts the credentials (${auth.flow})${as}, with API version ${apiVersion}.`;
  findings.push(
    { level: 'ok', subject: 'connection', text },
    ...createFindings(object, activity),
    ...keyFindings(object, activity.fields, keyField),
    timeFinding(object, activity.fields),
    ...targetFindings(activity.fields, options),
    ...sharedFindings(activity),
  );
  const contact = await attempt('Contact', () => client.describe('Contact'));
  if (contact !== undefined)
    findings.push(...contactFindings(contact, options.userIdField, options.markFields));
  if (contact !== undefined) findings.push(...personKeyFindings('contact', contact, options));
  findings.push(await leadFinding(client, options), ...(await readFindings(client, options)));
  findings.push(await fileFinding(client, keyField));
  const limits = await attempt('API calls', () => client.limits());
  if (limits !== undefined)
    findings.push(...(await limitFindings(limits, options)), ...storageFindings(limits));
  return findings;
}

const errorsIn = (findings: readonly Finding[]): boolean => findings.some(({ level }) => level === 'error');

/** Client credentials are only given out by the My Domain host (Salesforce Help, OAuth client credentials flow). */
function hostFindings({ loginUrl, auth }: SalesforceOptions): Finding[] {
  const { hostname } = new URL(loginUrl);
  if (hostname !== 'login.salesforce.com' && hostname !== 'test.salesforce.com') return [];
  const subject = 'loginUrl';
  const text = `${hostname} serves every org. Use the org's own address: Setup, My Domain, https://….my.salesforce.com.`;
  if (auth.flow === 'jwt') return [{ level: 'warning', subject, text }];
  return [{ level: 'error', subject, text, code: 'address-wrong' }];
}

function createFindings(object: string, { createable }: DescribedObject): Finding[] {
  if (createable !== false) return [];
  const text = 'The user may not create such records: give it the permission to create and edit them.';
  return [{ level: 'error', subject: object, text, code: 'permission-missing' }];
}

/** Without it nobody can be made of a stranger, since a repeat would make a double. */
function personKeyFindings(
  as: 'contact' | 'lead',
  fields: readonly DescribedField[],
  { creates = [], personKeyField = 'WhatsApp_Person_Key__c' }: SalesforceOptions,
): Finding[] {
  if (!creates.includes(as)) return [];
  const subject = `${as === 'lead' ? 'Lead' : 'Contact'}.${personKeyField}`;
  const field = fields.find(({ name }) => name === personKeyField);
  if (field !== undefined && field.unique !== false) {
    return [{ level: 'ok', subject, text: 'Strangers can be made people of the CRM, each once.' }];
  }
  const text =
    'The policy makes people of strangers, and the unique field for their keys is not there. Run `wcs setup`.';
  return [{ level: 'error', subject, text, code: 'key-field-missing' }];
}

/** An org with Shared Activities shows how many people a task has (Object Reference, Task). */
function sharedFindings({ fields }: DescribedObject): Finding[] {
  if (!fields.some(({ name }) => name === 'WhoCount')) return [];
  const text = 'It is on. Each record names its one contact first; people whom a rep adds to it stay on it.';
  return [{ level: 'ok', subject: 'Shared Activities', text }];
}

/** What owners and opportunities are asked of. Without them records are logged, on the contact and as the fallback owner's. */
async function readFindings(client: Client, { keyField, target }: SalesforceOptions): Promise<Finding[]> {
  const wanted: [subject: string, soql: string, without: string][] = [
    [
      'User',
      "SELECT Id, Email, IsActive, TimeZoneSidKey FROM User WHERE UserType = 'Standard' LIMIT 1",
      'no owner is found by e-mail',
    ],
  ];
  if (target === undefined || target.opportunityField !== undefined) {
    const without = '`associate.deal` finds no opportunity';
    wanted.push(
      ['Opportunity', 'SELECT Id, OwnerId, CreatedDate, IsClosed FROM Opportunity LIMIT 1', without],
      [
        'OpportunityContactRole',
        'SELECT ContactId, OpportunityId FROM OpportunityContactRole LIMIT 1',
        without,
      ],
    );
  }
  const findings: Finding[] = [];
  for (const [subject, soql, without] of wanted) {
    try {
      await client.query(soql);
      findings.push({ level: 'ok', subject, text: 'The user may read them.' });
    } catch (error) {
      const { code, message } = crmErrorOf(error, 'read', keyField);
      const hidden = isHidden(error) || code === 'permission-missing';
      const text = hidden ? `The user may not read them, or not all fields: ${without}.` : message;
      findings.push({ level: hidden ? 'warning' : 'error', subject, text, code });
    }
  }
  return findings;
}

/** What a failed call is as a finding. */
export function findingOf(subject: string, error: CrmError): Finding {
  return { level: 'error', subject, text: error.message, code: error.code };
}

async function leadFinding(client: Client, { keyField, target }: SalesforceOptions): Promise<Finding> {
  const subject = 'Lead';
  if (target !== undefined && target.leadField === undefined) {
    return { level: 'ok', subject, text: 'Leads are not matched: the settings name no `target.leadField`.' };
  }
  try {
    return hiddenPhones('Lead', await client.describe('Lead'));
  } catch (error) {
    const { code, message } = crmErrorOf(error, 'read', keyField);
    if (code === 'permission-missing' || code === 'address-wrong') {
      return { level: 'warning', subject, text: 'The user may not see leads: they are not matched.' };
    }
    return { level: 'error', subject, text: message, code };
  }
}

/** Without files all messages and calls are logged nonetheless. */
async function fileFinding(client: Client, keyField: string): Promise<Finding> {
  const subject = 'ContentVersion';
  try {
    const fields = await client.describe(subject);
    if (fields.some(({ name, createable }) => name === 'VersionData' && createable !== false)) {
      return { level: 'ok', subject, text: 'Files can be attached to tasks.' };
    }
  } catch (error) {
    const { code, message } = crmErrorOf(error, 'read', keyField);
    if (code !== 'permission-missing' && code !== 'address-wrong') {
      return { level: 'error', subject, text: message, code };
    }
  }
  const text =
    'The user may not upload files: pictures, voice notes and recordings are not attached to tasks.';
  return { level: 'warning', subject, text, code: 'permission-missing' };
}

function storageFindings(limits: Readonly<Record<string, unknown>>): Finding[] {
  const { Max: max, Remaining: left } = (limits.FileStorageMB ?? {}) as {
    Max?: unknown;
    Remaining?: unknown;
  };
  if (typeof max !== 'number' || typeof left !== 'number') return [];
  const level = left < max / 10 ? 'warning' : 'ok';
  return [{ level, subject: 'file storage', text: `${left} of ${max} MB are left for files.` }];
}

async function limitFindings(
  limits: Readonly<Record<string, unknown>>,
  { budget }: SalesforceOptions,
): Promise<Finding[]> {
  const subject = 'API calls';
  const { Max: max, Remaining: left } = (limits.DailyApiRequests ?? {}) as {
    Max?: unknown;
    Remaining?: unknown;
  };
  if (typeof max !== 'number' || typeof left !== 'number') return [];
  const use = await budget?.use();
  const share = use?.allowed === undefined ? '' : ` We made ${use.ours} today, and may make ${use.allowed}.`;
  const level = left < max / 10 ? 'warning' : 'ok';
  return [{ level, subject, text: `${left} of ${max} are left for the last 24 hours.${share}` }];
}
