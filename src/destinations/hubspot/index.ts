import { unlimited, type Budget } from '../../core/budget.ts';
import type { CountRequest, Destination } from '../destination.ts';
import { attach } from './attach.ts';
import { check } from './check.ts';
import { createClient, everyMs } from './client.ts';
import { createPeople } from './create-people.ts';
import { Delivery } from './deliver.ts';
import { pullContacts } from './directory.ts';
import { crmError, type JudgeContext } from './errors.ts';
import { toFields } from './fields.ts';
import { readRecords } from './batch-read.ts';
import { readBack } from './find-records.ts';
import { inspect, inspectSize } from './inspect.ts';
import { KeyFields } from './key-fields.ts';
import { lookup, searchPeople } from './lookup.ts';
import { batchSize, objectOf } from './objects.ts';
import { MarkFields } from './mark-fields.ts';
import { RecordUrls } from './record-urls.ts';
import { setup } from './setup.ts';
import { relate } from './relate.ts';
import { OAuthTokens, staticToken } from './tokens.ts';
import { openTransport } from './transport.ts';
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
  /** unique property of contacts that holds the key of people we make; default: whatsapp_person_key */
  readonly personKeyField?: string;
  /** what people whom nobody knows are made; default: nothing, and no property is needed for it */
  readonly creates?: readonly ('contact' | 'lead')[];
  /** dated version, `2026-09` */
  readonly apiVersion: string;
  /** property on communications and calls that holds the key; unique, where the account lets it be */
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
  /** properties of contacts by which people opt out or in */
  readonly markFields?: readonly string[];
  /** our clock, milliseconds */
  readonly now?: () => number;
}

/** One HubSpot account as a destination. */
export function createHubSpot(options: HubSpotOptions): Destination {
  const { id, apiVersion, keyField, userIdProperty, markFields = [] } = options;
  const { personKeyField = 'whatsapp_person_key', creates = [] } = options;
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
  const keys = new KeyFields({ client, keyField, context, now });
  const urls = new RecordUrls(client, now);
  const marks = new MarkFields(client, context, markFields);
  const deps = { client, keyField, keys, secrets, userIdProperty, marks, context, now };

  return {
    id,
    type: 'hubspot',
    batchSize,
    // At 150 ms a call, three keep pace with 190 calls in ten seconds.
    // Where keys are not unique, one after the other.
    get flights() {
      return keys.isAnyPlain ? 1 : (options.flights ?? 3);
    },
    separateCalls: true,
    markFields,
    objects: objectOf,
    deliver: (items) => new Delivery(deps).run(items),
    readBack: (items) => readBack(deps, items),
    readRecords: (kind, ids, fields) => readRecords(deps, objectOf[kind], ids, fields),
    inspectSize,
    inspect: (records) => inspect(deps, records),
    attach: (items) => attach(deps, items),
    lookup: (addresses) => lookup(deps, addresses),
    searchPeople: (text) => searchPeople(deps, text),
    pullContacts: (cursor) => pullContacts(deps, cursor),
    users: () => users(deps),
    relate: (subjects, rule) => relate(deps, subjects, rule),
    createPeople: (people, as) => createPeople({ ...deps, personKeyField }, people, as),
    updateContacts: (updates) => updateContacts(deps, updates),
    async describe(kind) {
      // HubSpot's leads are objects beside the contact; a person's own record is always a contact.
      if (kind === 'lead') return [];
      const object = kind === 'contact' ? 'contacts' : objectOf[kind];
      const answer = await client.properties(object);
      if (answer.kind !== 'answer' || answer.status !== 200) throw crmError(answer, context);
      const fields = toFields(object, answer.body);
      const key = fields.find(({ name }) => name === keyField);
      if (object !== 'contacts' && key?.unique !== undefined) keys.learn(object, key.unique);
      const own = [keyField, personKeyField];
      return fields.map((field) => (own.includes(field.name) ? { ...field, reserved: true } : field));
    },
    async check() {
      const findings = await check({ ...deps, personKeyField, creates, markFields });
      await urls.learn();
      return findings;
    },
    setup: () => setup({ ...deps, personKeyField, creates }),
    recordUrl: (kind, recordId) => urls.of(kind, recordId),
    close: async () => transport.close(),
  };
}
