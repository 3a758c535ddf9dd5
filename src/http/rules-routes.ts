import { z } from 'zod';
import { RulesRefused, type LiveRules, type RulesBody } from '../pipeline/rules.ts';
import { compact } from './compact.ts';
import { RequestError } from './errors.ts';
import { route, type ApiRoute } from './route.ts';

const by = z.string().trim().min(1).max(200).default('admin').describe('who asks for it');
const why = z.string().trim().min(1).max(500).default('no reason given');
const version = z.string().regex(/^[0-9a-f]{12}$/, 'must be 12 hex digits');
const rules = z
  .strictObject({
    policies: z.record(z.string(), z.unknown()),
    owners: z.array(z.record(z.string(), z.unknown())),
  })
  .describe('the general policies and the owners, as in the settings file');

const view = z.object({
  version: z.string(),
  origin: z.enum(['file', 'api']),
  author: z.string(),
  why: z.string(),
  at: z.iso.datetime(),
  rules: z.looseObject({}),
});

/** Policies and owners, which admins change while the worker runs. */
export function rulesRoutes(live: LiveRules): ApiRoute[] {
  return [
    route('GET', '/api/rules', {
      summary: 'The policies and owners in use',
      answer: view,
      handle: () => live.view(),
    }),
    route('PUT', '/api/rules', {
      summary: 'Publishes policies and owners; every process uses them within seconds',
      body: z.strictObject({ rules, by, why, after: version.optional() }),
      answer: view,
      handle: (_operations, { body }) =>
        refusing(live.publish(compact({ ...body, rules: body.rules as RulesBody }))),
    }),
    route('GET', '/api/rules/versions', {
      summary: 'Every published version, the newest first',
      answer: z.object({ items: z.array(view) }),
      handle: async () => ({ items: await live.history() }),
    }),
    route('POST', '/api/rules/rollback', {
      summary: 'Publishes an earlier version again',
      body: z.strictObject({ version, by, why }),
      answer: view,
      handle: (_operations, { body }) => refusing(live.rollBack(body.version, body.by, body.why)),
    }),
  ];
}

async function refusing<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (!(error instanceof RulesRefused)) throw error;
    throw new RequestError(
      error.problems.length === 0 ? 409 : 422,
      'rules-refused',
      error.message,
      error.problems,
    );
  });
}
