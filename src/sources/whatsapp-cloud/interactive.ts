import { asArray, asObject, isoTime, word, words, type Json } from './payload.ts';
import type { Part } from './content.ts';

/**
 * Interactive messages: the answers people give (chosen buttons and rows, flow and address forms, call permissions;
 * Meta docs, interactive webhooks), and what a business sends, seen in echoes.
 */
export function readInteractive(part: Json): Part {
  const kind = word(part['type']) ?? Object.keys(part).find((name) => readers.has(name)) ?? '';
  const answer = asObject(part[kind]);
  const text = answer ? readers.get(kind)?.(answer) : undefined;
  return { text: text ?? offerText(part), details: part };
}

const readers: ReadonlyMap<string, (answer: Json) => string | undefined> = new Map([
  ['button_reply', choiceText],
  ['list_reply', choiceText],
  ['nfm_reply', formText],
  ['call_permission_reply', permissionText],
]);

function choiceText(answer: Json): string | undefined {
  return joined([words(answer['title']) ?? words(answer['id']), words(answer['description'])]);
}

/** A flow's or address form's answers as `label: value` lines; `response_json` is JSON in a string, of any shape. */
function formText(answer: Json): string | undefined {
  const json = words(answer['response_json']);
  const values = json === undefined ? answer['response_json'] : parse(json);
  const fields = asObject(values);
  if (!fields) return joined([words(values) ?? words(answer['body'])]);
  return joined(formLines(fields)) ?? words(answer['body']);
}

/** Tokens are for machines and may open the form again. */
const hiddenFields = new Set(['flow_token', 'saved_address_id']);

function formLines(fields: Json): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (hiddenFields.has(name)) return [];
    const inner = asObject(value);
    if (inner) return formLines(inner);
    const text = Array.isArray(value) ? asArray(value).map(plain).join(', ') : plain(value);
    return text === '' ? [] : [`${label(name)}: ${text}`];
  });
}

function plain(value: unknown): string {
  return typeof value === 'boolean'
    ? value
      ? 'yes'
      : 'no'
    : (words(value) ?? (value ? JSON.stringify(value) : ''));
}

/** `delivery_rating` to `Delivery rating`. */
function label(name: string): string {
  const text = words(name.replaceAll('_', ' '))?.trim() ?? name;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function permissionText(answer: Json): string {
  const response = word(answer['response']);
  if (response !== 'accept') {
    return response === 'reject'
      ? 'Declined to be called'
      : `Call permission: ${response ?? 'no answer given'}`;
  }
  const until = isoTime(answer['expiration_timestamp']);
  if (answer['is_permanent'] === true || until === undefined) return 'Allowed calls';
  return `Allowed calls until ${until.slice(0, 16).replace('T', ' ')} UTC`;
}

/** What a business offered: header, body, footer, and the buttons or rows to choose from. */
function offerText(part: Json): string | undefined {
  const action = asObject(part['action']);
  const buttons = asArray(action?.['buttons']).map((button) =>
    words(asObject(asObject(button)?.['reply'])?.['title']),
  );
  const rows = asArray(action?.['sections']).flatMap((section) =>
    asArray(asObject(section)?.['rows']).map((row) => words(asObject(row)?.['title'])),
  );
  const link = words(asObject(action?.['parameters'])?.['display_text']);
  const choices = [...buttons, ...rows, link].filter((each) => each !== undefined);
  return joined([
    words(asObject(part['header'])?.['text']),
    words(asObject(part['body'])?.['text']),
    words(asObject(part['footer'])?.['text']),
    ...choices.map((choice) => `[${choice}]`),
  ]);
}

/**
 * A template as the person saw it, from its definition beside the echo and the parameters in the request (Meta docs,
 * standby reference). Without a definition: its name and the parameters.
 */
export function readTemplate(part: Json, item: Json): Part {
  const sent = asArray(part['components']);
  const holder = asObject(item['template']);
  const defined = asArray(holder?.['components'] ?? asObject(holder?.['definition'])?.['components']);
  const lines = defined.map((component) => {
    const text = words(asObject(component)?.['text']);
    return text === undefined
      ? undefined
      : fill(text, parametersOf(sent, word(asObject(component)?.['type'])));
  });
  const name = word(part['name']) ?? 'without a name';
  const values = sent.flatMap((component) => parametersOf([component]).map(({ value }) => value));
  const fallback = [`Template: ${name}`, ...values].join('\n');
  return {
    text: item === part || defined.length === 0 ? fallback : (joined(lines) ?? fallback),
    details: part,
  };
}

interface Parameter {
  readonly name: string;
  readonly value: string;
}

function parametersOf(components: readonly unknown[], type?: string): Parameter[] {
  const chosen = components.filter(
    (component) =>
      type === undefined || word(asObject(component)?.['type'])?.toLowerCase() === type.toLowerCase(),
  );
  return chosen.flatMap((component) =>
    asArray(asObject(component)?.['parameters']).flatMap((raw, index) => {
      const parameter = asObject(raw) ?? {};
      const value =
        words(parameter['text']) ??
        words(asObject(parameter[word(parameter['type']) ?? ''])?.['fallback_value']);
      return value === undefined
        ? []
        : [{ name: word(parameter['parameter_name']) ?? String(index + 1), value }];
    }),
  );
}

/** Puts the parameters into `{{1}}` and `{{name}}`; a place without one stays as it is. */
function fill(text: string, parameters: readonly Parameter[]): string {
  return text.replace(
    /\{\{\s*([^{}\s]+)\s*\}\}/g,
    (place, name: string) => parameters.find((parameter) => parameter.name === name)?.value ?? place,
  );
}

function joined(lines: readonly (string | undefined)[]): string | undefined {
  const present = lines.filter((line) => line !== undefined);
  return present.length > 0 ? present.join('\n') : undefined;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}
