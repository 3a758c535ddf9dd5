import { unlimited, type Budget } from '../../core/budget.ts';
import { CrmError } from '../../core/errors.ts';
import type { CountRequest, Destination, DeliveryItem } from '../destination.ts';
import { attach } from './attach.ts';
import { check } from './check.ts';
import { createClient, everyMs, type HubSpotClient } from './client.ts';
import { batchSize, Delivery, objectOf } from './deliver.ts';
import { pullContacts } from './directory.ts';
import { crmError, list, text, type JudgeContext } from './errors.ts';
import { toFields } from './fields.ts';
import { lookup } from './lookup.ts';
import { setup } from './setup.ts';
import { relate } from './relate.ts';
import { OAuthTokens, staticToken } from './tokens.ts';
import { openTransport, type Json } from './transport.ts';
import { updateContacts } from './update-contacts.ts';
import { users } from './users.ts';

export interface HubSpotOptions {
  readonly id: string;
  /** `https://api.hubapi.com`, or whatever stands in its place: no other host is talked to */
  readonly apiUrl: string;
  /** service key or private-app token: static, so a refused one is `auth-failed` at once */
  readonly accessToken?: string;
  /** an OAuth app instead: a new token is asked for before the old one ends */
  readonly auth?: { readonly clientId: string; readonly clientSecret: string; readonly refreshToken: string };
  /** dated version, `2026-09` */
  readonly apiVersion: string;
  /** unique property on communications and calls that holds the key */
  readonly keyField: string;
  /** of every call, milliseconds */
  readonly timeoutMs?: number;
  readonly flights?: number;
  /** country of numbers without a country code; HubSpot's index has its own setting, so it is not asked for */
  readonly defaultRegion?: string;
  readonly count?: CountRequest;
  /** allows each request; default: no limit */
  readonly budget?: Budget;
  /** contact property with the WhatsApp user id */
  readonly userIdProperty?: string;
  /** our clock, milliseconds */
  readonly now?: () => number;
}

/** One HubSpot account as a destination. */
export function createHubSpot(options: HubSpotOptions): Destination {
  const { id, apiVersion, keyField, userIdProperty } = options;
  const { auth, budget } = options;
  const now = options.now ?? Date.now;
  const accessToken = (options.accessToken ?? '').trim();
  const secrets = [accessToken, auth?.clientSecret ?? '', auth?.refreshToken ?? ''].filter(Boolean);
  const transport = openTransport({
    apiUrl: options.apiUrl.replace(/\/+$/, ''),
    tokens: auth === undefined ? staticToken(accessToken) : new OAuthTokens(auth, apiVersion, now),
    budget: budget ?? unlimited,
    timeoutMs: options.timeoutMs ?? 30_000,
    count: options.count ?? (() => {}),
  });
  // 4 searches a second: HubSpot takes 5 from the whole account, and others search too. A budget sees to it by itself.
  const client = createClient(transport, apiVersion, budget === undefined ? everyMs(250) : async () => {});
  const context: JudgeContext = { keyField, secrets, contactIds: [] };
  const deps = { client, keyField, secrets, userIdProperty, context, now };

  return {
    id,
    type: 'hubspot',
    batchSize,
    // At 150 ms a call, three keep pace with 190 calls in ten seconds.
    flights: options.flights ?? 3,
    separateCalls: true,
    objects: objectOf,
    deliver: (items) => new Delivery(deps).run(items),
    readBack: (items) => readBack(deps, items),
    attach: (items) => attach(deps, items),
    lookup: (addresses) => lookup(deps, addresses),
    pullContacts: (cursor) => pullContacts(deps, cursor),
    users: () => users(deps),
    relate: (subjects, rule) => relate(deps, subjects, rule),
    updateContacts: (updates) => updateContacts(deps, updates),
    async describe(kind) {
      const object = kind === 'contact' ? 'contacts' : objectOf[kind];
      const answer = await client.properties(object);
      if (answer.kind !== 'answer' || answer.status !== 200) throw crmError(answer, context);
      return toFields(object, answer.body);
    },
    check: () => check(deps),
    setup: () => setup(deps),
    // The address of a page holds the account's number, which no endpoint in use here tells.
    recordUrl: () => undefined,
    close: async () => transport.close(),
  };
}

interface ReadBackDeps {
  readonly client: HubSpotClient;
  readonly keyField: string;
  readonly context: JudgeContext;
}

/** Batch read by the key property, 100 a call; what is not there is reported under a 207 (HubSpot docs, batch read). */
async function readBack(
  { client, keyField, context }: ReadBackDeps,
  items: readonly Pick<DeliveryItem, 'key' | 'kind'>[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const kind of ['message', 'call'] as const) {
    const keys = [...new Set(items.filter((item) => item.kind === kind).map((item) => item.key))];
    for (let from = 0; from < keys.length; from += batchSize) {
      const part = keys.slice(from, from + batchSize);
      const answer = await client.read(objectOf[kind], keyField, part, [keyField]);
      if (answer.kind !== 'answer' || ![200, 207].includes(answer.status)) throw crmError(answer, context);
      checkComplete(answer.body);
      for (const result of list(answer.body['results'])) {
        const key = text((result['properties'] as Json | undefined)?.[keyField]);
        if (part.includes(key)) found.set(key, text(result['id']));
      }
    }
  }
  return found;
}

/** "Not found" is the only error that means there is none; anything else means that HubSpot cannot say. */
function checkComplete(body: Json): void {
  const status = text(body['status']);
  if (!Array.isArray(body['results']) || (status !== '' && status !== 'COMPLETE')) {
    throw new CrmError('unavailable', 'The answer of a batch read is not complete.');
  }
  const other = list(body['errors']).find((error) => !/NOT_FOUND/.test(text(error['category'])));
  if (other) throw new CrmError('unavailable', `The batch read failed in part: ${text(other['category'])}`);
}
