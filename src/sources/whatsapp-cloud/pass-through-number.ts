import { asObject, word } from './payload.ts';
import type { CallResult } from './pass-through-client.ts';
import { credentialHash, type Credentials, type Operation } from './pass-through-request.ts';
import { phoneOf } from './people.ts';
import { isSame } from './shared-secret.ts';
import type { ForwardAnswer } from '../source.ts';

/**
 * Whose message it will be. `token-refused`: Meta does not know the token; `not-readable`: the token may not read the
 * number and several are possible; `ambiguous`: the source needs exactly one number; `unreachable`: could not be asked; `key-unknown`:
 * not with the key of the settings, which is all that could prove anything.
 */
export type Sender =
  | { readonly kind: 'number' | 'key-unknown'; readonly number: string }
  | { readonly kind: 'token-refused' | 'not-readable' | 'ambiguous' | 'unreachable' };

export interface NumberQuestion {
  readonly operation: Extract<Operation, { kind: 'send' }>;
  /** of the sender, as they go on */
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
}

export interface NumberBookOptions {
  /** key of the 360dialog channel: nobody there can be asked whose another one is */
  readonly apiKey?: string;
  readonly businessNumbers: readonly string[] | 'all';
  /** asks the provider for this path and query */
  readonly ask: (url: string, headers: Readonly<Record<string, string>>) => Promise<CallResult>;
  readonly now: () => number;
}

interface Known {
  readonly number: string;
  readonly at: number;
}

const freshMs = 60 * 60 * 1000;
const mostKnown = 1_000;

/** Codes with which Meta says that a token is none (Meta docs, error codes). */
const tokenCodes = new Set(['102', '104', '190', '463', '467']);
/** Codes with which Meta asks to slow down (Meta docs, error codes, rate limits). */
const throttleCodes = /^(4|17|32|613|800\d\d|130429)$/;

/**
 * Which number a phone number id stands for: asked once an hour with the sender's own token, which thereby proves
 * itself. So nobody without a good token can have anything recorded.
 */
export class NumberBook {
  readonly #options: NumberBookOptions;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<Sender>>();

  constructor(options: NumberBookOptions) {
    this.#options = options;
  }

  find(question: NumberQuestion): Promise<Sender> {
    const { phoneNumberId } = question.operation;
    if (phoneNumberId === undefined) return Promise.resolve(this.#byKey(question));
    const key = `${phoneNumberId} ${credentialHash(question.headers, question.credentials)}`;
    const known = this.#known.get(key);
    if (known && this.#options.now() - known.at < freshMs) {
      return Promise.resolve({ kind: 'number', number: known.number });
    }
    const asking = this.#asking.get(key) ?? this.#ask(key, question).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  #byKey({ headers }: NumberQuestion): Sender {
    const { apiKey } = this.#options;
    const only = this.#only;
    if (only === undefined) return { kind: 'ambiguous' };
    const isOwn = apiKey === undefined || isSame(headers['d360-api-key'] ?? '', apiKey);
    return isOwn ? only : { ...only, kind: 'key-unknown' };
  }

  /** The number, where only one is configured. */
  get #only(): Extract<Sender, { number: string }> | undefined {
    const numbers = this.#options.businessNumbers;
    const [number, ...others] = numbers === 'all' ? [] : numbers;
    return number !== undefined && others.length === 0 ? { kind: 'number', number } : undefined;
  }

  async #ask(key: string, question: NumberQuestion): Promise<Sender> {
    const result = await this.#options.ask(lookUpUrl(question), question.headers);
    const meaning = result.kind === 'answer' ? readAnswer(result.answer) : 'unreachable';
    if (typeof meaning === 'object') {
      this.#remember(key, meaning.number);
      return { kind: 'number', number: meaning.number };
    }
    if (meaning === 'token-refused') {
      this.#known.delete(key);
      return { kind: 'token-refused' };
    }
    const known = this.#known.get(key);
    return known ? { kind: 'number', number: known.number } : (this.#only ?? { kind: meaning });
  }

  #remember(key: string, number: string): void {
    this.#known.delete(key);
    this.#known.set(key, { number, at: this.#options.now() });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
  }
}

function lookUpUrl({ operation, credentials }: NumberQuestion): string {
  const query = new URLSearchParams({ fields: 'display_phone_number' });
  if (credentials.accessToken !== undefined) query.set('access_token', credentials.accessToken);
  if (credentials.appSecretProof !== undefined) query.set('appsecret_proof', credentials.appSecretProof);
  return `/${operation.version}/${operation.phoneNumberId}?${query.toString()}`;
}

function readAnswer(
  answer: ForwardAnswer,
): { number: string } | 'token-refused' | 'not-readable' | 'unreachable' {
  const json = jsonOf(answer);
  const { status } = answer;
  if (status >= 200 && status < 300) {
    const number = phoneOf(json?.['display_phone_number']);
    return number === undefined ? 'unreachable' : { number };
  }
  const code = word(asObject(json?.['error'])?.['code']) ?? '';
  if (status >= 500 || status === 429 || throttleCodes.test(code)) return 'unreachable';
  return tokenCodes.has(code) || status === 401 ? 'token-refused' : 'not-readable';
}

/** An answer's JSON object; undefined when it is none. */
export function jsonOf({ body }: ForwardAnswer): ReturnType<typeof asObject> {
  try {
    return asObject(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
}
