import type { Finding } from '../destination.ts';
import { phoneProperties } from './contacts.ts';
import { list, text, type Json } from './json.ts';
import { failure, type SetupDeps } from './setup.ts';

/** Contacts that are looked at for what their numbers look like. */
const sample = 20;

/** Whether HubSpot answers and contacts can be searched, and whether their numbers can be read. */
export async function checkContacts(deps: SetupDeps): Promise<Finding[]> {
  const answer = await deps.client.search('contacts', {
    filterGroups: phoneProperties.map((propertyName) => ({
      filters: [{ propertyName, operator: 'HAS_PROPERTY' }],
    })),
    properties: [...phoneProperties],
    limit: sample,
  });
  const subject = 'connection and contacts';
  if (answer.kind !== 'answer' || answer.status !== 200) return [failure(deps, subject, answer)];
  const text = 'HubSpot answers, and contacts can be searched';
  return [{ level: 'ok', subject, text }, ...phonesOf(list(answer.body['results']))];
}

/**
 * Properties that an admin made sensitive come masked or not at all (HubSpot docs, sensitive data): such contacts are
 * never found by their number.
 */
function phonesOf(contacts: readonly Json[]): Finding[] {
  const values = contacts.map(({ properties }) =>
    phoneProperties.map((name) => text((properties as Json | undefined)?.[name])).filter(Boolean),
  );
  const hidden = values.filter((own) => own.every((value) => isMasked(value))).length;
  if (hidden === 0) return [];
  const share = hidden === contacts.length ? 'all contacts' : `${hidden} of ${contacts.length} contacts`;
  return [
    {
      level: 'warning',
      subject: 'phone numbers of contacts',
      text:
        `the phone numbers of ${share} looked at are masked or cannot be read, so these contacts are not found by ` +
        'their number. Give the key access to sensitive properties, or make the phone properties not sensitive ' +
        '(Settings, Properties)',
    },
  ];
}

/** Something that stands for digits; `ext. x12` and the like do not. */
function isMasked(value: string): boolean {
  return /[*•●]{2,}|x{3,}/i.test(value) || !/\d/.test(value);
}
