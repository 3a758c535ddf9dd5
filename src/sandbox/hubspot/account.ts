import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from './errors.ts';
import type { Faults } from './faults.ts';
import type { RouteConfig } from './gate.ts';
import type { ObjectType, Schema } from './schema.ts';
import type { Store } from './store.ts';

/** An admin's rule that writes through the dated API must obey; v3 stays lenient (HubSpot changelog, 2026-09). */
export interface ValidationRule {
  readonly type: string;
  readonly holds: (properties: Readonly<Record<string, unknown>>) => boolean;
  readonly message: string;
}

export interface Owner {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly userId: number;
  /** no longer a user of the account */
  readonly archived: boolean;
}

/** The account that all routes work on. */
export interface Account {
  readonly schema: Schema;
  readonly store: Store;
  readonly faults: Faults;
  readonly rules: ValidationRule[];
  readonly owners: Owner[];
}

/** Dated versions that the sandbox answers to, besides v3. */
export const versions = ['2026-09', '2026-03'] as const;

/** Throws the 400 of an admin's rule, on the versions that obey them. */
export function checkRules(
  account: Account,
  version: string,
  type: ObjectType,
  properties: Readonly<Record<string, unknown>>,
): void {
  if (version < '2026-09' || version === 'v3') return;
  const broken = account.rules.find((rule) => rule.type === type.name && !rule.holds(properties));
  if (broken) throw invalid(broken.message);
}

export type Handler = (
  request: FastifyRequest<{ Params: Record<string, string>; Querystring: Record<string, string> }>,
  reply: FastifyReply,
  version: string,
) => unknown;

/** Adds one endpoint under its v3 path and its dated paths. */
export function endpoint(
  app: FastifyInstance,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  paths: { readonly v3?: string; readonly dated: (version: string) => string },
  config: RouteConfig,
  handler: Handler,
): void {
  const add = (url: string, version: string): void => {
    app.route({
      method,
      url,
      config: { ...config } as FastifyContextConfig,
      exposeHeadRoute: false,
      handler: async (request, reply) => handler(request as Parameters<Handler>[0], reply, version),
    });
  };
  if (paths.v3 !== undefined) add(paths.v3, 'v3');
  for (const version of versions) add(paths.dated(version), version);
}
