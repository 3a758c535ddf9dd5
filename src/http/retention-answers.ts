import { z } from 'zod';

/** What the addresses of retention, holds and erasure answer. */

const count = z.int().min(0);
const instant = z.iso.datetime().describe('UTC');
const cursor = z.string().describe('for the next page; absent on the last one').optional();

const purge = z.object({
  id: count,
  at: instant,
  actor: z.string(),
  kind: z.enum(['retention', 'erasure']),
  rule: z.string(),
  interactions: count,
  events: count,
  files: count,
});

const tombstone = z.object({
  key: z.string(),
  kind: z.enum(['message', 'call']),
  source: z.string(),
  businessNumber: z.string(),
  occurredAt: instant,
});

const hold = z.object({
  id: count,
  person: z.string().describe('forgotten when the hold is released').optional(),
  businessNumber: z.string().optional(),
  source: z.string().optional(),
  owner: z.string().optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  reason: z.string(),
  placedBy: z.string(),
  placedAt: instant,
  releasedBy: z.string().optional(),
  releasedAt: instant.optional(),
});

const outcome = {
  found: count,
  erased: count,
  held: count.describe('kept by a legal hold'),
  obliged: count.describe('kept by law: the term of a rule is not over'),
  waiting: count.describe('on its way into the CRM: follows by itself'),
  state: z.enum(['done', 'waiting', 'partly-refused', 'refused']),
};

const erasure = z.object({ id: count, at: instant, actor: z.string(), reason: z.string(), ...outcome });

const left = z.array(z.string()).describe('what is for the operator to do');

export const retentionAnswers = {
  retention: z.object({
    rules: z.array(
      z.object({
        rule: z.string(),
        interactions: count.describe('whose term is over'),
        events: count,
        files: count.describe('interactions whose files go'),
        held: count,
      }),
    ),
    appliedAt: instant.optional(),
    unscrubbedSince: instant
      .describe('bytes of what was destroyed may be in the database’s files')
      .optional(),
    scrubbedAt: instant.optional(),
    erasuresWait: z.literal(true).optional(),
  }),
  retentionRun: z.object({
    interactions: count,
    events: count,
    files: count,
    removed: count.describe('files taken from the disk'),
    wiped: z
      .object({ rewritten: count, tables: count, bytes: count, ms: count, longestMs: count, left })
      .optional(),
  }),
  purges: z.object({ items: z.array(purge), cursor }),
  tombstones: z.object({ items: z.array(tombstone), cursor }),
  holds: z.object({ items: z.array(hold) }),
  hold,
  released: z.object({ released: z.literal(true) }),
  erasures: z.object({ items: z.array(erasure) }),
  erasure: z.object({
    ...outcome,
    id: count.optional(),
    dryRun: z.boolean(),
    records: z
      .array(
        z.object({
          destination: z.string(),
          key: z.string(),
          kind: z.enum(['message', 'call', 'file']),
          id: z.string(),
        }),
      )
      .describe('in the CRMs: for their admins to erase'),
    unread: count.describe('events of which nobody knows yet whom they are about'),
    left,
    earlier: z.array(erasure),
  }),
};
