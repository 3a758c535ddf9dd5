import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookRequest } from '../source.ts';

/** What requests are signed with, and the address that is signed. */
export interface SignatureOptions {
  readonly tokens: readonly string[];
  /** the address that Twilio posts to; undefined: rebuilt from the request */
  readonly publicUrl?: string;
}

/**
 * Is it signed by Twilio? `X-Twilio-Signature` is base64 of HMAC-SHA1 with the auth token, over the address and all
 * form parameters by name; of a JSON body the address holds the hash (Twilio docs, "Webhooks security").
 */
export function verifySignature(request: WebhookRequest, options: SignatureOptions): boolean {
  const given = request.headers['x-twilio-signature'];
  if (typeof given !== 'string' || given === '' || isCrowd(request.body)) return false;
  // With an empty token nothing is right.
  const tokens = options.tokens.filter((token) => token !== '');
  return addresses(request, options.publicUrl).some((url) => {
    // A hash that is not in the address that was signed says nothing.
    const hash = new URLSearchParams(queryOf(url)).get('bodySHA256');
    if (hash !== null && !isHashOf(hash, request.body)) return false;
    const signed = url + (hash === null ? joinParameters(request.body) : '');
    return tokens.some((token) => isSame(given, createHmac('sha1', token).update(signed).digest('base64')));
  });
}

function isHashOf(hex: string, body: Buffer): boolean {
  return isSame(hex.toLowerCase(), createHash('sha256').update(body).digest('hex'));
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Name and value of each parameter, by name; of a repeated one each different value once, sorted. */
function joinParameters(body: Buffer): string {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  return [...values.keys()]
    .sort()
    .map((name) =>
      [...(values.get(name) ?? [])]
        .sort()
        .map((value) => name + value)
        .join(''),
    )
    .join('');
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at);
}

/** Every address that Twilio may have signed. More than one is no weakness: each needs the token. */
function addresses(request: WebhookRequest, publicUrl: string | undefined): string[] {
  const plain = publicUrl === undefined ? rebuilt(request) : configured(request, publicUrl);
  return [...new Set(plain.flatMap((url) => [url, ...withOtherPort(url)]))];
}

/** The configured address with the query of the request; a configured host alone stands before the requested path. */
function configured({ url }: WebhookRequest, publicUrl: string): string[] {
  const address = publicUrl.replace(/#.*$/, '');
  const path = address.replace(/\?.*$/, '');
  const isHostAlone = /^https?:\/\/[^/]+\/?$/.test(path);
  return [
    path + queryOf(url),
    ...(address === path ? [] : [address]),
    ...(isHostAlone ? [path.replace(/\/$/, '') + url] : []),
  ];
}

/** What a proxy says it was asked for comes first. */
function rebuilt({ headers, url }: WebhookRequest): string[] {
  const first = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value.split(',')[0]?.trim() : undefined;
  };
  const protocols = [first('x-forwarded-proto')?.toLowerCase(), 'https', 'http'].filter(
    (name) => name === 'https' || name === 'http',
  );
  const hosts = [first('x-forwarded-host'), first('host')].filter(
    (name) => name !== undefined && name !== '',
  );
  return [...new Set(protocols)].flatMap((protocol) => hosts.map((host) => `${protocol}://${host}${url}`));
}

/** With the port of its protocol where it has none, and without the one it has. */
function withOtherPort(url: string): string[] {
  const [, protocol = '', host = '', rest = ''] = /^(https?):\/\/([^/?]+)(.*)$/s.exec(url) ?? [];
  if (host === '') return [];
  const bare = host.replace(/:\d+$/, '');
  const named = bare === host ? `${host}:${protocol === 'https' ? 443 : 80}` : bare;
  return [`${protocol}://${named}${rest}`];
}

/** Webhooks of Twilio's have less than a hundred parameters; anybody can send a form, and to sort a million takes seconds. */
const mostParameters = 10_000;

function isCrowd(body: Buffer): boolean {
  let count = 1;
  for (let at = body.indexOf('&'); at >= 0 && count <= mostParameters; at = body.indexOf('&', at + 1))
    count += 1;
  return count > mostParameters;
}
