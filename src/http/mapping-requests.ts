import { z } from 'zod';

/** What the addresses of mappings take. */
export function mappingRequests<R extends z.ZodRawShape>(range: R) {
  const by = z.string().trim().min(1).max(200).default('admin').describe('who asks for it');
  const why = z.string().trim().min(1).max(500).default('no reason given').describe('why');
  const version = z.string().regex(/^[0-9a-f]{12}$/, 'must be 12 hex digits');
  const text = z.string().max(200_000).describe('the mapping as YAML');
  const mapping = z.record(z.string(), z.unknown()).describe('the mapping as an object');
  const days = z.strictObject(range).describe('UTC days, inclusive; {}: all');
  const rewrite = z
    .union([z.literal(true).transform(() => ({})), days])
    .optional()
    .describe('logged records are written again by it: all, or those of some days');
  return {
    mappingChange: z
      .looseObject({
        text: text.optional(),
        mapping: mapping.optional(),
        by,
        why,
        after: version.optional().describe('the version that it was made from'),
        rewrite,
      })
      .describe('`text` or `mapping`; or the mapping itself'),
    rollBack: z.strictObject({ version, by, why, rewrite }),
    rewriting: z.strictObject({ ...range, by }),
    previewing: z.strictObject({
      event: z
        .record(z.string(), z.unknown())
        .describe('a webhook body; without it the newest interactions, or samples where there are none')
        .optional(),
      key: z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')
        .describe('one interaction')
        .optional(),
      dryRun: z.boolean().optional().describe('what a dry run set aside, at most 200'),
      text: text.optional().describe('a draft as YAML, instead of the mapping in use'),
      mapping: mapping.optional().describe('a draft as an object'),
    }),
  };
}
