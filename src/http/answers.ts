import { z } from 'zod';
import { activityStates } from '../core/activity.ts';
import { auditActions } from '../core/audit.ts';
import { driftKinds } from '../core/drift.ts';
import { chatAnswers } from './chat-answers.ts';
import { finding, mappingAnswers } from './mapping-answers.ts';
import { reportAnswers } from './report-answers.ts';

/** What the API answers, for its description; the shapes are those of `Operations`. */

const count = z.int().min(0);
const instant = z.iso.datetime().describe('UTC');
const cursor = z.string().describe('for the next page; absent on the last one').optional();

const contact = z.object({ type: z.string(), id: z.string(), name: z.string().optional() });

const activity = z.object({
  destination: z.string(),
  key: z.string(),
  state: z.enum(activityStates),
  reason: z.string().optional(),
  code: z.string().optional(),
  contact: contact.optional(),
  match: z.string().describe('why it is this contact').optional(),
  parkedSince: instant.optional(),
  recordId: z.string().optional(),
  revision: count,
  deliveredRevision: count.optional(),
  attempts: count,
  changedAt: instant,
  recordUrl: z.string().describe('the record in the CRM, where its address is known').optional(),
  contactUrl: z.string().optional(),
});

const waiting = activity.extend({
  title: z.string(),
  person: z.string(),
  phone: z.string().optional(),
  occurredAt: instant,
  help: z.string().describe('what the code means and what to do').optional(),
  proposals: z
    .array(z.object({ type: z.string(), id: z.string(), name: z.string() }))
    .describe('people whose number ends alike, where the settings ask for it')
    .optional(),
});

const interactionView = z.object({
  interaction: z
    .looseObject({
      key: z.string(),
      kind: z.enum(['message', 'call']),
      source: z.string(),
      businessNumber: z.string(),
      direction: z.enum(['inbound', 'outbound']),
      occurredAt: instant,
    })
    .describe('the message with its content and revisions, or the call'),
  conversation: z.string().describe('id of its chat'),
  revision: count,
  withoutContent: z.boolean(),
  isHidden: z.literal(true).describe('what was written is left out: the role for it is missing').optional(),
  activities: z.array(activity),
});

const event = z.looseObject({
  id: count,
  kind: z.string(),
  occurredAt: instant,
  receivedAt: instant,
  payload: z.unknown().describe('verbatim, as the source sent it'),
});

const receipt = z.object({
  destination: z.string(),
  revision: count,
  outcome: z.string(),
  code: z.string().optional(),
  reason: z.string().optional(),
  recordId: z.string().optional(),
  mappingVersion: z.string(),
  contentHash: z.string(),
  at: instant,
});

const destinationStatus = z.object({
  destination: z.string(),
  type: z.string(),
  state: z.enum(['running', 'waiting', 'stopped']),
  pausedUntil: instant.optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
  directoryPulledAt: instant.optional(),
  lastDeliveredAt: instant.optional(),
  lagSeconds: z
    .object({ median: z.number(), p95: z.number() })
    .describe('from receipt to record, of the last new records')
    .optional(),
  quota: z
    .object({
      ours: count.describe('API calls that this worker made in the running day'),
      allowed: count.describe('the most that it makes in a day: its share').optional(),
      dailyUsed: count.describe("the CRM's own count, whoever made the calls").optional(),
      dailyLimit: count.optional(),
    })
    .optional(),
});

const alert = z.object({
  source: z.string(),
  subject: z.string().describe('the account or number it is about; empty: the source as a whole'),
  code: z.string(),
  text: z.string().describe('what happened and what to do'),
  since: instant,
});

const backlog = z.object({
  inbox: count.describe('events not folded yet'),
  inboxAgeSeconds: z.number(),
  stuck: count.describe('events of the inbox that could not be folded and are tried again').optional(),
  destinations: z.array(
    z.object({
      destination: z.string(),
      states: z.partialRecord(z.enum(activityStates), count),
      backlogAgeSeconds: z.number(),
    }),
  ),
  unrecognised: count,
});

export const answers = {
  status: z.object({
    version: z.string(),
    ledger: z.enum(['embedded', 'postgres']),
    queue: z.enum(['redis', 'postgres', 'embedded']),
    isEncrypted: z
      .literal(true)
      .describe('content is encrypted at rest: what was written cannot be searched')
      .optional(),
    sources: z.array(
      z.object({
        id: z.string(),
        kind: z.string(),
        businessNumbers: z.union([z.literal('all'), z.array(z.string())]),
        lastEventAt: instant.optional(),
        polledAt: instant.optional(),
      }),
    ),
    destinations: z.array(destinationStatus),
    backlog,
    drift: z.array(z.object({ destination: z.string(), kind: z.enum(driftKinds), count })),
    alerts: z.array(alert),
  }),
  ...reportAnswers,
  interactions: z.object({ items: z.array(interactionView), cursor }),
  interaction: interactionView.extend({ events: z.array(event), receipts: z.array(receipt) }),
  waiting: z.object({ items: z.array(waiting), cursor }),
  audit: z.object({
    items: z.array(
      z.object({
        id: count,
        at: instant,
        actor: z.string(),
        action: z.enum(auditActions),
        subject: z.string().describe('id of a destination; empty: all of them'),
        detail: z.looseObject({}).describe('ids and counts'),
      }),
    ),
    cursor,
  }),
  changed: z.object({ changed: count.describe('how many were changed') }),
  imported: z.object({
    outcomes: z
      .array(z.enum(['appended', 'known', 'excluded']))
      .describe('one for each event, in their order'),
  }),
  file: z.object({ sha256: z.string(), size: count.describe('bytes') }),
  ...chatAnswers(interactionView),
  ...mappingAnswers,
  checks: z.array(z.object({ destination: z.string(), findings: z.array(finding) })),
  description: z.looseObject({ openapi: z.string() }).describe('this document'),
  error: z.object({
    error: z.string().describe('a word for programs'),
    message: z.string().describe('a sentence for people'),
    faults: z.array(z.object({ path: z.string(), text: z.string() })).optional(),
  }),
};
