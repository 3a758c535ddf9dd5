import { parse, stringify } from 'yaml';
import { isDeepYaml } from '../core/yaml-depth.ts';
import type {
  MappingOperations,
  MappingView,
  Operations,
  Preview,
  PreviewRequest,
} from '../pipeline/operations.ts';
import { MappingRefused } from '../pipeline/mappings.ts';
import { CrmError } from '../core/errors.ts';
import { answers } from './answers.ts';
import { compact } from './compact.ts';
import { RequestError } from './errors.ts';
import { route, type ApiRoute } from './route.ts';
import type { RequestSchemas } from './requests.ts';

/** The mapping of a destination: read, tried, published, taken back. */
export function mappingRoutes(schemas: RequestSchemas): ApiRoute[] {
  const params = schemas.destinationParams;
  return [
    route('GET', '/api/mappings/:destination', {
      summary: 'The mapping in use',
      params,
      answer: answers.mapping,
      handle: async (operations, { params: { destination } }) =>
        shown(await operations.mappings.get(destination)),
    }),
    route('PUT', '/api/mappings/:destination', {
      summary: 'Publishes a mapping, if it fits the live CRM; 422 says why it does not',
      params,
      body: schemas.mappingChange,
      answer: answers.published,
      handle: (operations, { params: { destination }, body }) =>
        refusing(publish(operations.mappings, destination, body)),
    }),
    route('GET', '/api/mappings/:destination/versions', {
      summary: 'Every published version: who, when, why, and what it changed; the newest first',
      params,
      answer: answers.mappingVersions,
      handle: async (operations, { params: { destination } }) => ({
        items: await operations.mappings.history(destination),
      }),
    }),
    route('GET', '/api/mappings/:destination/fields', {
      summary: 'What a mapping can use: the live fields of the CRM and the names of values',
      params,
      answer: answers.mappingFields,
      handle: async (operations, { params: { destination } }) => ({
        items: await refusing(operations.mappings.fields(destination)),
      }),
    }),
    route('POST', '/api/mappings/:destination/check', {
      summary: 'What is wrong with a mapping; nothing is changed',
      params,
      body: schemas.mappingChange,
      answer: answers.mappingFindings,
      handle: async (operations, { params: { destination }, body }) => ({
        findings: await operations.mappings.check(destination, (await textOf(body)) ?? ''),
      }),
    }),
    route('POST', '/api/mappings/:destination/rollback', {
      summary: 'Publishes an earlier version again',
      params,
      body: schemas.rollBack,
      answer: answers.published,
      handle: (operations, { params: { destination }, body }) =>
        refusing(
          operations.mappings.rollBack(destination, compact({ ...body, rewrite: daysOf(body.rewrite) })),
        ),
    }),
    route('POST', '/api/mappings/:destination/rewrite', {
      summary: 'Writes logged records of some days again, by the mapping in use',
      params,
      body: schemas.rewriting,
      answer: answers.changed,
      handle: async (operations, { params: { destination }, body }) => ({
        changed: await rewritten(operations.mappings, destination, body),
      }),
    }),
    route('POST', '/api/mappings/:destination/preview', {
      summary: 'The CRM records that the mapping (or a draft) makes, without sending them',
      params,
      body: schemas.previewing,
      answer: answers.previews,
      handle: (operations, { params: { destination }, body }) =>
        refusing(preview(operations, destination, body)),
      looks: (previews) => previews.flatMap(({ conversations }) => conversations),
    }),
  ];
}

async function rewritten(
  mappings: MappingOperations,
  destination: string,
  { by, ...range }: ReturnType<RequestSchemas['rewriting']['parse']>,
): Promise<number> {
  return mappings.rewrite(destination, compact(range), by);
}

type Change = ReturnType<RequestSchemas['mappingChange']['parse']>;

function shown(view: MappingView): object {
  const { body, ...rest } = view;
  return { ...rest, text: body, mapping: parse(body) as unknown };
}

async function publish(mappings: MappingOperations, destination: string, body: Change): Promise<object> {
  const text = await textOf(body, async () => (await mappings.get(destination)).body);
  if (text === undefined) throw invalid('text', 'is missing, and `mapping` too: one of them is published');
  const { by, why, after } = body;
  const request = { text, by, why, after, rewrite: daysOf(body.rewrite) };
  const published = await mappings.publish(destination, compact(request));
  const { body: _text, ...version } = published.version;
  return { ...published, version };
}

async function preview(
  operations: Operations,
  destination: string,
  { text, mapping, ...request }: ReturnType<RequestSchemas['previewing']['parse']>,
): Promise<Preview[]> {
  const draft = await textOf({ text, mapping });
  const whole = { ...request, ...(draft !== undefined && { mapping: draft }) };
  return operations.preview(destination, compact(whole) as PreviewRequest);
}

function daysOf(rewrite: Change['rewrite']): { from?: string; to?: string } | undefined {
  return rewrite === undefined ? undefined : compact(rewrite as { from?: string; to?: string });
}

/**
 * The text of a mapping that came as text, as an object, or as the body itself. Who sends back what was read with one of
 * the two changed means the changed one.
 *
 * @param current the text in use, when it matters
 * @throws RequestError when both were changed
 */
async function textOf(
  body: Partial<Pick<Change, 'text' | 'mapping'>> & Readonly<Record<string, unknown>>,
  current: () => Promise<string> = async () => '',
): Promise<string | undefined> {
  const { text, mapping } = body;
  if (mapping === undefined) return text ?? wholeBody(body);
  if (text === undefined) return stringify(mapping);
  const inUse = await current();
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  if (same(mapping, parsed(text))) return text;
  if (text === inUse) return stringify(mapping);
  if (same(mapping, parsed(inUse))) return text;
  throw invalid('mapping', 'says something else than `text`; send one of them');
}

function wholeBody(body: Readonly<Record<string, unknown>>): string | undefined {
  if (!('message' in body)) return undefined;
  const { by: _by, why: _why, after: _after, rewrite: _rewrite, ...mapping } = body;
  return stringify(mapping);
}

function parsed(text: string): unknown {
  if (isDeepYaml(text)) return undefined;
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function invalid(path: string, text: string): RequestError {
  return new RequestError(400, 'invalid-request', `${path}: ${text}`, [{ path, text }]);
}

/** A mapping that cannot be used is the caller's mistake; each is named at its field. */
async function refusing<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (error instanceof MappingRefused) {
      const faults = error.findings.map(({ subject, text }) => ({ path: subject, text }));
      throw new RequestError(faults.length === 0 ? 409 : 422, 'mapping-refused', error.message, faults);
    }
    if (error instanceof CrmError) {
      throw new RequestError(502, 'crm-unavailable', `The CRM cannot be asked: ${error.message}`);
    }
    throw error;
  });
}
