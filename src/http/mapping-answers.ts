import { z } from 'zod';

const instant = z.iso.datetime().describe('UTC');

const version = z.object({
  id: z.int(),
  destination: z.string(),
  version: z.string().describe('hash of the content; receipts name it'),
  origin: z.enum(['file', 'api']),
  author: z.string(),
  why: z.string(),
  at: instant,
});

/** One thing that a check looked at. */
export const finding = z.object({
  level: z.enum(['ok', 'warning', 'error', 'todo']),
  subject: z.string(),
  text: z.string(),
  code: z.string().optional(),
});

/** What the addresses of mappings answer. */
export const mappingAnswers = {
  mapping: z.object({
    destination: z.string(),
    version: z.string(),
    origin: z.enum(['file', 'api']),
    text: z.string().describe('the mapping as YAML, with its comments'),
    mapping: z.looseObject({}).describe('the same as an object'),
    author: z.string().optional(),
    why: z.string().optional(),
    at: instant.optional(),
  }),
  mappingVersions: z.object({
    items: z.array(
      version.extend({ difference: z.array(z.string()).describe('a line for each rule that changed') }),
    ),
  }),
  mappingFields: z.object({
    items: z.array(
      z.object({
        part: z.string(),
        object: z.string(),
        fields: z.array(z.looseObject({ name: z.string(), label: z.string(), type: z.string() })),
        vocabulary: z.array(
          z.looseObject({ path: z.string(), type: z.string(), always: z.boolean(), text: z.string() }),
        ),
      }),
    ),
  }),
  mappingFindings: z.object({ findings: z.array(finding) }),
  published: z.object({
    version,
    rewritten: z.int().min(0).describe('records that are written again'),
  }),
  previews: z.array(
    z.object({
      destination: z.string(),
      object: z.string(),
      title: z.string(),
      key: z.string(),
      occurredAt: instant,
      version: z.string().describe('of the mapping'),
      fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      cuts: z
        .array(z.object({ field: z.string(), length: z.int(), limit: z.int() }))
        .describe('texts that are longer than their field'),
      contact: z.object({ type: z.string(), id: z.string(), name: z.string().optional() }).optional(),
      match: z.string().describe('why it is this contact, or why there is none'),
      mistakes: z.array(z.string()),
      conversations: z.array(z.string()).describe('ids of the chats that it shows something of'),
    }),
  ),
};
