import { z } from 'zod';
import { shown, usedTwice, type Problem } from './problems.ts';
import { duration, id, number, term } from './schema-values.ts';

const size = z
  .string()
  .regex(/^\d+(MB|GB)$/, 'must be a size like 500MB, 1GB')
  .transform((text) => Number.parseInt(text, 10) * (text.endsWith('GB') ? 1_073_741_824 : 1_048_576));

/** How long what is kept. Of several that fit the first one counts. */
const rule = z.strictObject({
  /** names it in the trail of what was destroyed */
  id,
  /** without it: whole interactions and notices, whatever became of them */
  class: z.enum(['messages', 'calls', 'files', 'parked', 'ignored', 'failed', 'notices']).optional(),
  source: id.optional(),
  numbers: z.array(number).min(1).optional(),
  /** from the time of the message or call */
  keep: term,
  /** the law obliges to keep it: an erasure request is refused before the term */
  obligation: z.boolean().default(false),
});

/** Without rules nothing is destroyed, but what nothing may be kept of. */
export const retentionShape = z.strictObject({
  rules: z.array(rule).default([]),
  /** how often the rules are applied */
  every: duration.default(3_600_000),
  /** how often at most the database's files are wiped after that; a request for erasure does it at once */
  wipeEvery: duration.default(86_400_000),
  /** on a PostgreSQL server tables are written anew, others wait meanwhile: only while they are not larger */
  rewriteBelow: size.default(1_073_741_824),
});

/** Rules that are named twice, or that name a source that is not there. */
export function retentionProblems(
  rules: readonly Record<string, unknown>[],
  sources: ReadonlySet<unknown>,
): Problem[] {
  const strangers = rules.flatMap(({ source }, at) =>
    source === undefined || sources.has(source)
      ? []
      : [{ path: `retention.rules[${at}].source`, text: `there is no source "${shown(source)}"` }],
  );
  return [
    ...usedTwice(
      'retention.rules',
      rules.map(({ id }) => id),
    ),
    ...strangers,
  ];
}
