import type { CrmError } from '../../core/errors.ts';
import type { Finding } from '../destination.ts';
import type { Client, DescribedField } from './client.ts';
import { crmErrorOf } from './errors.ts';
import type { SalesforceOptions } from './options.ts';
import { phoneFields } from './people.ts';

/** The field that `setup` makes for the exact time of an event: a task's own date has no time of day. */
export const timeField = 'WhatsApp_Time__c';

/** Hex digits of a key. */
const keyLength = 64;

/** Is the org ready? Stops at the first thing without which the rest says nothing. Never throws. */
export async function check(client: Client, options: SalesforceOptions): Promise<Finding[]> {
  const { keyField, apiVersion } = options;
  const findings: Finding[] = [];
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
  const task = await attempt(object, () => client.describe(object));
  if (task === undefined) return findings;
  findings.push({ level: 'ok', subject: 'connection', text: 'Salesforce accepts the credentials.' });
  findings.push(
    ...keyFindings(object, task, keyField),
    timeFinding(object, task),
    ...targetFindings(task, options),
  );
  const contact = await attempt('Contact', () => client.describe('Contact'));
  if (contact !== undefined) findings.push(...contactFindings(contact, options.userIdField));
  const lead = await describeLead(client, keyField);
  if (Array.isArray(lead)) findings.push(...hiddenPhones('Lead', lead));
  else findings.push(lead);
  findings.push(await fileFinding(client, keyField));
  const limits = await attempt('API calls', () => client.limits());
  if (limits !== undefined) findings.push(...limitFindings(limits), ...storageFindings(limits));
  return findings;
}

/** What a failed call is as a finding. */
export function findingOf(subject: string, error: CrmError): Finding {
  return { level: 'error', subject, text: error.message, code: error.code };
}

function keyFindings(object: string, task: readonly DescribedField[], keyField: string): Finding[] {
  const subject = `${object}.${keyField}`;
  const error = (text: string, code?: string): Finding => ({
    level: 'error',
    subject,
    text,
    ...(code === undefined ? {} : { code }),
  });
  const field = task.find((one) => one.name === keyField);
  if (field === undefined) {
    return [
      error(
        `The key field ${keyField} does not exist on ${object}, or the user may not see it. Run \`wcs setup\`; if the field is there, give the user its permission set.`,
        'key-field-missing',
      ),
    ];
  }
  const findings: Finding[] = [];
  if (field.type !== undefined && field.type !== 'string') {
    findings.push(error(`The key field has the type ${field.type}; it must be a text field.`));
  }
  if (field.externalId === false) findings.push(error('The key field is not marked as an external id.'));
  if (field.unique === false) findings.push(error('The key field is not unique: records could be doubled.'));
  if (field.length !== undefined && field.length < keyLength) {
    findings.push(error(`The key field holds ${field.length} characters; it needs ${keyLength}.`));
  }
  if (field.createable === false || field.updateable === false) {
    findings.push(error('The user may see the key field but not write it.', 'permission-missing'));
  }
  if (findings.length > 0) return findings;
  return [{ level: 'ok', subject, text: 'The key field is there, unique and writable.' }];
}

/** The lookups of a custom object that the settings name. */
function targetFindings(fields: readonly DescribedField[], { target }: SalesforceOptions): Finding[] {
  if (target === undefined) return [];
  const { object, ...lookups } = target;
  return Object.values(lookups).flatMap((name): Finding[] =>
    fields.some((field) => field.name === name && field.createable !== false)
      ? []
      : [
          {
            level: 'error',
            subject: `${object}.${name}`,
            text: 'The lookup field does not exist, or the user may not write it. Make it in Setup, Object Manager.',
            code: 'field-unknown',
          },
        ],
  );
}

function timeFinding(object: string, task: readonly DescribedField[]): Finding {
  const subject = `${object}.${timeField}`;
  if (task.some((field) => field.name === timeField)) {
    return { level: 'ok', subject, text: 'The exact time of each message is kept in this field.' };
  }
  return {
    level: 'warning',
    subject,
    text: 'There is no such field: the exact time of a message stands in its text only. `wcs setup` makes the field.',
  };
}

function contactFindings(contact: readonly DescribedField[], userIdField: string | undefined): Finding[] {
  const findings = hiddenPhones('Contact', contact);
  if (userIdField !== undefined && !contact.some((field) => field.name === userIdField)) {
    findings.push({
      level: 'error',
      subject: `Contact.${userIdField}`,
      text: 'The field for WhatsApp user ids does not exist, or the user may not see it.',
      code: 'field-unknown',
    });
  }
  return findings;
}

function hiddenPhones(object: 'Contact' | 'Lead', fields: readonly DescribedField[]): Finding[] {
  const seen = new Set(fields.map((field) => field.name));
  const hidden = phoneFields[object].filter((name) => !seen.has(name));
  if (hidden.length === 0) {
    return [{ level: 'ok', subject: object, text: 'All phone fields can be read.' }];
  }
  const text = `The user may not see ${hidden.join(', ')}: people whose number is only there are not found.`;
  return [{ level: 'warning', subject: object, text }];
}

async function describeLead(client: Client, keyField: string): Promise<DescribedField[] | Finding> {
  try {
    return await client.describe('Lead');
  } catch (error) {
    const { code, message } = crmErrorOf(error, 'read', keyField);
    if (code === 'permission-missing' || code === 'address-wrong') {
      return { level: 'warning', subject: 'Lead', text: 'The user may not see leads: they are not matched.' };
    }
    return { level: 'error', subject: 'Lead', text: message, code };
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

function limitFindings(limits: Readonly<Record<string, unknown>>): Finding[] {
  const { Max: max, Remaining: left } = (limits.DailyApiRequests ?? {}) as {
    Max?: unknown;
    Remaining?: unknown;
  };
  if (typeof max !== 'number' || typeof left !== 'number') return [];
  const level = left < max / 10 ? 'warning' : 'ok';
  return [
    { level, subject: 'API calls', text: `${left} of ${max} API calls are left for the last 24 hours.` },
  ];
}
