import type { CrmUser, Destination } from '../destinations/destination.ts';

type ByEmail = ReadonlyMap<string, CrmUser>;

const keptMs = 600_000;

/** The users of one CRM by e-mail address, asked for when somebody is looked up and then every ten minutes. */
export class CrmUsers {
  readonly #destination: Pick<Destination, 'users'>;
  #kept: { readonly until: number; readonly users: Promise<ByEmail> } | undefined;

  constructor(destination: Pick<Destination, 'users'>) {
    this.#destination = destination;
  }

  /** The active user who has this address, in capitals or not. @throws CrmError when the CRM cannot say */
  async activeWith(email: string): Promise<CrmUser | undefined> {
    return (await this.#load()).get(email.toLowerCase());
  }

  #load(): Promise<ByEmail> {
    if (this.#kept !== undefined && this.#kept.until > performance.now()) return this.#kept.users;
    const users = this.#destination.users().then(byEmail);
    const kept = { until: performance.now() + keptMs, users };
    this.#kept = kept;
    users.catch(() => {
      if (this.#kept === kept) this.#kept = undefined;
    });
    return users;
  }
}

function byEmail(users: readonly CrmUser[]): ByEmail {
  return new Map(users.filter((user) => user.active).map((user) => [user.email.toLowerCase(), user]));
}
