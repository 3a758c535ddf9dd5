import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Fact } from '../../src/core/fact.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { record, type CaptureDeps } from '../../src/pipeline/capture.ts';
import type { GateRules } from '../../src/pipeline/gate.ts';
import { withoutText } from '../../src/pipeline/hide-text.ts';
import {
  quarantineAlerts,
  quarantineOperations,
  QuarantineRefused,
} from '../../src/pipeline/quarantine-operations.ts';
import { createTwilio, normalizeTwilio } from '../../src/sources/twilio/index.ts';
import { createDialog360, normalizeWhatsAppCloud } from '../../src/sources/whatsapp-cloud/index.ts';
import type { StoredEvent, WebhookSource } from '../../src/sources/source.ts';
import { emptyLedger } from '../contract/ledger-suite.ts';
import { form, incoming, options as twilioOptions, person } from '../fixtures/twilio/events.ts';
import { openEmptyLedger } from '../support/ledger.ts';
import { makeTempFolder } from '../support/temp.ts';
import { businessNumber } from '../support/traffic.ts';

const second = '+14155238887';
const receivedAt = new Date('2026-03-01T10:00:00.000Z');
const words = 'words-that-nobody-may-read';
const excluded = '+15550001111';

const meta = createDialog360({ id: 'support', webhookSecret: 'shared' });
const twilio = createTwilio({ ...twilioOptions, businessNumbers: [second, businessNumber] }).webhook;
const webhooks = new Map<string, WebhookSource>([
  ['support', meta],
  ['emea', twilio],
]);
const rulesOf = (source: WebhookSource, hashSecret: string): GateRules => ({
  source: source.id,
  sourceKind: source.kind,
  businessNumbers: new Set([businessNumber, second]),
  excluded: new Set([excluded]),
  hashSecret,
});
const rules = new Map([...webhooks].map(([id, source]) => [id, rulesOf(source, `secret of ${id}`)]));

/** A message without the part that says to which number it came. */
const message = (from = '14155550100') => ({
  contacts: [{ profile: { name: 'Ana' }, wa_id: from }],
  messages: [{ from, id: 'wamid.1', timestamp: '1790000000', type: 'text', text: { body: words } }],
});
const envelope = (value: object, field = 'messages') => ({
  entry: [{ id: '1', changes: [{ field, value }] }],
});
const named = { metadata: { display_phone_number: businessNumber.slice(1), phone_number_id: '1' } };

describe('what names no number of the firm', () => {
  const folder = makeTempFolder('quarantine');
  let opened: OpenLedger;
  let dropped = 0;

  beforeAll(async () => {
    opened = await openEmptyLedger(folder.path);
  }, 60_000);
  beforeEach(async () => {
    dropped = 0;
    await emptyLedger(opened.sql);
  });
  afterAll(async () => {
    await opened.ledger.close();
    folder.remove();
  });

  const operations = (own: ReadonlyMap<string, GateRules> = rules) =>
    quarantineOperations({ ledger: opened.ledger, rules: own, webhooks, wake: () => undefined });
  const send = (body: unknown, source = meta) => {
    const deps: CaptureDeps = {
      ledger: opened.ledger,
      queue: { wake: async () => undefined },
      rules,
      metrics: { events: () => undefined, excluded: (_source, count) => (dropped += count) },
      onWakeError: () => undefined,
    };
    const raw = Buffer.isBuffer(body)
      ? body
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    return record(deps, source.id, source.split(raw, receivedAt));
  };
  const waiting = async () =>
    (await opened.ledger.quarantined({ state: 'waiting', limit: 100 })).items.map(({ id }) => id);
  const only = async () => {
    const ids = await waiting();
    expect(ids).toHaveLength(1);
    return ids[0] as number;
  };
  /** Everything that the database has, as one text. */
  const everything = async () => {
    const tables = ['events', 'quarantine', 'exclusions', 'audit', 'inbox', 'excluded_ids'];
    const rows = await Promise.all(
      tables.map((table) => opened.sql.query(`select to_json(t)::text as row from wcs.${table} t`)),
    );
    return JSON.stringify(rows);
  };
  const eventsOf = (id: number) =>
    opened.sql.query<{ kind: string; business_number: string; payload: string; occurred_at: Date }>(
      'select kind, business_number, payload, occurred_at from wcs.events where id <> $1 order by id',
      [id],
    );

  test.each([
    ['a body that is no JSON', `not json: ${words}`],
    ['JSON of no known kind', { odd: { body: words } }],
    ['an envelope with nothing known in it', { entry: [{ what: words }] }],
    ['a message without its number', envelope(message())],
    ['a field that nobody knows', envelope({ body: words }, 'brand_new_field')],
    ['an unknown list beside', envelope({ secrets: [{ body: words }] })],
  ])('is kept encrypted: %s', async (_what, body) => {
    await send(body);
    await send(body);
    const id = await only();
    expect(await everything()).not.toContain(words);
    expect(quarantineAlerts(await opened.ledger.quarantineCounts())).toMatchObject([
      { source: 'support', code: 'quarantined', text: expect.stringMatching(/^One event/) },
    ]);
    const view = await operations().open(id, 'ana');
    expect(JSON.stringify(view?.content)).toContain(words);
    expect(JSON.stringify(view?.outline)).not.toContain(words);
    expect((await opened.ledger.audit({ limit: 5 })).items).toMatchObject([
      { actor: 'ana', action: 'quarantine.view', subject: 'support', detail: { ids: [id] } },
    ]);
  });

  test('keeps its neighbours alive: those of a configured number are there, those of others are dropped', async () => {
    const stranger = { metadata: { display_phone_number: '15559999999' }, ...message('14155550102') };
    const own = { ...named, ...message('14155550101') };
    const changes = [own, stranger, message()].map((value) => ({ field: 'messages', value }));
    await send({ entry: [{ id: '1', changes }] });
    const id = await only();
    const events = await eventsOf(id);
    expect(events.map(({ kind, business_number: number }) => [kind, number])).toEqual([
      ['message', businessNumber],
    ]);
    expect(dropped).toBe(1);
  });

  test('is dropped and not kept at all where it mentions somebody excluded, in whatever form', async () => {
    const id = `wamid.${Buffer.from(`\x0b15550001111\x15\x02\x00abcdef`, 'latin1').toString('base64')}`;
    for (const mention of ['15550001111', '+1 (555) 000-1111', `see ${id}`]) await send({ odd: mention });
    await send(envelope(message('15550001111')));
    expect(await waiting()).toEqual([]);
    expect(dropped).toBe(4);
    expect(await everything()).not.toMatch(/0001111|MDAwMTExM/);
  });

  test('is read as one of its number once somebody says which, with the time at which it came', async () => {
    await send(envelope(message()));
    const id = await only();
    const release = operations().release(id, businessNumber, 'ana');
    expect(await release).toEqual({ events: 1, excluded: 0, understood: true });
    const [event] = await eventsOf(id);
    expect(event).toMatchObject({ kind: 'message', business_number: businessNumber });
    expect(factOf(event)).toMatchObject({ content: { text: words }, person: { name: 'Ana' } });
    expect(await opened.ledger.quarantinedItem(id)).toMatchObject({ state: 'released', decidedBy: 'ana' });
    expect(await opened.ledger.quarantinedItem(id)).not.toHaveProperty('ciphertext');
    await expect(operations().release(id, businessNumber, 'ben')).rejects.toThrow(QuarantineRefused);
    expect(JSON.stringify((await opened.ledger.audit({ limit: 5 })).items)).not.toMatch(/words|\+1/);
  });

  test('of history keeps its thread', async () => {
    const { messages } = message();
    const threads = [{ id: '14155550100', messages }];
    await send(envelope({ history: [{ metadata: { phase: 0 }, threads }] }, 'history'));
    const id = await only();
    await operations().release(id, businessNumber, 'ana');
    const [event] = await eventsOf(id);
    expect(factOf(event)).toMatchObject({ via: 'history', content: { text: words } });
  });

  test('of Twilio is read as well', async () => {
    const { To: _to, ...params } = incoming({ Body: words });
    await send(form(params), twilio);
    const id = await only();
    await operations().release(id, second, 'ana');
    const [event] = await eventsOf(id);
    expect(event).toMatchObject({ kind: 'message', business_number: second });
    expect(factOf(event, true)).toMatchObject({ content: { text: words }, person: { phone: person } });
  });

  test('that nobody can read becomes an unrecognised event of its number, whole', async () => {
    await send({ odd: { body: words } });
    const id = await only();
    expect(await operations().release(id, second, 'ana')).toEqual({
      events: 1,
      excluded: 0,
      understood: false,
    });
    const [event] = await eventsOf(id);
    expect(event).toMatchObject({ kind: 'unrecognised', business_number: second });
    expect(event?.payload).toContain(words);
    expect(event?.occurred_at).toEqual(receivedAt);
  });

  test('is not recorded when its person was excluded meanwhile: it is counted, and destroyed', async () => {
    await send(envelope(message()));
    const id = await only();
    const stricter = { ...(rules.get('support') as GateRules), excluded: new Set(['+14155550100']) };
    const result = await operations(new Map([['support', stricter]])).release(id, businessNumber, 'ana');
    expect(result).toEqual({ events: 0, excluded: 1, understood: true });
    expect(await eventsOf(id)).toEqual([]);
    expect((await opened.ledger.report({})).map(({ excluded: count }) => count)).toEqual([1]);
    expect(await everything()).not.toContain(words);
  });

  test('can not be opened any more when the secret is another one: that is told', async () => {
    await send({ odd: words });
    const id = await only();
    const later = operations(new Map([['support', rulesOf(meta, 'another secret')]]));
    expect(await later.open(id, 'ana')).toMatchObject({
      state: 'waiting',
      problem: expect.stringMatching(/can not be opened any more/),
    });
    await expect(later.release(id, businessNumber, 'ana')).rejects.toThrow('can not be opened any more');
    await expect(operations().release(id, '+15559999999', 'ana')).rejects.toThrow('no such business number');
    await expect(operations(new Map()).release(id, second, 'ana')).rejects.toThrow('no source');
    expect(await operations().release(9_999_999, second, 'ana')).toBeUndefined();
    expect(await later.discard([id], 'ana')).toBe(1);
    expect(await operations().open(id, 'ana')).toMatchObject({ problem: expect.stringMatching(/not kept/) });
  });

  test('gives nothing to who may not read', async () => {
    await send({ odd: words });
    const id = await only();
    const ledger = withoutText(opened.ledger);
    const hidden = quarantineOperations({ ledger, rules, webhooks, wake: () => undefined });
    expect(await hidden.open(id, 'viewer')).not.toHaveProperty('content');
  });
});

function factOf(
  event: { kind: string; business_number: string; payload: string } | undefined,
  isTwilio = false,
): Fact {
  if (event === undefined) throw new Error('there is no event');
  const stored: StoredEvent = {
    id: 1,
    source: 'support',
    sourceKind: isTwilio ? 'twilio' : '360dialog',
    kind: event.kind as StoredEvent['kind'],
    businessNumber: event.business_number,
    occurredAt: receivedAt.toISOString(),
    receivedAt: receivedAt.toISOString(),
    payload: JSON.parse(event.payload),
  };
  return isTwilio ? normalizeTwilio(stored) : normalizeWhatsAppCloud(stored);
}
