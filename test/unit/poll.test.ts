import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SourceError } from '../../src/core/source-errors.ts';
import type { Alert } from '../../src/ledger/ledger.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { forgetPollPauses, pollAll, type PollDeps } from '../../src/pipeline/poll.ts';
import type { EventDraft, PollContext, PollPage, PollSource } from '../../src/sources/source.ts';
import { emptyLedger } from '../contract/ledger-suite.ts';
import { openEmptyLedger } from '../support/ledger.ts';
import { eventOf } from '../support/ledger-data.ts';
import { makeTempFolder } from '../support/temp.ts';

const signal = new AbortController().signal;
const excluded = '+15550001111';

function draft(name: string, phone = '+14155550100'): EventDraft {
  const { source: _source, sourceKind: _kind, ...event } = eventOf(name);
  return { ...event, people: [{ phone }] };
}

const page = (cursor: string, ...drafts: EventDraft[]): PollPage => ({ cursor, drafts });

type Script = (context: PollContext, stream: string) => AsyncIterable<PollPage>;

/** A source whose lists are what the script says; remembers from where it was asked. */
function fakeSource(script: Script, streams: readonly string[] = ['messages']) {
  const asked: string[] = [];
  const source: PollSource = {
    id: 'emea',
    kind: 'test',
    everyMs: 60_000,
    streams,
    pages(stream, context) {
      asked.push(`${stream} from ${context.cursor ?? 'the beginning'}`);
      return script(context, stream);
    },
  };
  return { source, asked };
}

const folder = makeTempFolder('poll');
let opened: OpenLedger;
let alerts: Alert[];
let woken: string[];
let counted: string[];

beforeAll(async () => {
  opened = await openEmptyLedger(folder.path);
}, 60_000);
beforeEach(async () => {
  await emptyLedger(opened.sql);
  [alerts, woken, counted] = [[], [], []];
});
afterAll(async () => {
  await opened.ledger.close();
  folder.remove();
});

function depsOf(source: PollSource, ledger: Partial<PollDeps['ledger']> = {}): PollDeps {
  return {
    polls: new Map([[source.id, source]]),
    ledger: {
      append: (events, exclusions) => opened.ledger.append(events, exclusions),
      excludeIds: (ids) => opened.ledger.excludeIds(ids),
      excludedIds: (ids) => opened.ledger.excludedIds(ids),
      known: (keys) => opened.ledger.known(keys),
      markedContacts: (destination, addresses) => opened.ledger.markedContacts(destination, addresses),
      clock: () => opened.ledger.clock(),
      pollStates: (id) => opened.ledger.pollStates(id),
      putPollState: (id, stream, state) => opened.ledger.putPollState(id, stream, state),
      alerts: async () => alerts,
      setAlert: async ({ raised, source: of, subject, code, text }) => {
        alerts = alerts.filter((alert) => alert.code !== code || alert.subject !== subject);
        if (raised) alerts.push({ source: of, subject, code, text, since: '2026-03-01T10:00:00Z' });
      },
      ...ledger,
    },
    queue: { wake: async ({ kind }) => void woken.push(kind) },
    rules: new Map([
      [
        source.id,
        {
          source: source.id,
          sourceKind: source.kind,
          businessNumbers: 'all',
          excluded: new Set([excluded]),
          hashSecret: 'secret',
        },
      ],
    ]),
    failures: new Map(),
    metrics: {
      events: (id, kind, count) => void counted.push(`${id} ${kind} ${count}`),
      excluded: (id, count) => void counted.push(`${id} excluded ${count}`),
    },
    onWakeError: (error) => {
      throw error;
    },
    log: { info: () => undefined, warn: () => undefined },
  };
}

async function events(): Promise<string[]> {
  const rows = await opened.sql.query<{ provider_id: string }>(
    'select provider_id from wcs.events order by id',
  );
  return rows.map((row) => row.provider_id);
}

const stateOf = async (stream = 'messages') =>
  (await opened.ledger.pollStates('emea')).find((state) => state.stream === stream);

/** Milliseconds until the stream may be asked again. */
const pauseOf = async (stream = 'messages') =>
  Date.parse((await stateOf(stream))?.notBefore ?? '') - Date.now();

const makeDue = () =>
  opened.sql.query(`update wcs.poll_state set polled_at = null, not_before = '-infinity'`);

describe('a poll', () => {
  test('puts every page through the gate into the ledger, counts it as a webhook is counted and wakes the fold', async () => {
    const { source } = fakeSource(async function* () {
      yield page('1', draft('a'), draft('b'));
      yield page('2', draft('c'), draft('private', excluded));
      yield page('3');
    });
    await pollAll(depsOf(source), 'emea', signal);
    expect(await events()).toEqual(['a', 'b', 'c']);
    expect(counted).toEqual(['emea message 2', 'emea message 1', 'emea excluded 1']);
    expect(woken).toEqual(['process', 'process']);
    expect(await stateOf()).toMatchObject({ cursor: '3', polledAt: expect.any(String) });
  });

  test('goes on where it stood, when its time has come', async () => {
    const { source, asked } = fakeSource(async function* () {
      yield page('1', draft('a'));
    });
    const deps = depsOf(source);
    await pollAll(deps, 'emea', signal);
    await pollAll(deps, 'emea', signal);
    expect(asked).toEqual(['messages from the beginning']);
    await makeDue();
    await pollAll(deps, 'emea', signal);
    expect(asked).toEqual(['messages from the beginning', 'messages from 1']);
    expect(await events()).toEqual(['a']);
    expect(counted).toEqual(['emea message 1']);
  });

  test('asks for a page only when the last one and its cursor are durable', async () => {
    const { source } = fakeSource(async function* () {
      yield page('1', draft('a'));
      expect([await events(), await stateOf()]).toEqual([['a'], { stream: 'messages', cursor: '1' }]);
      yield page('2', draft('b'));
      expect([await events(), await stateOf()]).toEqual([['a', 'b'], { stream: 'messages', cursor: '2' }]);
    });
    await pollAll(depsOf(source), 'emea', signal);
    expect((await stateOf())?.polledAt).toBeDefined();
  });

  test('that dies between the events and the cursor repeats a page and doubles nothing', async () => {
    const { source, asked } = fakeSource(async function* ({ cursor }) {
      if (cursor === undefined) yield page('1', draft('a'));
      yield page('2', draft('b'), draft('c'));
    });
    let puts = 0;
    const dying = depsOf(source, {
      putPollState: async (id, stream, state) => {
        puts += 1;
        if (puts === 2) throw new Error('the power is gone');
        await opened.ledger.putPollState(id, stream, state);
      },
    });
    await expect(pollAll(dying, 'emea', signal)).rejects.toThrow('the power is gone');
    expect([await events(), (await stateOf())?.cursor]).toEqual([['a', 'b', 'c'], '1']);
    await pollAll(depsOf(source), 'emea', signal);
    expect(asked).toEqual(['messages from the beginning', 'messages from 1']);
    expect([await events(), (await stateOf())?.cursor]).toEqual([['a', 'b', 'c'], '2']);
  });

  test('keeps no cursor of a page that could not be stored', async () => {
    const { source } = fakeSource(async function* () {
      yield page('1', draft('a'));
    });
    const deps = depsOf(source, { append: () => Promise.reject(new Error('the disk is full')) });
    await expect(pollAll(deps, 'emea', signal)).rejects.toThrow('the disk is full');
    expect(await stateOf()).toBeUndefined();
  });

  test('that is told to stop ends after the page in hand and has not caught up', async () => {
    const stop = new AbortController();
    const { source, asked } = fakeSource(
      async function* () {
        yield page('1', draft('a'));
        stop.abort();
        yield page('2', draft('b'));
        yield page('3', draft('c'));
      },
      ['messages', 'calls'],
    );
    await pollAll(depsOf(source), 'emea', stop.signal);
    expect([await events(), await stateOf(), asked.length]).toEqual([
      ['a', 'b'],
      { stream: 'messages', cursor: '2' },
      1,
    ]);
  });

  test('can ask which events are known already', async () => {
    const { source } = fakeSource(async function* ({ known }) {
      yield page('1', draft('a'));
      const keys = ['a', 'b'].map((name) => draft(name).dedupeKey);
      expect(await known(keys)).toEqual(new Set([keys[0]]));
    });
    await pollAll(depsOf(source), 'emea', signal);
    expect(await events()).toEqual(['a']);
  });

  test('of a source that is not configured does nothing', async () => {
    const { source, asked } = fakeSource(async function* () {
      yield page('1');
    });
    await pollAll(depsOf(source), 'other', signal);
    expect(asked).toEqual([]);
  });
});

describe('a poll that fails', () => {
  const failing = (error: Error, streams?: readonly string[]) =>
    fakeSource(async function* () {
      yield page('1', draft('a'));
      throw error;
    }, streams);

  test('for being too fast waits as long as it was asked to, with all lists of the source', async () => {
    const error = new SourceError('source-throttled', '', { retryAfterMs: 20_000 });
    const { source, asked } = failing(error, ['messages', 'calls']);
    await pollAll(depsOf(source), 'emea', signal);
    expect(asked).toEqual(['messages from the beginning']);
    expect(await pauseOf()).toBeGreaterThan(15_000);
    expect(await pauseOf()).toBeLessThanOrEqual(20_000);
    expect(await pauseOf('calls')).toBeGreaterThan(15_000);
    expect([await stateOf(), alerts]).toMatchObject([{ cursor: '1' }, []]);
  });

  test('for being too fast waits a minute when nothing was said, and an hour at most', async () => {
    await pollAll(depsOf(failing(new SourceError('source-throttled', '')).source), 'emea', signal);
    expect(await pauseOf()).toBeGreaterThan(55_000);
    expect(await pauseOf()).toBeLessThanOrEqual(60_000);
    await makeDue();
    const forEver = new SourceError('source-throttled', '', { retryAfterMs: 10 ** 9 });
    await pollAll(depsOf(failing(forEver).source), 'emea', signal);
    expect(await pauseOf()).toBeLessThanOrEqual(3_600_000);
  });

  test('for an outage is tried again after growing pauses, from the start of them once it got on', async () => {
    let pages: PollPage[] = [];
    const { source } = fakeSource(async function* () {
      yield* pages;
      throw new SourceError('source-unavailable', '');
    });
    const deps = depsOf(source);
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      pages = attempt === 7 ? [page('1', draft('a'))] : [];
      await pollAll(deps, 'emea', signal);
      pauses.push(Math.round((await pauseOf()) / 1_000));
      await makeDue();
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 5, 10]);
    expect(alerts).toEqual([]);
  });

  test('for credentials that are refused raises an alert, which the next success ends', async () => {
    const error = new SourceError('source-auth-failed', 'HTTP 401, code 20003');
    const bad = depsOf(failing(error).source);
    await pollAll(bad, 'emea', signal);
    expect(await pauseOf()).toBeGreaterThan(290_000);
    expect(alerts).toMatchObject([
      { source: 'emea', subject: '', code: 'source-auth-failed', text: error.message },
    ]);
    const { source } = fakeSource(async function* () {
      yield page('2', draft('b'));
    });
    await pollAll(depsOf(source), 'emea', signal);
    expect([await events(), alerts.length]).toEqual([['a'], 1]);
    await forgetPollPauses(depsOf(source));
    await pollAll(depsOf(source), 'emea', signal);
    expect([await events(), alerts]).toEqual([['a', 'b'], []]);
  });

  test('keeps the alert while another list of the source is still refused', async () => {
    const { source } = fakeSource(
      async function* (_context, stream) {
        if (stream === 'messages') throw new SourceError('source-permission-missing', '');
        yield page('1', draft('a'));
      },
      ['messages', 'calls'],
    );
    await pollAll(depsOf(source), 'emea', signal);
    expect(await events()).toEqual(['a']);
    expect(alerts).toMatchObject([{ code: 'source-permission-missing' }]);
  });

  test('leaves alone the alerts of others and the pauses that a source asked for', async () => {
    const other = { source: 'emea', subject: 'media', code: 'source-auth-failed', text: '', since: '' };
    alerts = [other];
    const { source } = failing(new SourceError('source-throttled', '', { retryAfterMs: 20_000 }));
    await pollAll(depsOf(source), 'emea', signal);
    await forgetPollPauses(depsOf(source));
    expect(await pauseOf()).toBeGreaterThan(15_000);
    const { source: good } = fakeSource(async function* () {
      yield page('2');
    });
    await makeDue();
    await pollAll(depsOf(good), 'emea', signal);
    expect(alerts).toEqual([other]);
  });

  test('in a way that nobody knows is told to the caller', async () => {
    const { source } = failing(new TypeError('a mistake of ours'));
    await expect(pollAll(depsOf(source), 'emea', signal)).rejects.toThrow('a mistake of ours');
  });
});
