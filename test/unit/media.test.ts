import { describe, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { SourceError } from '../../src/core/source-errors.ts';
import { isTypeAllowed, readHash } from '../../src/pipeline/media-checks.ts';
import { SourcePause } from '../../src/pipeline/source-pause.ts';
import { ErrorBudget } from '../../src/sources/whatsapp-cloud/error-budget.ts';
import { graphError } from '../../src/sources/whatsapp-cloud/graph-errors.ts';
import type { Parts } from '../../src/compose.ts';
import { mediaHandlers } from '../../workers/media.ts';

describe('the type of a file', () => {
  test.each([
    [['image/png'], [], true],
    [[undefined], [], true],
    [['IMAGE/PNG'], ['image/*'], true],
    [['audio/ogg; codecs=opus'], ['audio/ogg'], true],
    [['image/png', 'application/octet-stream'], ['image/*'], true],
    [['image/png', 'application/x-msdownload'], ['image/*'], false],
    [['imagery/png'], ['image/*'], false],
    [['application/pdf'], ['image/*'], false],
    [[undefined], ['image/*'], false],
  ])('said as %j where %j are kept: %s', (said, kept, allowed) =>
    expect(isTypeAllowed(said, kept)).toBe(allowed),
  );
});

describe('a hash', () => {
  const hash = createHash('sha256').update('x');
  const bytes = hash.digest();
  test.each([
    ['hex', bytes.toString('hex')],
    ['capital hex', bytes.toString('hex').toUpperCase()],
    ['base64', bytes.toString('base64')],
    ['base64 for addresses', bytes.toString('base64url')],
  ])('in %s is read', (_how, text) => expect(readHash(text)).toBe(bytes.toString('hex')));

  test.each([undefined, '', '<SHA256>', 'abc', bytes.toString('hex').slice(1)])('that is none: %j', (text) =>
    expect(readHash(text)).toBeUndefined(),
  );
});

describe("an error of Meta's API", () => {
  test.each([
    [401, 190, 'source-auth-failed'],
    [403, 10, 'source-permission-missing'],
    [403, 200, 'source-permission-missing'],
    [400, 80007, 'source-throttled'],
    [400, 130429, 'source-throttled'],
    [404, 100, 'media-expired'],
    [400, 131052, 'media-too-large'],
    [500, 2, 'source-unavailable'],
    [200, 131016, 'source-unavailable'],
    [400, 999999, 'source-answer-unreadable'],
    [429, 999999, 'source-throttled'],
  ])('HTTP %i with code %i is %s', (status, code, expected) => {
    const body = { error: { code, message: 'token EAAB-secret of +15550783881' } };
    const error = graphError(status, body, {});
    expect(error.code).toBe(expected);
    expect(error.message).not.toMatch(/secret|555/);
  });

  test('without a body that is known goes by its status', () => {
    expect([401, 404, 503].map((status) => graphError(status, '<html>', {}).code)).toEqual([
      'source-auth-failed',
      'media-expired',
      'source-unavailable',
    ]);
    expect(graphError(200, {}, {}).code).toBe('source-answer-unreadable');
  });

  test('tells when to come back, by either header', () => {
    const usage = JSON.stringify({ '1': [{ type: 'whatsapp', estimated_time_to_regain_access: 3 }] });
    const wait = (headers: object) => graphError(400, { error: { code: 4 } }, { ...headers }).retryAfterMs;
    expect([
      wait({ 'x-business-use-case-usage': usage }),
      wait({ 'retry-after': '5', 'x-business-use-case-usage': usage }),
      wait({ 'x-business-use-case-usage': '{' }),
    ]).toEqual([180_000, 5_000, undefined]);
  });
});

describe('a budget of errors', () => {
  test('is used up by errors within the time, and not by older ones or by successes', async () => {
    let now = 0;
    const budget = new ErrorBudget({ errors: 3, withinMs: 100, pauseMs: 50 }, () => now);
    const fail = () => budget.spend(() => Promise.reject(new SourceError('media-expired', '')));
    await expect(fail()).rejects.toMatchObject({ code: 'media-expired' });
    now = 101;
    await expect(fail()).rejects.toMatchObject({ code: 'media-expired' });
    await expect(fail()).rejects.toMatchObject({ code: 'media-expired' });
    expect(await budget.spend(async () => 'came')).toBe('came');
    await expect(fail()).rejects.toMatchObject({ code: 'media-expired' });
    const asked = jest.fn(async () => 'came');
    await expect(budget.spend(asked)).rejects.toMatchObject({ code: 'source-throttled', retryAfterMs: 50 });
    expect(asked).not.toHaveBeenCalled();
    now = 151;
    expect(await budget.spend(asked)).toBe('came');
  });
});

describe('the pause of a source', () => {
  test('grows while nothing succeeds and is no longer than what the source asks for', () => {
    jest.useFakeTimers({ now: 0 });
    try {
      const pause = new SourcePause();
      expect(pause.pull('wait', 1_000)).toBe(1_000);
      expect(pause.isOn).toBe(true);
      jest.advanceTimersByTime(1_000);
      expect([pause.isOn, pause.pull('wait')]).toEqual([false, 20_000]);
      jest.advanceTimersByTime(20_000);
      pause.succeed();
      expect(pause.pull('stop')).toBe(15_000);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('the media role', () => {
  const partsWith = (fetch: boolean, claimed: string[], raised: unknown[]) =>
    ({
      settings: { media: { fetch, maxSize: 1, types: [] }, sources: [{ id: 'support' }] },
      sources: { media: new Map(), polls: new Map() },
      destinations: new Map(),
      store: {
        ledger: {
          claimMedia: async (sources: readonly string[]) => void claimed.push(...sources),
          setAlert: async (change: unknown) => void raised.push(change),
        },
      },
      log: { warn: () => undefined },
    }) as unknown as Parts;
  const signal = new AbortController().signal;

  test('lets files wait where no token is set, and says so once', async () => {
    const [claimed, raised] = [[] as string[], [] as unknown[]];
    const { media } = mediaHandlers(partsWith(true, claimed, raised));
    await media?.('support', signal);
    await media?.('support', signal);
    await media?.('no longer configured', signal);
    expect(claimed).toEqual([]);
    expect(raised).toMatchObject([{ source: 'support', code: 'source-auth-failed', raised: true }]);
  });

  test('does nothing where files are not to be fetched', () => {
    expect(mediaHandlers(partsWith(false, [], [])).media).toBeUndefined();
  });
});
