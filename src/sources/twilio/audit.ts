import { z } from 'zod';
import type { AuditByIds, AuditContext, AuditItem, SourceAudit } from '../source-audit.ts';
import { SourceError } from '../../core/source-errors.ts';
import { endsOfLegs } from './call-legs.ts';
import { createClient, query, RefusedError, type Client } from './client.ts';
import { keyOf, twilioKind } from './drafts.ts';
import { callsPage, messagesPage } from './payload.ts';
import { credentialsOf } from './poll.ts';
import { callsOf, createCallDrafts, isWanted } from './poll-calls.ts';
import { createMessageDrafts, readListedItem } from './poll-messages.ts';
import type { TwilioOptions } from './options.ts';

/**
 * What the lists of messages and calls say of a day (Twilio docs: `DateSent`, `StartTime`, GMT). Of an account that talks
 * through Conversations the messages have other ids in the list, so only its calls can be compared.
 */
export function createTwilioAudit(options: TwilioOptions): SourceAudit {
  const { id, accountSid, apiUrl, calls } = options;
  const client = createClient({ ...credentialsOf(options), baseUrl: apiUrl });
  const base = `/2010-04-01/Accounts/${accountSid}`;
  return {
    id,
    kind: twilioKind,
    questions: [
      ...(options.conversations ? [] : [askMessages(client, base, options)]),
      ...(calls === 'none' ? [] : [askCalls(client, base, options, calls)]),
    ],
  };
}

function askMessages(client: Client, base: string, options: TwilioOptions): AuditByIds {
  const { accountSid, businessNumbers, lookBack: lookBackMs } = options;
  const draftsOf = createMessageDrafts({ client, accountSid, businessNumbers, lookBackMs });
  return {
    name: 'messages',
    by: 'ids',
    each: 'source',
    pages: ({ day, signal }) =>
      pagesOf(`${base}/Messages.json${query({ DateSent: day, PageSize: 1_000 })}`, async (path) => {
        const { messages, next_page_uri } = await client.get(path, messagesPage, signal);
        const items = messages
          .flatMap((raw) => readListedItem(raw, businessNumbers))
          .flatMap(({ raw, item, businessNumber }): AuditItem[] =>
            businessNumber === undefined
              ? []
              : [{ businessNumber, keys: [keyOf(businessNumber, item.sid)], raw: [raw] }],
          );
        return { items, next: next_page_uri };
      }),
    drafts: (items, context) => draftsOf(rawOf(items), unknownYet(context)),
    has: (sid, _kind, signal) => isThere(client, `${base}/Messages/${sid}.json`, signal),
  };
}

function askCalls(
  client: Client,
  base: string,
  options: TwilioOptions,
  calls: 'whatsapp' | 'all',
): AuditByIds {
  const { accountSid, businessNumbers, lookBack: lookBackMs } = options;
  const of = { client, accountSid, businessNumbers, lookBackMs, calls };
  const draftsOf = createCallDrafts(of);
  return {
    name: 'calls',
    by: 'ids',
    each: 'source',
    pages: (context) =>
      pagesOf(`${base}/Calls.json${query({ StartTime: context.day, PageSize: 1_000 })}`, async (path) => {
        const answer = await client.get(path, callsPage, context.signal);
        const items = callsOf(answer.calls).flatMap((call): AuditItem[] => {
          // Which number a call is under is known for certain only with all its legs: any of the ends may be it.
          const phones = endsOfLegs(call).flatMap(({ from, to }) => [from.phone, to.phone]);
          const numbers = context.businessNumbers.filter((number) => phones.includes(number));
          const [businessNumber = context.businessNumbers[0]] = numbers;
          if (!isWanted(call, of) || businessNumber === undefined) return [];
          const raw = call.legs.map((leg) => leg.raw);
          return [{ businessNumber, keys: context.businessNumbers.map((one) => keyOf(one, call.sid)), raw }];
        });
        return { items, next: answer.next_page_uri };
      }),
    drafts: (items, context) => draftsOf(rawOf(items), unknownYet(context)),
    has: (sid, _kind, signal) => isThere(client, `${base}/Calls/${sid}.json`, signal),
  };
}

async function* pagesOf(
  first: string,
  read: (path: string) => Promise<{ items: AuditItem[]; next: string | undefined }>,
): AsyncGenerator<readonly AuditItem[]> {
  const visited = new Set<string>();
  for (let path: string | undefined = first; path !== undefined;) {
    if (visited.has(path))
      throw new SourceError('source-answer-unreadable', 'Its pages go round in a circle.');
    visited.add(path);
    const { items, next }: { items: AuditItem[]; next: string | undefined } = await read(path);
    yield items;
    path = next;
  }
}

const rawOf = (items: readonly AuditItem[]) => items.flatMap(({ raw }) => raw);

/** The ledger has nothing of these: every event of them is wanted. */
function unknownYet({ signal }: AuditContext) {
  return { signal, now: new Date(), known: async () => new Set<string>() };
}

async function isThere(client: Client, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.get(path, z.looseObject({}), signal);
    return true;
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return false;
    throw error;
  }
}
