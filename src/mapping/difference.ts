import { parse } from 'yaml';

/**
 * What a change of a mapping did, a line for each rule: `message.fields.Status: {"value":"Open"} → {"value":"Completed"}`.
 * Without a text before it: nothing, for everything is new.
 */
export function differences(before: string | undefined, after: string): string[] {
  if (before === undefined) return [];
  const [old, now] = [rulesOf(before), rulesOf(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    if (was === is) return [];
    if (was === undefined) return [`${name}: added ${is}`];
    return is === undefined ? [`${name}: removed ${was}`] : [`${name}: ${was} → ${is}`];
  });
}

/** Rules by their place, as JSON. */
function rulesOf(text: string): Map<string, string> {
  const file = parse(text) as Record<string, Record<string, Record<string, unknown>> | undefined>;
  const rules = new Map<string, string>();
  for (const part of ['message', 'call', 'conversation', 'contact', 'lead']) {
    for (const group of ['fields', 'createOnly']) {
      for (const [field, rule] of Object.entries(file[part]?.[group] ?? {})) {
        rules.set(`${part}.${group}.${field}`, JSON.stringify(rule));
      }
    }
  }
  return rules;
}
