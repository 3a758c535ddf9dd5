import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { verifySignature } from '../../src/sources/twilio/signature.ts';
import { form, source } from '../fixtures/twilio/events.ts';

const params = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675309',
  Digits: '1234',
  From: '+14158675309',
  To: '+18005551212',
};

function sign(url: string, given: Record<string, string | readonly string[]>, token = 'token'): string {
  const text = Object.keys(given)
    .toSorted()
    .map((name) =>
      [...new Set([given[name] ?? ''].flat())]
        .toSorted()
        .map((value) => name + value)
        .join(''),
    )
    .join('');
  return createHmac('sha1', token)
    .update(url + text)
    .digest('base64');
}

function request(signature: string | string[] | undefined, headers: object = {}, url = '/webhooks/emea?a=1') {
  return {
    body: form(params),
    url,
    headers: { host: 'crm.example', 'x-twilio-signature': signature, ...headers },
  };
}

const { webhook } = source();

describe("the signature of Twilio's webhooks", () => {
  it.each([
    ['https and the host', 'https://crm.example/webhooks/emea?a=1', {}],
    ['http and the host', 'http://crm.example/webhooks/emea?a=1', {}],
    [
      'what the proxy was asked for',
      'https://out.example/webhooks/emea?a=1',
      { 'x-forwarded-host': 'out.example' },
    ],
    ['a host with its port', 'https://crm.example:8443/webhooks/emea?a=1', { host: 'crm.example:8443' }],
    ['a host whose port is left out', 'https://crm.example/webhooks/emea?a=1', { host: 'crm.example:8443' }],
    ['a host whose port is written out', 'https://crm.example:443/webhooks/emea?a=1', {}],
  ])('is accepted over %s', (_what, url, headers) => {
    expect(webhook.verify(request(sign(url, params), headers))).toBe(true);
  });

  it('is accepted over the configured address and refused over the one of the request', () => {
    const configured = source({ publicUrl: 'https://public.example/in' }).webhook;
    expect(configured.verify(request(sign('https://public.example/in?a=1', params)))).toBe(true);
    expect(configured.verify(request(sign('https://crm.example/webhooks/emea?a=1', params)))).toBe(false);
  });

  it('is accepted over a configured host with the path of the request', () => {
    const configured = source({ publicUrl: 'https://public.example' }).webhook;
    expect(configured.verify(request(sign('https://public.example/webhooks/emea?a=1', params)))).toBe(true);
  });

  it('is accepted with either token while they are changed', () => {
    const both = source({ secondaryAuthToken: 'next' }).webhook;
    const url = 'https://crm.example/webhooks/emea?a=1';
    expect(both.verify(request(sign(url, params, 'next')))).toBe(true);
    expect(both.verify(request(sign(url, params)))).toBe(true);
    expect(webhook.verify(request(sign(url, params, 'next')))).toBe(false);
  });

  it('takes each different value of a repeated parameter once, sorted', () => {
    const repeated = { A: ['y', 'x', 'y'], B: '1' };
    const body = form(repeated);
    const signature = sign('https://crm.example/webhooks/emea', repeated);
    expect(webhook.verify({ ...request(signature, {}, '/webhooks/emea'), body })).toBe(true);
  });

  it('covers the hash of a JSON body, and the hash the body', () => {
    const body = Buffer.from('{"a":"b"}');
    const url = `/webhooks/emea?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
    const signature = sign(`https://crm.example${url}`, {});
    expect(webhook.verify({ ...request(signature, {}, url), body })).toBe(true);
    expect(webhook.verify({ ...request(signature, {}, url), body: Buffer.from('{"a":"c"}') })).toBe(false);
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['given twice', [sign('https://crm.example/webhooks/emea?a=1', params)]],
    ['of another length', 'short'],
    ['of other parameters', sign('https://crm.example/webhooks/emea?a=1', { ...params, Digits: '9' })],
  ])('is refused when it is %s', (_what, signature) => {
    expect(webhook.verify(request(signature as string | undefined))).toBe(false);
  });

  it('covers a hash only where the address that was signed has it', () => {
    const configured = source({ publicUrl: 'https://public.example/in?k=1' }).webhook;
    const forged = Buffer.from('{"a":"forged"}');
    const hash = createHash('sha256').update(forged).digest('hex');
    const signature = sign('https://public.example/in?k=1', {});
    const { headers } = request(signature);
    expect(configured.verify({ headers, url: '/webhooks/emea?k=1', body: Buffer.alloc(0) })).toBe(true);
    expect(configured.verify({ headers, url: `/webhooks/emea?bodySHA256=${hash}`, body: forged })).toBe(
      false,
    );
  });

  it('is never right with an empty token, another host, another path, or in another case', () => {
    const url = 'https://crm.example/webhooks/emea?a=1';
    expect(verifySignature(request(sign(url, params, '')), { tokens: [''] })).toBe(false);
    for (const other of [
      'https://evil.example/webhooks/emea?a=1',
      'https://crm.example/webhooks/other?a=1',
      'https://crm.example/webhooks/emea?a=2',
    ]) {
      expect(webhook.verify(request(sign(other, params)))).toBe(false);
    }
    expect(webhook.verify(request(sign(url, params).toLowerCase()))).toBe(false);
    expect(webhook.verify({ ...request(sign(url, params)), body: Buffer.from('Digits=1235') })).toBe(false);
  });

  it('answers with nothing that would be sent to the person', () => {
    expect(webhook.reply).toEqual({ type: 'text/xml', text: '<Response/>' });
    expect(webhook.challenge({})).toBeUndefined();
  });
});
