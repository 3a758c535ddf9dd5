import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fact } from '../../src/core/fact.ts';
import { fold } from '../../src/core/fold.ts';
import type { EventDraft } from '../../src/sources/source.ts';
import { render } from '../../src/mapping/render.ts';
import { expectations } from './shared-fixtures-expected.ts';
import { factOf, foldEvents, received, source } from '../fixtures/whatsapp/bodies.ts';

/** Sample payloads that others wrote, kept beside the project where it is checked against them. */
const folder = join(process.cwd(), '..', 'shared', 'fixtures');
const shaped = ['meta-2026', 'meta-docs-2025-12', 'meta-openapi', 'pywa', 'kapso-sdk', '360dialog'];
const files = shaped.flatMap((name) =>
  existsSync(join(folder, name))
    ? readdirSync(join(folder, name))
        .filter((each) => each.endsWith('.json'))
        .map((each) => `${name}/${each}`)
    : [],
);

const itemLists = [
  'messages',
  'statuses',
  'calls',
  'message_echoes',
  'errors',
  'groups',
  'user_preferences',
  'user_id_update',
  'state_sync',
];

/** Items of a body, found without the code under test: the outermost lists of these names, outside contacts. */
function itemsIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(itemsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]): unknown[] => {
    if (name === 'contacts') return [];
    return itemLists.includes(name) && Array.isArray(inner) ? inner : itemsIn(inner);
  });
}

function isWebhook(json: object): boolean {
  return 'entry' in json || 'event' in json || 'history' in json;
}

/** `kind direction person | beginning of the text`, as far as a fact has them. */
function brief(draft: EventDraft): string {
  const fact: Fact = factOf(draft);
  const parts = [
    fact.kind === 'call' ? `call.${fact.step}` : fact.kind === 'status' ? `status.${fact.state}` : fact.kind,
  ];
  if ('direction' in fact && fact.direction) parts.push(fact.direction);
  if ('person' in fact && fact.person) parts.push(fact.person.phone ?? fact.person.userId ?? 'nobody');
  const what =
    'content' in fact
      ? `${fact.content.type}: ${fact.content.text}`
      : 'topic' in fact
        ? fact.topic
        : fact.kind === 'call'
          ? (fact.result ?? '')
          : fact.kind === 'reaction'
            ? (fact.emoji ?? 'taken away')
            : '';
  return what === '' ? parts.join(' ') : `${parts.join(' ')} | ${what.replaceAll('\n', ' / ').slice(0, 48)}`;
}

if (files.length === 0) {
  describe('samples that others wrote', () => {
    it('are not beside the project: nothing to check here', () => {
      expect(files).toEqual([]);
    });
  });
} else {
  describe.each(files)('%s', (name) => {
    const raw = readFileSync(join(folder, name));
    const json = JSON.parse(raw.toString()) as object;
    const drafts = source.split(raw, received);

    it('is accounted for, every item once', () => {
      const items = isWebhook(json) ? itemsIn(json) : [json];
      const kept = drafts.map(({ payload }) => JSON.stringify((payload as { item: unknown }).item));
      if (items.length === 0) expect(drafts).toHaveLength(1);
      else expect(kept.toSorted()).toEqual(items.map((item) => JSON.stringify(item)).toSorted());
    });

    it('is folded and rendered without a fault', () => {
      for (const draft of drafts.filter(({ interactionKey }) => interactionKey !== undefined)) {
        const interaction = fold(draft.interactionKey ?? '', foldEvents([draft]));
        const activity = render(interaction, { revision: 1, contact: { type: 'contact', id: '1' } });
        expect(activity.text.length).toBeGreaterThan(10);
      }
    });

    const expected = expectations[name];
    if (expected !== undefined) {
      it('says what is expected of it', () => {
        expect(drafts.map(brief)).toEqual(expected);
      });
    }
  });
}
