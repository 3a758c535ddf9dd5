import type { CrmContact } from '../destination.ts';
import type { Client, Json } from './client.ts';
import { isHidden } from './people.ts';

/** Fields of an account that is a person (Object Reference, Account); its contact has the same values. */
const phones = ['Phone', 'PersonMobilePhone', 'PersonHomePhone', 'PersonOtherPhone', 'PersonAssistantPhone'];
const needed = ['IsPersonAccount', 'PersonContactId'];
const others = ['Id', 'Name', 'OwnerId', 'SystemModstamp'];

/**
 * Accounts that are persons, in orgs that have such. Queries of contacts give their contacts too, but a search gives
 * accounts only.
 */
export class PersonAccounts {
  readonly #client: Client;
  #fields: Promise<readonly string[]> | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Fields to search for; none where the org has no person accounts, or shows the user none. */
  fields(): Promise<readonly string[]> {
    if (this.#fields !== undefined) return this.#fields;
    const asking = this.#describe();
    this.#fields = asking;
    asking.catch(() => (this.#fields = undefined));
    return asking;
  }

  async #describe(): Promise<readonly string[]> {
    try {
      const seen = new Set((await this.#client.describe('Account')).map(({ name }) => name));
      if (!needed.every((name) => seen.has(name))) return [];
      return [...others, ...needed, ...phones].filter((name) => seen.has(name));
    } catch (error) {
      if (isHidden(error)) return [];
      throw error;
    }
  }
}

/** The contact of a person account, by whose id activities are put on it. */
export function toPerson(row: Json): CrmContact | undefined {
  const { PersonContactId: id, Name: name, OwnerId: ownerId, SystemModstamp: modified } = row;
  if (typeof id !== 'string') return undefined;
  const at = new Date(String(modified));
  return {
    type: 'Contact',
    id,
    name: typeof name === 'string' ? name : '',
    phones: phones
      .map((one) => row[one])
      .filter((one): one is string => typeof one === 'string' && one !== ''),
    userIds: [],
    ...(typeof ownerId === 'string' ? { ownerId } : {}),
    ...(Number.isNaN(at.getTime()) ? {} : { modifiedAt: at.toISOString() }),
  };
}
