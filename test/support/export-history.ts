import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readEnv } from '../../config/env.ts';
import { parseSettings } from '../../config/settings.ts';
import { compose, type Parts } from '../../src/compose.ts';
import { hashKey } from '../../src/core/key.ts';
import type { FileResult } from '../../src/core/interaction.ts';
import { foldAll } from '../../src/pipeline/fold.ts';
import type { EventDraft } from '../../src/sources/source.ts';
import {
  ana,
  body,
  business,
  call,
  echo,
  incoming,
  only,
  sentAt,
  status,
  text,
} from '../fixtures/whatsapp/bodies.ts';
import { claimOf, deliveredAs } from './ledger-data.ts';
import { makeTempFolder, type TempFolder } from './temp.ts';

/** A worker's parts over a ledger with the chats of two people, some of it logged and looked at. */
export interface ExportHistory {
  readonly folder: TempFolder;
  readonly parts: Parts;
  /** PEM of the key that signs its seals */
  readonly publicKeyPath: string;
  /** hash of the picture that was sent */
  readonly pictureHash: string;
  append(...drafts: readonly EventDraft[]): Promise<void>;
  close(): Promise<void>;
}

/** Words that only the other person's chat has. */
export const bensWords = ['Ben', 'O’Neil', '4155550199', 'confidential-of-ben', 'bens-file'];

const at = (seconds: number): string => String(Number(sentAt) + seconds);

/** What a program would take for markup, a formula or a name in quotes. */
export const nasty = {
  markup: `<script>document.title='owned'</script><img src=x onerror="document.title='owned'"> & "quoted"`,
  formula: `=cmd|' /C calc'!A0`,
  arabic: 'مرحبا، هل السعر 100$؟ (عاجل)',
  override: 'safe\u202egnp.exe',
  control: 'bell\u0007 tab\t end',
};

const ben = { profile: { name: 'Ben "Bob" <O’Neil>' }, wa_id: '14155550199', user_id: 'US.199' };
const fromBen = (delta: object) =>
  body('messages', { contacts: [ben], messages: [{ from: '14155550199', timestamp: at(50), ...delta }] });

function chat(): EventDraft[] {
  return [
    incoming({ id: 'wamid.hi', timestamp: at(0), ...text('Hello 👋🏽 can you send the offer?') }),
    echo({ id: 'wamid.markup', timestamp: at(60), ...text(nasty.markup), context: { id: 'wamid.hi' } }),
    status({ id: 'wamid.markup', status: 'read', timestamp: at(65) }),
    incoming({ id: 'wamid.formula', timestamp: at(120), ...text(nasty.formula) }),
    incoming({ id: 'wamid.rtl', timestamp: at(180), ...text(nasty.arabic) }),
    incoming({ id: 'wamid.odd', timestamp: at(190), ...text(`${nasty.override}\n${nasty.control}`) }),
    incoming({ id: 'wamid.edit', timestamp: at(200), ...text('at 5 pm') }),
    incoming({
      id: 'wamid.edit2',
      timestamp: at(210),
      type: 'edit',
      edit: { original_message_id: 'wamid.edit', message: text('at 6 pm') },
    }),
    incoming({ id: 'wamid.gone', timestamp: at(220), ...text('forget what I said') }),
    incoming({
      id: 'wamid.rev',
      timestamp: at(230),
      type: 'revoke',
      revoke: { original_message_id: 'wamid.gone' },
    }),
    incoming({
      id: 'wamid.re',
      timestamp: at(240),
      type: 'reaction',
      reaction: { message_id: 'wamid.markup', emoji: '🎉' },
    }),
    call({
      id: 'wacid.one',
      event: 'terminate',
      direction: 'USER_INITIATED',
      timestamp: at(500),
      status: 'COMPLETED',
      start_time: at(380),
      end_time: at(500),
      duration: 120,
    }),
    incoming({
      id: 'wamid.pic',
      timestamp: at(90_000),
      type: 'image',
      image: { id: '55', mime_type: 'image/png', caption: 'the plan' },
    }),
    incoming({
      id: 'wamid.doc',
      timestamp: at(90_060),
      type: 'document',
      document: { id: '56', mime_type: 'text/html', filename: 'a "b" <c>.html' },
    }),
    fromBen({ id: 'wamid.ben', ...text('confidential-of-ben') }),
    fromBen({
      id: 'wamid.benfile',
      type: 'document',
      document: { id: '57', mime_type: 'application/pdf', filename: 'bens-file.pdf' },
    }),
  ].map(only);
}

const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGM4oWGJFTEMLQkAbMs/wbG8wG8AAAAASUVORK5CYII=',
  'base64',
);

/** Opens a ledger in a folder of its own. */
export async function openHistory(): Promise<ExportHistory> {
  const folder = makeTempFolder('export');
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const publicKeyPath = join(folder.path, 'public.pem');
  writeFileSync(publicKeyPath, createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
  const env = readEnv({ DATA_DIR: join(folder.path, 'data'), LOG_LEVEL: 'silent', SEAL_KEY: pem });
  const parts = await compose(env, parseSettings(settingsText, env.variables));
  const { ledger } = parts.store;
  const fold = () =>
    foldAll(
      {
        ledger,
        normalize: parts.sources.normalize,
        route: () => ({ destinations: ['sales'], statuses: 'final' }),
      },
      () => undefined,
      new AbortController().signal,
    );
  const append = async (...drafts: readonly EventDraft[]) => {
    await ledger.append(
      drafts.map(({ people: _people, ...draft }) => ({
        ...draft,
        source: 'support',
        sourceKind: 'whatsapp-cloud',
      })),
      [],
    );
    await fold();
  };
  await append(...chat());
  const pictureHash = await keepFile(parts, append, 'wamid.pic', '55', dot, 'image/png');
  await keepFile(parts, append, 'wamid.doc', '56', Buffer.from('<script>1</script>'), 'text/html');
  await keepFile(
    parts,
    append,
    'wamid.benfile',
    '57',
    Buffer.from('%PDF confidential-of-ben'),
    'application/pdf',
  );
  await log(parts);
  await parts.store.ledger.addReport({ day: '2026-03-01', body: '{}', hash: '0'.repeat(64) }, []);
  return {
    folder,
    parts,
    publicKeyPath,
    pictureHash,
    append,
    close: async () => {
      await parts.close();
      folder.remove();
    },
  };
}

async function keepFile(
  { files }: Parts,
  append: ExportHistory['append'],
  providerId: string,
  mediaId: string,
  content: Buffer,
  mimeType: string,
): Promise<string> {
  const kept = await files.put(Readable.from([content]), 1_000_000);
  const result: FileResult = { state: 'stored', ...kept, mimeType };
  await append({
    kind: 'media',
    dedupeKey: hashKey('test', 'media', mediaId),
    businessNumber: business,
    interactionKey: hashKey('whatsapp-cloud', business, providerId),
    providerId,
    people: [],
    occurredAt: new Date(Number(at(90_100)) * 1_000).toISOString(),
    payload: { mediaId, result },
  });
  return kept.sha256;
}

/** Everything is somebody's in the CRM; one record was written; both chats were looked at. */
async function log({ store: { ledger } }: Parts): Promise<void> {
  const subjects = await ledger.matchSubjects(500);
  await ledger.settleMatches(
    subjects.map(({ destination, key, addresses }) => {
      const isBen = addresses.includes('+14155550199');
      const contact = isBen
        ? { type: 'Contact', id: '003BEN', name: 'Ben O’Neil' }
        : { type: 'Contact', id: '003ANA', name: 'Ana Silva' };
      return { destination, key, to: 'ready' as const, contact, reason: 'test' };
    }),
  );
  const { items } = await ledger.claim(claimOf(20));
  await ledger.settle(
    'sales',
    items.map((item) => deliveredAs(item, `00T${item.key.slice(0, 12)}`)),
    'one',
  );
  const { items: chats } = await ledger.conversations({ limit: 10 });
  for (const { id, phone } of chats) {
    const actor = phone === '+14155550199' ? 'viewer-of-Ben' : 'viewer-of-ana';
    await ledger.keepAudit({ actor, action: 'conversation.view', subject: id, detail: { withText: true } });
  }
  await ledger.keepAudit({
    actor: 'carla',
    action: 'settings.publish',
    subject: 'rules',
    detail: { version: 'x' },
  });
}

/** Who Ana is in the tests. */
export const anaNumber = `+${ana.wa_id}`;

/** Settings with owners; the key of the seals comes from the environment. */
export const settingsText = `
sources:
  - { id: support, type: whatsapp-cloud, appSecret: a-secret, verifyToken: verify, businessNumbers: ['${business}'] }
destinations:
  - id: sales
    type: salesforce
    loginUrl: http://127.0.0.1:9
    auth: { flow: client-credentials, clientId: client, clientSecret: secret }
    timeZone: Europe/Berlin
routes:
  - { source: support, destinations: [sales] }
owners:
  - { number: '${business}', user: carla@example.com, from: 2026-01-01, to: 2026-06-01 }
  - { number: '${business}', user: dora@example.com, from: 2026-06-02 }
seals:
  signingKey: \${SEAL_KEY}
`;
