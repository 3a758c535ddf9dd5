import { z } from 'zod';
import { quarantineStates } from '../core/quarantine.ts';

/** What the addresses of quarantine and versions answer. */

const count = z.int().min(0);
const instant = z.iso.datetime().describe('UTC');

const quarantined = z.object({
  id: z.int().min(1),
  source: z.string(),
  receivedAt: instant,
  state: z.enum(quarantineStates),
  decidedAt: instant.optional(),
  decidedBy: z.string().optional(),
});

export const proofAnswers = {
  quarantine: z.object({
    items: z.array(quarantined.extend({ keyName: z.string() })),
    cursor: z.string().describe('for the next page; absent on the last one').optional(),
  }),
  quarantined: quarantined.extend({
    outline: z.unknown().describe('names and types of what came, without values'),
    content: z.unknown().describe('verbatim, as the source sent it').optional(),
    problem: z.string().describe('why there is no content').optional(),
  }),
  release: z.object({
    events: count.describe('events of the number by now'),
    excluded: count.describe("events that are an excluded person's: not recorded"),
    understood: z.boolean().describe('false: it is an unrecognised event of the number'),
  }),
  changed: z.object({ changed: count.describe('how many were changed') }),
  done: z.object({ done: z.literal(true) }),
  versions: z.object({
    key: z.string(),
    conversation: z.string().describe('id of its chat'),
    isHidden: z.literal(true).describe('what was written is left out: the role for it is missing').optional(),
    versions: z.array(
      z.object({
        number: z.int().min(1),
        at: instant.describe('when the event arrived'),
        event: z.object({ id: count, kind: z.string(), occurredAt: instant }),
        by: z.enum(['person', 'firm', 'whatsapp', 'worker', 'admin', 'source']),
        changed: z.array(z.string()).describe('names of what is different from the version before'),
        interaction: z.looseObject({ key: z.string() }).describe('the message or call as it was then'),
      }),
    ),
  }),
};
