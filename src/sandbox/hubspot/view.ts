import type { TimelineContact, TimelineEntry, TimelineFile, TimelineView } from '../timeline.ts';
import type { Account } from './account.ts';
import type { StoredFile } from './routes-files.ts';
import type { ObjectType } from './object-types.ts';
import type { StoredRecord } from './store.ts';

const kinds = { communications: 'message', calls: 'call', notes: 'other' } as const;

/** What a sales rep would see on a contact's page. */
export function timelineView(account: Account, files: readonly StoredFile[]): TimelineView {
  const { store } = account;
  const type = (name: string): ObjectType => store.schema.type(name);
  const entries = (id: string): StoredRecord[] =>
    Object.keys(kinds).flatMap((name) =>
      store
        .linked({ type: type('contacts'), id }, type(name))
        .flatMap((each) => store.get(type(name), each) ?? []),
    );
  return {
    product: 'HubSpot',
    contacts: () => store.all(type('contacts')).map((each) => presentContact(each, entries(each.id).length)),
    timeline: (id) =>
      entries(id)
        .map((record) => presentEntry(record, files, relations(account, record)))
        .toSorted((a, b) => (a.at < b.at ? 1 : -1)),
    file: (id) => {
      const file = files.find((each) => each.id === id);
      return file && { ...presentFile(file), content: file.content };
    },
  };
}

function presentContact({ id, values }: StoredRecord, entries: number): TimelineContact {
  const name = [values['firstname'], values['lastname']].filter(Boolean).join(' ') || (values['email'] ?? id);
  const phone = values['phone'] ?? values['mobilephone'] ?? values['hs_whatsapp_phone_number'];
  return { id, type: 'contact', name, ...(phone && { phone }), entries };
}

const titles: Readonly<Record<string, string>> = {
  WHATS_APP: 'Logged WhatsApp message',
  SMS: 'Logged SMS',
  LINKEDIN_MESSAGE: 'Logged LinkedIn message',
};

type Detail = readonly [label: string, value: string];

/** Who owns a record and what it is on besides the contact, by name. */
function relations({ owners, schema, store }: Account, record: StoredRecord): Detail[] {
  const ownerId = record.values['hubspot_owner_id'];
  const owner = owners.find(({ id }) => id === ownerId);
  const names = (word: string, property: string): string => {
    const type = schema.type(word);
    const ids = store.linked({ type: record.type, id: record.id }, type);
    return ids.map((id) => store.get(type, id)?.values[property] ?? id).join(', ');
  };
  const details: Detail[] = [
    ['owner', owner ? `${owner.firstName} ${owner.lastName}`.trim() || owner.email : (ownerId ?? '')],
    ['company', names('companies', 'name')],
    ['deal', names('deals', 'dealname')],
  ];
  return details.filter(([, value]) => value !== '');
}

function presentEntry(
  { id, type, values }: StoredRecord,
  files: readonly StoredFile[],
  related: readonly Detail[],
): TimelineEntry {
  const read = (name: string): string => values[name] ?? '';
  const shown = [
    'hs_timestamp',
    'hs_communication_body',
    'hs_call_body',
    'hs_note_body',
    'hs_call_title',
    'hs_attachment_ids',
    'hubspot_owner_id',
    ...Object.values(hidden),
  ];
  const details = Object.entries(values).flatMap(([name, value]) =>
    value === null || shown.includes(name)
      ? []
      : [[name.replace(/^hs_(call_|communication_)?/, '').replaceAll('_', ' '), value] as const],
  );
  return {
    id,
    kind: kinds[type.name as keyof typeof kinds] ?? 'other',
    title: read('hs_call_title') || (titles[read('hs_communication_channel_type')] ?? 'Note'),
    body: plain(read('hs_communication_body') || read('hs_call_body') || read('hs_note_body')),
    at: read('hs_timestamp'),
    details: [...related, ...details],
    files: read('hs_attachment_ids')
      .split(';')
      .flatMap((one) => files.filter((file) => file.id === one).map(presentFile)),
  };
}

function presentFile({ id, name, contentType, content }: StoredFile): TimelineFile {
  return { id, name, type: contentType, size: content.length };
}

const hidden = {
  created: 'createdate',
  createdActivity: 'hs_createdate',
  modified: 'hs_lastmodifieddate',
  id: 'hs_object_id',
};

const entities: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  '#34': '"',
  '#39': "'",
  nbsp: ' ',
};

/** The text of HubSpot's rich text, as a person reads it. */
function plain(html: string): string {
  return html
    .replaceAll(/<br\s*\/?>\n?|<\/p>\s*/gi, '\n')
    .replaceAll(/<[a-z/][^>]*>/gi, '')
    .replaceAll(/&(#?\w+);/g, (all, name: string) => entities[name] ?? all)
    .trim();
}
