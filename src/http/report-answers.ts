import { z } from 'zod';

/** What the addresses of reports answer. */

const count = z.int().min(0);
const instant = z.iso.datetime().describe('UTC');
const keys = z.array(z.string()).describe('keys of interactions, which are hashes');

const sums = {
  received: count.describe('logged + pending + parked + excluded + ignored + failed'),
  logged: count,
  pending: count,
  parked: count,
  excluded: count,
  ignored: count,
  failed: count,
  withoutContent: count.describe('part of the others: only delivery states were seen'),
};

const owner = z.string().describe('who held the number on that day').optional();
const line = z.object({
  source: z.string(),
  businessNumber: z.string(),
  day: z.iso.date(),
  owner,
  ...sums,
});
const ownerLine = z.object({ owner, ...sums });

const sourceLine = z.object({
  source: z.string(),
  businessNumber: z.string(),
  day: z.iso.date(),
  question: z.string(),
  method: z.enum(['ids', 'counts', 'none']).describe('none: it could not be asked'),
  askedAt: instant,
  theirs: count,
  ours: count,
  excluded: count,
  missing: count.describe('they have and we did not when they were asked'),
  filled: count.describe('of these: in the ledger since'),
  extra: count.describe('we have and they do not'),
  missingKeys: keys,
  extraKeys: keys,
  code: z.string().optional(),
  reason: z.string().optional(),
});

const dailyReport = z.object({
  number: z.int().min(1),
  day: z.iso.date(),
  at: instant,
  hash: z.string().describe('lower-case hex sha256 of what was kept and sent'),
  sends: z.array(
    z.object({
      recipient: z.string(),
      state: z.enum(['waiting', 'sent']),
      attempts: count,
      error: z.string().optional(),
      sentAt: instant.optional(),
    }),
  ),
  report: z
    .looseObject({
      format: z.literal('wcs-daily-report-1'),
      day: z.iso.date(),
      madeAt: instant,
      totals: z.object(sums),
      rows: z.array(line),
      owners: z.array(ownerLine),
      changed: z.array(line.extend({ before: z.object(sums).optional() })),
      sources: z.array(sourceLine),
      notAsked: z.array(z.object({ source: z.string(), reason: z.string() })),
    })
    .describe('with what waits, alerts and where the seals stand'),
});

export const reportAnswers = {
  report: z.object({
    from: z.iso.date(),
    to: z.iso.date(),
    totals: z.object(sums),
    rows: z.array(line),
    owners: z.array(ownerLine).describe('with by=owner').optional(),
  }),
  missing: z.object({
    items: z.array(
      z.object({
        what: z.enum(['content', 'unrecognised', 'file']),
        id: z.string().describe('key of the interaction, or the number of an event that has none'),
        messageId: z.string().describe("the provider's id").optional(),
        source: z.string(),
        businessNumber: z.string(),
        day: z.iso.date(),
        file: z.object({ id: z.string(), code: z.string() }).optional(),
      }),
    ),
    cursor: z.string().describe('for the next page; absent on the last one').optional(),
  }),
  daily: dailyReport,
  dailies: z.object({ items: z.array(dailyReport) }),
};
