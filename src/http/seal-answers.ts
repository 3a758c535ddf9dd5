import { z } from 'zod';
import { sealedTables } from '../core/seal.ts';

/** What the addresses of seals answer. */

const count = z.int().min(0);
const hash = z.string().describe('lower-case hex sha256');

const range = z.object({ table: z.enum(sealedTables), after: count, upTo: count, count });

const seal = z.object({
  number: z.int().min(1),
  at: z.iso.datetime(),
  previous: z.string().describe('hash of the seal before; empty for the first'),
  root: hash,
  ranges: z.array(range),
  hash,
  signature: z.string().describe('Ed25519, base64').optional(),
});

export const sealAnswers = {
  state: z.object({
    last: z
      .object({ number: z.int().min(1), at: z.iso.datetime(), hash, signed: z.boolean() })
      .describe('absent: nothing was sealed yet')
      .optional(),
    copies: z.array(
      z.object({
        place: z.string(),
        number: count.describe('the newest seal that it has; 0: none yet'),
        error: z.string().describe('why the last copy could not be kept; it is tried again').optional(),
        isReadable: z.boolean().describe('false: a copy can be put there and not be compared from here'),
      }),
    ),
  }),
  verification: z.object({
    ok: z.boolean(),
    seals: count,
    records: count.describe('rows that were compared with their seal'),
    purged: count.describe('of which the content was destroyed by a rule'),
    unsealed: count.describe('rows that came after the last seal'),
    sealedUpTo: z.iso.datetime().optional(),
    signatures: z.enum(['checked', 'no key']),
    copies: z.array(z.object({ place: z.string(), compared: count })),
    findings: z.array(
      z.object({
        kind: z.enum(['altered', 'missing', 'added', 'moved', 'content', 'seal', 'signature', 'copy']),
        seal: z.int().optional(),
        record: z.string().optional(),
        text: z.string(),
      }),
    ),
  }),
  proofs: z.object({
    proofs: z.array(
      z.object({
        record: z.object({
          table: z.enum(sealedTables),
          id: z.int(),
          fields: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])),
        }),
        path: z
          .array(z.object({ side: z.enum(['left', 'right']), hash }))
          .describe('RFC 6962, from the leaf'),
        seal,
      }),
    ),
    unsealed: count.describe('rows that are not sealed yet'),
  }),
};
