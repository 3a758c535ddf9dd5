import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fact } from '../../src/core/fact.ts';
import type { Person } from '../../src/core/interaction.ts';
import { fold } from '../../src/core/fold.ts';
import type { EventDraft } from '../../src/sources/source.ts';
import { render } from '../../src/mapping/render.ts';
import { expectedOfLibraries } from './shared-fixtures-expected-libraries.ts';
import { expectedOfMeta } from './shared-fixtures-expected.ts';
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

const expectations = { ...expectedOfMeta, ...expectedOfLibraries };

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

/** `kind direction, from > to, time | beginning of the text`, as far as a fact has them. */
function brief(draft: EventDraft): string {
  const fact: Fact = factOf(draft);
  const name =
    fact.kind === 'call' ? `call.${fact.step}` : fact.kind === 'status' ? `status.${fact.state}` : fact.kind;
  const direction = 'direction' in fact && fact.direction ? ` ${fact.direction}` : '';
  const what = whatOf(fact).replaceAll('\n', ' / ').slice(0, 48);
  return `${name}${direction}, ${partiesOf(fact, draft)}, ${timeOf(fact)}${what === '' ? '' : ` | ${what}`}`;
}

/** Who to whom; `person - firm` where the direction is not told. */
function partiesOf(fact: Fact, { businessNumber = 'no number' }: EventDraft): string {
  if (fact.kind === 'number-change') return `${nameOf(fact.from)} became ${nameOf(fact.to)}`;
  const person = 'person' in fact && fact.person ? nameOf(fact.person) : 'nobody';
  const direction = 'direction' in fact ? fact.direction : fact.kind === 'status' ? 'outbound' : undefined;
  if (direction === undefined) return `${person} - ${businessNumber}`;
  return direction === 'inbound' ? `${person} > ${businessNumber}` : `${businessNumber} > ${person}`;
}

function nameOf({ phone, userId }: Person): string {
  return [phone, userId].filter((each) => each !== undefined).join('/') || 'nobody';
}

/** The time of receipt stands where a sample names none. */
function timeOf({ at }: Fact): string {
  return at === received.toISOString() ? 'now' : at.replace('.000Z', 'Z');
}

function whatOf(fact: Fact): string {
  if ('content' in fact) return `${fact.content.type}: ${fact.content.text}`;
  if ('topic' in fact) return fact.topic;
  if (fact.kind === 'call') return fact.result ?? '';
  return fact.kind === 'reaction' ? (fact.emoji ?? 'taken away') : '';
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

    it('says what is expected of it', () => {
      expect(drafts.map(brief)).toEqual(expectations[name]);
    });
  });
}
