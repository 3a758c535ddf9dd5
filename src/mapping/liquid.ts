import { Liquid, type Template } from 'liquidjs';
import { DateTime } from 'luxon';

/**
 * What a template may make, in characters and list items: so much, and so much more for each character of the activity's
 * text. A range like (1..9999999) is a list too.
 */
const memory = { least: 500_000, perCharacter: 6 };

/** Templates are an admin's, the values are strangers': no files, no prototypes, bounded work. */
const liquid = new Liquid({
  strictFilters: true,
  ownPropertyOnly: true,
  // Nothing is read from a disk, whatever a template asks for.
  templates: {},
  parseLimit: 50_000,
  renderLimit: 200,
});
for (const tag of ['include', 'render', 'layout', 'block']) delete liquid.tags[tag];
liquid.registerFilter('utc', (value: unknown) => {
  const time = new Date(String(value));
  return Number.isNaN(time.getTime()) ? '' : `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
});
liquid.registerFilter('in_zone', (value: unknown, zone: unknown, format: unknown = 'yyyy-MM-dd HH:mm') => {
  const time = DateTime.fromISO(String(value), { zone: String(zone) });
  return time.isValid ? time.toFormat(String(format)) : '';
});

/** @throws Error with a sentence that names line and column */
export function compileTemplate(text: string): Template[] {
  return liquid.parse(text);
}

/** What stands between `if` and `%}`: `call.result == 'missed' and call.durationSeconds > 60`. @throws Error as a template */
export function compileCondition(text: string): Template[] {
  if (/%\}|\{%/.test(text)) throw new Error('a condition is only what stands after "if": no {% and no %}');
  return liquid.parse(`{% if ${text} %}1{% endif %}`);
}

/** @throws Error when a limit is passed or a filter fails */
export function renderTemplate(template: Template[], values: object): string {
  const { text } = values as { readonly text?: unknown };
  const length = typeof text === 'string' ? text.length : 0;
  const memoryLimit = memory.least + memory.perCharacter * length;
  const render = (): string => String(liquid.renderSync(template, values, { memoryLimit }));
  try {
    return render();
  } catch (error) {
    // The limit is of the clock on the wall: on a busy machine a good template may pass it, but not twice.
    if (!liquidMessage(error).includes('render limit')) throw error;
    return render();
  }
}

/** The names that a template reads, each as its parts, as far as they are written out: `call.result` is ['call', 'result']. */
export function namesIn(template: Template[]): string[][] {
  return liquid.globalVariableSegmentsSync(template).map((segments) => {
    const end = segments.findIndex((segment) => typeof segment !== 'string');
    return (end === -1 ? segments : segments.slice(0, end)) as string[];
  });
}

/** The text of a parser's error, without the excerpt of the template. */
export function liquidMessage(error: unknown): string {
  return (error instanceof Error ? error.message : 'it failed').split('\n')[0] ?? 'it failed';
}
