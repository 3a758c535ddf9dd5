import { isNoWayIn } from '../../core/errors.ts';
import type { Finding } from '../destination.ts';
import { checkContacts } from './check-contacts.ts';
import type { ContactFields } from './contacts.ts';

import { failure, judgeKeyField, type PersonKey, type SetupDeps } from './setup.ts';
import { objectNames } from './objects.ts';
import { list } from './json.ts';

/** Is everything there? The first look tells whether HubSpot answers and knows the token; without that the rest is moot. */
export async function check(
  deps: SetupDeps & PersonKey & Pick<ContactFields, 'markFields'>,
): Promise<Finding[]> {
  const findings = await checkContacts(deps);
  const [first] = findings;
  if (isNoWayIn(first?.code)) return findings;
  for (const object of objectNames) {
    findings.push(judgeKeyField(deps, object, await deps.client.property(object, deps.keyField)));
  }
  findings.push(await checkOwners(deps), await checkFiles(deps), ...(await checkPersonKey(deps)));
  for (const name of deps.markFields) findings.push(...(await checkMarkField(deps, name)));
  return [...findings, ...(await checkNativeChannel(deps))];
}

/** Nobody can be told from those who opted out while the property is not there. */
async function checkMarkField(deps: SetupDeps, name: string): Promise<Finding[]> {
  const subject = `contacts.${name}`;
  const answer = await deps.client.property('contacts', name);
  if (answer.kind === 'answer' && answer.status === 200) {
    return [{ level: 'ok', subject, text: 'people opt out or in by this property' }];
  }
  if (answer.kind !== 'answer' || answer.status !== 404) return [failure(deps, subject, answer)];
  const text = 'the property by which people opt out or in does not exist: everybody is parked';
  return [{ level: 'error', subject, text, code: 'field-unknown' }];
}

/** Without it nobody can be made of a stranger, since a repeat would make a double. */
async function checkPersonKey(deps: SetupDeps & PersonKey): Promise<Finding[]> {
  if (deps.creates.length === 0) return [];
  const subject = `contacts.${deps.personKeyField}`;
  const answer = await deps.client.property('contacts', deps.personKeyField);
  if (answer.kind === 'answer' && answer.status === 200 && answer.body['hasUniqueValue'] === true) {
    return [{ level: 'ok', subject, text: 'strangers can be made contacts, each once' }];
  }
  const text =
    'the policy makes contacts of strangers, and the unique property for their keys is not there: run `wcs setup`';
  return [{ level: 'error', subject, text, code: 'key-field-missing' }];
}

/** Owners are of use to a mapping only. */
async function checkOwners(deps: SetupDeps): Promise<Finding> {
  const answer = await deps.client.owners(1);
  if (answer.kind === 'answer' && answer.status === 200) {
    return { level: 'ok', subject: 'owners', text: 'owners can be read' };
  }
  const { code: _, ...finding } = failure(deps, 'owners', answer);
  return {
    ...finding,
    level: 'warning',
    text: `owners cannot be read, so records cannot name their sender. ${finding.text}`,
  };
}

/** Without files all messages and calls are logged nonetheless. */
async function checkFiles(deps: SetupDeps): Promise<Finding> {
  const answer = await deps.client.anyFile();
  if (answer.kind === 'answer' && answer.status === 200) {
    return { level: 'ok', subject: 'files', text: 'files can be attached to records' };
  }
  const finding = failure(deps, 'files', answer);
  return {
    ...finding,
    level: 'warning',
    text: `pictures, voice notes and recordings cannot be attached; the scope is \`files\`. ${finding.text}`,
  };
}

/**
 * HubSpot's own WhatsApp channel writes records with a conversation thread (public integrations' code): with it running,
 * messages would stand there twice. An account that cannot say is not complained about.
 */
async function checkNativeChannel(deps: SetupDeps): Promise<Finding[]> {
  const answer = await deps.client.search('communications', {
    filterGroups: [
      {
        filters: [
          { propertyName: 'hs_communication_channel_type', operator: 'EQ', value: 'WHATS_APP' },
          { propertyName: 'hs_communication_conversations_thread_id', operator: 'HAS_PROPERTY' },
        ],
      },
    ],
    properties: [],
    limit: 1,
  });
  if (answer.kind !== 'answer' || answer.status !== 200 || list(answer.body['results']).length === 0)
    return [];
  return [
    {
      level: 'warning',
      subject: 'WhatsApp channel of HubSpot',
      text: 'this account logs WhatsApp itself, through a channel that is connected in HubSpot: numbers connected there would be logged twice. Turn one of them off, or leave those numbers out of the numbers that go to this destination',
    },
  ];
}
