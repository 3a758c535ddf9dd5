import { z } from 'zod';
import { duration, httpUrl, id, number, secret } from './schema-values.ts';

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
  /** id of the WhatsApp Business account: what Meta counted is compared with the ledger */
  wabaId: z
    .union([z.string(), z.number().transform(String)])
    .pipe(z.string().regex(/^\d{5,20}$/, 'must be the id of a WhatsApp Business account: digits'))
    .optional(),
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

/** Where traffic comes from, by its `type`. */
export const source = z.discriminatedUnion('type', [whatsAppCloud, dialog360, twilio]);
