import { isConfigured, readAddress, soleNumber, type Ends, type OwnNumbers } from './address.ts';
import { callItem, type CallItem } from './payload.ts';
import { isoTime } from './times.ts';

/** One leg of a call. */
export interface Leg {
  readonly raw: unknown;
  readonly item: CallItem;
  readonly ends: Ends;
  readonly isFinal: boolean;
  /** it came to a conversation, or was taken by the machine that dials on */
  readonly isAnswered: boolean;
}

/** What a person would call one call: the parent leg and those that it dialled. */
export interface Call {
  /** of the parent */
  readonly sid: string;
  /** the parent first */
  readonly legs: readonly Leg[];
  readonly parent: Leg | undefined;
  readonly children: readonly Leg[];
  readonly state: 'ringing' | 'accepted' | 'ended';
  /** when its first leg began; ISO 8601 */
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
}

const finalStates = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

/** Legs of verbatim elements, each sid once, the last one wins; what is no leg is left out. */
export function readLegs(items: readonly unknown[]): Leg[] {
  const legs = new Map<string, Leg>();
  for (const raw of items) {
    const read = callItem.safeParse(raw);
    if (!read.success) continue;
    const item = read.data;
    const status = item.status?.toLowerCase() ?? '';
    legs.set(item.sid, {
      raw,
      item,
      ends: { from: readAddress(item.from), to: readAddress(item.to) },
      isFinal: finalStates.has(status),
      isAnswered: status === 'completed' && secondsOf(item.duration) > 0,
    });
  }
  return [...legs.values()];
}

/** Seconds of a duration, which is a text, empty for a leg that was not answered. */
export function secondsOf(duration: string | undefined): number {
  const seconds = Number(duration ?? '');
  return Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds) : 0;
}

/** Puts legs together; undefined without any. */
export function callOf(sid: string, legs: readonly Leg[]): Call | undefined {
  if (legs.length === 0) return undefined;
  const parent = legs.find(({ item }) => item.sid === sid);
  const children = legs.filter((leg) => leg !== parent).sort(byStart);
  const ordered = parent ? [parent, ...children] : children;
  const starts = ordered.flatMap(({ item }) => isoTime(item.start_time) ?? isoTime(item.date_created) ?? []);
  const ends = ordered.flatMap(({ item }) => isoTime(item.end_time) ?? []);
  return {
    sid,
    legs: ordered,
    parent,
    children,
    state: stateOf(ordered, children),
    startedAt: starts.sort()[0],
    endedAt: ends.sort().at(-1),
  };
}

function byStart(a: Leg, b: Leg): number {
  const [left, right] = [a, b].map(({ item }) => `${isoTime(item.start_time) ?? ''} ${item.sid}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

function stateOf(legs: readonly Leg[], children: readonly Leg[]): Call['state'] {
  if (legs.every(({ isFinal }) => isFinal)) return 'ended';
  const talks = children.some(({ item }) => item.status === 'in-progress');
  return talks ? 'accepted' : 'ringing';
}

/** The ends of all legs; those with a WhatsApp address first, because the others may be an agent's. */
export function endsOfLegs({ legs }: Pick<Call, 'legs'>): Ends[] {
  const ends = legs.map((leg) => leg.ends);
  const isWhatsApp = ({ from, to }: Ends) => from.whatsapp || to.whatsapp;
  return [...ends.filter(isWhatsApp), ...ends.filter((one) => !isWhatsApp(one))];
}

/** The firm's number of a call: the configured one of the ends; where all are, that of the side which is ours. */
export function numberOf(call: Pick<Call, 'legs'>, numbers: OwnNumbers): string | undefined {
  if (numbers !== 'all') {
    const phones = endsOfLegs(call).flatMap(({ from, to }) => [to.phone, from.phone]);
    return (
      phones.find((phone) => isConfigured(phone, numbers)) ?? oursByDirection(call) ?? soleNumber(numbers)
    );
  }
  return oursByDirection(call);
}

/** Of an incoming leg the called number is ours, of an outgoing one the calling number. */
function oursByDirection({ legs }: Pick<Call, 'legs'>): string | undefined {
  const ranked = [...legs].sort((a, b) => Number(isWhatsAppLeg(b)) - Number(isWhatsAppLeg(a)));
  return ranked
    .map(({ item, ends }) => (item.direction?.startsWith('outbound') ? ends.from.phone : ends.to.phone))
    .find((phone) => phone !== undefined);
}

function isWhatsAppLeg({ ends }: Leg): boolean {
  return ends.from.whatsapp || ends.to.whatsapp;
}
