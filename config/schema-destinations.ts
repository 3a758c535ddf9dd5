import { z } from 'zod';
import { duration, httpUrl, id, percent, secret } from './schema-values.ts';

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
  /** false: what is logged there is never compared with the CRM by the clock */
  reconcile: z.boolean().default(true),
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
  personKeyField: z
    .string()
    .regex(/^[A-Za-z]\w*__c$/, 'must be the API name of a custom field, like WhatsApp_Person_Key__c')
    .default('WhatsApp_Person_Key__c'),
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
    personKeyField: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, 'must be the internal name of a property, like whatsapp_person_key')
      .default('whatsapp_person_key'),
    userIdProperty: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, 'must be the internal name of a property')
      .optional(),
  })
  .refine((one) => (one.accessToken === undefined) !== (one.auth === undefined), {
    path: ['accessToken'],
    message: 'give accessToken or auth, one of them',
  });

/** One Salesforce org or HubSpot portal, by its `type`. */
export const destination = z.discriminatedUnion('type', [salesforce, hubspot]);
