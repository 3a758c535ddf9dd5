import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RouteConfig } from './calls.ts';
import { badProperties, invalid } from './errors.ts';
import type { Faults } from './faults.ts';
import type { ObjectType } from './object-types.ts';
import type { Schema } from './schema.ts';
import type { Store } from './store.ts';

/** An admin's rule that writes through the dated API must obey; v3 stays lenient (HubSpot changelog, 2026-09). */
export interface ValidationRule {
  readonly type: string;
  /** with the values that the record would have */
  readonly holds: (properties: Readonly<Record<string, unknown>>) => boolean;
  readonly message: string;
  /** the property that the rule asks for; without one the refusal names none */
  readonly property?: string;
  /** `create`: fields that the account's create form requires; default: every write */
  readonly on?: 'create';
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

/** What the account tells about itself (HubSpot docs, account information). */
export interface AccountDetails {
  readonly portalId: number;
  /** IANA name; the day of the daily limit ends at midnight there */
  readonly timeZone: string;
  /** host of the account's pages */
  readonly uiDomain: string;
}

/** The account that all routes work on. */
export interface Account {
  readonly schema: Schema;
  readonly store: Store;
  readonly faults: Faults;
  readonly rules: ValidationRule[];
  readonly owners: Owner[];
  readonly details: AccountDetails;
}

/** Dated versions that the sandbox answers to, besides v3. */
export const versions = ['2026-09', '2026-03'] as const;

/**
 * What the account, not the schema, refuses in a write through the API: owners that are none (an archived one still has
 * its id and is taken; HubSpot docs, owners) and, on the versions that obey them, admins' rules.
 *
 * @param given the properties of the request
 * @param before undefined for a create
 * @throws Refusal, 400
 */
export function checkWrite(
  account: Account,
  version: string,
  type: ObjectType,
  given: Readonly<Record<string, unknown>>,
  before?: Readonly<Record<string, unknown>>,
): void {
  const owner = given['hubspot_owner_id'];
  if (owner !== undefined && owner !== null && owner !== '') checkOwner(account, String(owner));
  if (version < '2026-09' || version === 'v3') return;
  const after = { ...before, ...given };
  const broken = account.rules.find(
    (rule) => rule.type === type.name && !(rule.on === 'create' && before) && !rule.holds(after),
  );
  if (!broken) return;
  const { message, property: name } = broken;
  if (name === undefined) throw invalid(message);
  throw badProperties([{ name, error: 'CONDITIONALLY_REQUIRED_PROPERTY', message }]);
}

function checkOwner({ owners }: Account, id: string): void {
  if (owners.some((each) => each.id === id)) return;
  const message = `${id} was not one of the allowed options: it is the id of no owner`;
  throw badProperties([{ name: 'hubspot_owner_id', error: 'INVALID_OWNER_ID', message }]);
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
