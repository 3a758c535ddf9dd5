import { readFileSync } from 'node:fs';
import type { Template } from 'liquidjs';
import { IANAZone } from 'luxon';
import type { z } from 'zod';
import { hashKey } from '../core/key.ts';
import { readYaml } from '../core/yaml.ts';
import { isDeepYaml } from '../core/yaml-depth.ts';
import { compileCondition, compileTemplate, liquidMessage } from './liquid.ts';
import { mappingShape, ruleOptions, type Rule, type Rules } from './mapping-file.ts';
import { didYouMean } from './nearest.ts';
import { mappingParts } from './vocabulary.ts';

/** One rule of a field, ready to run. */
export interface CompiledChoice {
  readonly rule: Rule;
  readonly template?: Template[];
  readonly when?: Template[];
}

/** A field of the CRM and the rules of its value: the first one counts that holds and has a value. */
export interface CompiledRule {
  readonly field: string;
  readonly choices: readonly CompiledChoice[];
  /** left out where the CRM has no such field */
  readonly optional: boolean;
}

export interface CompiledPart {
  readonly fields: readonly CompiledRule[];
  readonly createOnly: readonly CompiledRule[];
}

/** A mapping: data, versioned by its content, that turns an activity into CRM fields. */
export interface Mapping {
  /** hash of the content: receipts name it */
  readonly version: string;
  readonly message: CompiledPart;
  readonly call: CompiledPart;
  /** of a day's or a conversation's record; absent: there can be none */
  readonly conversation?: CompiledPart;
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

/** Reads a mapping file. @throws MappingError */
export function readMapping(path: string): Mapping {
  return parseMapping(readMappingText(path), path);
}

/** @throws MappingError when there is no such file */
export function readMappingText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new MappingError(path, ['there is no such file']);
  }
}

/** Checks and compiles the text of a mapping; `where` names it in errors. @throws MappingError */
export function parseMapping(text: string, where = 'mapping'): Mapping {
  if (isDeepYaml(text)) throw new MappingError(where, ['it is nested too deeply']);
  let raw: unknown;
  try {
    const { mistakes, value } = readYaml(text);
    if (mistakes.length > 0) throw new MappingError(where, mistakes);
    raw = value();
  } catch (error) {
    if (error instanceof MappingError) throw error;
    throw new MappingError(where, [(error as Error).message.split('\n')[0] ?? 'not YAML']);
  }
  return compileMapping(raw, where);
}

/** The same of a mapping as an object. @throws MappingError */
export function compileMapping(raw: unknown, where = 'mapping'): Mapping {
  const parsed = mappingShape.safeParse(raw);
  if (!parsed.success)
    throw new MappingError(
      where,
      parsed.error.issues.flatMap((one) => issueTexts(one)),
    );
  const { $schema: _editor, ...file } = parsed.data;
  const mistakes: string[] = [];
  const compileAll = (rules: Readonly<Record<string, Rules>>, path: string): CompiledRule[] =>
    Object.entries(rules).map(([field, one]) => compileField(field, one, `${path}.${field}`, mistakes));
  const compilePart = (kind: 'message' | 'call' | 'conversation'): CompiledPart => ({
    fields: compileAll(file[kind]?.fields ?? {}, `${kind}.fields`),
    createOnly: compileAll(file[kind]?.createOnly ?? {}, `${kind}.createOnly`),
  });
  const { contact, lead, conversation } = file;
  const mapping: Mapping = {
    version: hashKey(JSON.stringify(file)).slice(0, 12),
    message: compilePart('message'),
    call: compilePart('call'),
    ...(conversation && { conversation: compilePart('conversation') }),
    ...(contact && { contact: compileAll(contact.fields, 'contact.fields') }),
    ...(lead && { lead: compileAll(lead.fields, 'lead.fields') }),
  };
  for (const kind of ['message', 'call', 'conversation'] as const) {
    mistakes.push(...fieldsTwice(kind, mapping[kind]));
  }
  if (mistakes.length > 0) throw new MappingError(where, mistakes);
  return mapping;
}

function fieldsTwice(kind: string, part: CompiledPart | undefined): string[] {
  const always = new Set(part?.fields.map(({ field }) => field));
  return (part?.createOnly ?? [])
    .filter(({ field }) => always.has(field))
    .map(
      ({ field }) => `${kind}.createOnly.${field}: the field stands under "fields" too; keep one of the two`,
    );
}

function compileField(field: string, rules: Rules, path: string, mistakes: string[]): CompiledRule {
  const list = Array.isArray(rules) ? rules : [rules];
  const choices = list.map((rule, at) =>
    compileChoice(rule, Array.isArray(rules) ? `${path}.${at}` : path, mistakes),
  );
  const last = list.findIndex((rule) => rule.when === undefined && 'value' in rule);
  if (last !== -1 && last < list.length - 1) {
    mistakes.push(`${path}.${last + 1}: is never used: the rule before it always has a value`);
  }
  return { field, choices, optional: list.some((rule) => rule.optional === true) };
}

function compileChoice(rule: Rule, path: string, mistakes: string[]): CompiledChoice {
  mistakes.push(...contradictions(rule).map((text) => `${path}: ${text}`));
  const compiled = <K extends 'template' | 'when'>(name: K, compile: (text: string) => Template[]) => {
    const text = rule[name];
    if (text === undefined) return {};
    try {
      return { [name]: compile(text) };
    } catch (error) {
      mistakes.push(`${path}.${name}: ${liquidMessage(error)}`);
      return {};
    }
  };
  return { rule, ...compiled('template', compileTemplate), ...compiled('when', compileCondition) };
}

/** Options that do not go together. */
function contradictions(rule: Rule): string[] {
  const sources = (['path', 'template', 'value'] as const).filter((name) => name in rule);
  if (sources.length === 0) return ['must have one of path, template or value'];
  if (sources.length > 1) return [`has ${sources.join(' and ')}; only one of them can say the value`];
  const texts: string[] = [];
  if ('value' in rule) {
    const idle = (['map', 'default', 'as', 'zone', 'truncate'] as const).filter((name) => name in rule);
    texts.push(...idle.map((name) => `${name} has no effect on a value that is always the same`));
  }
  if (rule.zone !== undefined && !IANAZone.isValidZone(rule.zone)) {
    texts.push(`zone: there is no time zone "${rule.zone}"; write it like Europe/Berlin`);
  }
  if (rule.zone !== undefined && rule.as !== 'date') texts.push('zone only has an effect with as: date');
  if (rule.map !== undefined && Object.keys(rule.map).length === 0) texts.push('map: translates nothing');
  return texts;
}

function issueTexts(issue: z.core.$ZodIssue, before: readonly PropertyKey[] = []): string[] {
  const path = [...before, ...issue.path];
  if (issue.code === 'invalid_union') {
    // A list is compared with the list's shape, everything else with a single rule's.
    const [single = [], list = []] = issue.errors;
    const isScalar = single.length === 1 && single[0]?.path.length === 0 && single[0].code === 'invalid_type';
    const isList = isScalar && list.some((one) => one.path.length > 0 || one.code !== 'invalid_type');
    if (isScalar && !isList && path.length === 3) {
      return [`${placeOf(path)}: must be a rule like { value: … }, { path: … } or { template: … }`];
    }
    return (isList ? list : single).flatMap((one) => issueTexts(one, path));
  }
  if (issue.code === 'unrecognized_keys') {
    const known = path.length >= 3 ? ruleOptions : [...mappingParts, 'version', 'fields', 'createOnly'];
    return issue.keys.map((key) => `${placeOf(path)}: there is no option "${key}"${didYouMean(key, known)}`);
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => `${placeOf(path)}: ${message}`);
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [`${placeOf(path)}: ${missing ? 'is missing' : issue.message}`];
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'file' : path.map(String).join('.');
}
