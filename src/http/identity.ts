/** `viewer` sees counts, people and states; `admin` also decides and changes; `compliance` also reads text and exports. */
export const roles = ['viewer', 'admin', 'compliance'] as const;
export type Role = (typeof roles)[number];

/** Who asks, and what they may. */
export interface Identity {
  /** for the audit log: an e-mail address, or what kind of access it was */
  readonly actor: string;
  readonly roles: readonly Role[];
  /** `local`: from this machine, where no token is configured */
  readonly via: 'token' | 'local' | 'session';
  /** of a session: names it, not secret */
  readonly session?: string;
}

/** What a request needs; everybody who is known may view. */
export function hasRole(identity: Identity, needed: Role): boolean {
  return needed === 'viewer' ? identity.roles.length > 0 : identity.roles.includes(needed);
}

/** Text of messages is for those alone who may read it. */
export function mayRead(identity: Identity): boolean {
  return identity.roles.includes('compliance');
}

/** The name for the audit log. With the token anybody can act in any name: then it is told that nobody was signed in. */
export function nameOf({ via }: Pick<Identity, 'via'>, said: string): string {
  return via === 'token' ? `${said} (by token)` : said;
}
