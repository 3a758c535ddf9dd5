import type { HubSpotClient } from './client.ts';
import { crmError, type JudgeContext } from './errors.ts';
import { list, text } from './json.ts';

/** So long the account's properties count as known. */
const keptMs = 600_000;

/**
 * Which of the properties by which people opt out or in the account has. Whether an answer names a property that has no
 * value is not confirmed, so what is missing in one is empty where the property is there, and not known where it is not.
 */
export class MarkFields {
  readonly #wanted: readonly string[];
  readonly #client: Pick<HubSpotClient, 'properties'>;
  readonly #context: JudgeContext;
  #known: readonly string[] = [];
  #until = 0;

  constructor(client: Pick<HubSpotClient, 'properties'>, context: JudgeContext, wanted: readonly string[]) {
    this.#client = client;
    this.#context = context;
    this.#wanted = wanted;
  }

  /** @throws CrmError when HubSpot cannot say: then nobody's opt-out is known */
  async known(): Promise<readonly string[]> {
    if (this.#wanted.length === 0 || this.#until > performance.now()) return this.#known;
    const answer = await this.#client.properties('contacts');
    if (answer.kind !== 'answer' || answer.status !== 200) throw crmError(answer, this.#context);
    const names = new Set(list(answer.body['results']).map((property) => text(property['name'])));
    this.#known = this.#wanted.filter((name) => names.has(name));
    this.#until = performance.now() + keptMs;
    return this.#known;
  }
}
