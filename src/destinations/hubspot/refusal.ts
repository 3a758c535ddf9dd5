import { list, parse, text, type Json } from './json.ts';
import { scrub } from './scrub.ts';

/** What a refusal is about, for those who judge it. */
export interface JudgeContext {
  readonly keyField: string;
  /** must not show up in reasons */
  readonly secrets: readonly string[];
  /** the contacts that the records hang on: a refusal that names one as not there means that it is gone */
  readonly contactIds: readonly string[];
}

/** One property that is refused: HubSpot's word for it, and the property's name ('' where it is not told). */
export interface PropertyError {
  readonly error: string;
  readonly name: string;
}

/** What stands in a refusal, taken apart; every field of HubSpot's envelope is optional (HubSpot docs, error handling). */
export interface Refusal {
  /** undefined: of one row in a 207, which has only category and message */
  readonly status: number | undefined;
  /** in upper case */
  readonly category: string;
  /** policy and message, for limits */
  readonly policy: string;
  /** everything it says, as one text */
  readonly said: string;
  readonly properties: readonly PropertyError[];
  /** contacts of ours that it names */
  readonly contacts: readonly string[];
  readonly keyField: string;
}

/** Takes a refusal apart. @param status HTTP status; undefined for a row */
export function readRefusal(status: number | undefined, body: Json, context: JudgeContext): Refusal {
  const category = text(body['category']).toUpperCase();
  const errors = JSON.stringify(body['errors'] ?? '');
  const said = [category, text(body['subCategory']), text(body['message']), errors].join(' ');
  return {
    status,
    category,
    policy: `${text(body['policyName'])} ${text(body['message'])}`,
    said,
    properties: propertyErrors(body),
    contacts: contactsNamed(JSON.stringify(body), context),
    keyField: context.keyField,
  };
}

/** Ids of contacts that stand in the text as words of their own. */
function contactsNamed(said: string, { contactIds }: JudgeContext): readonly string[] {
  const words = new Set(said.split(/[^\w-]+/));
  return [...new Set(contactIds)].filter((id) => words.has(id));
}

/** From `errors[]`, and from the JSON list that HubSpot puts inside the message. */
function propertyErrors(body: Json): PropertyError[] {
  const found: PropertyError[] = [];
  for (const each of list(body['errors'])) {
    const context = each['context'] as Json | undefined;
    const names = context?.['propertyName'];
    const code = text(each['code']);
    if (code === '' || !(Array.isArray(names) || /PROPERTY|VALUE|OPTION|DATE/.test(code))) continue;
    found.push({ error: code, name: Array.isArray(names) ? text(names[0]) : '' });
  }
  const inner = /Property values were not valid:\s*(\[.*\])/s.exec(text(body['message']))?.[1];
  for (const each of list(parse(inner))) found.push({ error: text(each['error']), name: text(each['name']) });
  const key = (each: PropertyError): string => `${each.error} ${each.name}`;
  return [...new Map(found.filter((each) => each.error !== '').map((each) => [key(each), each])).values()];
}

/**
 * What people read of a refusal: codes and property names where HubSpot gives them, since its sentences quote the values.
 * @param inWords HubSpot's sentences too, scrubbed: an admin wrote the rule that they tell
 */
export function reasonOf(
  { status, category, properties }: Refusal,
  body: Json,
  { secrets }: JudgeContext,
  inWords: boolean,
): string {
  const head = [status === undefined ? '' : `HTTP ${status}`, category].filter(Boolean).join(' ');
  const scopes = list(body['errors']).flatMap((each) => {
    const required = (each['context'] as Json | undefined)?.['requiredGranularScopes'];
    return Array.isArray(required) ? required.map(text) : [];
  });
  const errors = properties.map((each) => `${each.error}${each.name && ` (${each.name})`}`);
  const named = [...errors, ...scopes].join(', ');
  const details = list(body['errors']).map((each) => text(each['message']));
  const sentences = [...new Set([text(body['message']), ...details])].filter(Boolean).join('; ');
  const said = inWords ? [named, sentences].filter(Boolean).join('; ') : named || sentences;
  return scrub([head, said].filter(Boolean).join(': '), secrets);
}
