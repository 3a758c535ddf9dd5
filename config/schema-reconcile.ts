import { z } from 'zod';
import { duration, percent } from './schema-values.ts';

const ascending = (times: readonly number[]) =>
  times.every((time, at) => at === 0 || time > (times[at - 1] ?? 0));

/** Ledger against CRM. */
export const reconcileShape = z.strictObject({
  /** how long after its delivery a record is looked at */
  after: z
    .array(duration)
    .max(10, 'must have at most 10 times')
    .refine(ascending, 'must be in order, the shortest time first')
    .default([86_400_000, 7 * 86_400_000, 30 * 86_400_000]),
  /** and then again and again */
  every: duration.default(90 * 86_400_000),
  /** what becomes of a record that is not there any more */
  missing: z.enum(['log-again', 'report']).default('log-again'),
  /** whether fields that a person changed are looked for */
  changed: z.enum(['report', 'ignore']).default('report'),
  /** of the CRM calls that our own share of the day leaves */
  share: percent.default(0.05),
  /** fields that others may change */
  ignore: z.array(z.string().min(1)).default(['OwnerId', 'hubspot_owner_id']),
});
