import { describe, expect, it } from '@jest/globals';
import { sign } from '../../src/sandbox/whatsapp/index.ts';
import { createWhatsAppCloud } from '../../src/sources/whatsapp-cloud/index.ts';

const source = createWhatsAppCloud({ id: 'support', appSecret: 'secret', verifyToken: 'verify' });
const body = Buffer.from('{"a":"\\u00e4\\/"}');
const header = 'x-hub-signature-256';

describe('the signature of a webhook', () => {
  it('is right for the exact bytes', () => {
    expect(
      source.verify({ body, headers: { [header]: sign(body, 'secret') }, url: '/webhooks/support' }),
    ).toBe(true);
    // HMAC-SHA256 of "{}" with the key "secret", from openssl
    const known = 'sha256=77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13';
    expect(
      source.verify({ body: Buffer.from('{}'), headers: { [header]: known }, url: '/webhooks/support' }),
    ).toBe(true);
  });

  it('is wrong when the body was parsed and written again', () => {
    const again = Buffer.from(JSON.stringify(JSON.parse(body.toString())));
    expect(
      source.verify({ body: again, headers: { [header]: sign(body, 'secret') }, url: '/webhooks/support' }),
    ).toBe(false);
  });

  it('is wrong when one byte of the body is another one', () => {
    const signature = sign(body, 'secret');
    for (let at = 0; at < body.length; at += 1) {
      const changed = Buffer.from(body);
      changed[at] = (changed[at] as number) ^ 1;
      expect(
        source.verify({ body: changed, headers: { [header]: signature }, url: '/webhooks/support' }),
      ).toBe(false);
    }
    const longer = Buffer.concat([body, Buffer.from('\0')]);
    expect(source.verify({ body: longer, headers: { [header]: signature }, url: '/webhooks/support' })).toBe(
      false,
    );
  });

  it('is wrong with another secret', () => {
    expect(
      source.verify({ body, headers: { [header]: sign(body, 'other') }, url: '/webhooks/support' }),
    ).toBe(false);
  });

  const right = sign(body, 'secret');
  const malformed: [string, string | string[] | undefined][] = [
    ['missing', undefined],
    ['empty', ''],
    ['without its prefix', right.slice(7)],
    ['with another algorithm', right.replace('sha256', 'sha1')],
    ['cut short', right.slice(0, -1)],
    ['too long', `${right}0`],
    ['not hex', `sha256=${'g'.repeat(64)}`],
    ['of characters outside ASCII', `sha256=${'é'.repeat(64)}`],
    ['with a line break after it', `${right}\n`],
    ['sent twice', [right, right]],
    ['sent twice and joined', `${right}, ${right}`],
  ];
  it.each(malformed)('is just wrong when the header is %s', (_name, value) => {
    expect(source.verify({ body, headers: { [header]: value }, url: '/webhooks/support' })).toBe(false);
  });

  it('is never right with an empty secret', () => {
    const open = createWhatsAppCloud({ id: 'support', appSecret: '', verifyToken: 'verify' });
    expect(open.verify({ body, headers: { [header]: sign(body, '') }, url: '/webhooks/support' })).toBe(
      false,
    );
  });
});

describe('the verification request', () => {
  const query = { 'hub.mode': 'subscribe', 'hub.verify_token': 'verify', 'hub.challenge': '0123' };

  it('is answered with the challenge verbatim', () => {
    expect(source.challenge(query)).toBe('0123');
  });

  it.each([
    ['the token is wrong', { 'hub.verify_token': 'other' }],
    ['the token is missing', { 'hub.verify_token': undefined }],
    ['the mode is another', { 'hub.mode': 'unsubscribe' }],
    ['there is no challenge', { 'hub.challenge': '' }],
  ])('is refused when %s', (_name, delta) => {
    expect(source.challenge({ ...query, ...delta })).toBeUndefined();
  });

  it('is refused when no token is configured', () => {
    const open = createWhatsAppCloud({ id: 'support', appSecret: 'secret', verifyToken: '' });
    expect(open.challenge({ ...query, 'hub.verify_token': '' })).toBeUndefined();
  });
});
