// `node --import <this file>`: how names under .crm.test resolve stands in the file CHAOS_DNS; the rest is left alone.
import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const lookup = dns.lookup;
const path = process.env.CHAOS_DNS;

dns.lookup = (hostname, options, callback) => {
  if (!hostname.endsWith('.crm.test')) return lookup(hostname, options, callback);
  const mode = readFileSync(path, 'utf8').trim();
  const done = typeof options === 'function' ? options : callback;
  if (mode === 'silent') return undefined;
  if (mode === 'right') return lookup('127.0.0.1', options, callback);
  // Nobody listens there.
  if (mode === 'wrong') return lookup('127.66.66.66', options, callback);
  const error = Object.assign(new Error(`getaddrinfo ${mode} ${hostname}`), {
    code: mode,
    syscall: 'getaddrinfo',
    hostname,
  });
  process.nextTick(done, error);
  return undefined;
};
syncBuiltinESMExports();
