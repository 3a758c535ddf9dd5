import { userInfo } from 'node:os';

/** Who sits at this machine, for the audit log. */
export function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user that has no name.
    return 'command line';
  }
}
