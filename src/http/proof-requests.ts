import { z } from 'zod';
import { quarantineStates } from '../core/quarantine.ts';

/** What the addresses of quarantine and versions take. */
export function proofRequests<P extends z.ZodRawShape>({
  destination,
  paging,
  number,
  by,
}: {
  readonly destination: z.ZodType<string>;
  readonly paging: P;
  readonly number: z.ZodType<string>;
  readonly by: z.ZodType<string>;
}) {
  const id = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
  return {
    quarantineFilter: z.strictObject({
      state: z.enum(quarantineStates).optional(),
      source: z.string().min(1).max(63).optional(),
      ...paging,
    }),
    quarantineParams: z.strictObject({ id }),
    doneBy: z.strictObject({ by }),
    releasing: z.strictObject({ number, by }),
    discarding: z.strictObject({ ids: z.array(z.int().min(1)).min(1).max(1_000), by }),
    setupDone: z.strictObject({ destination, findings: z.record(z.string().max(20), z.int().min(0)), by }),
  };
}
