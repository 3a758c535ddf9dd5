import { asArray, asObject, isoTime, word, words, type Json } from './payload.ts';
import type { Part } from './content.ts';
import { readMedia } from './media.ts';

/**
 * Interactive messages: the answers people give (chosen buttons and rows, flow and address forms, call permissions;
 * Meta docs, interactive webhooks), and what a business sends, seen in echoes.
 */
export function readInteractive(part: Json): Part {
  const kind = word(part['type']) ?? Object.keys(part).find((name) => readers.has(name)) ?? '';
  const answer = asObject(part[kind]);
  const text = answer ? readers.get(kind)?.(answer) : undefined;
  const header = asObject(part['header']);
  const media = header && readMedia(asObject(header[word(header['type']) ?? '']));
  return { text: text ?? offerText(part), media, details: part };
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
  if (!fields) return joined(asArray(values).map(plain)) ?? words(values) ?? words(answer['body']);
  return joined(formLines(fields)) ?? words(answer['body']);
}

/** Tokens are for machines and may open the form again. */
const hiddenFields = new Set(['flow_token', 'saved_address_id', 'wa_flow_response_params']);

function formLines(fields: Json): string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (hiddenFields.has(name)) return [];
    const inner = asObject(value);
    if (inner) return formLines(inner);
    const text = plain(value);
    return text === '' ? [] : [`${label(name)}: ${text}`];
  });
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return asArray(value).map(plain).filter(Boolean).join(', ');
  const object = asObject(value);
  if (object) return formLines(object).join('; ');
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : (words(value) ?? '');
}

/** `delivery_rating` to `Delivery rating`; `screen_0_TextInput_1`, as Meta's form builder names fields, to `TextInput 1`. */
function label(name: string): string {
  const own = name.replace(/^screen_\d+_(?=.)/, '');
  const text = words(own.replaceAll('_', ' '))?.trim() ?? name;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function permissionText(answer: Json): string {
  const response = word(answer['response']);
  if (response !== 'accept') {
    return response === 'reject'
      ? 'Declined to be called'
      : `Call permission: ${response ?? 'no answer given'}`;
  }
  const until = answer['is_permanent'] === true ? undefined : isoTime(answer['expiration_timestamp']);
  const end = until === undefined ? '' : ` until ${until.slice(0, 16).replace('T', ' ')} UTC`;
  // given by a call from the person, not by a tap on a button
  const how = word(answer['response_source']) === 'automatic' ? ' (automatically)' : '';
  return `Allowed calls${end}${how}`;
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
  const parameters = asObject(action?.['parameters']);
  const link = words(parameters?.['display_text']) ?? words(parameters?.['flow_cta']);
  const choices = [...buttons, ...rows, link].filter((each) => each !== undefined);
  return joined([
    words(asObject(part['header'])?.['text']),
    words(asObject(part['body'])?.['text']),
    words(asObject(part['footer'])?.['text']),
    ...choices.map((choice) => `[${choice}]`),
  ]);
}

/** Lines that are there, one below the other; undefined without any. */
export function joined(lines: readonly (string | undefined)[]): string | undefined {
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
