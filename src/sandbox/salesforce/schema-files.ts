import { field, object, readOnly, reference, text, type ObjectDef } from './schema.ts';

const filled = { ...readOnly, nillable: true };
const document = reference('ContentDocumentId', 'ContentDocument');

const version = [
  text('Title', 255, { defaultedOnCreate: true, nillable: false }),
  text('PathOnClient', 500, { nillable: false, updateable: false }),
  field('VersionData', 'base64', { nillable: false }),
  field('Description', 'textarea', { length: 1_000 }),
  { ...document, updateable: false },
  field('FirstPublishLocationId', 'reference', {
    referenceTo: ['Task', 'Contact', 'Lead', 'Account', 'User'],
    updateable: false,
  }),
  field('SharingPrivacy', 'picklist', { restricted: true, defaultedOnCreate: true, values: ['N', 'P'] }),
  field('ContentLocation', 'picklist', {
    restricted: true,
    defaultedOnCreate: true,
    values: ['S', 'E', 'L'],
    updateable: false,
  }),
  field('OwnerId', 'reference', { referenceTo: ['User'], nillable: false, defaultedOnCreate: true }),
  text('Checksum', 50, filled),
  text('FileType', 20, filled),
  text('FileExtension', 40, filled),
  text('VersionNumber', 20, filled),
  field('ContentSize', 'int', filled),
  field('IsLatest', 'boolean', readOnly),
];

const files = [
  text('Title', 255, { nillable: false }),
  field('OwnerId', 'reference', { referenceTo: ['User'], nillable: false, defaultedOnCreate: true }),
  field('LatestPublishedVersionId', 'reference', { ...filled, referenceTo: ['ContentVersion'] }),
  text('FileExtension', 40, filled),
  field('ContentSize', 'int', filled),
];

const link = [
  { ...document, nillable: false, updateable: false },
  field('LinkedEntityId', 'reference', {
    referenceTo: ['Task', 'Contact', 'Lead', 'Account', 'User'],
    nillable: false,
    updateable: false,
  }),
  field('ShareType', 'picklist', { restricted: true, values: ['V', 'C', 'I'] }),
  field('Visibility', 'picklist', {
    restricted: true,
    defaultedOnCreate: true,
    values: ['AllUsers', 'InternalUsers', 'SharedUsers'],
  }),
];

/** Files of an org: a document, its versions, and the records it is linked to (Object Reference). */
export function fileObjects(): [string, ObjectDef][] {
  return [
    object('ContentVersion', '068', version),
    object('ContentDocument', '069', files, false),
    object('ContentDocumentLink', '06A', link),
  ];
}
