import { randomBytes } from 'node:crypto';
import { hashKey } from '../../core/key.ts';
import type { Finding } from '../destination.ts';
import { rowsRead } from './batch-read.ts';
import type { ObjectName } from './client.ts';
import { judge, type JudgeContext, type Verdict } from './errors.ts';
import { list, text } from './json.ts';
import { isOk } from './objects.ts';
import type { SetupDeps } from './setup.ts';
import type { Answer } from './transport.ts';

const what = 'WhatsApp key probe: may be deleted';
const fields: Readonly<Record<ObjectName, Readonly<Record<string, string>>>> = {
  communications: {
    hs_communication_channel_type: 'WHATS_APP',
    hs_communication_logged_from: 'CRM',
    hs_communication_body: what,
  },
  calls: { hs_call_title: what },
};

/**
 * Is the key really unique? Two records with one key are tried, of which the second must be refused; they hang on no
 * contact, and what was made is archived again. Never throws.
 */
export async function probeKey(deps: SetupDeps, object: ObjectName): Promise<Finding> {
  const { client, keyField, context } = deps;
  const subject = `${object}.${keyField}`;
  const key = hashKey('probe', randomBytes(16).toString('hex'));
  const properties = { ...fields[object], hs_timestamp: new Date(deps.now()).toISOString(), [keyField]: key };
  const tries: Try[] = [];
  for (const trace of ['first', 'second']) {
    const input = { objectWriteTraceId: trace, properties, associations: [] };
    const one = read(await client.create(object, [input]), context);
    tries.push(one);
    if (one.id === undefined) break;
  }
  const left = await cleanUp(deps, object, key, tries);
  return verdictOf(subject, tries, left);
}

interface Try {
  readonly id?: string;
  readonly verdict?: Verdict;
}

function read(answer: Answer, context: JudgeContext): Try {
  if (answer.kind !== 'answer') return {};
  const id = text(list(answer.body['results'])[0]?.['id']);
  if (isOk(answer) && id !== '') return { id };
  const row = list(answer.body['errors'])[0];
  return {
    verdict:
      answer.status === 207 && row
        ? judge(undefined, row, context)
        : judge(answer.status, answer.body, context),
  };
}

/** Archives what was made, also after a lost answer. @returns whether something may be left */
async function cleanUp(
  { client, keyField, context }: SetupDeps,
  object: ObjectName,
  key: string,
  tries: readonly Try[],
): Promise<boolean> {
  const ids = new Set(tries.flatMap(({ id }) => id ?? []));
  let isSure = tries.every(({ id, verdict }) => id !== undefined || verdict !== undefined);
  if (!isSure) {
    try {
      const rows = rowsRead(await client.read(object, keyField, [key], [keyField]), context);
      for (const row of rows) ids.add(text(row['id']));
      isSure = true;
    } catch {
      // An admin is told to look.
    }
  }
  if (ids.size === 0) return !isSure;
  const answer = await client.archive(object, [...ids]);
  return !isSure || answer.kind !== 'answer' || !isOk(answer);
}

function verdictOf(subject: string, tries: readonly Try[], left: boolean): Finding {
  const [first, second] = tries;
  const rest = left ? ` A record "${what}" may be left: delete it.` : '';
  if (first?.id !== undefined && second?.verdict?.kind === 'conflict') {
    return { level: 'ok', subject, text: `tried: a second record with the same key is refused.${rest}` };
  }
  if (second?.id !== undefined) {
    const text = `tried: HubSpot took two records with the same key. Records could be doubled: choose another \`keyField\` and run \`wcs setup\`.${rest}`;
    return { level: 'error', subject, code: 'key-field-missing', text };
  }
  const failed = (second ?? first)?.verdict;
  const why = failed?.kind === 'failed' ? failed.reason : 'HubSpot gave no usable answer';
  return {
    level: 'todo',
    subject,
    text: `whether the key is unique could not be tried: ${why}. Look at the property in HubSpot (Settings, Properties): it must require unique values.${rest}`,
  };
}
