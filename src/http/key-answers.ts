import { z } from 'zod';

/** What the addresses of keys take and answer. */

const count = z.int().min(0);

export const keyAnswers = {
  status: z.object({
    isOn: z.boolean().describe('false: content is kept in clear'),
    masterKeys: z
      .array(z.object({ id: z.string(), kind: z.string(), contentKeys: count, fileKeys: count }))
      .describe('the first wraps new keys'),
    destroyed: count.describe('keys that were destroyed, with what they had sealed'),
    clear: z.object({ events: count, interactions: count }).describe('came in before encryption was on'),
  }),
  step: z.object({
    changed: count,
    next: z.string().describe('to go on with as `after`; absent: all is done').optional(),
  }),
};

export const keyRequest = z.strictObject({
  after: z
    .string()
    .max(100)
    .regex(/^(|\d{1,18}|events:\d{1,18}|interactions:(|[0-9a-f]{64})|files:(|[0-9a-f]{64}))$/)
    .default(''),
  by: z.string().trim().min(1).max(200).default('api'),
});
