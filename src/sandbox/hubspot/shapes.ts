import { z } from 'zod';
import { invalid } from './errors.ts';

/** Request bodies as HubSpot's published schemas have them; a field that is not in them is refused. */

const properties = z.record(z.string(), z.unknown());
const types = z
  .array(z.strictObject({ associationCategory: z.string(), associationTypeId: z.number() }))
  .min(1);
const end = z.strictObject({ id: z.string().min(1) });
const associations = z.array(z.strictObject({ to: end, types }));

export const createShape = z.strictObject({ properties, associations: associations.optional() });
export const updateShape = z.strictObject({ properties });

const batch = <T extends z.ZodType>(input: T) => z.strictObject({ inputs: z.array(input) });

/** `associations` and `properties` are required on every input (HubSpot spec, batch create). */
export const batchCreateShape = batch(
  z.strictObject({ properties, associations, objectWriteTraceId: z.string().optional() }),
);
export const batchUpdateShape = batch(
  z.strictObject({
    id: z.string(),
    idProperty: z.string().optional(),
    properties,
    objectWriteTraceId: z.string().optional(),
  }),
);
/** Loose: an upsert drops `associations` without a word. */
export const batchUpsertShape = batch(
  z.looseObject({
    id: z.string(),
    idProperty: z.string(),
    properties,
    objectWriteTraceId: z.string().optional(),
  }),
);
export const batchReadShape = z.strictObject({
  inputs: z.array(end),
  idProperty: z.string().optional(),
  properties: z.array(z.string()),
  propertiesWithHistory: z.array(z.string()).optional(),
});
export const batchArchiveShape = batch(end);

export const mergeShape = z.strictObject({ primaryObjectId: z.string(), objectIdToMerge: z.string() });
export const gdprDeleteShape = z.strictObject({ objectId: z.string(), idProperty: z.string().optional() });

const filter = z.strictObject({
  propertyName: z.string(),
  operator: z.string(),
  value: z.string().optional(),
  values: z.array(z.string()).optional(),
  highValue: z.string().optional(),
});
export const searchShape = z.strictObject({
  filterGroups: z.array(z.strictObject({ filters: z.array(filter) })).default([]),
  properties: z.array(z.string()).default([]),
  sorts: z
    .array(
      z.union([
        z.string(),
        z.strictObject({
          propertyName: z.string(),
          direction: z.enum(['ASCENDING', 'DESCENDING']).default('ASCENDING'),
        }),
      ]),
    )
    .default([]),
  limit: z.number().int().default(10),
  after: z.union([z.string(), z.number()]).default('0'),
  query: z.string().optional(),
});
export type SearchRequest = z.infer<typeof searchShape>;
export type SearchFilter = z.infer<typeof filter>;

export const propertyShape = z.strictObject({
  groupName: z.string().min(1),
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  label: z.string().min(1),
  type: z.enum(['string', 'number', 'date', 'datetime', 'enumeration', 'bool', 'phone_number']),
  fieldType: z.string().min(1),
  description: z.string().default(''),
  hasUniqueValue: z.boolean().default(false),
  hidden: z.boolean().optional(),
  formField: z.boolean().optional(),
  displayOrder: z.number().optional(),
  options: z
    .array(
      z.strictObject({
        label: z.string(),
        value: z.string(),
        displayOrder: z.number(),
        hidden: z.boolean().optional(),
        description: z.string().optional(),
      }),
    )
    .default([]),
});
export const groupShape = z.strictObject({
  name: z.string().min(1),
  label: z.string().min(1),
  displayOrder: z.number().default(-1),
});

const pair = { from: end, to: end };
export const associateShape = batch(z.strictObject({ ...pair, types }));
export const associateDefaultShape = batch(z.strictObject(pair));
export const associationsReadShape = batch(z.strictObject({ id: z.string(), after: z.string().optional() }));
export const dissociateShape = batch(z.strictObject({ from: end, to: z.array(end) }));

/** The body in its shape. Throws the 400 that names the first thing wrong. */
export function shaped<T>(shape: z.ZodType<T>, body: unknown): T {
  const result = shape.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw invalid(
    `Invalid input JSON on line 1, column 1: ${issue?.message ?? 'not valid'}${where && ` (${where})`}`,
  );
}

/** Throws when a batch holds more inputs than the endpoint takes. */
export function atMost(count: number, inputs: readonly unknown[]): void {
  if (inputs.length > count) {
    throw invalid(
      `The maximum number of inputs supported in this batch operation is ${count}; found ${inputs.length}.`,
    );
  }
  if (inputs.length === 0) throw invalid('The request must have at least one input');
}
