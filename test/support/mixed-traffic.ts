import { interactionKey } from '../../src/core/key.ts';
import { businessNumber, personNumber } from './traffic.ts';

/** An interaction of the mix, and what its record must say in the end. */
export interface Expected {
  readonly key: string;
  readonly kind: 'message' | 'call';
  readonly person: number;
  /** what stands in the text of the newest revision, all of it */
  readonly says: readonly string[];
}

/** A conversation of the firm with many people, as webhooks. */
export interface MixedTraffic {
  /** by what lane they go: the webhooks of one lane in this order, lanes beside each other; a person has one lane */
  readonly lanes: readonly (readonly object[])[];
  /** edits of messages, to be sent when all of the above is logged; their order does not matter */
  readonly afterwards: readonly object[];
  /** in the order in which they happened */
  readonly expected: readonly Expected[];
}

interface Step {
  readonly field: string;
  readonly value: object;
}

interface Plan {
  readonly expected: Expected;
  readonly first: Step;
  /** what happens to it later */
  readonly changes: readonly Step[];
  /** what happens to it when it is logged */
  readonly afterwards?: Step;
}

export interface MixOptions {
  /** messages and calls; what happens to them later comes on top */
  readonly count: number;
  readonly people: number;
  readonly lanes: number;
  /** changes of one webhook: Meta bundles them under load */
  readonly bundle: number;
  /** after how many further interactions of the lane a change comes */
  readonly later: number;
  /** the place of the first one in a longer traffic, of which mixes follow each other; default 0 */
  readonly first?: number;
  /** when the traffic's very first one happened, Unix seconds; one follows each second; default: the last one is of now */
  readonly since?: number;
}

/**
 * Incoming and outgoing messages, calls, delivery states, edits, deletions, reactions and failed sends, in Meta's shapes.
 * The same options give the same mix; the times are of the last hours.
 */
export function mixedTraffic({ count, people, lanes, bundle, later, ...more }: MixOptions): MixedTraffic {
  const { first = 0, since = Math.floor(Date.now() / 1_000) - count } = more;
  const indexes = Array.from({ length: count }, (_, index) => first + index);
  const plans = indexes.map((index) => planOf(index, index % people, since + index));
  const ofLane = (lane: number) => plans.filter(({ expected }) => expected.person % lanes === lane);
  return {
    expected: plans.map((plan) => plan.expected),
    lanes: Array.from({ length: lanes }, (_, lane) => bundled(withChanges(ofLane(lane), later), bundle)),
    afterwards: bundled(
      plans.flatMap(({ afterwards }) => afterwards ?? []),
      bundle,
    ),
  };
}

/** Every kind comes to every person in turn: 20 and the number of people may share no factor by which they repeat. */
function planOf(index: number, person: number, at: number): Plan {
  const kind = (index + Math.floor(index / 20)) % 20;
  if (kind < 2) return callPlan(index, person, at, kind === 0 ? 42 : undefined);
  if (kind < 10) return sentPlan(index, person, at, kind === 2);
  return receivedPlan(index, person, at, kind);
}

function callPlan(index: number, person: number, at: number, duration: number | undefined): Plan {
  const id = `wacid.mix${index}`;
  const call = { id, ...from(person), to: businessNumber.slice(1), direction: 'USER_INITIATED' };
  const end = { ...call, event: 'terminate', timestamp: String(at), status: 'COMPLETED' };
  const length = { start_time: String(at), end_time: String(at + 42), duration };
  const value = {
    contacts: [contactOf(person)],
    calls: [duration === undefined ? end : { ...end, ...length }],
  };
  const says = [duration === undefined ? 'Missed WhatsApp call' : 'answered, 42 s'];
  const expected: Expected = { key: keyOf(id), kind: 'call', person, says };
  return { expected, first: { field: 'calls', value }, changes: [] };
}

/** Typed on the firm's phone. @param fails it does not arrive; otherwise it is delivered and read */
function sentPlan(index: number, person: number, at: number, fails: boolean): Plan {
  const id = `wamid.mix${index}`;
  const said = `answer no. ${index};`;
  const echo = { from: businessNumber.slice(1), to: personNumber(person).slice(1), ...text(id, at, said) };
  const status = (state: object): Step => {
    const item = { id, timestamp: String(at + 1), recipient_id: personNumber(person).slice(1), ...state };
    return { field: 'messages', value: { statuses: [item] } };
  };
  const error = { code: 131026, title: 'Message undeliverable', message: 'Message undeliverable' };
  const changes = fails
    ? [status({ status: 'failed', errors: [error] })]
    : [status({ status: 'delivered' }), status({ status: 'read' })];
  const value = { contacts: [contactOf(person)], message_echoes: [echo] };
  const says = fails ? [said, 'Not delivered'] : [said];
  const expected: Expected = { key: keyOf(id), kind: 'message', person, says };
  return { expected, first: { field: 'smb_message_echoes', value }, changes };
}

function receivedPlan(index: number, person: number, at: number, kind: number): Plan {
  const id = `wamid.mix${index}`;
  const said = `question no. ${index};`;
  const message = (own: object): Step => ({
    field: 'messages',
    value: { contacts: [contactOf(person)], messages: [{ ...from(person), ...own }] },
  });
  const change = (name: string, own: object, seconds: number): Step =>
    message({ id: `wamid.${name}${index}`, timestamp: String(at + seconds), ...own });
  const edited = (again: string, seconds: number): Step => {
    const body = { type: 'text', text: { body: `${said} ${again}` } };
    const edit = { original_message_id: id, message: body };
    return change(again, { type: 'edit', edit }, seconds);
  };
  const changes: Record<number, readonly [Step[], string[]]> = {
    10: [[edited('second wording', 5)], ['second wording']],
    11: [
      [edited('second wording', 5), edited('third wording', 9)],
      ['second wording', 'third wording'],
    ],
    12: [[change('revoke', { type: 'revoke', revoke: { original_message_id: id } }, 7)], ['Deleted']],
    13: [[change('reaction', { type: 'reaction', reaction: { message_id: id, emoji: '👍' } }, 6)], ['👍']],
  };
  const [steps, more] = changes[kind] ?? [[], []];
  const afterwards = kind === 14 ? edited('later wording', 60) : undefined;
  const says = [said, ...more, ...(afterwards ? ['later wording'] : [])];
  const expected: Expected = { key: keyOf(id), kind: 'message', person, says };
  return { expected, first: message(text(id, at, said)), changes: steps, ...(afterwards && { afterwards }) };
}

/** The steps of one lane; each change comes when so many further interactions have come. */
function withChanges(plans: readonly Plan[], later: number): Step[] {
  const steps: Step[] = [];
  const queue: { readonly step: Step; readonly due: number }[] = [];
  plans.forEach(({ first, changes }, index) => {
    steps.push(first);
    changes.forEach((step, nth) => queue.push({ step, due: index + later * (nth + 1) }));
    queue.sort((one, two) => one.due - two.due);
    while (queue[0] !== undefined && queue[0].due <= index)
      steps.push((queue.shift() as { step: Step }).step);
  });
  return [...steps, ...queue.map(({ step }) => step)];
}

function bundled(steps: readonly Step[], size: number): object[] {
  const bodies: object[] = [];
  for (let start = 0; start < steps.length; start += size) {
    const changes = steps
      .slice(start, start + size)
      .map(({ field, value }) => ({ field, value: { ...common, ...value } }));
    const entry = [{ id: '102290129340398', changes }];
    bodies.push({ object: 'whatsapp_business_account', entry });
  }
  return bodies;
}

const common = {
  messaging_product: 'whatsapp',
  metadata: { display_phone_number: businessNumber.slice(1), phone_number_id: '106540352242922' },
};

const keyOf = (id: string): string => interactionKey('whatsapp-cloud', businessNumber, id);
const from = (person: number): object => ({ from: personNumber(person).slice(1) });
const text = (id: string, at: number, body: string): object => ({
  id,
  timestamp: String(at),
  type: 'text',
  text: { body },
});
const contactOf = (person: number): object => {
  const number = personNumber(person);
  return { profile: { name: `Person ${number.slice(-4)}` }, wa_id: number.slice(1) };
};
