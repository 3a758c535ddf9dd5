import { z } from 'zod';

const day = z.iso
  .date('must be a day like 2026-01-31')
  // Days at the ends of what is a day are none any more for the database, or one before them is none.
  .refine((text) => text >= '1970-01-01' && text < '9999', 'must be a day from 1970 to 9998')
  .describe('UTC day');

/** What the addresses of daily reports take. */
export const dailyRequests = {
  dailyFilter: z.strictObject({
    before: day.describe('only days before this one, for the next page').optional(),
    limit: z.coerce.number('must be a number').int().min(1).max(100).default(31),
  }),
  dayParams: z.strictObject({ day }),
};
