import { z } from 'zod';
import { activityStates } from '../core/activity.ts';
import { auditActions } from '../core/audit.ts';
import { chatRequests } from './chat-requests.ts';
import { proofRequests } from './proof-requests.ts';
import { driftRequests } from './drift-routes.ts';
import { mappingRequests } from './mapping-requests.ts';
import { dailyRequests } from './report-requests.ts';
import { retentionRequests } from './retention-requests.ts';
import { recordsRequests } from './records-requests.ts';

/** What the API takes. Every object is strict: a filter that is misspelt must not be taken for no filter. */

const day = z.iso
  .date('must be a day like 2026-01-31')
  // Days at the ends of what is a day are none any more for the database, or one before them is none.
  .refine((text) => text >= '1970-01-01' && text < '9999', 'must be a day from 1970 to 9998')
  .describe('UTC day, inclusive');

// A plus sign in an address arrives as a space unless it was written as %2B.
const number = z
  .string()
  .transform((text) => text.trim().replace(/^(?=\d{5,20}$)/, '+'))
  .pipe(z.string().regex(/^\+\d{5,20}$/, 'must be a phone number with its country code'))
  .describe('phone number with country code');

const person = z
  .string()
  .min(1, 'must not be empty')
  .max(100)
  .transform((text) => text.trim().replace(/^(?=\d{5,20}$)/, '+'))
  .describe('phone number or WhatsApp user id');

const key = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')
  .describe('key of the interaction, as the CRM record carries it');

const paging = {
  limit: z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(500, 'must be at most 500')
    .default(50),
  cursor: z.string().min(1).max(2_000).describe('`cursor` of the page before').optional(),
};

const range = { from: day.optional(), to: day.optional() };

const ordered = <T extends { from?: string | undefined; to?: string | undefined }>(value: T) =>
  value.from === undefined || value.to === undefined || value.from <= value.to;
const orderedError = { path: ['to'], message: 'is before "from"' };

const contact = z.strictObject({
  type: z
    .string()
    .regex(/^[A-Za-z]\w{0,79}$/, 'must be a record type like Contact')
    .describe('Contact or Lead in Salesforce, contact in HubSpot'),
  id: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'must be the id of a CRM record')
    .describe('id of the CRM record'),
  name: z.string().max(200).optional(),
});

const by = z.string().trim().min(1).max(200).default('admin').describe('who does it, for the audit log');
const auditWhich = {
  action: z.enum(auditActions).optional(),
  actor: z.string().min(1).max(200).optional(),
  subject: z.string().min(1).max(200).describe('id of a destination, a source or a chat').optional(),
  names: key.describe('only what names this interaction').optional(),
  ...range,
};
const auditShape = { ...auditWhich, ...paging };
const ignoredReason = z.string().trim().min(1, 'must not be empty').max(200).default('ignored by an admin');

const importedEvent = z
  .strictObject({
    dedupeKey: key,
    kind: z.enum(['message', 'call', 'media']),
    businessNumber: number,
    interactionKey: key,
    providerId: z.string().min(1).max(200),
    people: z
      .array(z.strictObject({ phone: number.optional(), name: z.string().max(500).optional() }))
      .max(10),
    occurredAt: z.iso.datetime(),
    payload: z.record(z.string(), z.unknown()),
  })
  .describe('one event of a chat export');

/** The request schemas, where only configured destinations can be named. */
export function requestSchemas(destinations: readonly string[]) {
  const destination = z.enum([...destinations], {
    error: (issue) =>
      issue.input === undefined
        ? 'is missing'
        : `there is no such destination; there are: ${destinations.join(', ')}`,
  });
  const waitingFilter = z.strictObject({ destination: destination.optional(), ...paging });
  return {
    keyParams: z.strictObject({ id: key }),
    destinationParams: z.strictObject({ destination }),
    reportRange: z.strictObject(range).refine(ordered, orderedError),
    reportFilter: z
      .strictObject({
        ...range,
        by: z.enum(['owner']).describe('also sums by who held the numbers').optional(),
      })
      .refine(ordered, orderedError),
    missingFilter: z.strictObject({ ...range, ...paging }).refine(ordered, orderedError),
    interactionFilter: z
      .strictObject({
        source: z.string().max(63).optional(),
        businessNumber: number.optional(),
        person: person.optional(),
        state: z.enum(activityStates).optional(),
        destination: destination.optional(),
        conversation: z
          .string()
          .regex(/^[0-9a-f]{32}$/, 'must be 32 hex digits')
          .optional(),
        text: z.string().trim().min(1).max(200).describe('words that were written').optional(),
        order: z.enum(['newest', 'oldest']).default('newest'),
        ...range,
        ...paging,
      })
      .refine(ordered, orderedError),
    waitingFilter,
    checkFilter: z.strictObject({ destination: destination.optional() }),
    assignment: z.strictObject({ destination, contact, by }),
    ignoring: z.strictObject({ destination, reason: ignoredReason, by }),
    auditFilter: z.strictObject(auditShape).refine(ordered, orderedError),
    auditExport: z.strictObject(auditWhich).refine(ordered, orderedError),
    replay: z
      .strictObject({
        destination: destination.optional(),
        keys: z.array(key).min(1).max(10_000).optional(),
        code: z
          .string()
          .regex(/^[a-z-]{1,40}$/)
          .describe('code of the error table')
          .optional(),
        all: z.literal(true).describe('every dead letter there is').optional(),
        by,
      })
      .refine(({ destination: one, keys, code, all }) => Boolean(one ?? keys ?? code ?? all), {
        path: ['all'],
        message: 'name a destination, keys or a code, or say "all": true',
      }),
    importing: z.strictObject({
      source: z.string().min(1).max(63).describe('id of a source of the settings'),
      drafts: z.array(importedEvent).min(1).max(500),
      check: z.boolean().default(false).describe('true: nothing is kept'),
      by,
    }),
    ...proofRequests({ destination, paging, number, by }),
    ...chatRequests({ destination, range, paging, number, key, contact, by, reason: ignoredReason }),
    ...mappingRequests(range),
    ...dailyRequests,
    ...retentionRequests({ number, person, by, day, paging }),
    ...recordsRequests({ range, number, by }),
    drift: driftRequests({ destination, key, by, range, paging }),
  };
}

export type RequestSchemas = ReturnType<typeof requestSchemas>;
