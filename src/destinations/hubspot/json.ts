import { isTooDeep } from '../../core/depth.ts';

/** A JSON object as HubSpot sends it. */
export type Json = Readonly<Record<string, unknown>>;

/** The objects of a list; nothing for anything else. */
export function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A string or number as text, '' for anything else. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** The object in a JSON text; undefined for anything else, and for one that is nested too deeply to be told again. */
export function parseObject(json: string): Json | undefined {
  const value = parse(json);
  return isObject(value) && !isTooDeep(value) ? value : undefined;
}

/** Undefined for what is no JSON. */
export function parse(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
