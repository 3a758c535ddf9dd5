import { readAddress, type Ends, type OwnNumbers } from './address.ts';
import { param, type Params } from './payload.ts';

/** What decides which webhooks are events of interactions. */
export interface WebhookRules {
  readonly businessNumbers: OwnNumbers;
  readonly calls: 'whatsapp' | 'all' | 'none';
  readonly conversations: boolean;
}

/** A webhook, and what is needed to make an event of it. */
export interface Received {
  readonly params: Params;
  readonly rules: WebhookRules;
  /** ISO 8601 */
  readonly received: string;
}

/** Both ends as a webhook names them. */
export function endsOf(params: Params): Ends {
  return { from: readAddress(param(params, 'From')), to: readAddress(param(params, 'To')) };
}

/** The state of a message as a webhook names it. */
export function messageState(params: Params): string | undefined {
  return param(params, 'MessageStatus') ?? param(params, 'SmsStatus');
}

/** Parameters of a form or of a JSON object; the content type is not asked, the bytes tell. */
export function readBody(
  text: string,
): { readonly params: Params } | { readonly params?: undefined; other: string } {
  const json = /^\s*[[{]/.test(text) ? parseJson(text) : undefined;
  if (json !== undefined) {
    return isFlat(json) ? { params: asParams(json) } : { other: text };
  }
  const all = new Map<string, string[]>();
  // Once through: `getAll` for each name looks through all pairs, and a form may have half a million.
  for (const [name, value] of new URLSearchParams(text)) {
    const values = all.get(name);
    if (values === undefined) all.set(name, [value]);
    else values.push(value);
  }
  const params = [...all].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]);
  return params.length === 0 ? { other: text } : { params: Object.fromEntries(params) as Params };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object of simple values, or of values that can be told as text without a loss. */
function isFlat(json: unknown): json is Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return false;
  return Object.values(json).every((value) => typeof value !== 'object' || value === null);
}

function asParams(json: Readonly<Record<string, unknown>>): Params {
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      value === null || value === undefined ? '' : String(value),
    ]),
  );
}
