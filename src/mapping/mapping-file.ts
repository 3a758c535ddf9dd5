import { z } from 'zod';

/**
 * The shape of a mapping file. A field's rule is one of `{ template: Liquid }`, `{ path: call.durationSeconds }`,
 * `{ value: constant }`, or a list of them of which the first one counts whose condition holds and that has a value.
 */

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const ruleShape = z.strictObject({
  path: z
    .string()
    .regex(/^[a-zA-Z]\w*(\.[a-zA-Z]\w*)*$/, 'must be names with dots between, like call.durationSeconds')
    .optional()
    .describe('a value by its name: call.durationSeconds'),
  template: z.string().max(20_000).optional().describe('text in Liquid: "{{ title }}, {{ localTime }}"'),
  value: scalar.optional().describe('always the same'),
  when: z.string().min(1).max(2_000).optional().describe('only if this holds: "call.result == \'missed\'"'),
  map: z.record(z.string(), scalar).optional().describe('translates values: { inbound: Incoming }'),
  default: scalar.optional().describe('instead of a value that is not there, or that `map` does not name'),
  as: z
    .enum(['string', 'number', 'boolean', 'date', 'datetime'])
    .optional()
    .describe('the kind of value that the field takes'),
  zone: z.string().optional().describe('time zone of `as: date`; without it the zone of the record'),
  truncate: z.int().positive().optional().describe("the most characters; the CRM's own limit counts too"),
  optional: z.boolean().optional().describe('leave the field out where the CRM has no such field'),
});
export type Rule = z.infer<typeof ruleShape>;
export const ruleOptions = Object.keys(ruleShape.shape);

const rules = z.union([ruleShape, z.array(ruleShape).min(1, 'must have at least one rule').max(20)]);
export type Rules = z.infer<typeof rules>;

/** Names end up in queries: nothing but what both CRMs allow in a name. */
const fieldName = z
  .string()
  .regex(/^[A-Za-z]\w{0,99}$/, "must be the CRM's own name of a field: letters, digits and _");

const fields = z.record(fieldName, rules);

const recordPart = z.strictObject({
  fields: fields.describe('written when the record is made and with each change'),
  createOnly: fields.default({}).describe('written when the record is made and never again'),
});
const personPart = z.strictObject({ fields });

export const mappingShape = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1, 'must be 1'),
  message: recordPart.describe('a message'),
  call: recordPart.describe('a call'),
  conversation: recordPart
    .optional()
    .describe('a day or a conversation in one record, where a route says so'),
  contact: personPart.optional().describe('fields of the contact itself'),
  lead: personPart.optional().describe('fields of the lead itself (Salesforce)'),
});
