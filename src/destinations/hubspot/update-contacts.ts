import type { ErrorCode } from '../../core/errors.ts';
import type { ContactOutcome, ContactUpdate } from '../destination.ts';
import type { HubSpotClient } from './client.ts';
import { crmError, judge, type JudgeContext, type Verdict } from './errors.ts';
import { toProperties } from './outcomes.ts';
import type { Answer } from './transport.ts';
import { list, text, type Json } from './json.ts';

interface UpdateDeps {
  readonly client: HubSpotClient;
  readonly context: JudgeContext;
}

/** Inputs of one batch call (HubSpot docs, batch). */
const most = 100;

/**
 * Writes properties of contacts, each row for itself by a trace id. A batch that is refused as a whole for one of them is
 * halved until that one is alone. @throws CrmError for a call that failed as a whole
 */
export async function updateContacts(
  deps: UpdateDeps,
  updates: readonly ContactUpdate[],
): Promise<ContactOutcome[]> {
  const outcomes: ContactOutcome[] = [];
  for (let from = 0; from < updates.length; from += most) {
    outcomes.push(...(await write(deps, updates.slice(from, from + most))));
  }
  return outcomes;
}

async function write(deps: UpdateDeps, updates: readonly ContactUpdate[]): Promise<ContactOutcome[]> {
  if (updates.length === 0) return [];
  const answer = await deps.client.updateContacts(
    updates.map(({ contact, fields }) => ({
      id: contact.id,
      objectWriteTraceId: contact.id,
      properties: toProperties(fields),
    })),
  );
  if (answer.kind !== 'answer') throw crmError(answer, deps.context);
  if (answer.status === 200 || answer.status === 207) return readRows(deps, updates, answer.body);
  if (![400, 404, 409].includes(answer.status)) throw crmError(answer, deps.context);
  if (updates.length === 1) return updates.map((update) => alone(deps, update, answer));
  const half = Math.ceil(updates.length / 2);
  return [...(await write(deps, updates.slice(0, half))), ...(await write(deps, updates.slice(half)))];
}

function alone(
  deps: UpdateDeps,
  update: ContactUpdate,
  answer: Extract<Answer, { kind: 'answer' }>,
): ContactOutcome {
  if (answer.status === 404) return refused(update, 'contact-gone', 'HTTP 404');
  return judged(update, judge(answer.status, answer.body, contextOf(deps, update), answer.header));
}

function readRows(deps: UpdateDeps, updates: readonly ContactUpdate[], body: Json): ContactOutcome[] {
  const written = new Set(list(body['results']).map((row) => text(row['id'])));
  const errors = new Map<string, Json>();
  for (const error of list(body['errors'])) {
    const { objectWriteTraceId, ids } = (error['context'] ?? {}) as {
      objectWriteTraceId?: unknown;
      ids?: unknown;
    };
    for (const id of [objectWriteTraceId, ids].flat()) errors.set(text(id), error);
  }
  const forwarded = forwardedIds(body);
  return updates.map((update): ContactOutcome => {
    const { contact } = update;
    const error = errors.get(contact.id);
    if (error !== undefined) {
      if (/NOT_FOUND/.test(text(error['category'])))
        return refused(update, 'contact-gone', 'OBJECT_NOT_FOUND');
      return judged(update, judge(undefined, error, contextOf(deps, update)));
    }
    if (written.has(contact.id)) return { kind: 'written', contact };
    if (forwarded.has(contact.id)) return refused(update, 'contact-gone', 'merged into another contact');
    return refused(update, 'not-named', 'the answer does not name this contact');
  });
}

/** Contacts that another one answers for, since they were merged into it (HubSpot docs, contact properties). */
function forwardedIds(body: Json): ReadonlySet<string> {
  return new Set(
    list(body['results']).flatMap((row) => {
      const properties = (row['properties'] ?? {}) as Json;
      return [text(row['objectWriteTraceId']), ...text(properties['hs_merged_object_ids']).split(';')];
    }),
  );
}

function judged(update: ContactUpdate, verdict: Verdict): ContactOutcome {
  if (verdict.kind === 'conflict')
    return refused(update, 'field-invalid', 'another contact has this unique value');
  return refused(update, verdict.code, verdict.reason);
}

function refused({ contact }: ContactUpdate, code: ErrorCode, reason: string): ContactOutcome {
  return { kind: 'refused', contact, code, reason };
}

function contextOf({ context }: UpdateDeps, { contact, fields }: ContactUpdate): JudgeContext {
  const values = Object.values(toProperties(fields));
  return { ...context, secrets: [...context.secrets, ...values], contactIds: [contact.id] };
}
