import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyGate } from '../../src/pipeline/gate.ts';
import { business, factOf, foldEvents, received, source } from '../fixtures/whatsapp/bodies.ts';
import { fold } from '../../src/core/fold.ts';

/** Bodies of other providers and answers of APIs, sent to a Cloud API webhook by mistake: kept, never misread. */
const folder = join(process.cwd(), '..', 'shared', 'fixtures');
const foreign = ['bird', 'vonage', 'ycloud', 'wati', 'gupshup'].flatMap((name) => filesIn(name));
const answers = filesIn('meta-openapi').filter((name) => name.includes('/api_'));
const files = [...foreign, ...answers];

function filesIn(name: string): string[] {
  if (!existsSync(join(folder, name))) return [];
  const names = readdirSync(join(folder, name)).filter((each) => each.endsWith('.json'));
  return names.map((each) => `${name}/${each}`);
}

if (files.length === 0) {
  describe('samples of other providers', () => {
    it('are not beside the project: nothing to check here', () => {
      expect(files).toEqual([]);
    });
  });
} else {
  describe.each(files)('%s', (name) => {
    const raw = readFileSync(join(folder, name));
    const json = JSON.parse(raw.toString()) as object;
    const drafts = source.split(raw, received);

    it('is kept whole as one event that nobody can read', () => {
      expect(drafts.map(({ kind, payload }) => [kind, payload])).toEqual([
        ['unrecognised', { field: '', item: json }],
      ]);
      expect(drafts.map((draft) => factOf(draft))).toEqual([
        { kind: 'unrecognised', at: drafts[0]?.occurredAt, topic: 'shape' },
      ]);
    });

    it('is one event when it comes twice', () => {
      const again = source.split(Buffer.from(JSON.stringify(json)), received);
      expect(again.map(({ dedupeKey }) => dedupeKey)).toEqual(drafts.map(({ dedupeKey }) => dedupeKey));
    });

    it('makes no interaction, and keeps no content where the numbers to record are named', () => {
      const rules = {
        source: 's',
        sourceKind: 'whatsapp-cloud',
        hashSecret: 'x',
        excluded: new Set<string>(),
      };
      const { events } = applyGate(drafts, { ...rules, businessNumbers: new Set([business]) });
      expect(events).toHaveLength(1);
      expect(events[0]).not.toHaveProperty('interactionKey');
      expect(events[0]?.payload).toMatchObject({ withheld: expect.any(String) });
    });
  });

  describe('the sample of a library that hands on the bodies of Meta', () => {
    it('is read fully, with messages, a state and a call', () => {
      const names = filesIn('kapso-sdk');
      const drafts = names.flatMap((name) => source.split(readFileSync(join(folder, name)), received));
      const interactions = drafts.map((draft) => fold(draft.interactionKey ?? '', foldEvents([draft])));
      expect(drafts.map(({ kind }) => kind)).toEqual(['message', 'message', 'message', 'status', 'call']);
      expect(interactions.map(({ kind, direction }) => `${kind} ${direction}`)).toEqual([
        'message inbound',
        'message inbound',
        'message inbound',
        'message outbound',
        'call inbound',
      ]);
    });
  });
}
