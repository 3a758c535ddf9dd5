/** What Meta would say of a request to send a message. */
export interface SendFault {
  readonly code: number;
  readonly message: string;
}

type Json = Readonly<Record<string, unknown>>;

const asObject = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

const isText = (value: unknown, most = Infinity): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= most;

/** Which part of each type's object must be there (Meta's OpenAPI v23.0, schema Message). */
const rules: Readonly<Record<string, (part: unknown) => string | undefined>> = {
  text: (part) => missing(isText(asObject(part)?.['body'], 4096), "text['body']"),
  image: fileRule('image'),
  video: fileRule('video'),
  audio: fileRule('audio'),
  document: fileRule('document'),
  sticker: fileRule('sticker'),
  location: (part) => {
    const { latitude, longitude } = asObject(part) ?? {};
    return missing(latitude !== undefined && longitude !== undefined, "location['latitude']");
  },
  contacts: (part) => missing(Array.isArray(part) && part.length > 0, 'contacts'),
  interactive: (part) => {
    const { type, action } = asObject(part) ?? {};
    return (
      missing(isText(type), "interactive['type']") ??
      missing(asObject(action) !== undefined, "interactive['action']")
    );
  },
  reaction: (part) => missing(isText(asObject(part)?.['message_id']), "reaction['message_id']"),
  template: (part) => {
    const { name, language } = asObject(part) ?? {};
    return (
      missing(isText(name), "template['name']") ??
      missing(isText(asObject(language)?.['code']), "template['language']['code']")
    );
  },
};

function missing(isThere: boolean, name: string): string | undefined {
  return isThere ? undefined : `(#100) The parameter ${name} is required.`;
}

/** A file is named by its id or by a link, never by both. */
function fileRule(type: string): (part: unknown) => string | undefined {
  return (part) => {
    const { id, link } = asObject(part) ?? {};
    return missing(isText(id) !== isText(link), `${type}['id'] or ${type}['link']`);
  };
}

/** What is wrong with a request; undefined: it is taken. */
export function faultOf(body: Json): SendFault | undefined {
  const text = textOf(body);
  return text === undefined ? undefined : { code: 100, message: text };
}

function textOf(body: Json): string | undefined {
  const { messaging_product: product, status, type = 'text', to, recipient } = body;
  if (product !== 'whatsapp') return '(#100) The parameter messaging_product is required.';
  if (status !== undefined) {
    return status === 'read' ? missing(isText(body['message_id']), 'message_id') : 'Invalid parameter';
  }
  if (!isText(to) && !isText(recipient)) return '(#100) The parameter to is required.';
  if (typeof type !== 'string' || !Object.hasOwn(rules, type)) {
    return `(#100) Param type must be one of {${Object.keys(rules).join(', ').toUpperCase()}}`;
  }
  return rules[type]?.(body[type]);
}
