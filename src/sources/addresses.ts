import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { SourceError } from '../core/source-errors.ts';

/** Where files may be fetched. */
export interface AllowedHosts {
  /** host names, exact (`cdn.example.com`) or all below one (`.example.com`): https on its own port, public addresses only */
  readonly hosts: readonly string[];
  /** addresses that the admin configured (`apiUrl`): allowed as they stand, also http and private ones */
  readonly configured: readonly string[];
}

/** Is this origin one that the admin configured herself? */
export function isConfigured(url: URL, { configured }: AllowedHosts): boolean {
  return configured.some((one) => URL.canParse(one) && new URL(one).origin === url.origin);
}

/** @throws SourceError `media-address-refused` for a host, scheme, port or literal address that is not allowed */
export function checkAddress(url: URL, allowed: AllowedHosts): void {
  if (url.username !== '' || url.password !== '') throw refusal(url.hostname);
  if (isConfigured(url, allowed)) return;
  const isNamed = allowed.hosts.some((host) =>
    host.startsWith('.') ? url.hostname.endsWith(host) : url.hostname === host,
  );
  if (!isNamed || url.protocol !== 'https:' || url.port !== '') throw refusal(url.hostname);
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !isPublic(literal)) throw refusal(literal);
}

function refusal(host: string): SourceError {
  return new SourceError('media-address-refused', `The host is ${host.slice(0, 100)}.`);
}

/** Not private, loopback, link-local, shared (CGNAT), multicast, unspecified, tunnelled or IPv4 in disguise. */
export function isPublic(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'unicast';
}

/** How a name is resolved: `dns.lookup` with all addresses. */
export type Resolve = (
  host: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const systemResolve: Resolve = (host, callback) => systemLookup(host, { all: true }, callback);

/**
 * A `lookup` for sockets that refuses names with any address that is not public. The very addresses that it has looked at
 * are the ones that are connected to, so that a name which changes its mind in between gains nothing.
 */
export function publicLookup(onRefused: () => void, resolve: Resolve = systemResolve): LookupFunction {
  return (host, options, callback) => {
    resolve(host, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null) return callback(error, '', 0);
      if (first === undefined || !addresses.every(({ address }) => isPublic(address))) {
        onRefused();
        return callback(new Error('the address is not public'), '', 0);
      }
      if (options.all === true) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}
