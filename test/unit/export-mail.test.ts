import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mailboxOf, mailSource, type Mail } from '../../src/export/mail.ts';
import type { ExportRun } from '../../src/export/run.ts';

const run = { deps: { files: { has: async () => true, open: async () => Readable.from(['file']) } } };
const id = 'ab'.repeat(32);

const mail = (more: Partial<Mail> = {}): Mail => ({
  from: mailboxOf('Ana', '+14155550100'),
  to: [mailboxOf('Firm', '+15550783881')],
  subject: 'WhatsApp message from Ana',
  date: '2026-06-01T10:00:00.000Z',
  id,
  text: 'hello',
  headers: { 'X-WhatsApp-Key': id },
  files: [],
  ...more,
});

async function written(more: Partial<Mail>): Promise<{ heads: string[]; body: string }> {
  const source = await mailSource(run as unknown as ExportRun, mail(more));
  const whole = await textOf(Readable.from(source));
  const end = whole.indexOf('\r\n\r\n');
  return {
    heads: whole
      .slice(0, end)
      .replace(/\r\n[ \t]/g, ' ')
      .split('\r\n'),
    body: whole.slice(end + 4),
  };
}

const names = (heads: readonly string[]) => heads.map((head) => head.split(':', 1)[0]);

test('whatever somebody calls himself, a mail has the same heads, all of them ASCII and short', async () => {
  const usual = names((await written({})).heads);
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 120 }), async (name) => {
      const person = mailboxOf(name, '+14155550100');
      const { heads } = await written({ from: person, subject: `WhatsApp message from ${name}` });
      expect(names(heads)).toEqual(usual);
      expect(heads.join('')).toMatch(/^\p{ASCII}*$/u);
      expect(heads.find((head) => head.startsWith('From:'))).toMatch(
        /[< ]\+14155550100@whatsapp\.invalid>?$/,
      );
    }),
    { numRuns: 50 },
  );
});

test('a name that would begin another head is a name', async () => {
  const { heads } = await written({ subject: 'x\r\nBcc: all@example.com\r\n\r\nbody' });
  expect(names(heads)).not.toContain('Bcc');
});

test('an address is made of what is known of the person, whatever its characters', () => {
  expect(mailboxOf('x', 'US.100')).toEqual({ name: 'x', address: 'US.100@whatsapp.invalid' });
  expect(mailboxOf('x', 'a b@c..d.').address).toBe('a_b_c_.d_@whatsapp.invalid');
  expect(mailboxOf('x', '').address).toBe('unknown@whatsapp.invalid');
});

test('the same mail has the same bytes, with its files', async () => {
  const result = { state: 'stored', sha256: 'cd'.repeat(32), size: 4 } as const;
  const files = [{ id: '1', mimeType: 'image/png', fileName: 'größe "x".png', result }];
  const [one, two] = [await written({ files }), await written({ files })];
  expect(one).toEqual(two);
  expect(one.body).toContain('Content-Disposition: attachment;');
  expect(one.body).toContain(Buffer.from('file').toString('base64'));
});
