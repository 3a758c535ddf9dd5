type Schema = Readonly<Record<string, unknown>>;

/**
 * A value that a JSON Schema describes, with all optional properties. Of alternatives, the one whose turn it is.
 *
 * @param turn from 0: another turn gives another value, where the schema leaves a choice
 */
export function sampleOf(schema: Schema, turn: number, root: Schema = schema, depth = 0): unknown {
  const { $ref: ref, const: only, enum: some, anyOf, oneOf, allOf, default: usual } = schema;
  if (depth > 12) return null;
  if (typeof ref === 'string') return sampleOf(referred(root, ref), turn, root, depth + 1);
  if (only !== undefined) return only;
  if (Array.isArray(some)) return some[turn % some.length];
  const choices = (anyOf ?? oneOf) as Schema[] | undefined;
  if (choices !== undefined) return sampleOf(choices[turn % choices.length] as Schema, turn, root, depth + 1);
  if (Array.isArray(allOf)) return sampleOf(allOf[0] as Schema, turn, root, depth + 1);
  return usual ?? ofType(schema, turn, root, depth);
}

function referred(root: Schema, ref: string): Schema {
  const names = ref.replace(/^#\/?/, '').split('/').filter(Boolean);
  return names.reduce((schema, name) => (schema[name] ?? {}) as Schema, root);
}

function ofType(schema: Schema, turn: number, root: Schema, depth: number): unknown {
  const type = Array.isArray(schema['type']) ? (schema['type'] as string[])[0] : schema['type'];
  switch (type) {
    case 'object':
      return objectOf(schema, turn, root, depth);
    case 'array':
      return [sampleOf((schema['items'] ?? {}) as Schema, turn, root, depth + 1)];
    case 'integer':
    case 'number':
      return Number(schema['minimum'] ?? 1);
    case 'boolean':
      return turn % 2 === 0;
    case 'null':
      return null;
    default:
      return textOf(schema, turn);
  }
}

function objectOf(schema: Schema, turn: number, root: Schema, depth: number): unknown {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  const more = schema['additionalProperties'];
  const pairs = properties.map(([name, inner]) => [name, sampleOf(inner, turn, root, depth + 1)] as const);
  const free = typeof more === 'object' && more !== null && pairs.length === 0;
  return Object.fromEntries(free ? [['sales', sampleOf(more as Schema, turn, root, depth + 1)]] : pairs);
}

/** Texts that fit most patterns of ours. */
const examples = [
  '+15550783881',
  'sales',
  '2026-06-01',
  'f'.repeat(64),
  'https://example.com',
  '30s',
  '06:00',
];

function textOf({ pattern, format }: Schema, turn: number): string {
  if (format === 'date') return '2026-06-01';
  if (format === 'date-time') return '2026-06-01T10:00:00Z';
  const fits = examples.filter((text) => typeof pattern !== 'string' || isLike(pattern, text));
  return fits[turn % Math.max(1, fits.length)] ?? 'x';
}

function isLike(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return false;
  }
}
