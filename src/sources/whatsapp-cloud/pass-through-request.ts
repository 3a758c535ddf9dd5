import { createHash } from 'node:crypto';
import { isTooDeep } from '../../core/depth.ts';
import type { ForwardRequest } from '../source.ts';
import { asObject, word, type Json } from './payload.ts';

/** What a sender asks for: to send a message, or something about a file. */
export type Operation =
  | { readonly kind: 'send'; readonly version?: string; readonly phoneNumberId?: string }
  | { readonly kind: 'media' };

/** Provider whose addresses are understood. */
export type GraphKind = 'whatsapp-cloud' | '360dialog';

const version = String.raw`(v\d{1,3}\.\d{1,2})`;

/** Meta's OpenAPI v23.0: messages, marketing_messages, media, one media file. */
const cloudSend = new RegExp(String.raw`^/${version}/(\d{1,40})/(?:messages|marketing_messages)/?$`);
const cloudMedia: Readonly<Record<string, RegExp>> = {
  POST: new RegExp(String.raw`^/${version}/\d{1,40}/media/?$`),
  GET: new RegExp(String.raw`^/${version}/\d{1,40}/?$`),
  DELETE: new RegExp(String.raw`^/${version}/\d{1,40}/?$`),
};

/** 360dialog docs, messaging and media: no version, no number id; files are downloaded from the same host. */
const dialogSend = /^(?:\/v1)?\/(?:messages|marketing_messages)\/?$/;
const dialogMedia: Readonly<Record<string, RegExp>> = {
  POST: /^(?:\/v1)?\/media\/?$/,
  GET: /^(?:(?:\/v1\/media)?\/\d{1,40}|\/whatsapp_business\/attachments)\/?$/,
  DELETE: /^(?:\/v1\/media)?\/\d{1,40}\/?$/,
};

/** What the request is about; undefined: nothing that is forwarded. */
export function operationOf(kind: GraphKind, { method, url }: ForwardRequest): Operation | undefined {
  const path = pathOf(url);
  const send = method === 'POST' && (kind === '360dialog' ? dialogSend : cloudSend).exec(path);
  if (send) {
    const [, ofVersion, phoneNumberId] = send;
    return { kind: 'send', ...(ofVersion && phoneNumberId && { version: ofVersion, phoneNumberId }) };
  }
  const media = (kind === '360dialog' ? dialogMedia : cloudMedia)[method];
  return media?.test(path) ? { kind: 'media' } : undefined;
}

/** The path of a request's address, without its query. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** How the sender proves itself. */
export interface Credentials {
  readonly accessToken?: string;
  readonly appSecretProof?: string;
}

/** What a sender wants sent, and how it proves itself where it does so beside the headers. */
export interface ReadRequest {
  readonly params: Json;
  readonly credentials: Credentials;
}

/**
 * The parameters of a request, from a JSON or form body and the query (Graph API takes all three), without the
 * credentials. Undefined: not readable, so nobody could say what was sent.
 */
export function readRequest({ url, headers, body }: ForwardRequest): ReadRequest | undefined {
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity')
    return undefined;
  const query = formParams(url.slice(pathOf(url).length + 1));
  const given = bodyParams(body.toString('utf8'), String(headers['content-type'] ?? ''));
  if (given === undefined || isTooDeep(given)) return undefined;
  const { access_token: token, appsecret_proof: proof, ...params } = { ...query, ...given };
  const accessToken = word(token);
  const appSecretProof = word(proof);
  return {
    params,
    credentials: { ...(accessToken && { accessToken }), ...(appSecretProof && { appSecretProof }) },
  };
}

function bodyParams(text: string, contentType: string): Json | undefined {
  if (text.trim() === '') return {};
  if (/^application\/x-www-form-urlencoded/i.test(contentType) && !/^\s*\{/.test(text))
    return formParams(text);
  return asObject(parse(text));
}

/** Values of a form or query that are JSON objects or arrays stand for them. */
function formParams(text: string): Json {
  return Object.fromEntries(
    [...new URLSearchParams(text)].map(([name, value]) => [
      name,
      /^\s*[[{]/.test(value) ? (parse(value) ?? value) : value,
    ]),
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A receipt or typing indicator, which nobody reads: no message (Meta's OpenAPI, MarkMessageRequestPayload). */
export function isReceipt(params: Json): boolean {
  return (
    word(params['status']) !== undefined && params['to'] === undefined && params['recipient'] === undefined
  );
}

const forwarded = [
  'authorization',
  'd360-api-key',
  'content-type',
  'accept',
  'accept-language',
  'user-agent',
];

/** The sender's headers that go on; everything about its connection stays. */
export function forwardedHeaders(headers: ForwardRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    forwarded.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/** Tells one sender's credentials from another's without holding them. */
export function credentialHash(headers: ForwardRequest['headers'], credentials: Credentials): string {
  const parts = [headers['authorization'], headers['d360-api-key'], credentials.accessToken];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
