import { z } from 'zod';

const reason = z.string().trim().min(1, 'must not be empty').max(500).describe('names nobody; kept for good');
const rowId = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** What the addresses of retention, holds and erasure take. */
export function retentionRequests<P extends z.ZodRawShape>({
  number,
  person,
  by,
  day,
  paging,
}: {
  readonly number: z.ZodType<string>;
  readonly person: z.ZodType<string>;
  readonly by: z.ZodType<string>;
  readonly day: z.ZodType<string>;
  readonly paging: P;
}) {
  return {
    acting: z.strictObject({ by }),
    purgeFilter: z.strictObject(paging),
    purgeParams: z.strictObject({ purge: rowId }),
    holdParams: z.strictObject({ hold: rowId }),
    holdRequest: z
      .strictObject({
        person: person.optional(),
        businessNumber: number.optional(),
        source: z.string().min(1).max(63).optional(),
        owner: z.email().describe('user of the settings’ owners').optional(),
        from: day.optional(),
        to: day.optional(),
        reason,
        by,
      })
      .refine(
        ({ person: who, businessNumber, source, owner, from, to }) =>
          Boolean(who ?? businessNumber ?? source ?? owner ?? from ?? to),
        { path: ['person'], message: 'say what is held: person, businessNumber, source, owner, from or to' },
      ),
    holdRelease: z.strictObject({ reason, by }),
    erasureRequest: z.strictObject({
      person,
      reason: reason.default('erasure request'),
      dryRun: z.boolean().default(false).describe('true: only tells what would become of it'),
      by,
    }),
  };
}
