import { describe, expect, it } from '@jest/globals';
import { fold } from '../../src/core/fold.ts';
import type { Fact } from '../../src/core/fact.ts';
import { applyGate, type GateRules } from '../../src/pipeline/gate.ts';
import type { EventDraft, ForwardAnswer } from '../../src/sources/source.ts';
import { normalizeWhatsAppCloud } from '../../src/sources/whatsapp-cloud/index.ts';
import {
  draftIntent,
  draftOutcome,
  type Attempt,
} from '../../src/sources/whatsapp-cloud/pass-through-drafts.ts';
import { body, business, foldEvents, only, sentAt, stored } from '../fixtures/whatsapp/bodies.ts';

const at = new Date('2026-06-01T10:00:05.000Z');

function answer(json: unknown, status = 200, headers: Record<string, string> = {}): ForwardAnswer {
  return { status, headers, body: Buffer.from(JSON.stringify(json)) };
}

const accepted = answer({
  messaging_product: 'whatsapp',
  contacts: [{ input: '+1 (415) 555-0100', wa_id: '14155550100' }],
  messages: [{ id: 'wamid.out' }],
});

function attempt(params: object, more: Partial<Attempt> = {}): Attempt {
  return {
    id: 'attempt',
    sourceKind: 'whatsapp-cloud',
    path: '/v23.0/1/messages',
    businessNumber: business,
    params: { messaging_product: 'whatsapp', to: '+1 (415) 555-0100', ...params },
    ...more,
  };
}

/** The event of the message itself. */
function sent(params: object, reply = accepted, more: Partial<Attempt> = {}): EventDraft {
  const [, message] = draftOutcome(attempt(params, more), reply, at);
  if (!message) throw new Error('no message was recorded');
  return message;
}

function read(params: object, reply = accepted): Fact {
  return normalizeWhatsAppCloud(stored(sent(params, reply), 1));
}

const contentOf = (params: object): unknown => {
  const fact = read(params);
  return 'content' in fact ? fact.content : fact;
};

describe('a message that went out through us', () => {
  it('reads as an outgoing one to the person that WhatsApp names', () => {
    expect(read({ type: 'text', text: { body: 'Hello' } })).toEqual({
      kind: 'message',
      at: at.toISOString(),
      direction: 'outbound',
      via: 'api',
      person: { phone: '+14155550100' },
      content: { type: 'text', text: 'Hello' },
    });
  });

  it('may go to a user id alone', () => {
    const reply = answer({
      contacts: [{ input: 'US.134', user_id: 'US.134' }],
      messages: [{ id: 'wamid.out', message_status: 'accepted' }],
    });
    expect(read({ to: undefined, recipient: 'US.134', text: { body: 'a' } }, reply)).toMatchObject({
      person: { userId: 'US.134' },
    });
  });

  it('may go to a group', () => {
    expect(read({ recipient_type: 'group', to: 'Z3JvdXA=', text: { body: 'a' } })).toMatchObject({
      group: { id: 'Z3JvdXA=' },
      person: {},
    });
  });

  it('answers the message that it names', () => {
    expect(contentOf({ text: { body: 'a' }, context: { message_id: 'wamid.in' } })).toMatchObject({
      type: 'text',
      replyTo: { providerId: 'wamid.in' },
    });
  });

  it('names its file by id, to be fetched', () => {
    expect(
      contentOf({ type: 'document', document: { id: '42', filename: 'offer.pdf', caption: 'Ours' } }),
    ).toMatchObject({
      text: 'Ours',
      media: [{ id: '42', fileName: 'offer.pdf' }],
    });
  });

  it('says so when its file is a link, without what follows the address', () => {
    const content = contentOf({
      type: 'image',
      image: { link: 'https://example.com/a.png?key=s3cret', caption: 'Ours' },
    });
    expect(content).toMatchObject({
      text: 'Ours\n[image sent as a link, not kept here: https://example.com/a.png]',
    });
    expect(content).not.toHaveProperty('media');
  });

  it('names a template with what was filled in, and the file of its header', () => {
    const components = [
      { type: 'header', parameters: [{ type: 'image', image: { id: '7' } }] },
      {
        type: 'body',
        parameters: [
          { type: 'text', text: 'Ana' },
          { type: 'currency', currency: { fallback_value: '€ 10', code: 'EUR', amount_1000: 10_000 } },
          { type: 'text', parameter_name: 'day', text: 'Monday' },
        ],
      },
    ];
    const template = { name: 'order_update', language: { code: 'en' }, components };
    expect(contentOf({ type: 'template', template })).toMatchObject({
      type: 'template',
      text: '[Template order_update]\nAna\n€ 10\nday: Monday',
      media: [{ id: '7' }],
      details: template,
    });
  });

  it('names the choices that it offers, and the file of its header', () => {
    const interactive = {
      type: 'button',
      header: { type: 'video', video: { id: '8' } },
      body: { text: 'Coming?' },
      action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Yes' } }] },
    };
    expect(contentOf({ type: 'interactive', interactive })).toMatchObject({
      text: 'Coming?\n[Yes]',
      media: [{ id: '8' }],
    });
  });

  it('that is a reaction belongs to what it reacts to', () => {
    const reaction = { type: 'reaction', reaction: { message_id: 'wamid.in', emoji: '👍' } };
    expect(sent(reaction)).toMatchObject({ kind: 'reaction', providerId: 'wamid.in' });
    expect(read(reaction)).toMatchObject({ kind: 'reaction', emoji: '👍', direction: 'outbound' });
  });

  it('is one interaction with its echo on standby and its statuses', () => {
    const request = {
      messaging_product: 'whatsapp',
      to: '14155550100',
      type: 'text',
      text: { body: 'Hello' },
    };
    const echo = only(
      body('standby', {
        standby: { message_echoes: [{ id: 'wamid.out', timestamp: sentAt, message: request }] },
      }),
    );
    const status = only(
      body('messages', {
        statuses: [{ id: 'wamid.out', status: 'read', timestamp: sentAt, recipient_id: '14155550100' }],
      }),
    );
    const own = sent({ type: 'text', text: { body: 'Hello' } });
    expect(new Set([own, echo, status].map((draft) => draft.interactionKey)).size).toBe(1);
    const interaction = fold(own.interactionKey ?? '', foldEvents([status, echo, own]));
    expect(interaction).toMatchObject({
      content: { text: 'Hello' },
      status: { state: 'read' },
      direction: 'outbound',
    });
  });

  it('of 360dialog has the keys of 360dialog', () => {
    const keys = ['whatsapp-cloud', '360dialog'].map(
      (sourceKind) => sent({ text: { body: 'a' } }, accepted, { sourceKind }).interactionKey,
    );
    expect(new Set(keys).size).toBe(2);
  });

  it('without a number known is kept for somebody to look at', () => {
    const { businessNumber: _number, ...rest } = attempt({ text: { body: 'a' } });
    expect(draftOutcome(rest, accepted, at)).toMatchObject([{ kind: 'unrecognised' }]);
  });
});

describe('what became of a request', () => {
  const outcomeOf = (reply: Parameters<typeof draftOutcome>[1]): unknown => {
    const [outcome, ...others] = draftOutcome(attempt({}), reply, at);
    const payload = outcome?.payload as { item: { outcome: string } } | undefined;
    return [payload?.item.outcome, others.length];
  };

  it.each([
    ['sent', 1, accepted],
    ['refused', 0, answer({ error: { code: 131009 } }, 400)],
    ['refused', 0, answer({}, 302)],
    ['unknown', 0, answer({ error: { code: 131000 } }, 500)],
    ['unknown', 0, answer({ messages: [] })],
    ['unknown', 0, answer('nonsense')],
    ['unknown', 0, 'unknown' as const],
    ['not-sent', 0, 'not-sent' as const],
  ])('is %s, with %d messages', (outcome, messages, reply) => {
    expect(outcomeOf(reply)).toEqual([outcome, messages]);
  });

  it('is a notice, as the intent is, and both carry the attempt', () => {
    const drafts = [draftIntent(attempt({}), at), ...draftOutcome(attempt({}), 'unknown', at)];
    const facts = drafts.map((draft, index) => normalizeWhatsAppCloud(stored(draft, index)));
    expect(facts).toMatchObject([
      { kind: 'notice', topic: 'pass-through.intent', details: { attempt: 'attempt' } },
      { kind: 'notice', topic: 'pass-through.outcome', details: { attempt: 'attempt', outcome: 'unknown' } },
    ]);
    expect(new Set(drafts.map(({ dedupeKey }) => dedupeKey)).size).toBe(2);
  });
});

describe('the privacy gate', () => {
  const rules: GateRules = {
    source: 'support',
    sourceKind: 'whatsapp-cloud',
    businessNumbers: new Set([business]),
    excluded: new Set(['+14155550100', 'US.134']),
    hashSecret: 'secret',
  };
  const all = (params: object, more: Partial<Attempt> = {}) => {
    const one = attempt(params, more);
    return applyGate([draftIntent(one, at), ...draftOutcome(one, accepted, at)], rules);
  };

  it.each([
    ['as E.164', { to: '+14155550100' }],
    ['with spaces', { to: '+1 (415) 555-0100' }],
    ['without the plus sign', { to: '14155550100' }],
    ['without the country code', { to: '(415) 555-0100' }],
    ['by user id', { to: undefined, recipient: 'US.134' }],
  ])('stores nothing of a message to an excluded person, written %s, and counts it once', (_how, params) => {
    const { events, exclusions } = all({ ...params, text: { body: 'private' } });
    expect([events, exclusions.length]).toEqual([[], 1]);
  });

  it('stores nothing of a number that is not configured', () => {
    expect(all({ to: '+14155550111' }, { businessNumber: '+15550009999' }).events).toEqual([]);
  });
});
