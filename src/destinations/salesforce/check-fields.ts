import type { Finding } from '../destination.ts';
import type { DescribedField } from './client.ts';
import type { SalesforceOptions } from './options.ts';
import { phoneFields } from './people.ts';

/** The field that `setup` makes for the exact time of an event: a task's own date has no time of day. */
export const timeField = 'WhatsApp_Time__c';

/** Hex digits of a key. */
const keyLength = 64;

/** Is the key field there, and of use as a key? */
export function keyFindings(object: string, task: readonly DescribedField[], keyField: string): Finding[] {
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
export function targetFindings(fields: readonly DescribedField[], { target }: SalesforceOptions): Finding[] {
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

/** Is there a field for the exact time? */
export function timeFinding(object: string, task: readonly DescribedField[]): Finding {
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

/** Can phones and user ids of contacts be read? */
export function contactFindings(
  contact: readonly DescribedField[],
  userIdField: string | undefined,
  markFields: readonly string[] = [],
): Finding[] {
  const missing = markFields.filter((name) => !contact.some((field) => field.name === name));
  const findings = [
    hiddenPhones('Contact', contact),
    ...missing.map((name): Finding => ({
      level: 'error',
      subject: `Contact.${name}`,
      text: 'The field by which people opt out or in does not exist, or the user may not see it: everybody is parked.',
      code: 'field-unknown',
    })),
  ];
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

/** Which phone fields are hidden from the user? */
export function hiddenPhones(object: 'Contact' | 'Lead', fields: readonly DescribedField[]): Finding {
  const seen = new Set(fields.map((field) => field.name));
  const hidden = phoneFields[object].filter((name) => !seen.has(name));
  if (hidden.length === 0) {
    return { level: 'ok', subject: object, text: 'All phone fields can be read.' };
  }
  const text = `The user may not see ${hidden.join(', ')}: people whose number is only there are not found.`;
  return { level: 'warning', subject: object, text };
}
