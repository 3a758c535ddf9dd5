import type { EventDraft, PollContext, PollPage } from '../source.ts';
import { isConfigured, type OwnNumbers } from './address.ts';
import { callOf, endsOfLegs, numberOf, readLegs, type Call } from './call-legs.ts';
import { query, RefusedError, type Client } from './client.ts';
import { dedupeOf, draft, peopleAt } from './drafts.ts';
import { inGroups } from './groups.ts';
import { createMemo, type Memo } from './memo.ts';
import { anyCall, callItem, callsPage, recordingItem, recordingsPage } from './payload.ts';
import { createRecordingWatch } from './recording-watch.ts';
import { isoTime } from './times.ts';
import { walk } from './walk.ts';

/** What the Calls list is read with. */
export interface CallsOptions {
  readonly client: Client;
  readonly accountSid: string;
  readonly lookBackMs: number;
  readonly businessNumbers: OwnNumbers;
  readonly calls: 'whatsapp' | 'all';
}

const atOnce = 4;

/**
 * The Calls list (Twilio docs, Calls resource). Legs of one call, the parent and those it dialled, are one interaction.
 * An ended call is told once, with all its legs, because only together they say whether somebody answered.
 */
export function createCallsList(options: CallsOptions): (context: PollContext) => AsyncIterable<PollPage> {
  const { client, accountSid, lookBackMs } = options;
  const path = `/2010-04-01/Accounts/${accountSid}/Calls`;
  const draftsOf = createCallDrafts(options);
  return (context) =>
    walk(
      {
        lookBackMs,
        firstPage: (day) => `${path}.json${query({ 'StartTime>': day, PageSize: 1_000 })}`,
        read: async (page) => {
          const { calls, next_page_uri } = await client.get(page, callsPage, context.signal);
          return { items: calls, next: next_page_uri };
        },
        drafts: (items) => draftsOf(items, context),
      },
      context,
    );
}

/** Events of elements of the list that are not known yet. */
export function createCallDrafts(
  options: CallsOptions,
): (
  items: readonly unknown[],
  context: Pick<PollContext, 'known' | 'now' | 'signal'>,
) => Promise<EventDraft[]> {
  const { client, accountSid } = options;
  const questions = createQuestions(client, `/2010-04-01/Accounts/${accountSid}/Calls`);
  const whole = createMemo<Call>({ most: 2_000, keep: (call) => call.state === 'ended' });
  const recordings = createMemo<readonly unknown[]>({ most: 2_000 });
  const watch = createRecordingWatch();
  return async (items, context) => {
    const calls = callsOf(items).filter((call) => isWanted(call, options));
    const known = await context.known(calls.flatMap(({ sid }) => [endKey(sid), ...progressKeys(sid)]));
    const made = await inGroups(calls, atOnce, async (call) => {
      if (!known.has(endKey(call.sid)) || watch.isDue(call, context.now)) {
        const complete = await completed(call, whole, questions, context.signal);
        return draftCall(complete, { options, known, questions, recordings, watch, context });
      }
      return [];
    });
    return made.flat();
  };
}

/** Calls of some items, put together by the parent's sid. */
export function callsOf(items: readonly unknown[]): Call[] {
  const bySid = new Map<string, unknown[]>();
  for (const raw of items) {
    const read = callItem.safeParse(raw);
    if (!read.success) continue;
    const sid = read.data.parent_call_sid ?? read.data.sid;
    bySid.set(sid, [...(bySid.get(sid) ?? []), raw]);
  }
  return [...bySid].flatMap(([sid, legs]) => callOf(sid, readLegs(legs)) ?? []);
}

/**
 * Is it a call that shall be recorded? Where no leg at hand shows it, another one will: each has its turn in the list,
 * and asks for its relatives.
 */
export function isWanted(call: Call, { calls, businessNumbers }: CallsOptions): boolean {
  const ends = endsOfLegs(call).flatMap(({ from, to }) => [from, to]);
  return calls === 'whatsapp'
    ? ends.some(({ whatsapp }) => whatsapp)
    : ends.some(({ phone }) => isConfigured(phone, businessNumbers));
}

/** What else is asked about a call. */
interface Questions {
  parent(sid: string, signal: AbortSignal): Promise<unknown>;
  children(sid: string, signal: AbortSignal): Promise<readonly unknown[]>;
  recordings(sid: string, signal: AbortSignal): Promise<readonly unknown[]>;
}

function createQuestions(client: Client, path: string): Questions {
  const all = async <T>(
    first: string,
    read: (page: string) => Promise<{ items: T[]; next?: string | undefined }>,
  ) => {
    const items: T[] = [];
    for (let page: string | undefined = first; page !== undefined && items.length < 1_000;) {
      const answer: { items: T[]; next?: string | undefined } = await read(page);
      items.push(...answer.items);
      page = answer.next;
    }
    return items;
  };
  return {
    parent: (sid, signal) => orNone(() => client.get(`${path}/${sid}.json`, anyCall, signal)),
    children: async (sid, signal) => {
      const first = `${path}.json${query({ ParentCallSid: sid, PageSize: 100 })}`;
      return all(first, async (page) => {
        const { calls, next_page_uri } = await client.get(page, callsPage, signal);
        return { items: calls, next: next_page_uri };
      });
    },
    recordings: async (sid, signal) => {
      const ask = () =>
        all(`${path}/${sid}/Recordings.json`, async (page) => {
          const { recordings, next_page_uri } = await client.get(page, recordingsPage, signal);
          return { items: recordings, next: next_page_uri };
        });
      return (await orNone(ask)) ?? [];
    },
  };
}

/** Undefined where Twilio says that there is no such thing. */
async function orNone<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return undefined;
    throw error;
  }
}

/** An ended call with all its legs, whatever page they are on. */
async function completed(
  call: Call,
  whole: Memo<Call>,
  questions: Questions,
  signal: AbortSignal,
): Promise<Call> {
  if (!call.legs.every(({ isFinal }) => isFinal)) return call;
  return whole(call.sid, async () => {
    const hasParent = call.legs.some(({ item }) => item.sid === call.sid);
    const parent = hasParent ? undefined : await questions.parent(call.sid, signal);
    const children = await questions.children(call.sid, signal);
    const legs = readLegs([
      ...call.legs.map(({ raw }) => raw),
      ...(parent === undefined ? [] : [parent]),
      ...children,
    ]).filter(({ item }) => item.sid === call.sid || item.parent_call_sid === call.sid);
    return callOf(call.sid, legs) ?? call;
  });
}

interface Surroundings {
  readonly options: CallsOptions;
  readonly known: ReadonlySet<string>;
  readonly questions: Questions;
  readonly recordings: Memo<readonly unknown[]>;
  readonly watch: ReturnType<typeof createRecordingWatch>;
  readonly context: Pick<PollContext, 'known' | 'now' | 'signal'>;
}

async function draftCall(call: Call, around: Surroundings): Promise<EventDraft[]> {
  const { options, known, context } = around;
  const businessNumber = numberOf(call, options.businessNumbers);
  const ends = endsOfLegs(call);
  const base = {
    kind: 'call',
    sid: call.sid,
    businessNumber,
    people: peopleAt(
      ends.flatMap(({ from, to }) => [from, to]),
      businessNumber,
    ),
    occurredAt: call.startedAt ?? context.now.toISOString(),
  } as const;
  const legs = { parent: call.parent?.raw, children: call.children.map(({ raw }) => raw) };
  if (call.state !== 'ended') {
    // of a leg that was dialled alone nobody can tell whose call it is
    if (call.parent === undefined) return [];
    const qualifiers = ['list', call.state];
    if (known.has(dedupeOf('call', call.sid, ...qualifiers))) return [];
    return [draft({ ...base, qualifiers, payload: { form: 'call', ...legs } })];
  }
  const isAsked = isConfigured(businessNumber, options.businessNumbers);
  const recordings = isAsked ? await recordingsOf(call, around) : [];
  const end = draft({
    ...base,
    qualifiers: ['list', 'end'],
    payload: { form: 'call', ...legs, recordings },
  });
  const files = recordings.flatMap((item) => {
    const read = recordingItem.safeParse(item);
    if (!read.success || read.data.status !== 'completed') return [];
    const occurredAt = isoTime(read.data.start_time) ?? isoTime(read.data.date_created) ?? base.occurredAt;
    const payload = { form: 'recording', item } as const;
    return [draft({ ...base, qualifiers: ['list', 'recording', read.data.sid], occurredAt, payload })];
  });
  return known.has(endKey(call.sid)) ? files : [end, ...files];
}

/** What was recorded of an ended call, asked anew when it is due. */
async function recordingsOf(call: Call, around: Surroundings): Promise<readonly unknown[]> {
  const { recordings, questions, watch, context } = around;
  const isDue = watch.isDue(call, context.now);
  const ask = async () => {
    const lists = await inGroups(call.legs, 1, ({ item }) => questions.recordings(item.sid, context.signal));
    watch.asked(call, context.now);
    return lists.flat();
  };
  return recordings(call.sid, ask, isDue);
}

function endKey(sid: string): string {
  return dedupeOf('call', sid, 'list', 'end');
}

function progressKeys(sid: string): string[] {
  return ['ringing', 'accepted'].map((state) => dedupeOf('call', sid, 'list', state));
}
