import type { HubSpotClient, ObjectName } from './client.ts';
import { crmError, type JudgeContext } from './errors.ts';

interface KeyFieldsDeps {
  readonly client: HubSpotClient;
  readonly keyField: string;
  readonly context: JudgeContext;
  /** our clock, milliseconds */
  readonly now: () => number;
}

/** An admin may make the property anew. */
const rememberMs = 3_600_000;
/** Some 10 MB. */
const mostKeys = 50_000;

/**
 * Whether the key property has unique values, per object: some accounts refuse that on activities. Where it has not,
 * HubSpot does not keep a record from being made twice, so we look for it first, and one at a time.
 */
export class KeyFields {
  readonly #deps: KeyFieldsDeps;
  readonly #known = new Map<ObjectName, { readonly unique: boolean; readonly until: number }>();
  readonly #keys = new Map<string, string>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: KeyFieldsDeps) {
    this.#deps = deps;
  }

  /** From the property's definition, asked for once an hour. @throws CrmError when HubSpot cannot say */
  async isUnique(object: ObjectName): Promise<boolean> {
    const { client, keyField, context, now } = this.#deps;
    const known = this.#known.get(object);
    if (known !== undefined && now() < known.until) return known.unique;
    const answer = await client.property(object, keyField);
    // Without it nothing can be written: the refusal names it.
    if (answer.kind === 'answer' && answer.status === 404) return true;
    // A token that may not see definitions can write nonetheless: with care.
    const hidden = answer.kind === 'answer' && answer.status === 403;
    if (!hidden && (answer.kind !== 'answer' || answer.status !== 200)) throw crmError(answer, context);
    const unique = answer.body['hasUniqueValue'] === true;
    this.learn(object, unique);
    return unique;
  }

  learn(object: ObjectName, unique: boolean): void {
    this.#known.set(object, { unique, until: this.#deps.now() + rememberMs });
  }

  forget(): void {
    this.#known.clear();
  }

  /** Some key is not unique, as far as is known. */
  get isAnyPlain(): boolean {
    return [...this.#known.values()].some(({ unique }) => !unique);
  }

  /** The key that a record was seen with ('' for none); undefined: it was not read yet. */
  keyOf(object: ObjectName, id: string): string | undefined {
    return this.#keys.get(`${object} ${id}`);
  }

  /** Keys stay as they are, so that a long conversation is read through once only. */
  keep(object: ObjectName, id: string, key: string): void {
    if (this.#keys.size >= mostKeys) this.#keys.clear();
    this.#keys.set(`${object} ${id}`, key);
  }

  /** One at a time. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
