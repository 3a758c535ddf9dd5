import { interactionKey } from '../../src/core/key.ts';
import { demoWebhooks } from '../../src/sandbox/whatsapp/index.ts';
import { mixedTraffic } from '../support/mixed-traffic.ts';
import { body, call, change, incoming, message, status, text } from '../fixtures/whatsapp/bodies.ts';
import { mutate, toJson, type Mutation } from './mutate.ts';
import { businessNumber, excludedNumber } from './worker.ts';

/** Events that tell of the account, of people and of groups, beside the messages and calls of the samples. */
const others: readonly object[] = [
  body('account_update', {
    event: 'DISABLED_UPDATE',
    ban_info: { waba_ban_state: 'DISABLE', waba_ban_date: 'May 1' },
  }),
  body('account_update', {
    event: 'ACCOUNT_RESTRICTION',
    restriction_info: [{ restriction_type: 'X', expiration: 1 }],
  }),
  body('account_alerts', {
    entity_type: 'WABA',
    entity_id: '123',
    alert_info: {
      alert_severity: 'CRITICAL',
      alert_status: 'ACTIVE',
      alert_type: 'OBA',
      alert_description: 'no',
    },
  }),
  body('history', {
    history: [
      {
        metadata: { phase: 0, chunk_order: 1, progress: 55 },
        threads: [
          { id: '14155550100', messages: [message({ ...text('old'), history_context: { status: 'READ' } })] },
        ],
      },
    ],
  }),
  body('user_id_update', {
    user_id_update: [
      { wa_id: '14155550100', user_id: { previous: 'US.100', current: 'US.200' }, timestamp: '1780308000' },
    ],
  }),
  body('smb_app_state_sync', {
    state_sync: [
      { type: 'contact', contact: { full_name: 'Ana', phone_number: '14155550100' }, action: 'add' },
    ],
  }),
  body('group_settings_update', {
    groups: [{ group_id: 'g1', group_subject: { text: 'Team', update_successful: true } }],
  }),
  body('standby', {
    standby: { message_echoes: [{ id: 'wamid.s', message: { to: '14155550100', ...text('bot') } }] },
  }),
  incoming({ type: 'edit', edit: { original_message_id: 'wamid.one', message: text('again') } }),
  incoming({
    type: 'system',
    system: { type: 'user_changed_number', wa_id: '14155550199', body: 'changed' },
  }),
  incoming({ type: 'reaction', reaction: { message_id: 'wamid.one', emoji: '👍' } }),
  incoming({
    type: 'unsupported',
    errors: [{ code: 131051, title: 'Unsupported', error_data: { details: 'no' } }],
  }),
  incoming({
    type: 'interactive',
    interactive: {
      type: 'nfm_reply',
      nfm_reply: { response_json: '{"a":{"b":[1]}}', name: 'flow', body: 'Sent' },
    },
  }),
  incoming({
    group_id: 'g1',
    type: 'image',
    image: { id: '1', mime_type: 'image/jpeg', sha256: 'aGk=', caption: 'x' },
    referral: { headline: 'Ad', source_url: 'https://example.com', ctwa_clid: 'c' },
  }),
  status({
    status: 'failed',
    errors: [{ code: 131026, title: 'Undeliverable', error_data: { details: 'no' } }],
  }),
  call({ event: 'connect', session: { sdp_type: 'offer', sdp: 'v=0' } }),
  call({
    event: 'recording_available',
    call_recording: { audio: { id: '7', sha256: 'x', mime_type: 'audio/ogg' } },
  }),
];

/** One webhook of each shape that is known. */
export const bases: readonly object[] = [
  ...demoWebhooks(new Date('2026-06-01T12:00:00Z')).map(({ body: one }) => one),
  ...mixedTraffic({ count: 20, people: 3, lanes: 1, bundle: 2, later: 1 }).lanes.flat(),
  ...others,
];

/** A hostile webhook with a message in it that nothing is wrong with, and the key of that message. */
export interface Webhook {
  readonly bytes: Buffer;
  /** absent: so large that it is refused as a whole */
  readonly neighbour?: { readonly key: string; readonly said: string };
}

/** Over this a body is answered 413. */
const mostBytes = 3 * 1024 * 1024;

/** @param nth of the case: no two webhooks have ids in common */
export function webhookOf({ base, edits }: Mutation, nth: number, kind: string): Webhook {
  const hostile = mutate(own(bases[base] as object, nth), edits);
  const id = `wamid.neighbour${nth}`;
  const said = `nothing is wrong with no. ${nth};`;
  const at = String(1_780_308_000 + (nth % 100_000));
  const from = `1415${1_000_000 + nth}`;
  const good = change('messages', { messages: [message({ id, from, timestamp: at, ...text(said) })] });
  const where = edits.reduce((sum, { at: place }) => sum + place, base);
  const bytes = toJson(beside(hostile, good, where));
  if (bytes.length > mostBytes) return { bytes };
  return { bytes, neighbour: { key: interactionKey(kind, businessNumber, id), said } };
}

/** Ids and people of its own: nothing of it is known already, and what is learned of somebody touches no other case. */
function own(body: object, nth: number): object {
  const renamed = JSON.stringify(body)
    .replace(/"(wamid|wacid)\.([^"]+)"/g, `"$1.$2${nth}"`)
    .replaceAll('"g1"', `"g1-${nth}"`)
    .replace(/"(US\.\d+)"/g, `"$1${nth}"`)
    .replace(/"1415555(\d{4})"/g, `"1415555$1${nth % 10}${Math.floor(nth / 10)}"`);
  return JSON.parse(renamed) as object;
}

/** In the same list of messages, in the same entry, or in an entry of its own before or after. */
function beside(hostile: unknown, good: ReturnType<typeof change>, where: number): unknown {
  const envelope = isObject(hostile) ? hostile : {};
  const entry = (envelope as { entry?: unknown }).entry;
  const entries: unknown[] = Array.isArray(entry) ? entry : [hostile];
  const mine = { id: '1', changes: [good] };
  const [first] = entries;
  const changes = isObject(first) ? (first as { changes?: unknown }).changes : undefined;
  if (where % 4 === 0) return { ...envelope, entry: [mine, ...entries] };
  if (where % 4 === 1 || !Array.isArray(changes)) return { ...envelope, entry: [...entries, mine] };
  const messages = messagesIn(changes[0]);
  if (where % 4 === 2 && messages !== undefined) {
    messages.push(...(good as unknown as { value: { messages: unknown[] } }).value.messages);
    return { ...envelope, entry: entries };
  }
  return { ...envelope, entry: [{ ...(first as object), changes: [...changes, good] }, ...entries.slice(1)] };
}

/** Where the envelope of the list still says whose it is. */
function messagesIn(one: unknown): unknown[] | undefined {
  const { field, value } = (isObject(one) ? one : {}) as { field?: unknown; value?: unknown };
  const { metadata, messages, contacts } = (isObject(value) ? value : {}) as Record<string, unknown>;
  const number = isObject(metadata)
    ? (metadata as { display_phone_number?: unknown }).display_phone_number
    : '';
  const isOurs = field === 'messages' && number === businessNumber.slice(1);
  // One message beside one card is about whom the card names: with an excluded person's it is not recorded, and rightly so.
  const isOfExcluded = toJson(contacts ?? '').includes(excludedNumber.slice(1));
  return isOurs && !isOfExcluded && Array.isArray(messages) ? messages : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value.constructor !== Buffer;
}
