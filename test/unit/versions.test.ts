import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fold } from '../../src/core/fold.ts';
import { versionsWithoutText } from '../../src/pipeline/hide-text.ts';
import { importedKind } from '../../src/pipeline/import.ts';
import { versionsOf } from '../../src/pipeline/versions.ts';
import { normalizeWhatsAppCloud } from '../../src/sources/whatsapp-cloud/index.ts';
import type { EventDraft, StoredEvent } from '../../src/sources/source.ts';
import { body, foldEvents, sentAt, split, stored, text } from '../fixtures/whatsapp/bodies.ts';

const deps = { normalize: new Map([['whatsapp-cloud', normalizeWhatsAppCloud]]) };
const person = '14155550100';
const firm = '15550783881';
const at = (seconds: number): string => String(Number(sentAt) + seconds);
const said = (own: object) => split(body('messages', { messages: [{ from: person, ...own }] }));
const edited = (id: string, words: string, seconds: number) =>
  said({
    id,
    timestamp: at(seconds),
    type: 'edit',
    edit: { original_message_id: 'wamid.1', message: text(words) },
  });
const media: EventDraft = {
  dedupeKey: 'ab'.repeat(32),
  kind: 'media',
  providerId: 'wamid.1',
  businessNumber: `+${firm}`,
  people: [],
  occurredAt: new Date((Number(sentAt) + 40) * 1_000).toISOString(),
  payload: { mediaId: 'm1', result: { state: 'missing', code: 'media-gone', text: 'gone' } },
};
const original = said({ id: 'wamid.1', timestamp: at(0), ...text('first words') });
const status = split(
  body('messages', {
    statuses: [{ id: 'wamid.1', status: 'read', timestamp: at(9), recipient_id: person }],
  }),
);
const story: readonly EventDraft[] = [
  ...original,
  ...edited('wamid.2', 'second words', 10),
  ...edited('wamid.3', 'third words', 20),
  ...said({ id: 'wamid.4', timestamp: at(30), type: 'revoke', revoke: { original_message_id: 'wamid.1' } }),
  ...said({
    id: 'wamid.5',
    timestamp: at(5),
    type: 'reaction',
    reaction: { message_id: 'wamid.1', emoji: '👍' },
  }),
  ...split(
    body('smb_message_echoes', {
      message_echoes: [{ from: firm, to: person, id: 'wamid.1', timestamp: at(0), ...text('first words') }],
    }),
  ),
  ...status,
  media,
];
const key = original[0]?.interactionKey ?? '';

/** In order of arrival, a minute apart. */
function arrived(drafts: readonly EventDraft[]): StoredEvent[] {
  return drafts.map((draft, index) => ({
    ...stored(draft, index + 1),
    receivedAt: new Date(Date.UTC(2026, 2, 1, 10, index)).toISOString(),
  }));
}

describe('the versions of an interaction', () => {
  test('are what it was after each event, with who did it and what it changed', () => {
    const found = versionsOf(deps, key, arrived(story.filter((draft) => !status.includes(draft))));
    expect(found.map(({ by, changed, event }) => [event.kind, by, changed])).toEqual([
      ['message', 'person', []],
      ['edit', 'person', ['content.text', 'earlier']],
      ['edit', 'person', ['content.text', 'earlier']],
      ['revoke', 'person', ['revokedAt']],
      ['reaction', 'person', ['reactions']],
      ['message', 'firm', []],
      ['media', 'worker', []],
    ]);
    expect(found[1]).toMatchObject({
      number: 2,
      at: '2026-03-01T10:01:00.000Z',
      interaction: {
        content: { text: 'second words' },
        earlier: [{ content: { text: 'first words' } }],
      },
    });
    expect(found[0]?.interaction).toMatchObject({ content: { text: 'first words' }, earlier: [] });
  });

  test('say that WhatsApp told a delivery state, and an admin brought in a chat', () => {
    const [told] = versionsOf(deps, key, arrived(status));
    expect(told).toMatchObject({ by: 'whatsapp', interaction: { status: { state: 'read' } } });
    const imports = new Map([[importedKind, normalizeWhatsAppCloud]]);
    const [first] = arrived(original).map((event) => ({ ...event, sourceKind: importedKind }));
    expect(versionsOf({ normalize: imports }, key, first === undefined ? [] : [first])[0]?.by).toBe('admin');
  });

  test('end with the interaction as it is, whatever came in whatever order', () => {
    const histories = fc.shuffledSubarray([...story], { minLength: 1 });
    fc.assert(
      fc.property(histories, (drafts) => {
        const events = arrived(drafts);
        const found = versionsOf(deps, key, events);
        expect(found.map(({ event }) => event.id)).toEqual(events.map(({ id }) => id));
        const last = found.at(-1)?.interaction;
        if (!drafts.includes(media)) expect(last).toEqual(fold(key, foldEvents(drafts)));
        // Each is the last one of the history up to it, and later events change nothing of it.
        found.forEach(({ interaction }, index) => {
          const before = versionsOf(deps, key, events.slice(0, index + 1));
          expect(interaction).toEqual(before.at(-1)?.interaction);
        });
        // Arrival decides about the versions on the way alone.
        expect(versionsOf(deps, key, arrived(drafts.toReversed())).at(-1)?.interaction).toEqual(last);
      }),
    );
  });

  test('have the name of the group, which other events tell', () => {
    const own = { id: 'wamid.1', timestamp: at(0), group_id: 'G1', ...text('hello') };
    const [first] = versionsOf(deps, key, arrived(said(own)), 'Team');
    expect(first?.interaction.group).toMatchObject({ subject: 'Team' });
  });

  test('show no words to who may not read', () => {
    const versions = versionsOf(deps, key, arrived(story));
    const hidden = versionsWithoutText({ key, conversation: 'c', versions });
    expect(hidden.isHidden).toBe(true);
    expect(hidden.versions).toHaveLength(story.length);
    expect(JSON.stringify(hidden)).not.toMatch(/words|👍/);
  });
});
