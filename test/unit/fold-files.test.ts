import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Fact } from '../../src/core/fact.ts';
import { contentHash } from '../../src/core/fold-hash.ts';
import { filesOf, missingFiles } from '../../src/core/fold-media.ts';
import { fold } from '../../src/core/fold.ts';
import type { FileResult, Interaction, Media, MessageContent, Via } from '../../src/core/interaction.ts';

const at = (minute: number): string => new Date(Date.UTC(2026, 5, 1, 10, minute)).toISOString();
const stored = (letter: string): FileResult => ({ state: 'stored', sha256: letter.repeat(64), size: 1 });
const missing: FileResult = { state: 'missing', code: 'media-expired', text: 'It is gone.' };
const image: MessageContent = { type: 'image', text: 'Look', media: [{ id: 'm1' }] };

function message(minute: number, via: Via, content: MessageContent): Fact {
  return { kind: 'message', at: at(minute), direction: 'inbound', person: { phone: '+1000' }, content, via };
}
function file(minute: number, mediaId: string, result: FileResult): Fact {
  return { kind: 'media', at: at(minute), mediaId, result };
}
function folded(...facts: Fact[]): Interaction {
  const event = { id: 1, source: 's', sourceKind: 'k', businessNumber: '+1', providerId: 'p' };
  return fold(
    'key',
    facts.map((fact) => ({ event, fact })),
  );
}
function contentOf(...facts: Fact[]): MessageContent | undefined {
  const interaction = folded(...facts);
  return interaction.kind === 'message' ? interaction.content : undefined;
}

describe('the files of an interaction', () => {
  it('have their result beside them wherever they stand', () => {
    const edit: Fact = {
      kind: 'edit',
      at: at(2),
      direction: 'inbound',
      person: {},
      content: { type: 'image', text: 'Other', media: [{ id: 'm2' }] },
    };
    const interaction = folded(
      message(1, 'live', image),
      edit,
      file(3, 'm1', missing),
      file(4, 'm2', stored('a')),
    );
    expect(filesOf(interaction)).toEqual([
      { id: 'm2', result: stored('a') },
      { id: 'm1', result: missing },
    ]);
    expect(missingFiles(interaction)).toEqual([]);
  });

  it('of a call are its recording, transcript and voicemail', () => {
    const step = (name: 'recording' | 'transcript' | 'voicemail', media: Media): Fact => ({
      kind: 'call',
      at: at(1),
      step: name,
      person: {},
      media,
    });
    const call = folded(
      step('recording', { id: 'r' }),
      step('transcript', { id: 't' }),
      step('voicemail', { id: 'v' }),
      file(2, 'r', stored('a')),
    );
    expect(call).toMatchObject({ kind: 'call', recording: { id: 'r', result: stored('a') } });
    expect(missingFiles(call).map(({ id }) => id)).toEqual(['t', 'v']);
  });

  it('stay stored once they are, and else have the latest result', () => {
    const result = (...facts: Fact[]) => contentOf(message(1, 'live', image), ...facts)?.media?.[0]?.result;
    expect(result(file(2, 'm1', stored('a')), file(3, 'm1', missing))).toEqual(stored('a'));
    expect(result(file(2, 'm1', missing), file(3, 'm1', stored('b')))).toEqual(stored('b'));
    const later: FileResult = { ...missing, code: 'media-too-large' };
    expect(result(file(2, 'm1', missing), file(3, 'm1', later))).toEqual(later);
  });

  it('do not make a message of which nothing else is known older or seen', () => {
    const state: Fact = { kind: 'status', at: at(5), state: 'sent', person: {} };
    expect(folded(state, file(1, 'm1', stored('a')))).toMatchObject({ occurredAt: at(5), via: 'unknown' });
  });

  it('change what people see only when they are not to be had', () => {
    const hash = (...facts: Fact[]) => contentHash(folded(message(1, 'live', image), ...facts), 'failed');
    expect(hash(file(2, 'm1', stored('a')))).toBe(hash());
    expect(hash(file(2, 'm1', missing))).not.toBe(hash());
  });
});

describe('copies of one message', () => {
  it('tell direction and time in the order of their trust', () => {
    const order: readonly Via[] = ['live', 'echo', 'api', 'standby', 'list', 'import', 'history'];
    for (const [index, via] of order.entries()) {
      const copies = order.slice(index).map((one, nth) => message(9 - nth, one, image));
      expect(folded(...copies.toReversed())).toMatchObject({ via, occurredAt: at(9) });
    }
  });

  it("take the content of a webhook before a list's, and from the list what only it has", () => {
    const replyTo = { key: 'k', providerId: 'q' };
    const listed = message(1, 'list', image);
    const pushed = message(1, 'import', { type: 'text', text: 'Look here', replyTo });
    expect(contentOf(listed, pushed)).toEqual({
      type: 'text',
      text: 'Look here',
      replyTo,
      media: image.media,
    });
  });

  it('of a list are better than a placeholder or what could not be shown', () => {
    for (const type of ['unsupported', 'media_placeholder']) {
      expect(contentOf(message(1, 'live', { type, text: '' }), message(2, 'list', image))).toEqual(image);
    }
  });

  it('give the same message in whatever order they come', () => {
    const via = fc.constantFrom<Via>('live', 'echo', 'api', 'standby', 'list', 'import', 'history');
    const content = fc.record(
      {
        type: fc.constantFrom('text', 'image', 'unsupported', 'media_placeholder'),
        text: fc.constantFrom('a', 'b'),
        media: fc.constantFrom([{ id: 'm1' }], [{ id: 'm2' }]),
        replyTo: fc.constantFrom({ key: 'k', providerId: '1' }, { key: 'k', providerId: '2' }),
      },
      { requiredKeys: ['type', 'text'] },
    );
    const copy = fc.tuple(fc.nat(3), via, content).map(([minute, how, what]) => message(minute, how, what));
    const fetched = fc
      .tuple(fc.nat(3), fc.constantFrom('m1', 'm2'), fc.constantFrom(missing, stored('a'), stored('b')))
      .map(([minute, id, result]) => file(minute, id, result));
    const facts = fc.array(fc.oneof(copy, fetched), { minLength: 1, maxLength: 6 });
    const orders = facts.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(orders, ([list, mixed]) => {
        expect(folded(...mixed)).toEqual(folded(...list));
      }),
      { numRuns: 300 },
    );
  });
});
