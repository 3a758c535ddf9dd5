import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fold } from '../../src/core/fold.ts';
import { render } from '../../src/mapping/render.ts';
import { factOf, foldEvents, split } from '../fixtures/whatsapp/bodies.ts';

/** Meta's own description of its API, where it lies beside the project. */
const path = join(process.cwd(), '..', 'shared', 'specs', 'meta-business-messaging-api_v23.0.yaml');

interface Spec {
  readonly paths: Readonly<
    Record<
      string,
      { readonly post?: { readonly requestBody?: { readonly content?: Readonly<Record<string, Content>> } } }
    >
  >;
}
interface Content {
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

function examples(): [name: string, body: unknown][] {
  const spec = parse(readFileSync(path, 'utf8')) as Spec;
  const content = spec.paths['/whatsapp/webhooks']?.post?.requestBody?.content ?? {};
  return Object.values(content).flatMap(({ examples: named = {} }) =>
    Object.entries(named).map(([name, { value }]): [string, unknown] => [name, value]),
  );
}

const kinds: Readonly<Record<string, readonly string[]>> = {
  'Reaction Message': ['reaction'],
  'System Message': ['number-change'],
  'Group Create Message': ['notice'],
  'Group Settings Update': ['notice'],
  'Group Remove Participants': ['notice'],
};

if (!existsSync(path)) {
  describe("Meta's description of its API", () => {
    it('is not beside the project: nothing to check here', () => {
      expect(existsSync(path)).toBe(false);
    });
  });
} else {
  const all = examples();

  it('has examples of webhooks', () => {
    expect(all.length).toBeGreaterThan(10);
  });

  describe.each(all)('the example "%s"', (name, body) => {
    const drafts = split(body);

    it('is read as what it is', () => {
      expect(drafts.map(({ kind }) => kind)).toEqual(kinds[name] ?? ['message']);
      expect(drafts.map((draft) => factOf(draft).kind)).not.toContain('unrecognised');
    });

    it('makes a record that a person can read', () => {
      for (const draft of drafts.filter(({ interactionKey }) => interactionKey !== undefined)) {
        const interaction = fold(draft.interactionKey ?? '', foldEvents([draft]));
        const { text } = render(interaction, { revision: 1, contact: { type: 'contact', id: '1' } });
        expect(text).toContain('+1 650 555 1234');
        expect(text).not.toMatch(/undefined|\[object|\[empty/);
      }
    });
  });
}
