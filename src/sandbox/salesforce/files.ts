import { createHash } from 'node:crypto';
import type { TimelineFile } from '../timeline.ts';
import type { Org, Row, Value } from './org.ts';
import { refuse } from './refusal.ts';
import type { FieldDef } from './schema.ts';

/** Types by extension, for showing: Salesforce goes by the extension alone. */
const types: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  json: 'application/json',
};

/**
 * Takes the content out of a new version's values; the record holds no bytes.
 * @throws Refusal STORAGE_LIMIT_EXCEEDED, REQUIRED_FIELD_MISSING for an empty file
 */
export function takeContent(org: Org, values: Map<FieldDef, Value>): Buffer {
  const def = [...values.keys()].find(({ name }) => name === 'VersionData');
  const content = Buffer.from(String((def && values.get(def)) ?? ''), 'base64');
  if (def) values.delete(def);
  if (content.length === 0) {
    throw refuse('REQUIRED_FIELD_MISSING', 'Required fields are missing: [VersionData]', ['VersionData']);
  }
  if (usedBytes(org) + content.length > org.fileStorage) {
    throw refuse('STORAGE_LIMIT_EXCEEDED', 'storage limit exceeded');
  }
  return content;
}

/** What Salesforce makes of a first version: the document, and links to its owner and to where it was published. */
export function completeFile(org: Org, row: Row, content: Buffer): void {
  const path = String(row.PathOnClient);
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const title = row.Title ?? path.replace(/\.[^.]*$/, '');
  const { OwnerId = org.runAs } = row;
  const document =
    row.ContentDocumentId ??
    org.insert('ContentDocument', {
      Title: title,
      OwnerId,
      FileExtension: extension,
      ContentSize: content.length,
    }).Id;
  org.contents.set(row.Id, content);
  org.change(row, {
    Title: title,
    ContentDocumentId: document,
    Checksum: createHash('md5').update(content).digest('hex'),
    FileExtension: extension,
    FileType: extension.toUpperCase() || 'UNKNOWN',
    ContentSize: content.length,
    VersionNumber: '1',
    IsLatest: true,
    SharingPrivacy: row.SharingPrivacy ?? 'N',
    ContentLocation: 'S',
    VersionData: `/services/data/v67.0/sobjects/ContentVersion/${row.Id}/VersionData`,
  });
  const documentRow = org.find(String(document))?.row;
  if (documentRow !== undefined) org.change(documentRow, { LatestPublishedVersionId: row.Id });
  for (const [linked, share] of [
    [OwnerId, 'I'],
    [row.FirstPublishLocationId, 'V'],
  ] as const) {
    if ((linked ?? null) === null) continue;
    const link = { ContentDocumentId: document, LinkedEntityId: linked ?? null };
    org.insert('ContentDocumentLink', { ...link, ShareType: share, Visibility: 'AllUsers' });
  }
}

/** Files linked to a record, oldest first. */
export function filesOn(org: Org, recordId: string): TimelineFile[] {
  return live(org, 'ContentDocumentLink')
    .filter((link) => link.LinkedEntityId === recordId)
    .flatMap((link) => {
      const version = live(org, 'ContentVersion').find(
        (row) => row.ContentDocumentId === link.ContentDocumentId && row.IsLatest === true,
      );
      return version === undefined ? [] : [presentFile(version)];
    });
}

/** A file by the id of its version. */
export function fileContent(org: Org, id: string): (TimelineFile & { readonly content: Buffer }) | undefined {
  const row = live(org, 'ContentVersion').find((one) => one.Id === id);
  const content = org.contents.get(id);
  return row === undefined || content === undefined ? undefined : { ...presentFile(row), content };
}

/** The user's profile has no right to files: their objects do not exist for him. */
export function hideFiles(org: Org): void {
  for (const name of ['ContentVersion', 'ContentDocument', 'ContentDocumentLink']) org.objects.delete(name);
}

/** `FileStorageMB` of `/limits`. */
export function storageLimit(org: Org): { readonly Max: number; readonly Remaining: number } {
  const max = Math.min(org.fileStorage, 10_240 * 1_048_576);
  return { Max: Math.floor(max / 1_048_576), Remaining: Math.floor((max - usedBytes(org)) / 1_048_576) };
}

function presentFile(row: Row): TimelineFile {
  const extension = String(row.FileExtension ?? '');
  const name = extension === '' ? String(row.Title) : `${String(row.Title)}.${extension}`;
  return {
    id: row.Id,
    name,
    type: types[extension] ?? 'application/octet-stream',
    size: Number(row.ContentSize),
  };
}

function usedBytes(org: Org): number {
  return live(org, 'ContentVersion').reduce((sum, row) => sum + Number(row.ContentSize ?? 0), 0);
}

function live(org: Org, object: string): Row[] {
  return [...org.table(object).values()].filter((row) => row.IsDeleted !== true);
}
