import { execFile } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';

interface Ended {
  readonly code: number;
  readonly out: string;
}

/** `npm run demo -- --once`, built already. */
function runDemo(): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', PORT: '0' };
    execFile(
      process.execPath,
      ['dist/src/cli/demo.js', '--once'],
      { env, maxBuffer: 16 * 1_048_576, timeout: 100_000 },
      (error, out) => resolve({ code: error === null ? 0 : Number(error.code ?? 1), out }),
    );
  });
}

describe('the demo', () => {
  test('logs everything of every kind in both CRMs, as a rep would see it, and ends with 0', async () => {
    const { code, out } = await runDemo();
    expect(out).toContain('Nothing is missing.');
    expect(code).toBe(0);
    for (const [what, text] of Object.entries({
      message: 'Hello! Is the blue lamp still available?',
      'typed on the phone': 'with the WhatsApp Business app to Ben Okafor',
      edit: 'My order number is 1234',
      'text before the edit': 'earlier: My order number is 1243',
      deletion: 'Please call me on my other number',
      'voice note': 'voice-message-',
      'missed call': 'Missed WhatsApp call from Ana Silva',
      'answered call with its recording': 'call-recording-',
      'person without a number': 'Received from Dana Levi (US.10000000000000000103)',
      'person whose number was learned': 'Received from Gil Haddad (US.10000000000000000104)',
      group: 'in the group "Office move"',
      'sent by another system': 'Your invoice 4711 is ready. This was sent by a chatbot.',
      'found by the pull at Twilio': 'On Tuesday, before noon.',
      'pushed by Twilio': 'Perfect, see you then.',
    })) {
      const times = out.split(text).length - 1;
      expect([what, times >= 2]).toEqual([what, true]);
    }
    expect(out).not.toContain('Dinner at eight?');
  }, 110_000);
});
