import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fateOf, type Fate } from '../../src/core/errors.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type { DeliveryItem } from '../../src/destinations/destination.ts';
import { errorRows } from '../../src/destinations/hubspot/error-table.ts';
import { Refusal, type ErrorBody } from '../../src/sandbox/hubspot/errors.ts';
import { hubSpotStage, keyField, type HubSpotStage } from '../support/hubspot.ts';

/** How HubSpot says it: to the whole call, of one row in a 207, to a whole batch for one of its rows, after it was done. */
type Way = 'call' | 'row' | 'whole' | 'after-commit';

interface Body {
  readonly name: string;
  readonly row: string;
  readonly ways: readonly Way[];
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

const folder = new URL('../fixtures/hubspot/errors/', import.meta.url);
const bodies = readdirSync(folder).map((file): Body => {
  const content = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Omit<Body, 'name'>;
  return { ...content, name: file.replace('.json', '') };
});
const cases = bodies.flatMap((body) => body.ways.map((way) => [body.name, way, body] as const));

const kinds: Readonly<Record<Fate, Outcome['kind']>> = {
  retry: 'retryable',
  wait: 'throttled',
  stop: 'throttled',
  rematch: 'permanent',
  park: 'permanent',
  'dead-letter': 'permanent',
  'read-back': 'unknown',
};

let stage: HubSpotStage;
afterEach(() => stage.close());

const isCreate = ({ operation }: { readonly operation: string }) =>
  operation === 'communications.batch.create';

function refusalOf({ status, body, headers }: Body): Refusal {
  const text = JSON.stringify(body).replaceAll('{keyField}', keyField).replaceAll('{contact}', stage.contact);
  const { status: _status, correlationId: _id, ...rest } = JSON.parse(text) as ErrorBody;
  return new Refusal(status, rest, headers);
}

/** Arms the fault and gives the items, the guilty one first. */
function arm(way: Way, body: Body): DeliveryItem[] {
  const other = stage.sandbox.addContact({ firstname: 'Ben' });
  const items = ['bad', 'good', 'better'].map((text, index) =>
    stage.item(text, index === 0 ? {} : { contact: { type: 'contact', id: other } }),
  );
  const { faults } = stage.sandbox;
  const isBad = (row: Readonly<Record<string, unknown>>) => row[keyField] === items[0]?.key;
  if (way === 'call') faults.status(refusalOf(body), 1, isCreate);
  if (way === 'after-commit') faults.statusAfterCommit(body.status, 1, isCreate);
  if (way === 'row') faults.row(isBad, () => refusalOf(body));
  if (way === 'whole') faults.batch(isBad, () => refusalOf(body));
  return items;
}

const keysThere = () =>
  stage.sandbox
    .records('communications')
    .map((each) => each.values[keyField])
    .toSorted();

/** What the pipeline does: asks by key for what is unknown, then sends what is not there. */
async function sendAgain(items: readonly DeliveryItem[], outcomes: readonly Outcome[]): Promise<Outcome[]> {
  const lost = items.filter((_item, index) => outcomes[index]?.kind === 'unknown');
  const found = lost.length > 0 ? await stage.hubspot.readBack(lost) : new Map<string, string>();
  const rest = items.filter(({ key }, index) => outcomes[index]?.kind !== 'delivered' && !found.has(key));
  return rest.length > 0 ? stage.hubspot.deliver(rest) : [];
}

describe('the error table of HubSpot', () => {
  it.each(cases)(
    '%s, said by %s: its code, its fate, nothing doubled and nothing lost',
    async (_name, way, body) => {
      stage = await hubSpotStage();
      const row = errorRows.find((each) => each.id === body.row);
      if (row === undefined) throw new Error(`no row ${body.row}`);
      if (row.code === 'conflict') await stage.hubspot.deliver([stage.item('bad')]);
      const items = arm(way, body);
      const outcomes = await stage.hubspot.deliver(items);
      const guilty = way === 'row' || way === 'whole' ? outcomes.slice(0, 1) : outcomes;
      for (const outcome of outcomes.slice(guilty.length))
        expect(outcome).toMatchObject({ kind: 'delivered' });
      for (const outcome of guilty) {
        if (row.code === 'conflict') expect(outcome).toMatchObject({ kind: 'delivered', adopted: true });
        else expect(outcome).toMatchObject({ kind: kinds[fateOf(row.code)], code: row.code });
      }
      const written = way === 'after-commit' || row.code === 'conflict' ? items : items.slice(guilty.length);
      expect(keysThere()).toEqual(written.map(({ key }) => key).toSorted());
      stage.sandbox.faults.clear();
      for (const outcome of await sendAgain(items, outcomes))
        expect(outcome).toMatchObject({ kind: 'delivered' });
      expect(keysThere()).toEqual(items.map(({ key }) => key).toSorted());
    },
  );

  it('has a recorded body for every row, and a row for every body', async () => {
    stage = await hubSpotStage();
    expect(new Set(bodies.map((each) => each.row))).toEqual(new Set(errorRows.map((row) => row.id)));
    expect(new Set(errorRows.map((row) => row.id)).size).toBe(errorRows.length);
  });

  it.each([
    ['locked', 3_000],
    ['daily-limit', 900_000],
    ['second-limit', 1_000],
    ['ten-second-limit', 10_000],
    ['migration', 7_200_000],
  ])('waits after %s for %d ms', async (name, retryAfterMs) => {
    stage = await hubSpotStage();
    const body = bodies.find((each) => each.name === name);
    if (body === undefined) throw new Error(`no body ${name}`);
    const outcomes = await stage.hubspot.deliver(arm('call', body));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'throttled', retryAfterMs });
  });

  it("tells a rule of the account in HubSpot's words, without what was sent", async () => {
    stage = await hubSpotStage();
    const body = bodies.find((each) => each.name === 'rule-of-the-account');
    if (body === undefined) throw new Error('no body');
    const [outcome] = await stage.hubspot.deliver(arm('row', body));
    expect(outcome).toMatchObject({ code: 'validation-rule' });
    const reason = outcome && 'reason' in outcome ? outcome.reason : '';
    expect(reason).toContain('hubspot_owner_id');
    expect(reason).toContain('An owner is required for activities of this team');
  });
});
