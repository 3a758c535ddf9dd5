import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Interaction, Media } from '../../src/core/interaction.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import type { FileStore } from '../../src/files/file-store.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { eventOf, foldWith, keyOf } from './ledger-data.ts';

/** Files in memory that tell how they were read. */
export class MemoryFiles implements Pick<FileStore, 'open'> {
  readonly #contents = new Map<string, string>();
  opened = 0;

  /** Keeps a content. @returns its hash */
  add(content: string): string {
    const sha256 = createHash('sha256').update(content).digest('hex');
    this.#contents.set(sha256, content);
    return sha256;
  }

  remove(sha256: string): void {
    this.#contents.delete(sha256);
  }

  async open(sha256: string): Promise<Readable> {
    const content = this.#contents.get(sha256);
    if (content === undefined) throw new Error('no such file');
    this.opened += 1;
    return Readable.from([Buffer.from(content)]);
  }
}

/** Appends and folds a message with these files, stored already. @returns its key */
export async function foldFiles(
  ledger: Ledger,
  destination: string,
  name: string,
  media: readonly Media[],
): Promise<string> {
  await ledger.append([eventOf(name, { at: '2026-03-01T10:15:00.000Z' })], []);
  const plain = foldWith({ destinations: [{ id: destination, initial: 'matching' }] });
  await ledger.fold(100, (subject) => {
    const folded = plain(subject);
    const interaction = { ...folded.interaction, content: { type: 'image', text: '', media } } as Interaction;
    return { ...folded, interaction };
  });
  return keyOf(name);
}

/** A file of an interaction that is in the store. */
export function storedMedia(id: string, sha256: string, size: number, more: Partial<Media> = {}): Media {
  return { id, ...more, result: { state: 'stored', sha256, size } };
}

/** Matches everything to one contact and writes its record. @returns record ids by key */
export async function deliverAll(
  ledger: Ledger,
  destination: Destination,
  contact: { readonly type: string; readonly id: string },
  fields: Readonly<Record<string, string>>,
): Promise<Map<string, string>> {
  const subjects = await ledger.matchSubjects(100, destination.id);
  await ledger.settleMatches(
    subjects.map(({ key }) => ({ destination: destination.id, key, to: 'ready', contact, reason: 'test' })),
  );
  const records = new Map<string, string>();
  for (;;) {
    const { items } = await ledger.claim({
      destination: destination.id,
      full: 1,
      windowMs: 0,
      leaseMs: 60_000,
      owner: 'test',
    });
    const [item] = items;
    if (item === undefined) return records;
    const { key, revision } = item;
    const [outcome] = await destination.deliver([
      { key, kind: 'message', occurredAt: item.interaction.occurredAt, contact, fields, createOnly: {} },
    ]);
    if (outcome?.kind !== 'delivered') throw new Error(`not delivered: ${JSON.stringify(outcome)}`);
    records.set(key, outcome.recordId);
    await ledger.settle(destination.id, [
      { key, revision, outcome, to: 'delivered', mappingVersion: 'm', contentHash: 'h' },
    ]);
  }
}
