import { describe, expect, it } from '@jest/globals';
import type { Interaction, Media } from '../../src/core/interaction.ts';
import { fileNames, mimeTypeOf } from '../../src/pipeline/file-names.ts';

const base = {
  key: 'k',
  source: 'support',
  sourceKind: 'whatsapp-cloud',
  businessNumber: '+15550783881',
  providerId: 'p',
  direction: 'inbound',
  occurredAt: '2026-03-01T10:15:30.000Z',
  person: {},
} as const;

const message = (type: string, ...media: Media[]): Interaction => ({
  ...base,
  kind: 'message',
  content: { type, text: '', media },
  earlier: [],
  reactions: [],
  via: 'live',
});

const stored = (mediaId: string, more: { mimeType?: string; fileName?: string } = {}) => ({
  state: 'stored' as const,
  sha256: `hash of ${mediaId}`,
  size: 1,
  mediaId,
  ...more,
});

const one = (interaction: Interaction, more: { mimeType?: string; fileName?: string } = {}): string =>
  fileNames(interaction, [stored('m', more)])[0] ?? '';

describe('names of files', () => {
  it.each<[string, Interaction, object, string]>([
    [
      'a voice message',
      message('audio', { id: 'm', voice: true, mimeType: 'audio/ogg; codecs=opus' }),
      {},
      'voice-message-2026-03-01-1015.ogg',
    ],
    ['a picture', message('image', { id: 'm' }), { mimeType: 'image/jpeg' }, 'image-2026-03-01-1015.jpg'],
    [
      'a sticker',
      message('sticker', { id: 'm' }),
      { mimeType: 'image/webp' },
      'sticker-2026-03-01-1015.webp',
    ],
    ['an unknown type', message('document', { id: 'm' }), {}, 'document-2026-03-01-1015.bin'],
    [
      'a document with its own name',
      message('document', { id: 'm', fileName: 'Offer 7.pdf' }),
      {},
      'Offer 7.pdf',
    ],
    [
      'a name without an extension',
      message('document', { id: 'm', fileName: 'offer' }),
      { mimeType: 'application/pdf' },
      'offer.pdf',
    ],
    [
      'a name that leads elsewhere',
      message('document', { id: 'm', fileName: '../../etc/pass\u0000wd\u202efdp.exe' }),
      {},
      '_.._etc_pass_wd_fdp.exe',
    ],
    ['a device of Windows', message('document', { id: 'm', fileName: 'NUL.txt' }), {}, '_NUL.txt'],
    [
      'a name whose end Windows drops',
      message('document', { id: 'm', fileName: ' . offer.exe. . ' }),
      {},
      'offer.exe',
    ],
    [
      'marks that turn the name around, and half a character',
      message('document', { id: 'm', fileName: 'a\u061cb\u200fc\u2028d\ud800.pdf' }),
      {},
      'a_b_c_d_.pdf',
    ],
    ['nothing but marks', message('document', { id: 'm', fileName: '../ ..' }), {}, '_.bin'],
    [
      'a recording',
      { ...base, kind: 'call', recording: { id: 'm', mimeType: 'audio/ogg' } },
      {},
      'call-recording-2026-03-01-1015.ogg',
    ],
    [
      'a transcript',
      { ...base, kind: 'call', transcript: { id: 'm', mimeType: 'application/json' } },
      {},
      'transcript-2026-03-01-1015.json',
    ],
    [
      'a voicemail',
      { ...base, kind: 'call', voicemail: { id: 'm', mimeType: 'audio/mpeg' } },
      {},
      'voicemail-2026-03-01-1015.mp3',
    ],
  ])('tell of %s what it is and when it was', (_what, interaction, result, name) => {
    expect(one(interaction, result)).toBe(name);
  });

  it('are different within one interaction', () => {
    const interaction = message('image', { id: 'a' }, { id: 'b' }, { id: 'c', fileName: 'x.png' });
    const names = fileNames(interaction, [
      stored('a', { mimeType: 'image/png' }),
      stored('b', { mimeType: 'image/png' }),
      stored('c'),
    ]);
    expect(names).toEqual(['image-2026-03-01-1015.png', 'image-2026-03-01-1015-2.png', 'x.png']);
  });

  it('keep their extension when they are long', () => {
    const name = one(message('document', { id: 'm', fileName: `${'ä'.repeat(400)}.pdf` }));
    expect(name).toHaveLength(150);
    expect(name.endsWith('ä.pdf')).toBe(true);
  });

  it('go with a MIME type without parameters', () => {
    const interaction = message('audio', { id: 'm', mimeType: 'Audio/OGG; codecs=opus' });
    expect(mimeTypeOf(interaction, stored('m'))).toBe('audio/ogg');
    expect(mimeTypeOf(interaction, stored('m', { mimeType: 'nonsense' }))).toBe('application/octet-stream');
    expect(mimeTypeOf(interaction, stored('other'))).toBe('application/octet-stream');
  });
});
