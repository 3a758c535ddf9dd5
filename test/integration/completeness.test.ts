import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { interactionKey } from '../../src/core/key.ts';
import type { Ledger, SourceAnswer } from '../../src/ledger/ledger.ts';
import { capture } from '../../src/pipeline/capture.ts';
import { auditDay } from '../../src/pipeline/completeness.ts';
import { startTwilio, type TwilioSandbox } from '../../src/sandbox/twilio/index.ts';
import { demoBusiness, startWhatsApp, type WhatsAppSandbox } from '../../src/sandbox/whatsapp/index.ts';
import { messageId, webhook } from '../../src/sandbox/whatsapp/samples-shape.ts';
import { emptyLedger } from '../contract/ledger-suite.ts';
import { at, crm, firmOf, today, type Firm } from '../support/completeness.ts';
import { openOwnLedger } from '../support/ledger.ts';
import { eventOf } from '../support/ledger-data.ts';
import { accountSid, authToken, twilioNumber } from '../support/twilio.ts';

let store: Awaited<ReturnType<typeof openOwnLedger>>;
let ledger: Ledger;
beforeAll(async () => {
  store = await openOwnLedger();
  ({ ledger } = store);
}, 60_000);
beforeEach(() => emptyLedger(store.sql));
afterAll(() => store.close());

const person = '+14155550100';
const excluded = '+15550001111';
const signal = new AbortController().signal;

/** @returns what the sources said, by question */
async function ask(firm: Firm, isLast = false): Promise<Map<string, SourceAnswer>> {
  await auditDay(firm.reports, { day: today, round: 'first', isLast }, signal);
  const answers = await ledger.sourceAnswers({ from: today, to: today });
  return new Map(answers.map((answer) => [answer.question, answer]));
}

describe('a Twilio account that is asked what it has', () => {
  let twilio: TwilioSandbox;
  let firm: Firm;
  beforeEach(async () => {
    twilio = await startTwilio({ accountSid, authToken, number: twilioNumber, maxPageSize: 2 });
    firm = firmOf(
      ledger,
      `
sources:
  - { id: emea, type: twilio, accountSid: ${accountSid}, authToken: ${authToken}, apiUrl: '${twilio.url}', businessNumbers: ['${twilioNumber}'] }
routes:
  - { source: emea, destinations: [sales] }
policies: { excluded: ['${excluded}'] }
${crm}`,
    );
  });
  afterEach(() => twilio.close());

  /** The webhook of a message comes. */
  const told = (sid: string, from: string) =>
    capture(
      {
        ledger,
        rules: firm.sources.gateRules,
        queue: { wake: async () => undefined },
        metrics: { events: () => undefined, excluded: () => undefined },
        onWakeError: () => undefined,
      },
      firm.sources.webhooks.get('emea')!,
      Buffer.from(
        new URLSearchParams({
          MessageSid: sid,
          SmsStatus: 'received',
          From: `whatsapp:${from}`,
          To: `whatsapp:${twilioNumber}`,
          Body: 'hello',
          NumMedia: '0',
          AccountSid: accountSid,
        }).toString(),
      ),
      at('10:00:00'),
    );

  test('names what no webhook told of, and fetches it; what came by webhook is not named', async () => {
    const sids = [];
    for (let nth = 0; nth < 5; nth += 1) {
      sids.push(await twilio.receive({ from: person, body: `text ${nth}`, at: at(`0${nth}:00:00`) }));
    }
    const call = await twilio.call({
      direction: 'inbound',
      person,
      answered: true,
      legs: 2,
      at: at('09:00:00'),
    });
    await twilio.receive({
      from: person,
      body: 'of the day before',
      at: new Date(at('00:00:00').getTime() - 1_000),
    });
    for (const sid of sids.slice(0, 3)) await told(sid, person);
    await firm.fold();
    const answers = await ask(firm);
    expect(answers.get('messages')).toMatchObject({
      method: 'ids',
      theirs: 5,
      ours: 3,
      missing: 2,
      filled: 2,
      extra: 0,
    });
    expect(answers.get('messages')?.missingKeys.toSorted()).toEqual(
      sids
        .slice(3)
        .map((sid) => interactionKey('twilio', twilioNumber, sid))
        .toSorted(),
    );
    expect(answers.get('calls')).toMatchObject({ theirs: 1, missing: 1, filled: 1 });
    await firm.fold();
    const stored = await ledger.interaction(interactionKey('twilio', twilioNumber, sids[4]!));
    expect(stored?.interaction).toMatchObject({ content: { text: 'text 4' }, via: 'list' });
    expect((await ledger.interaction(interactionKey('twilio', twilioNumber, call)))?.interaction.kind).toBe(
      'call',
    );
    const asked = twilio.requests['messages.list'];
    await ask(firm);
    expect(twilio.requests['messages.list']).toBe(asked);
  });

  test('is not told of excluded people, and nobody is named of them, whether a webhook came or not', async () => {
    const known = await twilio.receive({ from: excluded, body: 'private', at: at('08:00:00') });
    await twilio.receive({ from: excluded, body: 'private too', at: at('09:00:00') });
    await told(known, excluded);
    await firm.fold();
    const answer = (await ask(firm)).get('messages');
    expect(answer).toMatchObject({ theirs: 2, excluded: 2, missing: 0, missingKeys: [], extra: 0 });
    const [row] = await ledger.report({ from: today, to: today });
    expect(row).toMatchObject({ received: 2, excluded: 2 });
    const [found] = await store.sql.query<{ text: string }>(
      `select string_agg(payload, '') as text from wcs.events`,
    );
    expect(found?.text).toBeNull();
  });

  test('says that it does not have what is here alone, asked by its id', async () => {
    const sid = `SM${'1'.repeat(32)}`;
    await told(sid, person);
    // It was created before midnight and sent after: the list has it under the next day.
    const late = await twilio.receive({ from: person, at: new Date(at('23:59:59').getTime() + 2_000) });
    await told(late, person);
    await firm.fold();
    const answer = (await ask(firm)).get('messages');
    expect(answer).toMatchObject({ theirs: 0, ours: 2, missing: 0, extra: 1 });
    expect(answer?.extraKeys).toEqual([interactionKey('twilio', twilioNumber, sid)]);
  });

  test('is asked again after a pause when it asks to slow down, and in the end counts as not asked', async () => {
    twilio.faults.throttle({ times: 3, retryAfterSeconds: 60 });
    expect(await auditDay(firm.reports, { day: today, round: 'first', isLast: false }, signal)).toBe(false);
    expect(await auditDay(firm.reports, { day: today, round: 'first', isLast: false }, signal)).toBe(false);
    expect(twilio.requests['messages.list']).toBe(1);
    expect(await ledger.sourceAnswers({ from: today, to: today })).toEqual([]);
    const answer = (await ask(firm, true)).get('messages');
    expect(answer).toMatchObject({ method: 'none', code: 'source-throttled', missing: 0 });
  });
});

describe('a Cloud API app that is asked what Meta has', () => {
  let meta: WhatsAppSandbox;
  let firm: Firm;
  const { number, accountId } = demoBusiness;
  const keyOf = (nth: number) => interactionKey('whatsapp-cloud', number, messageId(nth));

  const started = (wabaId: string | undefined) =>
    firmOf(
      ledger,
      `
sources:
  - { id: support, type: whatsapp-cloud, appSecret: s, verifyToken: v, accessToken: token, apiUrl: '${meta.url}', businessNumbers: ['${number}']${wabaId === undefined ? '' : `, wabaId: '${wabaId}'`} }
  - { id: dialog, type: 360dialog, apiKey: k, webhookSecret: w, businessNumbers: ['+4930123456'] }
routes:
  - { source: support, destinations: [sales] }
policies: { excluded: ['${excluded}'] }
${crm}`,
    );
  beforeEach(async () => {
    meta = await startWhatsApp({ accessToken: 'token', wabaId: accountId, maxPageSize: 2 });
    firm = started(accountId);
  });
  afterEach(() => meta.close());

  const stateOf = (nth: number, to: string) =>
    webhook('status', 'messages', {
      statuses: [
        {
          id: messageId(nth),
          status: 'sent',
          timestamp: String(at('10:00:00').getTime() / 1_000),
          recipient_id: to.slice(1),
        },
      ],
    }).body;

  /** A message that Meta counts, and its webhook where it comes. */
  async function send(nth: number, to: string, comes: boolean): Promise<void> {
    meta.account.tell(messageId(nth), [
      { status: 'SENT', at: at('10:00:00'), webhook: comes ? 'DELIVERED' : 'FAILED' },
    ]);
    meta.account.sent(number, at('10:00:00'));
    if (comes) await firm.receive('support', stateOf(nth, to));
  }

  test('names by id and tells by count what no webhook told of, over all pages, and nothing of excluded people', async () => {
    for (let nth = 0; nth < 5; nth += 1) await send(nth, person, true);
    await send(5, excluded, true);
    await send(6, person, false);
    await send(7, person, false);
    meta.account.tell(messageId(8), [{ status: 'SENT', at: new Date(at('00:00:00').getTime() - 1_000) }]);
    meta.account.called(number, at('11:00:00'), 'USER_INITIATED');
    await firm.fold();
    const answers = await ask(firm);
    expect(answers.get('history')).toMatchObject({
      method: 'ids',
      theirs: 8,
      ours: 5,
      excluded: 1,
      missing: 2,
      filled: 0,
    });
    expect(answers.get('history')?.missingKeys.toSorted()).toEqual([keyOf(6), keyOf(7)].toSorted());
    expect(answers.get('sent')).toMatchObject({
      method: 'counts',
      theirs: 8,
      ours: 5,
      excluded: 1,
      missing: 2,
    });
    // What was excluded may have been the call: nobody can tell by count.
    expect(answers.get('calls')).toMatchObject({
      method: 'counts',
      theirs: 1,
      ours: 0,
      excluded: 1,
      missing: 0,
    });
    expect(meta.account.requests.message_history).toBeGreaterThan(3);
    expect([...answers.values()].every(({ source }) => source === 'support')).toBe(true);
  });

  test('that is offered neither cannot be asked, and is never called complete', async () => {
    meta.account.deny('message_history', 'analytics', 'call_analytics');
    await send(0, person, true);
    await firm.fold();
    const answers = await ask(firm);
    expect([...answers.values()].map(({ question, method, code }) => [question, method, code])).toEqual([
      ['calls', 'none', 'source-cannot-be-asked'],
      ['history', 'none', 'source-cannot-be-asked'],
      ['sent', 'none', 'source-cannot-be-asked'],
    ]);
    const findings = await firm.sources.checks.get('support')!.check(signal);
    expect(
      findings.filter(({ subject }) => subject.startsWith('completeness')).map(({ level }) => level),
    ).toEqual(['warning', 'warning', 'warning']);
  });

  test('says in a check what it can be asked', async () => {
    const findings = await firm.sources.checks.get('support')!.check(signal);
    expect(findings.map(({ subject, level }) => `${subject} ${level}`)).toEqual([
      'access token ok',
      'completeness: history ok',
      'completeness: sent ok',
      'completeness: calls ok',
    ]);
    const [, hint] = await started(undefined).sources.checks.get('support')!.check(signal);
    expect(hint).toMatchObject({ level: 'todo', text: expect.stringContaining('wabaId') });
  });

  test('of which no account is known is asked by the id that its webhooks name, else not at all', async () => {
    firm = started(undefined);
    expect((await ask(firm)).get('history')).toMatchObject({
      method: 'none',
      code: 'source-cannot-be-asked',
    });
    await emptyLedger(store.sql);
    await send(0, person, true);
    await send(1, person, false);
    await firm.fold();
    const answers = await ask(firm);
    expect([...answers.keys()]).toEqual(['history']);
    expect(answers.get('history')).toMatchObject({ theirs: 2, missing: 1 });
  });

  test('is asked again later when there were too many questions, without asking the answered ones again', async () => {
    await send(0, person, true);
    await firm.fold();
    expect(await auditDay(firm.reports, { day: today, round: 'first', isLast: false }, signal)).toBe(true);
    const { message_history: asked } = meta.account.requests;
    await emptyLedger(store.sql);
    await firm.receive('support', stateOf(0, person));
    await firm.fold();
    meta.account.throttle(1);
    expect(await auditDay(firm.reports, { day: today, round: 'first', isLast: false }, signal)).toBe(false);
    await ledger.putPollState('support', 'audit', { pauseMs: 0 });
    expect(await auditDay(firm.reports, { day: today, round: 'first', isLast: false }, signal)).toBe(true);
    expect(meta.account.requests.message_history).toBe(asked + 2);
  });
});

describe('what is missing', () => {
  test('is named by id, with day and number, a page at a time', async () => {
    const { body } = webhook('status', 'messages', {
      statuses: [
        {
          id: messageId(1),
          status: 'sent',
          timestamp: String(at('09:00:00').getTime() / 1_000),
          recipient_id: '14155550100',
        },
      ],
    });
    const firm = firmOf(
      ledger,
      `
sources:
  - { id: support, type: whatsapp-cloud, appSecret: s, verifyToken: v, businessNumbers: ['${demoBusiness.number}'] }
routes:
  - { source: support, destinations: [sales] }
${crm}`,
    );
    await firm.receive('support', body);
    await firm.fold();
    const key = interactionKey('whatsapp-cloud', demoBusiness.number, messageId(1));
    await ledger.append(
      [
        {
          ...eventOf('odd', { at: `${today}T08:00:00Z` }),
          kind: 'unrecognised',
          sourceKind: 'whatsapp-cloud',
        },
        {
          ...eventOf('file', { at: `${today}T12:00:00Z`, number: demoBusiness.number }),
          kind: 'media',
          sourceKind: 'whatsapp-cloud',
          interactionKey: key,
          payload: { mediaId: 'm1', result: { state: 'missing', code: 'media-expired', text: 'gone' } },
        },
      ],
      [],
    );
    await store.sql.query(
      `insert into wcs.media (key, media_id, source, state) values ($1, 'm1', 'support', 'done')`,
      [key],
    );
    const first = await ledger.missing({ from: today, to: today, limit: 2 });
    expect(first.items.map(({ what, messageId: id }) => [what, id])).toEqual([
      ['unrecognised', 'odd'],
      ['content', messageId(1)],
    ]);
    const { items, cursor } = await ledger.missing({
      from: today,
      to: today,
      limit: 2,
      cursor: first.cursor!,
    });
    expect(items).toEqual([
      {
        what: 'file',
        id: key,
        messageId: messageId(1),
        source: 'support',
        businessNumber: demoBusiness.number,
        day: today,
        file: { id: 'm1', code: 'media-expired' },
      },
    ]);
    expect(cursor).toBeUndefined();
  });
});
