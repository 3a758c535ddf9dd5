import { badProperties, invalid, type PropertyProblem } from './errors.ts';
import type { ObjectType } from './object-types.ts';
import type { Property, Schema } from './schema.ts';

/** Values as HubSpot keeps them: strings. */
export type Values = Record<string, string | null>;

/** The most characters of a string property (HubSpot docs, property limits). */
const maxText = 65_536;

/**
 * Checks the properties of a write and gives them as they are kept (times in ISO 8601). Throws the documented 400 with
 * every problem named.
 *
 * @param existing undefined for a create: then required properties are asked for, and unknown ones are refused. An update
 * ignores read-only and unknown ones (HubSpot docs, communications guide: "HubSpot will ignore values for read-only and
 * non-existent properties").
 */
export function checkValues(
  schema: Schema,
  type: ObjectType,
  given: Readonly<Record<string, unknown>>,
  existing: Values | undefined,
): Values {
  const problems: PropertyProblem[] = [];
  const kept: Values = {};
  for (const [name, value] of Object.entries(given)) {
    const property = schema.property(type, name);
    if (!property || property.readOnly) {
      if (!existing) problems.push(unusable(name, property));
      continue;
    }
    const result = keep(property, value);
    if (typeof result === 'object' && result !== null) problems.push({ name, ...result });
    else kept[name] = result;
  }
  if (problems.length > 0) throw badProperties(problems);
  const missing = type.required.filter((name) => !(kept[name] ?? (name in kept ? null : existing?.[name])));
  if (missing.length > 0) {
    throw invalid(`Error creating ${type.singular.toUpperCase()}. Some required properties were not set.`, {
      context: { properties: missing },
      errors: missing.map((name) => ({ message: `${name} is required`, code: 'REQUIRED_FIELD' })),
    });
  }
  return kept;
}

function unusable(name: string, property: Property | undefined): PropertyProblem {
  return property
    ? {
        name,
        error: 'READ_ONLY_VALUE',
        message: `"${name}" is a read only property; its value cannot be set.`,
      }
    : { name, error: 'PROPERTY_DOESNT_EXIST', message: `Property "${name}" does not exist` };
}

type Problem = Omit<PropertyProblem, 'name'>;

function keep(property: Property, value: unknown): string | null | Problem {
  if (value === null || value === '') return null;
  if (!['string', 'number', 'boolean'].includes(typeof value)) {
    return { error: 'INVALID_VALUE', message: 'Cannot deserialize value of type `java.lang.String`' };
  }
  const text = String(value);
  switch (property.type) {
    case 'datetime':
    case 'date':
      return keepTime(text);
    case 'number':
      return Number.isFinite(Number(text))
        ? text
        : { error: 'INVALID_DOUBLE', message: `${text} was not a valid number.` };
    case 'bool':
      return ['true', 'false'].includes(text)
        ? text
        : { error: 'INVALID_BOOLEAN', message: `${text} was not a valid boolean.` };
    case 'enumeration':
      return keepOption(property, text);
    default:
      return text.length <= maxText
        ? text
        : {
            error: 'PROPERTY_VALUE_TOO_LONG',
            message: `Property value exceeds the limit of ${maxText} characters`,
          };
  }
}

function keepTime(text: string): string | Problem {
  const time = /^-?\d+$/.test(text)
    ? Number(text)
    : /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:?\d\d))?$/.test(text)
      ? Date.parse(text)
      : NaN;
  if (Number.isNaN(time) || Math.abs(time) > 8.64e15)
    return { error: 'INVALID_DATE', message: `${text} was not a valid date.` };
  return new Date(time).toISOString();
}

function keepOption(property: Property, text: string): string | Problem {
  if (property.externalOptions) {
    return /^\d+$/.test(text)
      ? text
      : { error: 'INVALID_OWNER_ID', message: `${text} was not a valid owner id.` };
  }
  const values = property.options.map((option) => option.value);
  return values.includes(text)
    ? text
    : {
        error: 'INVALID_OPTION',
        message: `${text} was not one of the allowed options: [${values.join(', ')}]`,
      };
}
