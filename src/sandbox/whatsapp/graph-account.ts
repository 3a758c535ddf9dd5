import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refuseObject, refuseParameter, refuseRate, refuseToken } from './graph-refusals.ts';
import { demoBusiness } from './people.ts';

/** One state of a message, and what became of the webhook that told it. */
export interface ToldEvent {
  readonly status: 'SENT' | 'DELIVERED' | 'READ' | 'FAILED' | 'DELETED';
  readonly at: Date;
  readonly webhook?: 'PENDING' | 'DELIVERED' | 'FAILED' | 'RETRYING';
}

/** What people and the firm do that Meta keeps count of. */
export interface AccountSide {
  /** a message of the history, the newest last. @param phoneNumberId the demo's when absent */
  tell(messageId: string, events: readonly ToldEvent[], phoneNumberId?: string): void;
  /** @param number E.164 */
  sent(number: string, at: Date): void;
  called(number: string, at: Date, direction: 'USER_INITIATED' | 'BUSINESS_INITIATED'): void;
  /** this account is not offered these */
  deny(...what: ('message_history' | 'analytics' | 'call_analytics')[]): void;
  /** so many of the next requests are refused as too many */
  throttle(times: number): void;
  /** requests so far, by what they ask for */
  readonly requests: Readonly<
    Record<'message_history' | 'analytics' | 'call_analytics' | 'phone_numbers', number>
  >;
}

export interface AccountOptions {
  readonly accessToken: string;
  readonly wabaId?: string;
  readonly numbers?: Readonly<Record<string, string>>;
  readonly maxPageSize?: number;
}

interface State {
  readonly options: AccountOptions;
  readonly numbers: Readonly<Record<string, string>>;
  readonly history: {
    readonly id: string;
    readonly phone: string;
    readonly messageId: string;
    readonly events: readonly ToldEvent[];
  }[];
  readonly sent: { readonly number: string; readonly at: Date }[];
  readonly calls: { readonly number: string; readonly at: Date; readonly direction: string }[];
  readonly denied: Set<string>;
  readonly requests: {
    message_history: number;
    analytics: number;
    call_analytics: number;
    phone_numbers: number;
  };
  throttled: number;
}

/** `message_history` of a number, `analytics`, `call_analytics` and `phone_numbers` of an account (Meta's OpenAPI v23.0; docs, analytics). */
export function registerAccount(app: FastifyInstance, options: AccountOptions): AccountSide {
  const state: State = {
    options,
    numbers: options.numbers ?? { [demoBusiness.phoneNumberId]: demoBusiness.displayPhoneNumber },
    history: [],
    sent: [],
    calls: [],
    denied: new Set(),
    requests: { message_history: 0, analytics: 0, call_analytics: 0, phone_numbers: 0 },
    throttled: 0,
  };
  registerHistory(app, state);
  if (options.wabaId !== undefined) registerCounts(app, state, options.wabaId);
  return {
    tell: (messageId, events, phone = demoBusiness.phoneNumberId) =>
      void state.history.push({ id: String(1_000_000 + state.history.length), phone, messageId, events }),
    sent: (number, at) => void state.sent.push({ number, at }),
    called: (number, at, direction) => void state.calls.push({ number, at, direction }),
    deny: (...what) => what.forEach((one) => state.denied.add(one)),
    throttle: (times) => void (state.throttled = times),
    requests: state.requests,
  };
}

type Asked = FastifyRequest<{
  Params: { version: string; phone?: string };
  Querystring: Readonly<Record<string, string | undefined>>;
}>;

/** @returns an answer that refuses, or undefined when the request may go on */
function refused(request: Asked, reply: FastifyReply, state: State): FastifyReply | undefined {
  if (request.headers.authorization !== `Bearer ${state.options.accessToken}`) return refuseToken(reply);
  if (!/^v\d+\.\d+$/.test(request.params.version)) return refuseObject(reply, request.params.version);
  if (state.throttled === 0) return undefined;
  state.throttled -= 1;
  return refuseRate(reply, 1);
}

const unix = (date: Date): number => Math.floor(date.getTime() / 1_000);

function registerHistory(app: FastifyInstance, state: State): void {
  app.get('/:version/:phone/message_history', async (request: Asked, reply) => {
    state.requests.message_history += 1;
    const { phone = '', version } = request.params;
    const no = refused(request, reply, state);
    if (no !== undefined) return no;
    if (state.denied.has('message_history') || !(phone in state.numbers)) return refuseObject(reply, phone);
    const { limit = '25', after, message_id: messageId, ...unknown } = request.query;
    const size = Number(limit);
    if (!Number.isInteger(size) || size < 1 || size > 100) return refuseParameter(reply, 'limit');
    if (Object.keys(unknown).length > 0) return refuseParameter(reply, Object.keys(unknown)[0] ?? '');
    const all = state.history
      .filter((one) => one.phone === phone && (messageId === undefined || one.messageId === messageId))
      .toReversed();
    const start = after === undefined ? 0 : all.findIndex(({ id }) => cursorOf(id) === after) + 1;
    if (after !== undefined && start === 0) return refuseParameter(reply, 'after');
    const page = all.slice(start, start + Math.min(size, state.options.maxPageSize ?? size));
    const last = page.at(-1);
    const hasMore = start + page.length < all.length;
    return {
      data: page.map(historyJson),
      ...(last !== undefined && {
        paging: {
          cursors: { before: cursorOf(page[0]?.id ?? ''), after: cursorOf(last.id) },
          ...(hasMore && {
            next: `http://${request.headers.host}/${version}/${phone}/message_history?after=${cursorOf(last.id)}`,
          }),
        },
      }),
    };
  });
}

const cursorOf = (id: string): string => Buffer.from(`cursor ${id}`).toString('base64');

function historyJson({ id, messageId, events }: State['history'][number]): object {
  return {
    id,
    message_id: messageId,
    events: {
      data: events.map(({ status, at, webhook = 'DELIVERED' }, nth) => ({
        id: `${id}${nth}`,
        delivery_status: status,
        timestamp: unix(at),
        webhook_update_state: webhook,
        application: { id: '670000000000001' },
        webhook_uri: 'https://example.com/webhooks/support',
      })),
    },
  };
}

/** `analytics.start(1).end(2).granularity(HALF_HOUR).phone_numbers(["1555"])` */
const fieldShape =
  /^(analytics|call_analytics)\.start\((\d+)\)\.end\((\d+)\)\.granularity\(HALF_HOUR\)\.phone_numbers\((\[.*\])\)$/;

function registerCounts(app: FastifyInstance, state: State, wabaId: string): void {
  app.get(`/:version/${wabaId}/phone_numbers`, async (request: Asked, reply) => {
    state.requests.phone_numbers += 1;
    const data = Object.entries(state.numbers).map(([id, display]) => ({
      id,
      display_phone_number: display,
    }));
    return refused(request, reply, state) ?? { data };
  });
  app.get(`/:version/${wabaId}`, async (request: Asked, reply) => {
    const [, name, start = '', end = '', numbers = ''] = fieldShape.exec(request.query['fields'] ?? '') ?? [];
    if (name !== 'analytics' && name !== 'call_analytics') {
      return refused(request, reply, state) ?? refuseParameter(reply, 'fields');
    }
    state.requests[name] += 1;
    const no = refused(request, reply, state);
    if (no !== undefined) return no;
    if (state.denied.has(name)) return refuseParameter(reply, name);
    const asked = new Set((JSON.parse(numbers) as string[]).map((number) => `+${number}`));
    const of = <T extends { number: string; at: Date }>(all: readonly T[]) =>
      all.filter(
        ({ number, at }) => asked.has(number) && unix(at) >= Number(start) && unix(at) < Number(end),
      );
    const points = name === 'analytics' ? sentPoints(of(state.sent)) : callPoints(of(state.calls));
    const frame = { phone_numbers: [...asked].map((one) => one.slice(1)), granularity: 'HALF_HOUR' };
    return {
      [name]: name === 'analytics' ? { ...frame, data_points: points } : { data: [{ data_points: points }] },
      id: wabaId,
    };
  });
}

const halfHour = 1_800;

function slots<T extends { readonly at: Date }>(all: readonly T[]): Map<number, T[]> {
  const found = new Map<number, T[]>();
  for (const one of all) {
    const start = unix(one.at) - (unix(one.at) % halfHour);
    found.set(start, [...(found.get(start) ?? []), one]);
  }
  return found;
}

function sentPoints(sent: State['sent']): object[] {
  return [...slots(sent)].map(([start, { length }]) => ({
    start,
    end: start + halfHour,
    sent: length,
    delivered: length,
  }));
}

function callPoints(calls: State['calls']): object[] {
  return [...slots(calls)].flatMap(([start, all]) =>
    ['USER_INITIATED', 'BUSINESS_INITIATED'].flatMap((direction) => {
      const count = all.filter((one) => one.direction === direction).length;
      return count === 0
        ? []
        : [{ start, end: start + halfHour, direction, count, cost: 0, average_duration: 60 }];
    }),
  );
}
