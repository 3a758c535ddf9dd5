import { describe, expect, it } from '@jest/globals';
import type { Fact } from '../../src/core/fact.ts';
import type { Folded, FoldSubject, Ledger, Learned } from '../../src/ledger/ledger.ts';
import { foldAll } from '../../src/pipeline/fold.ts';
import type { StoredEvent } from '../../src/sources/source.ts';

const at = '2026-03-01T10:00:00.000Z';
const eventOf = (payload: unknown, more: Partial<StoredEvent> = {}): StoredEvent => ({
  id: 1,
  source: 'support',
  sourceKind: 'test',
  kind: 'notice',
  businessNumber: '+15550783881',
  occurredAt: at,
  receivedAt: at,
  payload,
  ...more,
});

interface Readers {
  readonly rebuild: (subject: FoldSubject) => Folded;
  readonly learn: (event: StoredEvent) => Learned;
}

/** What the pipeline hands to the ledger; events hold the fact itself. */
async function readers(): Promise<Readers> {
  let given: Readers | undefined;
  const fold: Ledger['fold'] = async (_limit, rebuild, learn) => {
    if (learn !== undefined) given = { rebuild, learn };
    return { events: 0, interactions: 0 };
  };
  await foldAll(
    {
      ledger: { fold },
      normalize: new Map([['test', (event: StoredEvent) => event.payload as Fact]]),
      route: () => ({ destinations: ['sales'], statuses: 'failed' }),
    },
    () => undefined,
    new AbortController().signal,
  );
  if (given === undefined) throw new Error('nothing was handed over');
  return given;
}

describe('the fold of the pipeline', () => {
  it('learns groups and alerts from notices, and people from whatever names them', async () => {
    const { learn } = await readers();
    const alert = { subject: '1', code: 'capture-stopped', raised: true, text: 'Removed.' };
    const group = { id: 'g1', subject: 'Name' };
    const person = { phone: '+1000', userId: 'US.1' };
    const notice = { kind: 'notice', at, topic: 'account_update', alert, group, person };
    expect(learn(eventOf(notice))).toEqual({
      links: [{ kind: 'same', a: '+1000', b: 'US.1', at }],
      groups: [{ businessNumber: '+15550783881', ...group, at }],
      alerts: [{ ...alert, source: 'support', at }],
    });
    const unknown = { kind: 'unrecognised', at, topic: 'shape' };
    expect(learn(eventOf(unknown, { kind: 'unrecognised' }))).toEqual({ links: [], groups: [], alerts: [] });
  });

  it('names files to be fetched until their result is an event, and the group by its name then', async () => {
    const { rebuild } = await readers();
    const content = { type: 'image', text: '', media: [{ id: 'm1' }, { id: 'm2' }] };
    const message = eventOf(
      {
        kind: 'message',
        at,
        direction: 'inbound',
        person: { phone: '+1000' },
        content,
        via: 'live',
        group: { id: 'g' },
      },
      { kind: 'message' },
    );
    const result = { state: 'missing', code: 'media-expired', text: 'Gone.' };
    const file = eventOf({ mediaId: 'm1', result }, { id: 2, kind: 'media', sourceKind: 'any other' });
    const groupSubject = (id: string) => `name of ${id}`;
    const folded = rebuild({ key: 'k', events: [message, file], groupSubject });
    expect(folded.media).toEqual([{ id: 'm2' }]);
    expect(folded.interaction).toMatchObject({
      group: { id: 'g', subject: 'name of g' },
      content: { media: [{ id: 'm1', result }, { id: 'm2' }] },
    });
  });
});
