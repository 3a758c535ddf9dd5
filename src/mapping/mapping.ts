import { readFileSync } from 'node:fs';
import { Liquid, type Template } from 'liquidjs';
import { parse } from 'yaml';
import { z } from 'zod';
import { hashKey } from '../core/key.ts';

/**
 * A mapping: data, versioned by its content, that turns an activity into CRM fields. A rule is one of
 * `{ template: Liquid }`, `{ path: call.durationSeconds, as: number, map: {…} }`, `{ value: constant }`.
 */

const common = {
  /** leave the field out when the CRM has no such field */
  optional: z.boolean().optional(),
};
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const rule = z.union([
  z.strictObject({ ...common, template: z.string(), truncate: z.int().positive().optional() }),
  z.strictObject({
    ...common,
    path: z
      .string()
      .regex(/^[a-zA-Z]\w*(\.[a-zA-Z]\w*)*$/, 'must be names with dots between, like call.durationSeconds'),
    as: z.enum(['string', 'number', 'boolean', 'date', 'datetime']).optional(),
    map: z.record(z.string(), scalar).optional(),
    default: scalar.optional(),
    truncate: z.int().positive().optional(),
  }),
  z.strictObject({ ...common, value: scalar }),
]);
export type Rule = z.infer<typeof rule>;

const part = z.strictObject({
  fields: z.record(z.string().min(1), rule),
  createOnly: z.record(z.string().min(1), rule).default({}),
});

const contactPart = z.strictObject({ fields: z.record(z.string().min(1), rule) });

const fileShape = z.strictObject({
  version: z.literal(1),
  message: part,
  call: part,
  /** rollups: fields of the contact (and of the lead) itself */
  contact: contactPart.optional(),
  lead: contactPart.optional(),
});

export interface CompiledRule {
  readonly field: string;
  readonly rule: Rule;
  readonly template?: Template[];
}

export interface CompiledPart {
  readonly fields: readonly CompiledRule[];
  readonly createOnly: readonly CompiledRule[];
}

export interface Mapping {
  /** hash of the content: receipts name it */
  readonly version: string;
  readonly message: CompiledPart;
  readonly call: CompiledPart;
  /** of the person's own record, by its kind; absent: that record is left alone */
  readonly contact?: readonly CompiledRule[];
  readonly lead?: readonly CompiledRule[];
}

/** A mapping file that cannot be used; `mistakes` names each with its path. */
export class MappingError extends Error {
  readonly mistakes: readonly string[];

  constructor(where: string, mistakes: readonly string[]) {
    super(`${where}: ${mistakes.join('; ')}`);
    this.name = 'MappingError';
    this.mistakes = mistakes;
  }
}

/** Templates are an admin's, the values are strangers': no files, no prototypes, bounded work. */
export const liquid = new Liquid({
  strictFilters: true,
  ownPropertyOnly: true,
  parseLimit: 50_000,
  renderLimit: 200,
  memoryLimit: 10_000_000,
});
liquid.registerFilter('utc', (value: unknown) => {
  const time = new Date(String(value));
  return Number.isNaN(time.getTime()) ? '' : `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
});

/** Reads a mapping file. @throws MappingError */
export function readMapping(path: string): Mapping {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new MappingError(path, ['there is no such file']);
  }
  return parseMapping(text, path);
}

/** Checks and compiles the text of a mapping; `where` names it in errors. @throws MappingError */
export function parseMapping(text: string, where = 'mapping'): Mapping {
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    throw new MappingError(where, [(error as Error).message.split('\n')[0] ?? 'not YAML']);
  }
  const parsed = fileShape.safeParse(raw);
  if (!parsed.success) {
    throw new MappingError(where, parsed.error.issues.map(issueText));
  }
  const mistakes: string[] = [];
  const compileAll = (rules: Record<string, Rule>, path: string): CompiledRule[] =>
    Object.entries(rules).map(([field, one]) => compile(field, one, `${path}.${field}`, mistakes));
  const compilePart = (kind: 'message' | 'call'): CompiledPart => ({
    fields: compileAll(parsed.data[kind].fields, `${kind}.fields`),
    createOnly: compileAll(parsed.data[kind].createOnly, `${kind}.createOnly`),
  });
  const { contact, lead } = parsed.data;
  const mapping = {
    version: hashKey(JSON.stringify(parsed.data)).slice(0, 12),
    message: compilePart('message'),
    call: compilePart('call'),
    ...(contact && { contact: compileAll(contact.fields, 'contact.fields') }),
    ...(lead && { lead: compileAll(lead.fields, 'lead.fields') }),
  };
  if (mistakes.length > 0) throw new MappingError(where, mistakes);
  return mapping;
}

function compile(field: string, one: Rule, path: string, mistakes: string[]): CompiledRule {
  if (!('template' in one)) return { field, rule: one };
  try {
    return { field, rule: one, template: liquid.parse(one.template) };
  } catch (error) {
    mistakes.push(`${path}.template: ${(error as Error).message.split('\n')[0]}`);
    return { field, rule: one };
  }
}

function issueText(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'invalid_union') {
    return `${path}: must be one of { template }, { path } or { value }, with their own options only`;
  }
  if (issue.code === 'unrecognized_keys') return `${path}: there is no such option: ${issue.keys.join(', ')}`;
  return `${path === '' ? 'file' : path}: ${issue.message}`;
}
