import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readChatToken, signChat } from '../../src/core/chat-link.ts';

const secret = Buffer.from('a secret of the console');
const key = 'ab'.repeat(32);
const occurredAt = '2026-03-01T23:59:00.000Z';
const token = signChat(secret, { key, occurredAt }, 30);

describe('a link to a chat', () => {
  test('names its interaction until its last day is over', () => {
    expect(readChatToken(secret, token, new Date('2026-03-02T00:00:00Z'))).toBe(key);
    expect(readChatToken(secret, token, new Date('2026-03-31T23:59:59Z'))).toBe(key);
    expect(readChatToken(secret, token, new Date('2026-04-01T00:00:00Z'))).toBeUndefined();
  });

  test('is the same each time, so that no record is written again for it', () => {
    expect(signChat(secret, { key, occurredAt }, 30)).toBe(token);
    expect(token.length).toBeLessThan(80);
  });

  test('is worth nothing when anything of it was changed, or with another secret', () => {
    const now = new Date('2026-03-02T00:00:00Z');
    const bytes = Buffer.from(token, 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        expect(readChatToken(secret, changed.toString('base64url'), now)).toBeUndefined();
      }),
    );
    expect(readChatToken(Buffer.from('another'), token, now)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => readChatToken(secret, text, now) === undefined));
  });
});
