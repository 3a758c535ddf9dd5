import { CrmError } from '../core/errors.ts';
import { causeText } from '../observe/words.ts';
import type { ConsoleOperations } from '../pipeline/operations.ts';
import { answers } from './answers.ts';
import { compact } from './compact.ts';
import { RequestError } from './errors.ts';
import type { RequestSchemas } from './requests.ts';
import { route, type ApiRoute } from './route.ts';

/** What is parked or failed, by cause and by chat, and decisions about many at once. */
export function waitingRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/waiting', {
      summary: 'What waits for a person, by cause',
      query: schemas.waitingGroups,
      answer: answers.waitingGroups,
      handle: async (operations, { query }) => ({
        items: (await operations.waiting.groups(query.state)).map((group) => ({
          ...group,
          ...causeText(group.cause),
        })),
      }),
    }),
    route('GET', '/api/waiting/people', {
      summary: 'What waits for a person, by chat, the newest first',
      query: schemas.waitingPeople,
      answer: answers.waitingPeople,
      handle: (operations, { query: { state, ...filter } }) =>
        operations.waiting.people(state, compact(filter)),
      looks: ({ items }) => items.map(({ conversation }) => conversation),
    }),
    route('POST', '/api/parked/assign', {
      summary: 'Logs parked activities on this contact',
      body: schemas.bulkAssign,
      answer: answers.changedKeys,
      handle: async (operations, { body: { destination, contact, by, ...choice } }) => {
        const keys = await chosen(operations, 'parked', destination, choice);
        const to = compact(contact as { type: string; id: string; name?: string | undefined });
        return { changed: await operations.assign(destination, keys, to, by), keys };
      },
    }),
    route('POST', '/api/parked/ignore', {
      summary: 'Decides that parked activities are not logged',
      body: schemas.bulkIgnore,
      answer: answers.changedKeys,
      handle: async (operations, { body: { destination, reason, by, ...choice } }) => {
        const keys = await chosen(operations, 'parked', destination, choice);
        return { changed: await operations.ignore(destination, keys, reason, by), keys };
      },
    }),
    route('POST', '/api/parked/restore', {
      summary: 'Takes back that activities were ignored: they are matched again',
      body: schemas.restoring,
      answer: answers.changed,
      handle: async (operations, { body: { destination, keys, by } }) => ({
        changed: await operations.waiting.restore(destination, keys, by),
      }),
    }),
    route('POST', '/api/parked/create', {
      summary: 'Makes contacts (or leads) of the people of parked activities, each once',
      body: schemas.bulkCreate,
      answer: answers.created,
      handle: async (operations, { body: { destination, as, by, ...choice } }) => {
        const keys = await chosen(operations, 'parked', destination, choice);
        return askingCrm(operations.waiting.create(destination, keys, as, by));
      },
    }),
    route('POST', '/api/failed/replay-chosen', {
      summary: 'Sends these dead letters again',
      body: schemas.bulkReplay,
      answer: answers.changedKeys,
      handle: async (operations, { body: { destination, by, ...choice } }) => {
        const keys = await chosen(operations, 'failed', destination, choice);
        return { changed: await operations.replay({ destination, keys }, by), keys };
      },
    }),
    route('GET', '/api/people/:destination', {
      summary: 'People of the CRM, by a name, an e-mail address or a number; asks the CRM',
      needs: 'admin',
      params: schemas.destinationParams,
      query: schemas.peopleFilter,
      answer: answers.people,
      handle: async (operations, { params: { destination }, query: { q } }) => {
        const found = await askingCrm(operations.waiting.findPeople(destination, q));
        return { items: found.map(({ type, id, name, phones }) => ({ type, id, name, phones })) };
      },
    }),
  ];
}

interface Choice {
  readonly keys?: readonly string[] | undefined;
  readonly conversations?: readonly string[] | undefined;
  readonly cause?: string | undefined;
}

function chosen(
  operations: ConsoleOperations,
  state: 'parked' | 'failed',
  destination: string,
  { keys, conversations, cause }: Choice,
): Promise<readonly string[]> {
  const which = keys === undefined ? { conversations: conversations ?? [] } : { keys };
  return operations.waiting.keys(state, destination, { ...which, ...(cause !== undefined && { cause }) });
}

async function askingCrm<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (!(error instanceof CrmError)) throw error;
    throw new RequestError(502, 'crm-unavailable', `The CRM cannot be asked: ${error.message}`);
  });
}
