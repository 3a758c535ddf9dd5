import type { ErrorCode } from '../core/errors.ts';

/** The other side could not show who it is: Node's and OpenSSL's words. */
const untrusted = /^(CERT_\w+|ERR_TLS_CERT\w*|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/;

/** Names, connecting: the request could not leave. */
const unreached = /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ERR_INVALID_URL)$/;

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'DNS does not know the name.',
  EAI_AGAIN: 'DNS does not answer.',
  CERT_HAS_EXPIRED: 'It has expired, or the clock of this machine is wrong.',
  CERT_NOT_YET_VALID: 'It is not valid yet, or the clock of this machine is wrong.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'It is for another name.',
};

/** True for failures before a request could leave; anything else may have arrived. @param code Node's word for it */
export function neverLeft(code: string, syscall: unknown): boolean {
  return untrusted.test(code) || unreached.test(code) || syscall === 'connect';
}

/** What a request that did not leave means. @param code Node's word for it, where there is one */
export function codeOfNotSent(code: string): ErrorCode {
  return untrusted.test(code) ? 'certificate-wrong' : 'unavailable';
}

/** Node's word for it, and what it means where few know it. */
export function wordsOfNotSent(code: string): string {
  return words[code] === undefined ? code : `${code}: ${words[code]}`;
}
