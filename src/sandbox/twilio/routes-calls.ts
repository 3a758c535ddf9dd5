import type { FastifyInstance } from 'fastify';
import { notFound } from './errors.ts';
import type { Context } from './gate.ts';
import { listJson, one, pageOf, dayFilter, type Query } from './pages.ts';
import { callJson, pathOf, recordingJson } from './present.ts';
import type { Store, StoredCall } from './store.ts';

/** Calls, their legs and recordings (Twilio docs, Call and Recording resources). */
export function addCallRoutes(app: FastifyInstance, context: Context, store: Store): void {
  const { accountSid, maxPageSize } = context;
  const limits = { maximum: 1_000, cap: maxPageSize };
  const find = (sid: string, path: string): StoredCall => {
    const call = store.call(sid);
    if (call === undefined) throw notFound(path);
    return call;
  };
  type List = { Querystring: Query };
  type Of = { Params: { sid: string }; Querystring: Query };

  const base = '/2010-04-01/Accounts/:account';
  app.get<List>(`${base}/Calls.json`, { config: { asks: 'calls.list' } }, async ({ query }) => {
    const found = store.calls().filter(askedFor(query));
    const path = `${pathOf(accountSid, 'Calls')}.json`;
    return listJson('calls', path, pageOf(found, query, limits), (each) => callJson(accountSid, each));
  });
  app.get<Of>(`${base}/Calls/:sid.json`, { config: { asks: 'calls.fetch' } }, async ({ params, url }) =>
    callJson(accountSid, find(params.sid, url)),
  );
  app.get<Of>(
    `${base}/Calls/:sid/Recordings.json`,
    { config: { asks: 'recordings.list' } },
    async ({ params, url, query }) => {
      const call = find(params.sid, url);
      const path = `${pathOf(accountSid, 'Calls', call.sid, 'Recordings')}.json`;
      return listJson('recordings', path, pageOf(call.recordings, query, limits), (each) =>
        recordingJson(accountSid, call, each),
      );
    },
  );
  app.get<Of>(
    `${base}/Recordings/:sid.mp3`,
    { config: { asks: 'recordings.file' } },
    async ({ params, url }, reply) => {
      const recording = store.recording(params.sid);
      if (recording === undefined) throw notFound(url);
      return reply.type('audio/mpeg').send(recording.data);
    },
  );
}

function askedFor(query: Query): (call: StoredCall) => boolean {
  const same = (name: string) => {
    const wanted = one(query, name);
    return (value: string | null) => wanted === undefined || wanted === value;
  };
  const tests = [same('From'), same('To'), same('Status'), same('ParentCallSid')];
  const started = dayFilter(query, 'StartTime', 'exclusive');
  const ended = dayFilter(query, 'EndTime', 'exclusive');
  return (call) => {
    const values = [call.from, call.to, call.status, call.parentSid];
    return (
      tests.every((test, index) => test(values[index] ?? null)) &&
      started(call.startedAt) &&
      ended(call.endedAt)
    );
  };
}
