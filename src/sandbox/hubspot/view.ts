import type { TimelineContact, TimelineEntry, TimelineFile, TimelineView } from '../timeline.ts';
import type { StoredFile } from './routes-files.ts';
import type { ObjectType } from './schema.ts';
import type { Store, StoredRecord } from './store.ts';

const kinds = { communications: 'message', calls: 'call', notes: 'other' } as const;

/** What a sales rep would see on a contact's page. */
export function timelineView(store: Store, files: readonly StoredFile[]): TimelineView {
  const type = (name: string): ObjectType => store.schema.type(name);
  const entries = (id: string): StoredRecord[] =>
    Object.keys(kinds).flatMap((name) =>
      store.associations
        .linked({ type: type('contacts'), id }, name)
        .flatMap((each) => store.get(type(name), each) ?? []),
    );
  return {
    product: 'HubSpot',
    contacts: () => store.all(type('contacts')).map((each) => presentContact(each, entries(each.id).length)),
    timeline: (id) =>
      entries(id)
        .map((record) => presentEntry(record, files))
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

function presentEntry({ id, type, values }: StoredRecord, files: readonly StoredFile[]): TimelineEntry {
  const read = (name: string): string => values[name] ?? '';
  const shown = [
    'hs_timestamp',
    'hs_communication_body',
    'hs_call_body',
    'hs_note_body',
    'hs_call_title',
    'hs_attachment_ids',
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
    details,
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
