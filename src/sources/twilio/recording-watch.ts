import type { Call } from './call-legs.ts';

/** Recordings appear minutes after the end of a call. */
const watchedMs = 3_600_000;
const firstPauseMs = 60_000;

interface RecordingWatch {
  /** Has it ended lately, and is it time to ask for its recordings again? */
  isDue(call: Call, now: Date): boolean;
  asked(call: Call, now: Date): void;
}

/** Which calls are asked for recordings again: those of the last hour, after pauses of 1, 2, 4, … minutes. */
export function createRecordingWatch(): RecordingWatch {
  const asked = new Map<
    string,
    { readonly pauseMs: number; readonly next: number; readonly until: number }
  >();
  const endOf = (call: Call) => (call.endedAt === undefined ? undefined : Date.parse(call.endedAt));
  return {
    isDue: (call, now) => {
      const end = endOf(call);
      if (end === undefined || call.state !== 'ended' || now.getTime() - end > watchedMs) return false;
      return now.getTime() >= (asked.get(call.sid)?.next ?? 0);
    },
    asked: (call, now) => {
      const time = now.getTime();
      for (const [sid, { until }] of asked) if (until < time) asked.delete(sid);
      const pauseMs = (asked.get(call.sid)?.pauseMs ?? firstPauseMs / 2) * 2;
      asked.set(call.sid, { pauseMs, next: time + pauseMs, until: (endOf(call) ?? time) + watchedMs });
    },
  };
}
