import { z } from 'zod';

/**
 * The settings file (docs/configuration.md). What the design names and this version cannot do yet is refused by name, so
 * that nobody believes it works.
 */

const notYet = (what: string) => `${what} is not available in this version`;

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens');

// YAML reads +15550783881 without quotes as a number: take it as what was meant.
const number = z
  .union([z.string(), z.number().transform((value) => `+${value}`)])
  .transform((text) => text.replace(/[\s().-]/g, ''))
  .pipe(
    z.string().regex(/^\+\d{5,20}$/, 'must be a phone number with its country code, like "+15550783881"'),
  );

const person = z.union([
  number,
  z
    .string()
    .regex(
      /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]+$/,
      'must be a phone number like "+15550001111" or a WhatsApp user id like "US.1349…"',
    ),
]);

const httpUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'must be an http(s) address',
  )
  .transform((text) => text.replace(/\/+$/, ''));

const secret = z.string().min(1, 'must not be empty');

/** `90s`, `15m`, `2h`, `1d`, `250ms` to milliseconds. */
const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, 'must be a time like 500ms, 60s, 15m, 2h')
  .transform((text) => {
    const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
    const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    return Number(amount) * (units[unit ?? 's'] ?? 1_000);
  });

const businessNumbers = z.union([
  z.literal('all'),
  z.array(number).min(1, 'must name at least one number, or be "all"'),
]);

const whatsAppCloud = z.strictObject({
  id,
  type: z.literal('whatsapp-cloud'),
  appSecret: secret,
  verifyToken: secret,
  accessToken: secret.optional(),
  apiUrl: httpUrl.default('https://graph.facebook.com'),
  /** of the Graph API, for media */
  apiVersion: z
    .string()
    .regex(/^v\d{2}\.\d$/, 'must be like "v25.0"')
    .default('v25.0'),
  businessNumbers,
});

const dialog360 = z.strictObject({
  id,
  type: z.literal('360dialog'),
  /** for media (header D360-API-KEY) */
  apiKey: secret,
  /** what 360dialog sends with each webhook, set by us as a header there: it signs nothing */
  webhookSecret: secret,
  apiUrl: httpUrl.default('https://waba-v2.360dialog.io'),
  businessNumbers,
});

const twilio = z
  .strictObject({
    id,
    type: z.literal('twilio'),
    accountSid: z.string().regex(/^AC[0-9a-fA-F]{32}$/, 'must be an account SID: AC and 32 hex digits'),
    authToken: secret,
    /** also accepted in signatures, while the token is being changed */
    secondaryAuthToken: secret.optional(),
    /** an API key for the REST API instead of the auth token */
    apiKeySid: z
      .string()
      .regex(/^SK[0-9a-fA-F]{32}$/, 'must be an API key SID: SK and 32 hex digits')
      .optional(),
    apiKeySecret: secret.optional(),
    apiUrl: httpUrl.default('https://api.twilio.com'),
    conversationsUrl: httpUrl.default('https://conversations.twilio.com'),
    /** another place that links to files may lead to: a proxy, a look-alike */
    mediaUrl: httpUrl.optional(),
    /** the address that Twilio posts to, as it is set there; else it is read from the request */
    publicUrl: httpUrl.optional(),
    pollEvery: duration.default(60_000),
    /** how far back the lists are read again for late changes */
    lookBack: duration.default(3 * 86_400_000),
    /** which calls of the account are WhatsApp calls: those with a `whatsapp:` address, all of the numbers', none */
    calls: z.enum(['whatsapp', 'all', 'none']).default('whatsapp'),
    /** the account talks through the Conversations API: its messages are read from there */
    conversations: z.boolean().default(false),
    businessNumbers,
  })
  .refine((one) => (one.apiKeySid === undefined) === (one.apiKeySecret === undefined), {
    path: ['apiKeySecret'],
    message: 'apiKeySid and apiKeySecret go together',
  });

const source = z.discriminatedUnion('type', [whatsAppCloud, dialog360, twilio]);

const bytes = z
  .string()
  .regex(/^\d+(KB|MB)$/, 'must be a size like 512KB, 100MB')
  .transform((text) => Number.parseInt(text, 10) * (text.endsWith('MB') ? 1_048_576 : 1_024));

const media = z.strictObject({
  /** false: no file is fetched; the activity names it */
  fetch: z.boolean().default(true),
  /** larger ones are not kept (WhatsApp's own limit is 100 MB) */
  maxSize: bytes.default(100 * 1_048_576),
  /** MIME types that are kept: `image/*`, `application/pdf`; empty: all */
  types: z
    .array(
      z.string().regex(/^[a-z]+\/([a-z0-9.+-]+|\*)$/, 'must be a MIME type like image/* or application/pdf'),
    )
    .default([]),
  /** false: files are kept here and not attached in the CRM */
  attach: z.boolean().default(true),
});

const percent = z
  .string()
  .regex(/^([1-9]\d?|100)%$/, 'must be a share like 50%')
  .transform((text) => Number.parseInt(text, 10) / 100);

/** IANA name of a time zone. */
const timeZone = z
  .string()
  .refine((name) => Intl.supportedValuesOf('timeZone').includes(name) || name === 'UTC', {
    error: 'must be a time zone like Europe/Berlin',
  });

const destinationBase = {
  id,
  /** of times in the text, where the CRM user who owns the record has none */
  timeZone: timeZone.default('UTC'),
  /** e-mail address of the CRM user who owns records when nobody holds the number, or its holder is not an active user */
  fallbackOwner: z.email('must be an e-mail address').optional(),
  associate: z
    .strictObject({
      /** the contact's account or primary company */
      company: z.enum(['primary', 'none']).default('primary'),
      /** the open deal or opportunity */
      deal: z.enum(['none', 'only', 'newest', 'owner']).default('none'),
    })
    .prefault({}),
  quota: z
    .strictObject({
      /** how much of the CRM's daily calls this worker may use; the rest is kept for others */
      share: percent.default(0.5),
      /** instead of the limit that the CRM tells in its headers, calls a day */
      dailyLimit: z.int().positive().optional(),
      searchesPerSecond: z.number().positive().max(5).default(4),
    })
    .prefault({}),
  /** how long the oldest activity may wait for a batch to fill */
  window: duration.default(1_000),
  /** how often new and changed contacts are asked for */
  directoryEvery: duration.default(60_000),
  /** the same while somebody waits, parked, for a contact to appear */
  directoryEveryWhileParked: duration.default(10_000),
  timeout: duration.default(30_000),
};

// YAML reads 67.0 without quotes as the number 67.
const salesforceVersion = z
  .union([z.string(), z.number().transform((value) => value.toFixed(1))])
  .pipe(z.string().regex(/^\d{2,3}\.0$/, 'must be like "67.0"'));

const customField = z.string().regex(/^[A-Za-z]\w*__c$/, 'must be the API name of a custom field');

const salesforce = z.strictObject({
  ...destinationBase,
  type: z.literal('salesforce'),
  loginUrl: httpUrl,
  auth: z.discriminatedUnion('flow', [
    z.strictObject({ flow: z.literal('client-credentials'), clientId: secret, clientSecret: secret }),
    z.strictObject({
      flow: z.literal('jwt'),
      clientId: secret,
      username: secret,
      privateKey: secret,
      audience: httpUrl.optional(),
    }),
  ]),
  apiVersion: salesforceVersion.default('67.0'),
  keyField: z
    .string()
    .regex(/^[A-Za-z]\w*__c$/, 'must be the API name of a custom field, like WhatsApp_Key__c')
    .default('WhatsApp_Key__c'),
  userIdField: z
    .string()
    .regex(/^[A-Za-z]\w*$/, 'must be the API name of a field')
    .optional(),
  /** a custom object in the place of Task, with its lookup fields */
  target: z
    .strictObject({
      object: z.string().regex(/^[A-Za-z]\w*__c$/, 'must be the API name of a custom object'),
      contactField: customField,
      leadField: customField.optional(),
      accountField: customField.optional(),
      opportunityField: customField.optional(),
    })
    .optional(),
});

const hubspot = z
  .strictObject({
    ...destinationBase,
    type: z.literal('hubspot'),
    apiUrl: httpUrl.default('https://api.hubapi.com'),
    /** a service key, or the token of a private app */
    accessToken: secret.optional(),
    /** an OAuth app, in the place of accessToken */
    auth: z.strictObject({ clientId: secret, clientSecret: secret, refreshToken: secret }).optional(),
    apiVersion: z
      .string()
      .regex(/^\d{4}-\d{2}$/, 'must be a dated version like "2026-09"')
      .default('2026-09'),
    keyField: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, 'must be the internal name of a property, like whatsapp_key')
      .default('whatsapp_key'),
    userIdProperty: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, 'must be the internal name of a property')
      .optional(),
  })
  .refine((one) => (one.accessToken === undefined) !== (one.auth === undefined), {
    path: ['accessToken'],
    message: 'give accessToken or auth, one of them',
  });

const oneOf = <const A extends string, const L extends string>(
  available: readonly A[],
  later: readonly L[],
) =>
  z
    .enum([...available, ...later])
    .refine((value) => (available as readonly string[]).includes(value), {
      error: (issue) => notYet(String(issue.input)),
    })
    .transform((value) => value as A);

const policyShape = {
  granularity: oneOf(['message'], ['day', 'conversation']),
  unmatched: oneOf(['park', 'ignore'], ['create-contact', 'create-lead']),
  multiple: oneOf(['park', 'newest', 'oldest'], ['owner']),
  statuses: z.enum(['none', 'failed', 'final']),
  changes: z.enum(['update', 'insert-only']),
  defaultRegion: z.string().regex(/^[A-Z]{2}$/, 'must be a country code of two capitals, like US'),
};

const policies = z.strictObject({
  granularity: policyShape.granularity.default('message'),
  unmatched: policyShape.unmatched.default('park'),
  multiple: policyShape.multiple.default('park'),
  statuses: policyShape.statuses.default('failed'),
  changes: policyShape.changes.default('update'),
  defaultRegion: policyShape.defaultRegion.default('US'),
  excluded: z.array(person).default([]),
});

const routePolicies = z.strictObject(policyShape).partial();

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date like 2026-01-31');

/** Everything but the references between its parts, which {@link references} checks. */
export const settingsShape = z.strictObject({
  sources: z.array(source).min(1, 'must have at least one source'),
  destinations: z
    .array(z.discriminatedUnion('type', [salesforce, hubspot]))
    .min(1, 'must have at least one destination'),
  routes: z
    .array(
      z.strictObject({
        source: id,
        numbers: z.array(number).min(1).optional(),
        destinations: z.array(id).min(1, 'must name at least one destination'),
        policies: routePolicies.optional(),
      }),
    )
    .min(1, 'must have at least one route'),
  policies: policies.prefault({}),
  owners: z
    .array(
      z.strictObject({
        number,
        user: z.email('must be an e-mail address'),
        from: day,
        to: day.optional(),
      }),
    )
    .default([]),
  media: media.prefault({}),
  mappings: z.record(z.string(), z.string()).default({}),
  /** `/health/ready` says 503 when something waits longer than this */
  maxBacklogAge: duration.default(900_000),
});

export type ParsedSettings = z.infer<typeof settingsShape>;

type Problem = { readonly path: string; readonly text: string };

const list = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((item) => item !== null && typeof item === 'object') : [];

/**
 * Mistakes that no single value shows: ids that are used twice or name nothing. Works on the raw file, so that they are
 * told together with all others.
 */
export function references(raw: unknown): Problem[] {
  const file = (raw !== null && typeof raw === 'object' ? raw : {}) as Record<string, unknown>;
  const problems: Problem[] = [];
  const say = (path: string, text: string) => problems.push({ path, text });
  const idsOf = (name: string) => list(file[name]).map((one) => one.id);
  const sources = idsOf('sources');
  const destinations = idsOf('destinations');
  for (const [name, ids] of [
    ['sources', sources],
    ['destinations', destinations],
  ] as const) {
    ids.forEach((one, at) => {
      if (one !== undefined && ids.indexOf(one) !== at)
        say(`${name}[${at}].id`, `"${String(one)}" is used twice`);
    });
  }
  list(file.routes).forEach((route, at) => {
    if (typeof route.source === 'string' && !sources.includes(route.source)) {
      say(`routes[${at}].source`, `there is no source "${route.source}"`);
    }
    const named = Array.isArray(route.destinations) ? route.destinations : [];
    named.forEach((one, index) => {
      if (!destinations.includes(one)) {
        say(`routes[${at}].destinations[${index}]`, `there is no destination "${String(one)}"`);
      }
    });
  });
  for (const one of Object.keys((file.mappings as object | undefined) ?? {})) {
    if (!destinations.includes(one)) say(`mappings.${one}`, 'there is no such destination');
  }
  list(file.owners).forEach((owner, at) => {
    const { from, to } = owner;
    if (day.safeParse(from).success && day.safeParse(to).success && String(to) < String(from)) {
      say(`owners[${at}].to`, 'is before "from"');
    }
  });
  return problems;
}
