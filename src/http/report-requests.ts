import { z } from 'zod';

/** What the addresses of reports take. */
export function reportRequests<R extends z.ZodRawShape, P extends z.ZodRawShape>({
  range,
  paging,
}: {
  readonly range: R;
  readonly paging: P;
}) {
  const day = z.iso.date('must be a day like 2026-01-31').describe('UTC day');
  return {
    reportFilter: z.strictObject({
      ...range,
      by: z.enum(['owner']).describe('also sums by who held the numbers').optional(),
    }),
    missingFilter: z.strictObject({ ...range, ...paging }),
    dailyFilter: z.strictObject({
      before: day.describe('only days before this one, for the next page').optional(),
      limit: z.coerce.number('must be a number').int().min(1).max(100).default(31),
    }),
    dayParams: z.strictObject({ day }),
  };
}
