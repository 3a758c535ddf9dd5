import { describe, expect, test } from '@jest/globals';
import type { PollState } from '../../src/ledger/ledger.ts';
import { dueStreams } from '../../src/pipeline/poll.ts';
import { helpTick } from '../../src/pipeline/tick.ts';
import type { Wake } from '../../src/queue/queue.ts';

describe('what is due', () => {
  const poll = { id: 'emea', streams: ['messages', 'calls'], everyMs: 60_000 };
  const now = Date.parse('2026-03-01T10:00:00Z');

  test('is a stream that was never polled, or not for its time, and is not paused', () => {
    expect(dueStreams(poll, [], now)).toEqual(['messages', 'calls']);
    const minuteAgo = { stream: 'messages', polledAt: '2026-03-01T09:59:00Z' };
    const justNow = { stream: 'calls', polledAt: '2026-03-01T09:59:01Z' };
    expect(dueStreams(poll, [minuteAgo, justNow], now)).toEqual(['messages']);
    const paused = { ...minuteAgo, notBefore: '2026-03-01T10:00:01Z' };
    expect(dueStreams(poll, [paused, justNow], now)).toEqual([]);
    expect(dueStreams(poll, [{ ...paused, notBefore: '2026-03-01T10:00:00Z' }], now)).toEqual(poll.streams);
  });

  const tick = async (states: readonly PollState[]) => {
    const woken: string[] = [];
    await helpTick({
      ledger: {
        clock: async () => Date.now(),
        pollStates: async () => [...states],
        lastSeal: async () => undefined,
        reportState: async () => ({ isSendDue: true }),
        retentionState: async () => ({}),
        hasDueChecks: async (id: string) => id === 'sales',
        waitingDestinations: async () => ['sales'],
        waitingMedia: async () => ['support'],
        waitingAttachments: async () => ['marketing'],
        waitingRollups: async () => ['marketing'],
        backlog: async () => ({ inbox: 0, inboxAgeSeconds: 0, destinations: [], unrecognised: 0 }),
        directoryState: async () => ({ markedBy: '' }),
      },
      queue: { wake: async ({ kind, subject }: Wake) => void woken.push(`${kind} ${subject ?? ''}`.trim()) },
      destinations: [{ id: 'sales', directoryEvery: 60_000, directoryEveryWhileParked: 10_000 }],
      polls: [poll],
      sealEvery: 60_000,
      reportTime: { at: '06:00', timeZone: 'UTC' },
      retentionEvery: 60_000,
      checks: { destinations: ['sales', 'marketing'], schedule: { afterMs: [], everyMs: 1 } },
    });
    return woken;
  };

  test('is woken by the tick: polls, files and attachments too, of whatever role', async () => {
    expect(await tick([])).toEqual([
      'process',
      'match sales',
      'deliver sales',
      'poll emea',
      'media support',
      'attach marketing',
      'rollup marketing',
      'directory sales',
      'seal',
      'report',
      'retention',
      'reconcile sales',
    ]);
  });

  test('is no poll while all streams have been read within their time', async () => {
    const polledAt = new Date().toISOString();
    expect(await tick(poll.streams.map((stream) => ({ stream, polledAt })))).not.toContain('poll emea');
  });
});
