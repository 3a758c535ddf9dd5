import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, test } from '@jest/globals';
import fc from 'fast-check';
import { heavy, light } from './ingredients.ts';
import { ingredient, mutate, mutations, tell, toJson, toText, type Edit } from './mutate.ts';
import { closeConnections, send } from './post.ts';
import { fuzz, timeFor } from './run.ts';
import { sampleOf } from './schema.ts';
import { stopWatching } from './watchdog.ts';
import { bases } from './whatsapp-bodies.ts';
import { secrets, startFuzzWorker, type FuzzWorker } from './worker.ts';

type Schema = Readonly<Record<string, unknown>>;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query';
    readonly schema: Schema;
  }[];
  readonly body: Schema | undefined;
  readonly takesFile: boolean;
}

let worker: FuzzWorker;
let operations: readonly Operation[] = [];
/** ids of what is there, so that not every address leads to nothing */
const ids: string[] = [];

beforeAll(async () => {
  worker = await startFuzzWorker();
  for (const body of bases.slice(0, 30)) {
    const bytes = toJson(body);
    const signature = createHmac('sha256', secrets.app).update(bytes).digest('hex');
    await send(
      worker.port,
      'POST',
      '/webhooks/support',
      { 'x-hub-signature-256': `sha256=${signature}` },
      bytes,
    );
  }
  await worker.fold();
  const rows = await worker.parts.store.sql.query<{ key: string; conversation: string }>(
    'select key, conversation from wcs.interactions order by position limit 5',
  );
  ids.push(
    ...rows.flatMap(({ key, conversation }) => [key, conversation]),
    'marketing',
    'sales',
    '1',
    '2026-06-01',
  );
  operations = await describedOperations();
}, 120_000);
afterAll(async () => {
  closeConnections();
  await worker.close();
  await stopWatching();
});

/** Copies the whole database, which takes its seconds however it is asked for: see e2e/backup. */
const wholeBackup = '/api/backup.zip';

/** Every route but one, from the description that the server itself gives. */
async function describedOperations(): Promise<Operation[]> {
  const { text } = await send(worker.port, 'GET', '/api/openapi.json', {});
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Described>> };
  const asked = Object.entries(paths).filter(([path]) => path !== wholeBackup);
  return asked.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]): Operation => {
      const content = requestBody?.content;
      const body = content?.['application/json']?.schema;
      return {
        method: method.toUpperCase(),
        path,
        parameters,
        body,
        takesFile: content !== undefined && !body,
      };
    }),
  );
}

interface Described {
  readonly parameters?: Operation['parameters'];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
}

interface Case {
  readonly operation: number;
  readonly turn: number;
  readonly query: readonly Edit[];
  readonly params: readonly { readonly nth: number; readonly what: number }[];
  readonly body: readonly Edit[];
  /** further parameters that nobody asked for, and headers */
  readonly odd: number;
}

const edits = mutations(1, 3).map(({ edits: list }) => list);
const sometimes = fc.oneof(fc.constant([] as readonly Edit[]), edits);
const cases: fc.Arbitrary<Case> = fc.record({
  operation: fc.nat(1_000),
  turn: fc.nat(11),
  query: sometimes,
  params: fc.array(fc.record({ nth: fc.nat(3), what: fc.nat(light.length - 1) }), { maxLength: 1 }),
  body: sometimes,
  odd: fc.nat(light.length + heavy.length - 1),
});

const operationOf = ({ operation }: Case) => operations[operation % operations.length] as Operation;

/** Any text in an address, byte by byte. */
function encoded(text: string): string {
  const bytes = Buffer.from(text.slice(0, 3_000));
  return [...bytes].map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : `%${hex(byte)}`)).join('');
}
const hex = (byte: number) => byte.toString(16).padStart(2, '0');
const isPlain = (byte: number) => /[\w.~-]/.test(String.fromCharCode(byte));

function addressOf(one: Case): string {
  const { path, parameters } = operationOf(one);
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const filled = inPath.reduce((text, { name, schema }, at) => {
    const odd = one.params.find(({ nth }) => nth % inPath.length === at);
    const usual = ids[(one.turn * 7 + at) % ids.length] ?? toText(sampleOf(schema, one.turn));
    return text.replace(
      `{${name}}`,
      encoded(odd === undefined ? usual : toText(ingredient(odd.what).make())) || '%00',
    );
  }, path);
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const usual = inQuery.filter((_, at) => (one.turn + at) % 3 === 0 || one.query.length > 0);
  const given = usual.map(({ name, schema }) => [name, usualOf(name, schema, one)]);
  const query = mutate(Object.fromEntries(given), one.query);
  const pairs = typeof query === 'object' && query !== null ? Object.entries(query) : [['x', query]];
  const texts = pairs.flatMap(([name, value]) =>
    (Array.isArray(value) ? value.slice(0, 3) : [value]).map(
      (each) => `${encoded(String(name))}=${encoded(toText(each))}`,
    ),
  );
  return texts.length === 0 ? filled : `${filled}?${texts.join('&')}`;
}

const days = ['2026-06-01', '1970-01-01', '2100-12-31', '0000-01-01', '0001-01-01', '9999-12-31'];
const times = ['2026-06-01T10:00:00Z', '1', '275760-01-01'];

/** A cursor as the server gives it, changed inside, and days at the ends of what is a day. */
function usualOf(name: string, schema: Schema, { turn, query, odd }: Case): unknown {
  if (schema['format'] === 'date') return days[(turn + name.length) % days.length];
  if (name !== 'cursor') return sampleOf(schema, turn);
  const changed = mutate([times[turn % times.length], 'a'.repeat(64)], query.slice(0, turn % 2));
  const position = turn % 4 === 3 ? [toText(ingredient(odd % light.length).make()), 'a'] : changed;
  return toJson(position).toString('base64url');
}

function bodyOf(one: Case): Buffer {
  const { method, body, takesFile } = operationOf(one);
  if (takesFile) return Buffer.from(toText(ingredient(one.odd).make()));
  if (method === 'GET' || body === undefined) return Buffer.alloc(0);
  if (one.turn === 11) return Buffer.from(toText(ingredient(one.odd).make()));
  return toJson(mutate(sampleOf(body, one.turn), one.body));
}

/** What an address may say: that it is done, that the caller is wrong, or that a CRM does not answer. */
const expected = new Set([200, 204, 302, 400, 404, 405, 409, 413, 414, 415, 422, 431, 502]);

async function ask(one: Case): Promise<void> {
  const { method, takesFile } = operationOf(one);
  const body = bodyOf(one);
  const type = takesFile ? 'application/octet-stream' : 'application/json';
  const headers = body.length === 0 ? {} : { 'content-type': type };
  const path = addressOf(one);
  const { status, text } = await send(worker.port, method, path, headers, body);
  if (!expected.has(status)) {
    throw new Error(
      `${method} ${path.slice(0, 500)} with ${body.toString('utf8', 0, 300)} is answered ${status}: ${text.slice(0, 300)}`,
    );
  }
}

test(
  'every route of the API answers whatever it is asked',
  () =>
    fuzz<Case>({
      name: 'api',
      cases,
      together: 4,
      check: async (list) => void (await Promise.all(list.map(ask))),
      tell: (one) => {
        const { method, path } = operationOf(one);
        const what = [tell({ base: 0, edits: one.query }), tell({ base: 0, edits: one.body })].join(
          '; body: ',
        );
        return `${method} ${path}, turn ${one.turn}, query: ${what}, ${JSON.stringify(one.params)}, odd: ${ingredient(one.odd).name}`;
      },
    }),
  timeFor('api'),
);

test(
  'the pass-through answers whatever it is sent',
  () =>
    fuzz<{ readonly at: number; readonly what: number; readonly body: readonly Edit[] }>({
      name: 'pass-through',
      cases: fc.record({
        at: fc.nat(5),
        what: fc.nat(light.length - 1),
        body: fc.oneof(fc.constant([] as readonly Edit[]), edits),
      }),
      check: async ([one]) => {
        const { at, what, body } = one as { at: number; what: number; body: readonly Edit[] };
        const odd = encoded(toText(ingredient(what).make())) || 'x';
        const sends = [
          '/v25.0/106540352242922/messages',
          `/v25.0/${odd}/messages`,
          `/${odd}`,
          `/v25.0/1/messages?access_token=${odd}`,
          `/v25.0/1/media`,
          `/messages/${odd}`,
        ];
        const message = {
          messaging_product: 'whatsapp',
          to: '14155550100',
          type: 'text',
          text: { body: 'Hi' },
        };
        const source = at % 2 === 0 ? 'support' : 'partner';
        const headers = {
          authorization: 'Bearer token',
          'd360-api-key': 'key',
          'content-type': 'application/json',
        };
        const bytes = toJson(mutate(message, body));
        const answer = await send(
          worker.port,
          at === 4 ? 'DELETE' : 'POST',
          `/graph/${source}${sends[at]}`,
          headers,
          bytes,
        );
        // Nobody is there to pass it on to: that is told in the Graph API's own shape, with 5xx as Meta would.
        if (answer.status === 500 || answer.status < 400)
          throw new Error(`it is answered ${answer.status}: ${answer.text}`);
        JSON.parse(answer.text);
      },
      tell: ({ at, what, body }) => `way ${at}, ${ingredient(what).name}, ${tell({ base: 0, edits: body })}`,
    }),
  timeFor('pass-through'),
);
