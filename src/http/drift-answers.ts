import { z } from 'zod';
import { driftKinds, driftResolutions } from '../core/drift.ts';

/** What the addresses of drift answer. */

const count = z.int().min(0);
const contact = z.object({ type: z.string(), id: z.string() });

const drift = z.object({
  id: count,
  destination: z.string(),
  key: z.string().describe('of the record, as the CRM carries it'),
  kind: z.enum(driftKinds),
  activityKey: z.string().describe('key of the interaction; of a record of several there is none').optional(),
  recordKind: z.enum(['message', 'call']),
  recordId: z.string(),
  contact: contact.describe('on whom it was logged'),
  occurredAt: z.iso.datetime(),
  fields: z.array(z.string()).describe('names, never values'),
  detail: z.object({
    deleted: z.enum(['bin', 'gone']).describe('in the recycle bin, or for good').optional(),
    contact: contact.describe('where it is now').optional(),
    others: z.array(z.string()).describe('ids of the further records with its key').optional(),
  }),
  foundAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().optional(),
  resolution: z.enum(driftResolutions).optional(),
  resolvedBy: z.string().optional(),
  recordUrl: z.string().optional(),
  contactUrl: z.string().optional(),
});

export const driftAnswers = {
  list: z.object({ items: z.array(drift), cursor: z.string().optional() }),
  view: z.object({
    findings: z.array(drift),
    now: z
      .array(z.enum(driftKinds))
      .describe('what the CRM says at this moment; empty: it is as it was logged'),
    differences: z.array(
      z.object({
        field: z.string(),
        now: z.string().describe('what the CRM shows'),
        ours: z.string().describe('what the mapping in use makes of it today').optional(),
        isAsWritten: z.boolean().describe('`ours` is exactly what was written'),
      }),
    ),
  }),
  step: z.object({
    checked: count,
    missing: count,
    changed: count,
    moved: count,
    double: count,
    loggedAgain: count,
    dropped: count.describe('delivered anew meanwhile: looked at the next time'),
    total: count.describe('records that the check begins with; told with the first step').optional(),
    next: z.string().describe('goes into `after` of the next step; absent: that was all').optional(),
  }),
};
