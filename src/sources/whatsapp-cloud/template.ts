import type { Media } from '../../core/interaction.ts';
import type { Part } from './content.ts';
import { joined } from './interactive.ts';
import { readMedia } from './media.ts';
import { asArray, asObject, word, words, type Json } from './payload.ts';

/**
 * A template as the person saw it, from its definition beside the echo and the parameters in the request: header, body,
 * footer and buttons (Meta docs, standby reference and template components). Without a definition: its name and the
 * parameters.
 *
 * @param part `{name, language, components[{type, parameters[]}]}` of the request
 * @param item the echo, with `template{definition?{components[{type, format?, text?, buttons?}]}}` beside the request
 */
export function readTemplate(part: Json, item: Json): Part {
  const sent = objects(part['components']);
  const holder = item['template'] === part ? undefined : asObject(item['template']);
  const defined = objects(holder?.['components'] ?? asObject(holder?.['definition'])?.['components']);
  const text = joined(defined.flatMap((component) => componentLines(component, sent)));
  return { text: text ?? nameAndValues(part, sent), media: headerMedia(sent), details: part };
}

function componentLines(component: Json, sent: readonly Json[]): (string | undefined)[] {
  const type = typeOf(component);
  if (type === 'buttons') {
    return objects(component['buttons']).map((button) => {
      const text = words(button['text']);
      return text === undefined ? undefined : `[${text}]`;
    });
  }
  const text = words(component['text']);
  const format = word(component['format'])?.toLowerCase();
  if (text !== undefined) return [fill(text, parametersOf(sent.filter((each) => typeOf(each) === type)))];
  return [format === undefined || format === 'text' ? undefined : `[${headerText(format, sent)}]`];
}

/** `document offer.pdf`: a header that is a file or a place. */
function headerText(format: string, sent: readonly Json[]): string {
  const part = headerParts(sent).find(({ type }) => type === format)?.part;
  return [format, words(part?.['filename']) ?? words(part?.['name'])].filter(Boolean).join(' ');
}

function headerMedia(sent: readonly Json[]): Media | undefined {
  return headerParts(sent)
    .map(({ part }) => readMedia(part))
    .find((media) => media !== undefined);
}

function headerParts(sent: readonly Json[]): { type: string; part: Json }[] {
  const headers = sent.filter((component) => typeOf(component) === 'header');
  return headers
    .flatMap((header) => objects(header['parameters']))
    .flatMap((parameter) => {
      const type = word(parameter['type'])?.toLowerCase() ?? '';
      const part = asObject(parameter[type]);
      return part ? [{ type, part }] : [];
    });
}

function nameAndValues(part: Json, sent: readonly Json[]): string {
  const shown = sent.filter((component) => typeOf(component) !== 'button');
  const values = shown.flatMap((component) => parametersOf([component]).map(({ value }) => value));
  return [`Template: ${word(part['name']) ?? 'without a name'}`, ...values].join('\n');
}

interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** Values by `{{1}}` or by name; currencies and times bring a text of their own for those who cannot format them. */
function parametersOf(components: readonly Json[]): Parameter[] {
  return components.flatMap((component) =>
    objects(component['parameters']).flatMap((parameter, index) => {
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

function typeOf(component: Json): string {
  return word(component['type'])?.toLowerCase() ?? '';
}

function objects(value: unknown): Json[] {
  return asArray(value)
    .map(asObject)
    .filter((each) => each !== undefined);
}
