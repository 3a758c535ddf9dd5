import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../../src/core/fold.ts';
import { contentHash } from '../../src/core/fold-hash.ts';
import { render } from '../../src/mapping/render.ts';
import { body, factOf, foldEvents, received, source, split } from '../fixtures/whatsapp/bodies.ts';

const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    '\0',
    '\ud800',
    'a\udc00b',
    '__proto__',
    1e308,
    -1,
    '9'.repeat(400),
    [],
    {},
  ),
  fc.constantFrom<unknown>(
    '0',
    '-1',
    '4102444800',
    '1e999',
    253402300800,
    'constructor',
    'toString',
    '[object Object]',
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Meta's own names, so that random objects come near the shapes the code reads. */
const names = fc.constantFrom(
  ...(
    'id from to type timestamp text body image interactive nfm_reply response_json context ' +
    'errors edit message original_message_id reaction message_id order contacts product_items ' +
    'status event session duration start_time system referral unsupported template components ' +
    'parameters user_id wa_id profile __proto__ constructor location'
  ).split(' '),
);
const type = fc.constantFrom(
  'text',
  'image',
  'interactive',
  'edit',
  'revoke',
  'reaction',
  'order',
  'contacts',
  'system',
  'template',
  'constructor',
  '__proto__',
);
const { item } = fc.letrec<{ item: unknown; value: unknown }>((tie) => ({
  item: fc.dictionary(names, tie('value'), { maxKeys: 6, noNullPrototype: false }),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    nasty,
    type,
    tie('item'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}));
const withId = fc
  .tuple(item, type, fc.constantFrom('wamid.a', 'wacid.b', '\0', 'x\ud800'))
  .map(([inner, kind, id]) => ({
    from: '14155550100',
    ...(inner as object),
    id,
    type: kind,
  }));
const list = fc.constantFrom(
  'messages',
  'statuses',
  'calls',
  'message_echoes',
  'history',
  'standby',
  'errors',
  'contacts',
  'groups',
  'user_id_update',
);
const field = fc.constantFrom(
  'messages',
  'calls',
  'history',
  'standby',
  'smb_message_echoes',
  'user_id_update',
  'account_update',
  'new',
);

/** All the way: every event is normalised, folded, hashed and rendered. */
function walk(json: unknown): number {
  const drafts = split(json);
  for (const draft of drafts) {
    const fact = factOf(draft);
    expect(fact.at).toBe(draft.occurredAt);
    expect(new Date(draft.occurredAt).toISOString()).toBe(draft.occurredAt);
    expect(draft.dedupeKey).toMatch(/^[0-9a-f]{64}$/);
    JSON.stringify(draft.payload);
    if (draft.interactionKey === undefined) continue;
    const interaction = fold(draft.interactionKey, foldEvents([draft]));
    const activity = render(interaction, { revision: 1, contact: { type: 'contact', id: '1' } });
    expect(`${activity.title}${activity.text}${activity.person.name}`).not.toMatch(/\0|\p{Cs}/u);
    expect(contentHash(interaction, 'failed')).toHaveLength(64);
  }
  return drafts.length;
}

describe('hostile input', () => {
  it('never throws and never vanishes, whatever the items are', () => {
    const lists = fc.dictionary(list, fc.oneof(fc.array(fc.oneof(item, withId), { maxLength: 3 }), item), {
      maxKeys: 3,
    });
    fc.assert(
      fc.property(field, lists, (name, value) => walk(body(name, value)) > 0),
      { numRuns: 400 },
    );
  });

  it('never throws on any JSON value, nor on its pieces as a body', () => {
    fc.assert(
      fc.property(fc.oneof(item, fc.jsonValue()), (json) => walk(json) > 0),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        (bytes) => source.split(Buffer.from(bytes), received).length > 0,
      ),
      { numRuns: 200 },
    );
  });

  it('reads any stored payload without throwing, even one that is of another kind', () => {
    const kinds = fc.constantFrom(
      'message',
      'edit',
      'revoke',
      'reaction',
      'status',
      'call',
      'number-change',
      'notice',
    );
    fc.assert(
      fc.property(kinds, nasty, item, (kind, whole, inner) => {
        const draft = { dedupeKey: '', kind, people: [], occurredAt: received.toISOString() } as const;
        for (const payload of [whole, { item: whole }, { item: inner, list: 'messages', contacts: inner }]) {
          expect(factOf({ ...draft, payload }).at).toBe(draft.occurredAt);
        }
      }),
    );
  });

  it('leaves the prototypes of objects alone', () => {
    const raw =
      '{"entry":[{"changes":[{"field":"messages","value":{"__proto__":{"polluted":1},"metadata":{"display_phone_number":"15550783881"},"messages":[{"id":"wamid.a","from":"14155550100","type":"interactive","__proto__":{"polluted":1},"interactive":{"type":"nfm_reply","nfm_reply":{"response_json":"{\\"__proto__\\":{\\"polluted\\":1}}"}}}]}}]}]}';
    const drafts = source.split(Buffer.from(raw), received);
    expect(drafts.map((draft) => factOf(draft))).toContainEqual(expect.objectContaining({ kind: 'message' }));
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
